"""The projects counted in a certificate, recounted from the records of an output folder."""

from collections.abc import Iterable

from allocator.explanation import Certificate, Explanation
from allocator.records import FLEX


def ahead(certificate: Certificate, explanations: Iterable[Explanation]) -> list[tuple[Explanation, str]]:
    """The granted projects counted in a certificate, with the need counted, in the order of the walk.

    In round `flex` all grants of round `own` are ahead, whatever their position: the own shares are served first.
    """
    before = sorted(
        (record for record in explanations if record["position"] is not None and _is_before(record, certificate)),
        key=lambda record: (record["round"] == "flex", record["position"]),
    )
    counted = ((record, _counted_need(record, certificate)) for record in before)
    return [(record, need) for record, need in counted if need != "0"]


def _is_before(record: Explanation, certificate: Certificate) -> bool:
    """Whether the grant was made before the refusal."""
    if not record["round"] or record["position"] is None:
        return False
    if record["round"] == certificate["round"]:
        return record["position"] < certificate["position"]
    return record["round"] == "own"


def _counted_need(record: Explanation, certificate: Certificate) -> str:
    """What the project draws that can come from the accounts of the certificate only; "0" if it is not counted."""
    if certificate["kind"] in ("share", "reserve"):
        pool = FLEX if certificate["kind"] == "reserve" else certificate["accounts"][0].partition(":")[2]
        return record["granted_plan_mu"] if record["pool"] == pool else "0"
    if record["county"] not in certificate["counties"] or (certificate["kind"] == "store" and record["access"]):
        return "0"
    return next((n["quantity"] for n in record["needs"] if n["indicator"] == certificate["indicator"]), "0")
