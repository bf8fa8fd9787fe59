"""From ranked candidates to an `Instance` of integer arrays, and the way back from places to projects and phases."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

import numpy as np

from allocator.exchange_terms import terms
from allocator.nesting import joined
from allocator.networks import Sources, connect
from allocator.outcome import Candidate, Group, Order, Placed
from allocator.policy import Policy
from allocator.posted import Posted
from allocator.quantities import Indicator
from allocator.records import FLEX, CountyCode, ProjectId, Tables
from allocator.shares import Share, divide
from allocator.stock import Stock, arrange
from models.instance import REFUSED, Fill, Instance, Ints, Portion
from models.program import LARGEST, TooLarge

FILLS = {
    ("skip_and_fill", "plan"): Fill.SKIP,
    ("skip_and_fill", "any_need"): Fill.SKIP,
    ("stop_at_first_misfit", "plan"): Fill.STOP_ON_PLAN,
    ("stop_at_first_misfit", "any_need"): Fill.STOP_ON_ANY_NEED,
    ("guarantee", "plan"): Fill.GUARANTEE,
    ("guarantee", "any_need"): Fill.GUARANTEE,
    ("max_weight", "plan"): Fill.MAX_WEIGHT,
    ("max_weight", "any_need"): Fill.MAX_WEIGHT,
    ("tiered", "plan"): Fill.MAX_WEIGHT,
    ("tiered", "any_need"): Fill.MAX_WEIGHT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    """What is granted whole: a project, or one phase of it. It stands at one place of the instance."""

    placed: Placed
    phase: int  # 0: the project is one piece
    plan: int
    least: int  # the smallest plan that may be granted; `plan` unless the application is declared divisible
    needs: Mapping[Indicator, int]

    @property
    def candidate(self) -> Candidate:
        """The application it is, or belongs to."""
        return self.placed.candidate

    @property
    def project_id(self) -> ProjectId:
        """Its application's id."""
        return self.placed.candidate.project_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most plan that some applications may be granted together."""

    name: str  # "penalty:441802"
    members: frozenset[ProjectId]
    most: int
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One solve in the domain's words; `instance` is the same in arrays, atom for place."""

    order: Order
    atoms: tuple[Atom, ...]
    shares: Mapping[str, Share]  # leaf -> share, `flex` last
    stocks: Mapping[Indicator, Stock]  # the indicators tested besides plan
    counties: tuple[CountyCode, ...]
    policy: Policy
    instance: Instance
    caps: tuple[Cap, ...] = ()
    held: Mapping[ProjectId, int] = field(default_factory=dict[ProjectId, int])  # pinned grants -> round
    sources: Sources | None = None  # where some are not nested: what the network of the instance stands for

    @property
    def places(self) -> tuple[Placed, ...]:
        """The candidates in the overall order."""
        return self.order.places


def compile_case(
    order: Order,
    tables: Tables,
    policy: Policy,
    total: int,
    *,
    held: Mapping[ProjectId, int] | None = None,
    caps: Sequence[Cap] = (),
    posted: Posted | None = None,
) -> Case:
    """Arrays for the engine; raises `InputRejected` for an exchange that no engine can find.

    `held` are grants made beforehand, each with the round it is booked on (1 own share, 2 reserve). Without an
    `accounts` table no indicator but plan is tested; screening has listed the rules as not checked. In a re-run the
    balances that are `posted` stand for the shares (F.3).
    """
    held = held or {}
    shares = divide(total, policy, posted)
    homes = {placed.candidate.application.county for placed in order.places}
    counties = tuple(sorted(homes | {account.county for account in tables.accounts if account.county}))
    tested = policy.indicators if tables.has("accounts") else ()
    stocks = {i: arrange(i, policy, tables.accounts, counties) for i in tested}
    leaves = [leaf for leaf in shares if leaf != FLEX]
    line = {leaf: number for number, leaf in enumerate(leaves)} | {FLEX: -1}
    home = {county: number for number, county in enumerate(counties)}
    atoms = tuple(in_turn(order, policy))
    shape = (len(atoms), len(stocks))
    loose = [i for i, stock in stocks.items() if not stock.nested]
    asked = [[group_of(a, i) for i in stocks] for a in atoms] if loose or policy.exchange else ()
    sources = connect(stocks, tables.accounts, asked, joined(loose, policy)) if loose else None
    plan, least = whole([a.plan for a in atoms]), whole([a.least for a in atoms])
    instance = Instance(
        share=whole([shares[leaf].budget for leaf in leaves]),
        reserve=shares[FLEX].budget,
        category=whole([line[a.candidate.application.category] for a in atoms]),
        plan=plan,
        county=whole([home[a.candidate.application.county] for a in atoms]),
        access=np.array([bool(a.candidate.access) for a in atoms], dtype=np.bool_),
        need=whole([[a.needs.get(i, 0) for i in stocks] for a in atoms]).reshape(shape),
        own=whole([[stock.store.get(county, 0) for stock in stocks.values()] for county in counties]).reshape(
            len(counties), len(stocks)
        ),
        pool=whole([stock.pool for stock in stocks.values()]),
        fill=FILLS[policy.ranking.fill, policy.ranking.stop_on],
        least=least if (least < plan).any() else None,
        before=predecessors(atoms),
        held=whole([held.get(a.project_id, REFUSED) for a in atoms]) if held else None,
        cap=whole([cap.most for cap in caps]) if caps else None,
        under=memberships(atoms, caps) if caps else None,
        weight=weights(atoms, policy) if policy.ranking.fill in ("max_weight", "tiered") else None,
        band=bands(atoms, policy, posted.behind if posted else frozenset()),
        portions=tuple(portions(atoms, policy)),
        network=sources.network if sources else None,
        exchange=terms(policy, stocks, asked),
    )
    return Case(
        order=order,
        atoms=atoms,
        shares=shares,
        stocks=stocks,
        counties=counties,
        policy=policy,
        instance=instance,
        caps=tuple(caps),
        held=held,
        sources=sources,
    )


