"""Pins, bounds on parts and caps that no answer keeps together: the rules that clash, found by leaving out.

Asked before any engine runs. What is no choice of a rule (the total, stocks, who may draw on what) stays as it is; of
that, too, only what the rules run into is named.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

from allocator.check_problems import cell
from allocator.compile import Case
from allocator.contradiction import Contradiction, Demand, Limit
from allocator.contradiction_repairs import repairs
from allocator.contradiction_settings import Change, Settings
from allocator.outcome import Run
from allocator.pin_checks import RULE as PINNING
from allocator.pins import GRANT, pinned
from allocator.policy_checks import number
from allocator.problems import Place
from allocator.quantities import Indicator, plain
from models.feasible import feasible

TOTAL = "quota.plan_mu"

TOTAL_RULE = "QY-4.1.1"
"""No more is granted than the province gave."""


def refuse_contradictions(case: Case, run: Run) -> None:
    """Raise `Contradiction` when no answer keeps every rule of the case; import no solver where sums can tell."""
    if feasible(case.instance):
        return
    settings = Settings(case=case, run=run)
    names = clashing(settings)
    blocking = running_into(settings, names)
    demands = tuple(demand(name, settings) for name in names)
    limits = tuple(limit(name, settings) for name in blocking)
    counties = {county.code: county.name for county in run.tables.counties if county.name}
    raise Contradiction(demands, limits, repairs(settings, demands, limits), counties)


def clashing(settings: Settings) -> tuple[str, ...]:
    """Demands that cannot be kept together, of which none can be left out."""
    all_of_them = settings.demands

    def conflict(kept: Sequence[str]) -> bool:
        return not feasible(settings.under(Change(dropped=frozenset(all_of_them) - set(kept))))

    return smallest(all_of_them, conflict)


def running_into(settings: Settings, demands: Sequence[str]) -> tuple[str, ...]:
    """Limits that these demands alone run into, of which none can be left out."""
    dropped = frozenset(settings.demands) - set(demands)
    every = settings.limits

    def conflict(kept: Sequence[str]) -> bool:
        raised = {name: settings.ample(name) for name in every if name not in kept}
        return not feasible(settings.under(Change(dropped=dropped, raised=raised)))

    return smallest(every, conflict)


def smallest(names: Sequence[str], conflict: Callable[[Sequence[str]], bool]) -> tuple[str, ...]:
    """The deletion filter: leave out what the conflict does not need, in blocks, until each single name is needed.

    `names` conflict. Which of several smallest sets is found follows from their order: the first are left out first.
    """
    kept = list(names)
    block = max(len(kept) // 2, 1)
    while True:
        start, before = 0, len(kept)
        while start < len(kept):
            rest = kept[:start] + kept[start + block :]
            if conflict(rest):
                kept = rest
            else:
                start += block
        if block == 1 and len(kept) == before:
            return tuple(kept)
        block = max(block // 2, 1)


def demand(name: str, settings: Settings) -> Demand:
    """A rule by its name, with the cell or key where it stands."""
    case, tables = settings.case, settings.run.tables
    kind, _, about = name.partition(":")
    mu = Indicator.PLAN.grid
    if kind == "pin":
        place, amount = cell(pinned(tables, GRANT)[about], "pin"), plain(settings.pins[name], mu)
        return Demand(name=name, kind="pin", about=about, amount=amount, rule=PINNING, place=place)
    for cap in case.caps:
        if cap.name == name:
            rows = [cell(penalty, "cut_mu") for penalty in tables.penalties if penalty.county == about]
            place, amount = (rows or [Place()])[0], plain(cap.most, mu)
            return Demand(name=name, kind="cap", about=about, amount=amount, rule=cap.rule, place=place)
    (portion,) = (portion for portion in case.instance.portions if portion.name == name)
    table, side, about = name.split(".", 2)
    source = case.policy.region if table == "region" else case.policy.phase
    return Demand(
        name=name,
        kind=side,
        about=about,
        amount=number(Fraction(portion.numerator, portion.denominator)),
        rule=source.rule if source else "",
        place=Place(cell=f"policy.{name}"),
    )


def limit(name: str, settings: Settings) -> Limit:
    """A limit by its name, with what it holds."""
    case = settings.case
    kind, _, rest = name.partition(":")
    code, _, about = rest.partition(":")
    if kind not in ("store", "pool"):
        amount = plain(case.instance.total, Indicator.PLAN.grid) if kind == "total" else ""
        place = place_of_total(settings.run) if kind == "total" else Place()
        return Limit(
            name=name, kind=kind, about="", indicator=Indicator.PLAN, amount=amount, rule=TOTAL_RULE, place=place
        )
    indicator = Indicator(code)
    stock = case.stocks[indicator]
    accounts = stock.pool_accounts if kind == "pool" else [a for a in stock.store_accounts if a.county == about]
    return Limit(
        name=name,
        kind=kind,
        about=about,
        indicator=indicator,
        amount=plain(stock.pool if kind == "pool" else stock.store.get(about, 0), indicator.grid),
        rule=stock.pool_rule if kind == "pool" else stock.store_rule,
        place=cell(accounts[0], "balance") if accounts else Place(),
    )


def place_of_total(run: Run) -> Place:
    """Where the total was said last: in the file, or by a setting that stands over it."""
    return Place(file="--set / [set]" if TOTAL in run.overrides else "scenario.toml", cell=TOTAL)
