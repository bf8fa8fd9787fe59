"""What must hold between the tables of a policy, beyond the shape of each: sums, ranges, citations, references."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction

from pydantic import BaseModel, ValidationError

from allocator import rules
from allocator.gate_parameters import PARAMETERS, Window
from allocator.intake.columns import TABLE
from allocator.intake.nearest import nearest
from allocator.nesting import stands_alone
from allocator.policy import Parts, Policy, Table, Tier, in_force
from allocator.policy_faults import name_of
from allocator.problems import Place, Problem, Severity
from allocator.quantities import Indicator
from allocator.records import CRITERIA, FLEX, Kind
from allocator.toml_text import written

ALWAYS_ON = ("validity", "units", "coupling")
"""Tables that hold whatever rules are switched on: they say how to read a document and how to compute."""

LEADING = "key"
"""The part of the shares that `flex.order = key_first` serves first."""

READABLE = (*(column.name for column in TABLE["projects"].columns), *TABLE)
"""What a gate's `column` may name: a column of projects, or a table."""

KEEPING = ("skip_and_fill", "max_weight", "tiered")
"""The modes in which a part of all grants may be kept for some."""

ORDERS = {"own_county": ("by_account",), "prefecture": ("by_account",), "other_counties": ("pooled_desc", "min_donors")}
"""Holder of a tier -> the orders in which its accounts may be emptied."""


def check(policy: Policy) -> Iterator[Problem]:
    """Every error between the tables, `place.cell` the dotted path; the caller adds the file."""
    yield from _citations(policy)
    yield from _shares(policy)
    yield from _ranges(policy)
    yield from _references(policy)
    yield from _gates(policy)
    yield from _portions(policy)
    yield from _donors(policy)
    yield from _year(policy)
    yield from exchange_faults(policy)
    yield from tier_faults(policy)


def idle_rules(policy: Policy, as_of: date | None = None) -> tuple[str, ...]:
    """The rules that are switched on and that nothing in the policy (nothing in force on `as_of`) carries out."""
    carried = {
        (path.split(".")[0], id)
        for path, table in tables(policy)
        if as_of is None or in_force(table, as_of)
        for id in table.cites
    }
    return tuple(id for id in policy.rules if any((table, id) not in carried for table in rules.find(id).by))


def tier_faults(policy: Policy) -> Iterator[Problem]:
    """Tiers that cannot be filled; those that lapse leave others, so a policy is asked again on the day of a solve."""
    for tier in policy.tiers:
        yield from _tier(tier)
        yield from _moved(tier)
        for indicator in tier.indicators if tier.order == "min_donors" else ():
            if not stands_alone(indicator, policy):
                path = f"tiers.{row_name(tier)}.order"
                yield _fault("DONORS_NOT_NESTED", path, tier.order, rule=tier.rule, indicator=indicator.value)
    if policy.farmland and policy.farmland.tier3_scope == "area_for_all":
        measured = {
            (tier.name, tier.kind) for tier in policy.tiers if Indicator.AREA in tier.indicators and not tier.stands_in
        }
        for tier in policy.tiers:
            if tier.order == "pooled_desc" and (tier.name, tier.kind) not in measured:
                yield _fault("AREA_TIER_MISSING", "farmland.tier3_scope", row_name(tier), rule=policy.farmland.rule)


def _tier(tier: Tier) -> Iterator[Problem]:
    """A tier's holder goes with its kind of account, its order with its holder, and plan quota has no accounts."""
    path = f"tiers.{row_name(tier)}"
    prefecture_kind, prefecture_held = tier.kind is Kind.PREFECTURE, tier.holder == "prefecture"
    if prefecture_kind != prefecture_held:
        holders = ["prefecture"] if prefecture_kind else [holder for holder in ORDERS if holder != "prefecture"]
        yield _refused(f"{path}.holder", tier.holder, holders)
    if tier.order not in ORDERS[tier.holder]:
        yield _refused(f"{path}.order", tier.order, ORDERS[tier.holder])
    if Indicator.PLAN in tier.indicators:
        others = [indicator.value for indicator in Indicator if indicator is not Indicator.PLAN]
        yield _refused(f"{path}.indicators", Indicator.PLAN.value, others)