def group_of(atom: Atom, indicator: Indicator) -> Group | None:
    """The group of a need; None where nothing is needed."""
    candidate = atom.candidate
    if not atom.needs.get(indicator):
        return None
    return Group(indicator=indicator, county=candidate.application.county, access=bool(candidate.access))


def whole(values: Sequence[object]) -> Ints:
    """An int64 array."""
    return np.array(values, dtype=np.int64)


def in_turn(order: Order, policy: Policy) -> list[Atom]:
    """The atoms in the order in which they are served; inside a layer the overall order stays."""
    atoms = [atom for placed in order.places for atom in split(placed)]
    return sorted(atoms, key=lambda atom: layer(atom, policy))


def layer(atom: Atom, policy: Policy) -> int:
    """Which layer of the line an atom stands in: one for all, so that a project's phases stay together (`depth`); or
    first phases and undivided projects, then second phases, and so on (`breadth`)."""
    return max(atom.phase, 1) if policy.phase and policy.phase.order == "breadth" else 0


def split(placed: Placed) -> Iterator[Atom]:
    """One project as its phases, or as one piece."""
    candidate = placed.candidate
    for phase in candidate.phases:
        yield Atom(placed=placed, phase=phase.phase, plan=phase.plan, least=phase.plan, needs=phase.needs)
    if not candidate.phases:
        least = candidate.plan if candidate.least is None else candidate.least
        yield Atom(placed=placed, phase=0, plan=candidate.plan, least=least, needs=candidate.needs)


def predecessors(atoms: Sequence[Atom]) -> Ints | None:
    """The place of each atom's earlier phase, -1 for none; None where no project has phases."""
    last: dict[ProjectId, int] = {}
    before: list[int] = []
    for place, atom in enumerate(atoms):
        before.append(last.get(atom.project_id, -1))
        last[atom.project_id] = place
    return whole(before) if any(atom.phase for atom in atoms) else None


def memberships(atoms: Sequence[Atom], caps: Sequence[Cap]) -> Ints:
    """(P, D) the caps over each atom, -1 behind the last."""
    over = [[number for number, cap in enumerate(caps) if atom.project_id in cap.members] for atom in atoms]
    depth = max(map(len, over), default=0)
    return whole([[*numbers, *[-1] * (depth - len(numbers))] for numbers in over]).reshape(len(atoms), depth)


def weights(atoms: Sequence[Atom], policy: Policy) -> Ints:
    """What a grant is worth (`ranking.weight`), as whole numbers in one proportion; a missing score is worth nothing.

    The weight of a project with phases is spread over them in proportion to their plan, in equal parts where they have
    none. Raises `TooLarge` where whole numbers in that proportion go past what a solver counts to.
    """
    worth: list[Fraction] = []
    for atom in atoms:
        match policy.ranking.weight:
            case "plan_mu":
                worth.append(Fraction(atom.plan))
            case "count":
                worth.append(part(atom))
            case "score":
                worth.append((atom.placed.score or Fraction(0)) * part(atom))
    scale = lcm(*(value.denominator for value in worth))
    if (size := int(sum(abs(value) for value in worth) * scale)) > LARGEST:
        raise TooLarge("rung", policy.ranking.weight, size)
    return whole([int(value * scale) for value in worth])


def part(atom: Atom) -> Fraction:
    """What part of its project an atom is."""
    phases = atom.candidate.phases
    if not phases:
        return Fraction(1)
    total = sum(phase.plan for phase in phases)
    return Fraction(atom.plan, total) if total else Fraction(1, len(phases))


def bands(atoms: Sequence[Atom], policy: Policy, behind: Collection[ProjectId]) -> Ints | None:
    """The band of each atom as 0, 1, 2 ..., those without one last (QY-4.1.2); None where there is one for all.

    Weights know no order, so that who stands behind all others forms bands of his own.
    """
    tiered = policy.ranking.fill == "tiered"
    if not tiered and policy.ranking.fill != "max_weight":
        return None
    given = [(atom.project_id in behind, atom.candidate.application.band if tiered else None) for atom in atoms]
    keys = [(is_last, band is None, band or 0) for is_last, band in given]
    turn = {key: number for number, key in enumerate(sorted(set(keys)))}
    return whole([turn[key] for key in keys]) if tiered or len(turn) > 1 else None


def portions(atoms: Sequence[Atom], policy: Policy) -> Iterator[Portion]:
    """QY-7.1, QY-4.5: bounds on the part of all plan granted of a county, of continuing and of new projects."""
    applications = [atom.candidate.application for atom in atoms]
    bounds: list[tuple[str, list[bool], Fraction, bool]] = []
    if policy.region:
        for side, shares in (("min_share", policy.region.min_share), ("max_share", policy.region.max_share)):
            for county, share in shares.items():
                members = [a.county == county for a in applications]
                bounds.append((f"region.{side}.{county}", members, share, side == "min_share"))
    if policy.phase:
        for tag, share in policy.phase.min_share.items():
            bounds.append((f"phase.min_share.{tag}", [tag in a.tags for a in applications], share, True))
    for name, members, share, at_least in bounds:
        yield Portion(
            name=name,
            members=np.array(members, dtype=np.bool_),
            numerator=share.numerator,
            denominator=share.denominator,
            at_least=at_least,
        )
