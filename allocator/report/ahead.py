"""The projects counted in a certificate, recounted from the records of an output folder."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allocator.explanation import Certificate, Explanation, Quantity
from allocator.records import FLEX
from allocator.report.courses import ALL_AT_ONCE, ONE_WALK, ROUNDS


def ahead(
    certificate: Certificate, explanations: Iterable[Explanation], manifest: Mapping[str, Any]
) -> list[tuple[Explanation, str]]:
    """The grants counted in a certificate, with the need counted, in the order in which they were made.

    In round `flex` all grants of round `own` are ahead, whatever their position: the own shares are served first. What
    the committee granted beforehand is ahead of all. Where one walk serves all budgets the position alone decides, and
    where choices are weighed every grant counts.
    """
    course = str(manifest.get("course", ROUNDS))
    breadth = manifest["settings"].get("policy.phase.order") == "breadth"
    grants = [grant for record in explanations if record["position"] is not None for grant in _grants(record, breadth)]
    phase = certificate.get("phase", 0)
    place = (max(phase, 1) if breadth else 1, certificate["position"], phase)
    before = [grant for grant in grants if grant.is_before(certificate["round"], place, course)]
    before.sort(key=lambda grant: (not grant.held, course == ROUNDS and grant.round == "flex", grant.place))
    counted = ((grant.record, need) for grant in before for need in _counted_needs(grant, certificate))
    return [(record, need) for record, need in counted if need != "0"]


@dataclass(frozen=True, slots=True)
class Grant:
    """What was granted of a project at once: all of it, or one phase."""

    record: Explanation
    round: str
    pool: str
    plan: str
    needs: Sequence[Quantity]
    held: bool  # granted beforehand
    place: tuple[int, int, int]  # its turn in a round

    def is_before(self, round_: str, place: tuple[int, int, int], course: str) -> bool:
        """Whether it was made before a refusal in this round at this place."""
        if self.held or course == ALL_AT_ONCE:
            return True
        if self.round == round_ or course == ONE_WALK:
            return self.place < place
        return self.round == "own"


def _grants(record: Explanation, breadth: bool) -> Iterator[Grant]:
    """The grants of one project."""
    pin = record["pin"]
    held, position = pin is not None and pin["decision"] == "grant", record["position"] or 0
    if record["round"] and not record["phases"]:
        plan, needs = record["granted_plan_mu"], record["needs"]
        yield Grant(record, record["round"], record["pool"], plan, needs, held, (1, position, 0))
    for phase in record["phases"]:
        if phase["round"]:
            place = (max(phase["phase"], 1) if breadth else 1, position, phase["phase"])
            yield Grant(record, phase["round"], phase["pool"], phase["granted_mu"], phase["needs"], held, place)


def _counted_needs(grant: Grant, certificate: Certificate) -> Iterator[str]:
    """The needs of a grant that are counted: one, or where sources are not nested those of the groups named."""
    if "groups" not in certificate:
        yield _counted_need(grant, certificate)
        return
    county, access = grant.record["county"], bool(grant.record["access"])
    indicators = [g["indicator"] for g in certificate["groups"] if (g["county"], g["access"]) == (county, access)]
    yield from (need["quantity"] for need in grant.needs if need["indicator"] in indicators)


def _counted_need(grant: Grant, certificate: Certificate) -> str:
    """What the grant draws that can come from the accounts of the certificate only; "0" if it is not counted."""
    record, kind, account = grant.record, certificate["kind"], "".join(certificate["accounts"][:1])
    match kind:
        case "total":
            return grant.plan
        case "share" | "reserve":
            pool = FLEX if kind == "reserve" else account.partition(":")[2]
            return grant.plan if grant.pool == pool else "0"
        case "cap":
            return grant.plan if account.endswith(f":{record['county']}") else "0"
        case _:
            if record["county"] not in certificate["counties"] or (kind == "store" and record["access"]):
                return "0"
            return next((n["quantity"] for n in grant.needs if n["indicator"] == certificate["indicator"]), "0")