def _moved(tier: Tier) -> Iterator[Problem]:
    """What stands in for an indicator has its unit and is free; nothing is forbidden but between two counties."""
    path = f"tiers.{row_name(tier)}"
    if (lent := tier.stands_in) is not None:
        others = [i for i in Indicator if i is not Indicator.PLAN and i not in tier.indicators]
        if lent not in others:
            yield _refused(f"{path}.stands_in", lent.value, [i.value for i in others])
        for indicator in (i for i in tier.indicators if i.unit != lent.unit):
            facts = {"unit": lent.unit, "indicator": indicator.value, "other": indicator.unit}
            yield _fault("STANDS_IN_OTHER_UNIT", f"{path}.stands_in", lent.value, rule=tier.rule, **facts)
        if tier.price != "free":
            yield _fault("STANDS_IN_PAID", f"{path}.price", tier.price, rule=tier.rule, stands_in=lent.value)
    for giving, receiving in tier.forbidden:
        if tier.holder != "other_counties" or giving == receiving:
            yield _fault("PAIR_NOT_OF_COUNTIES", f"{path}.forbidden", f"{giving}, {receiving}", rule=tier.rule)


def _citations(policy: Policy) -> Iterator[Problem]:
    known = rules.register()
    for id in policy.rules:
        if id not in known:
            yield _fault("UNKNOWN_RULE", "rules", id, nearest=nearest(id, known))
    for path, table in tables(policy):
        cites = [id for id in table.cites if id.strip()]
        if not cites:
            yield _fault("NO_CITE", path, "")
        for id in cites:
            if id not in known:
                yield _fault("UNKNOWN_RULE", f"{path}.cite", id, nearest=nearest(id, known))
            elif id not in policy.rules and path.split(".")[0] not in ALWAYS_ON:
                yield _fault("RULE_OFF", f"{path}.cite", id, rule=id)


def _shares(policy: Policy) -> Iterator[Problem]:
    shares = policy.shares
    top = shares.top.parts
    yield from _parts("shares.top", shares.top, Fraction(1))
    if FLEX not in top:
        yield _fault("MISSING_KEY", "shares.top", FLEX, key=FLEX)
    if policy.flex.order == "key_first" and LEADING not in top:
        yield _fault("LEADING_PART_MISSING", "shares.top", policy.flex.order, rule=policy.flex.rule, part=LEADING)
    groups = [name for name in top if name != FLEX]
    for name in groups:
        if name not in shares.groups:
            yield _fault("MISSING_KEY", "shares.groups", name, key=name)
    for name, group in shares.groups.items():
        if name not in groups:
            yield _fault(
                "UNKNOWN_KEY", f"shares.groups.{name}", name, nearest=nearest(name, groups), known=", ".join(groups)
            )
            continue
        whole = {"parent_normalised": None, "parent": Fraction(1), "total": top[name]}[shares.basis]
        yield from _parts(f"shares.groups.{name}", group, whole)


def _parts(path: str, table: Parts, whole: Fraction | None) -> Iterator[Problem]:
    """Each part lies between 0 and 1; together they are `whole`, or anything above zero where None."""
    for name, part in table.parts.items():
        if part > 1:
            yield _fault("OUT_OF_RANGE", f"{path}.{name}", number(part), low="0", high="1", rule=table.rule)
    total = sum(table.parts.values(), Fraction(0))
    if whole is None and total == 0:
        yield _fault("SHARES_EMPTY", path, "0", rule=table.rule)
    elif whole is not None and total != whole:
        yield _fault("SHARES_SUM", path, number(total), sum=number(total), whole=number(whole), rule=table.rule)


def _ranges(policy: Policy) -> Iterator[Problem]:
    step = policy.units.area_resolution * Indicator.PLAN.grid
    if step < 1 or step.denominator != 1:
        yield _fault("OFF_GRID_STEP", "units.area_resolution", number(policy.units.area_resolution))
    weights = policy.ranking.weights
    if weights and (total := sum(weights.values(), Fraction(0))) != 1:
        yield _fault(
            "SHARES_SUM", "ranking.weights", number(total), sum=number(total), whole="1", rule=policy.ranking.rule
        )
    for path, table in tables(policy):
        if table.valid and table.valid.since and table.valid.until and table.valid.since > table.valid.until:
            yield _fault("SPAN_BACKWARDS", f"{path}.valid", f"{table.valid.since} > {table.valid.until}")


