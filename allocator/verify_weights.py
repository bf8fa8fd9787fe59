"""The recount of modes that weigh one choice against another: bounds on portions, and the values of the ladder.

That a value is the greatest one is not recounted: its bound is the solver's, and the report says so.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import lcm

from allocator.outcome import Round, is_of_exchange
from allocator.verify_ground import Ground
from allocator.verify_order import stands_behind
from allocator.verify_pieces import Piece, pieces

FAMILIES = {"own_weight": Round.OWN, "reserve_weight": Round.FLEX}

ORDERS = {"order_own": Round.OWN, "order_reserve": Round.FLEX}


def bounds(ground: Ground) -> list[tuple[str, str, str, Fraction, bool]]:
    """QY-7.1, QY-4.5: name, rule, county or tag, part of all plan granted, and whether that is the least."""
    policy = ground.run.policy
    found: list[tuple[str, str, str, Fraction, bool]] = []
    if law := policy.region:
        found += [(f"region.min_share.{c}", law.rule, c, part, True) for c, part in law.min_share.items()]
        found += [(f"region.max_share.{c}", law.rule, c, part, False) for c, part in law.max_share.items()]
    if law := policy.phase:
        found += [(f"phase.min_share.{tag}", law.rule, tag, part, True) for tag, part in law.min_share.items()]
    return found


def weighs(ground: Ground) -> bool:
    """Whether no walk over the order finds the answer."""
    return ground.run.policy.ranking.fill in ("max_weight", "tiered") or bool(bounds(ground))


def broken_bounds(ground: Ground, granted: Iterable[tuple[Piece, int]]) -> Iterator[tuple[str, str]]:
    """Name and rule of each bound that these grants of plan break."""
    grants = list(granted)
    total = sum(plan for _, plan in grants)
    for name, rule, whose, part, is_least in bounds(ground):
        of_county = name.startswith("region.")
        inside = sum(
            plan
            for piece, plan in grants
            if (piece.county == whose if of_county else whose in piece.placed.candidate.application.tags)
        )
        if inside < part * total if is_least else inside > part * total:
            yield name, rule


def levels(ground: Ground) -> Iterator[str]:
    """Each rung has the value that the grants add up to, none but the last one is unproved, none is past its bound."""
    rungs = ground.allocation.rungs
    for rung, later in zip(rungs, (*rungs[1:], None)[: len(rungs)], strict=True):
        if rung.bound < rung.value or rung.proved != (rung.bound == rung.value):
            told = "proved" if rung.proved else "not proved"
            yield f"rung {rung.name} reaches {rung.value} of {rung.bound} and is called {told}"
        if later and not rung.proved and not rung.name.startswith("unpenalised:"):
            yield f"rung {later.name} stands behind {rung.name}, which is not proved"
    yield from ordered(ground)
    if ground.run.policy.ranking.fill not in ("max_weight", "tiered"):
        if any(rung.name.partition(":")[0] in FAMILIES for rung in rungs):
            yield "a mode without weights has rungs of weight"
        return
    values = weigh(ground)
    told = {rung.name: rung.value for rung in rungs if rung.name.partition(":")[0] in FAMILIES}
    climbed = [name for name in values if name in told]
    if list(told) != list(values)[: len(told)] or (len(climbed) < len(values) and ground.allocation.is_proved):
        yield f"the rungs are {list(told)}, the mode has {list(values)}"
    for name in climbed:
        if told[name] != values[name]:
            yield f"rung {name} is told as {told[name]}, its grants weigh {values[name]}"


def ordered(ground: Ground) -> Iterator[str]:
    """Where no walk decides, an answer that is proved says whose word it is that none stands before it in the order."""
    rungs = [rung for rung in ground.allocation.rungs if not rung.name.startswith("unpenalised:")]
    told = {rung.name: rung.value for rung in rungs if rung.name in ORDERS}
    is_climbed = all(rung.proved or is_of_exchange(rung.name) for rung in rungs)
    walks = not weighs(ground) and ground.run.policy.exchange is None
    wanted = [] if walks or not is_climbed else list(ORDERS)
    if [rung.name for rung in rungs if rung.name in ORDERS] != wanted:
        yield f"the rungs of the order are {list(told)}, the mode has {wanted}"
    for name, value in told.items():
        granted = sum(part.round is ORDERS[name] for decided in ground.allocation.decided for part in decided.parts)
        if value != granted:
            yield f"rung {name} is told as {value}, its round grants {granted}"


def weigh(ground: Ground) -> dict[str, int]:
    """Rung -> the weight of its grants, in the least whole numbers that hold all weights in one proportion."""
    served = pieces(ground)
    weight = {piece.key: worth(ground, piece) for piece in served}
    scale = lcm(*(value.denominator for value in weight.values()))
    values: dict[str, int] = {}
    bands = sorted({band_of(ground, piece) for piece in served})
    for family, round_ in FAMILIES.items():
        for number, band in enumerate(bands):
            values[f"{family}:{number}"] = sum(
                int(weight[piece.key] * scale)
                for piece in served
                if piece.told and piece.told.round is round_ and band_of(ground, piece) == band
            )
    return values


def band_of(ground: Ground, piece: Piece) -> tuple[bool, bool, int]:
    """Less weighs first: who stands behind all others comes last, and under bands (`tiered`) who has none."""
    tiered = ground.run.policy.ranking.fill == "tiered"
    band = piece.placed.candidate.application.band if tiered else 0
    return stands_behind(piece.placed, ground.run.posted), band is None, band or 0


def worth(ground: Ground, piece: Piece) -> Fraction:
    """What a grant is worth, whole also where it is cut; a phase is the part of its project that its plan is."""
    candidate = piece.placed.candidate
    share = Fraction(1)
    if candidate.phases:
        total = sum(row.plan for row in candidate.phases)
        share = Fraction(piece.plan, total) if total else Fraction(1, len(candidate.phases))
    match ground.run.policy.ranking.weight:
        case "plan_mu":
            return Fraction(piece.plan)
        case "count":
            return share
        case "score":
            return (piece.placed.score or Fraction(0)) * share