def _references(policy: Policy) -> Iterator[Problem]:
    """Names that must be declared elsewhere, and names that may be declared only once."""
    sectors = [sector.code for sector in policy.sectors]
    first_leaves = {name for parts in policy.shares.groups.values() for name in parts.parts}
    groups = [*policy.shares.groups, *policy.leaves(), FLEX]
    yield from _unknown("ranking.weights", policy.ranking.weights, CRITERIA)
    yield from _unknown("ranking.sector_order", policy.ranking.sector_order, sectors)
    yield from _unknown("ranking.priority_sectors", policy.ranking.priority_sectors, sectors)
    yield from _unknown("shares.industry_map", policy.shares.industry_map, sectors)
    yield from _unknown("shares.industry_map", policy.shares.industry_map.values(), sorted(first_leaves))
    for gate in policy.gates:
        yield from _unknown(f"gates.{gate.reason}.categories", gate.categories, groups)
    yield from _twice("sectors", sectors)
    yield from _twice("gates", [gate.reason for gate in policy.gates])
    yield from _twice("access", [access.tag for access in policy.access])
    yield from _twice("tiers", [f"{tier.name}.{indicator}" for tier in policy.tiers for indicator in tier.indicators])
    if any(tier.price != "free" for tier in policy.tiers) and policy.price is None:
        yield _fault("MISSING_KEY", "price", "", key="price")


def _portions(policy: Policy) -> Iterator[Problem]:
    """QY-7.1, QY-4.5: parts lie between 0 and 1; a walk that closes lines or keeps shares cannot keep them."""
    bounds = {
        "region.min_share": policy.region.min_share if policy.region else {},
        "region.max_share": policy.region.max_share if policy.region else {},
        "phase.min_share": policy.phase.min_share if policy.phase else {},
    }
    for path, parts in bounds.items():
        for name, part in parts.items():
            if part > 1:
                yield _fault("OUT_OF_RANGE", f"{path}.{name}", number(part), low="0", high="1")
    stated = [path for path, parts in bounds.items() if parts]
    if stated and policy.ranking.fill not in KEEPING:
        yield _fault(
            "MODE_WITH_PORTIONS",
            "ranking.fill",
            policy.ranking.fill,
            rule=policy.ranking.rule,
            bounds=", ".join(stated),
            built=", ".join(KEEPING),
        )


def _donors(policy: Policy) -> Iterator[Problem]:
    """QN-6.4, 6.5: what is weighed against each other has a weight each; who is counted over all indicators comes last.

    What counties may keep, or give of their own stores, would move what can be granted: that test is not built.
    """
    if policy.donor is None:
        return
    donor, built = policy.donor, {"stock": "pool_origin_only", "min_retain": "0"}
    if donor.stock != built["stock"]:
        yield _fault("VALUE_NOT_BUILT", "donor.stock", donor.stock, rule=donor.rule, built=built["stock"])
    if donor.min_retain:
        kept = number(donor.min_retain)
        yield _fault("VALUE_NOT_BUILT", "donor.min_retain", kept, rule=donor.rule, built=built["min_retain"])
    for indicator in policy.indicators if donor.count_over == "union" else ():
        for tier in [tier for tier in policy.tiers if indicator in tier.indicators][:-1]:
            if tier.order == "min_donors":
                yield _fault("DONORS_NOT_LAST", "donor.count_over", "union", rule=donor.rule, tier=row_name(tier))
    wanted = ("remaining", "rate") if policy.donor.preference == "weighted" else ()
    wanted += ("count", "order") if policy.donor.objective_order == "weighted" else ()
    for name in wanted:
        if name not in policy.donor.weights:
            yield _fault(
                "MISSING_KEY",
                f"donor.weights.{name}",
                "",
                rule=policy.donor.rule,
                key=name,
                set=f"policy.donor.weights.{name}",
            )


def _year(policy: Policy) -> Iterator[Problem]:
    """QY-10.5, 12.1, 12.3: quota is taken back after its last day of use; what is granted anew is used later."""
    if policy.recall is None:
        return
    taken, adjusted = policy.recall, policy.readjust
    if taken.use_by >= taken.date:
        yield _fault("SPAN_BACKWARDS", "recall.date", f"{taken.use_by} >= {taken.date}", rule=taken.rule)
    if adjusted and taken.date > adjusted.use_by:
        yield _fault("SPAN_BACKWARDS", "readjust.use_by", f"{taken.date} > {adjusted.use_by}", rule=adjusted.rule)


def exchange_faults(policy: Policy) -> Iterator[Problem]:
    """GX-2.3.6: two classes with a price, and nothing beside it that the program of the exchange does not know."""
    if (law := policy.exchange) is None:
        return
    priced = [i for i in law.guide_wan if i in policy.indicators]
    if len(priced) < 2:
        yield _fault("EXCHANGE_ONE_CLASS", "exchange.guide_wan", ", ".join(priced) or "-", rule=law.rule)
    for indicator, price in law.guide_wan.items():
        if price <= 0 or (price * 10**6).denominator != 1:
            yield _fault("EXCHANGE_PRICE", f"exchange.guide_wan.{indicator}", number(price), rule=law.rule)
    beside = {
        "ranking.fill = guarantee": policy.ranking.fill == "guarantee",
        "region": policy.region is not None,
        "phase.min_share": policy.phase is not None and bool(policy.phase.min_share),
        "penalty": policy.penalty is not None,
        "tiers": any(not stands_alone(indicator, policy) for indicator in policy.indicators),
    }
    for name in (name for name, stands in beside.items() if stands):
        yield _fault("EXCHANGE_BESIDE", "exchange", name, rule=law.rule)


def _gates(policy: Policy) -> Iterator[Problem]:
    """Each gate names a built predicate and gives it exactly its parameters."""
    for gate in policy.gates:
        path = f"gates.{gate.reason}"
        yield from _unknown(f"{path}.column", [gate.column] if gate.column else [], READABLE)
        if gate.predicate not in PARAMETERS:
            yield from _unknown(f"{path}.predicate", [gate.predicate], list(PARAMETERS))
            continue
        model = PARAMETERS[gate.predicate]
        try:
            given = model.model_validate(gate.parameters)
            if isinstance(given, Window) and given.opens > given.closes:
                yield _fault("SPAN_BACKWARDS", f"{path}.parameters", f"{given.opens} > {given.closes}", rule=gate.rule)
        except ValidationError as error:
            for slip in error.errors(include_url=False):
                name = ".".join(str(part) for part in slip["loc"])
                known = ", ".join(model.model_fields)
                yield _fault("BAD_PARAMETER", f"{path}.parameters.{name}", written(slip["input"]), known=known)


def tables(policy: Policy) -> Iterator[tuple[str, Table]]:
    """Every table with its dotted path; the rows of an array by their name."""
    yield from _tables(policy, "")


def _tables(node: BaseModel, above: str) -> Iterator[tuple[str, Table]]:
    for field, value in node:
        path = f"{above}.{field}" if above else field
        if isinstance(value, Table):
            yield path, value
            yield from _tables(value, path)
        elif isinstance(value, dict):
            for name, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
                if isinstance(inner, Table):
                    yield f"{path}.{name}", inner
        elif isinstance(value, tuple):
            for row in value:  # pyright: ignore[reportUnknownVariableType]
                if isinstance(row, Table):
                    yield f"{path}.{row_name(row)}", row


def row_name(row: BaseModel) -> str:
    """What a row of an array of tables is called."""
    return name_of(dict(row))


def number(value: Fraction) -> str:
    """An exact number as people write it: a plain decimal where there is one, else a fraction."""
    for places in range(13):
        scaled = value * 10**places
        if scaled.denominator == 1:
            digits = str(scaled.numerator).rjust(places + 1, "0")
            return f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return str(value)


def _unknown(path: str, names: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
    allowed = list(known)
    for name in names:
        if name not in allowed:
            yield _fault("UNKNOWN_NAME", path, name, nearest=nearest(name, allowed), known=", ".join(allowed) or "-")


def _twice(path: str, names: Iterable[str]) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            yield _fault("NAMED_TWICE", path, name)


def _refused(path: str, value: str, built: Iterable[str]) -> Problem:
    return _fault("BAD_SETTING", path, value, nearest="", built=", ".join(built))


def _fault(code: str, path: str, value: str, *, rule: str = "", **facts: str) -> Problem:
    return Problem(
        code=code, severity=Severity.ERROR, place=Place(cell=f"policy.{path}"), value=value, facts=facts, rule=rule
    )
