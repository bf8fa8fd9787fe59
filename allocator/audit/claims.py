"""What a result says that is taken as said, and only then checked: who gives where a search chose, and what would
change a decision. What is misshapen is left out; the comparison then shows it."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, TypeVar, cast

from allocator.audit.donors import Givers
from allocator.audit.question import Key
from allocator.changes import Kind, Nearest, Paradox, Result, Scope, Setting, Shift, Shifts, Together
from allocator.outcome import DonorUnion, Round, Rung
from allocator.quantities import Indicator
from allocator.records import Account, CountyCode, ProjectId
from allocator.report.csv_files import unguard
from allocator.report.read_folder import MANIFEST

Record = Mapping[str, Any]
T = TypeVar("T")

MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a result says."""

    engine: str = "exact"
    scope: Scope = Scope.NOT_ASKED
    draws: Sequence[Mapping[str, str]] = ()  # the rows of `draws.csv`
    nearest: Mapping[ProjectId, tuple[Nearest, ...]] = field(default_factory=dict[ProjectId, tuple[Nearest, ...]])
    together: Mapping[ProjectId, Together] = field(default_factory=dict[ProjectId, Together])
    paradoxes: tuple[Paradox, ...] = ()  # those of an enlargement
    unions: tuple[DonorUnion, ...] = ()  # how few counties can give all indicators together
    donor_rungs: tuple[Rung, ...] = ()  # levels of the choice of donors that a search reached
    limits: Mapping[str, int] = field(default_factory=dict[str, int])  # where a solver had to stop
    grants: Mapping[Key, tuple[Round, int]] = field(default_factory=dict[Key, tuple[Round, int]])
    rungs: tuple[Rung, ...] = ()  # levels with a value, their bounds, and who proved them
    bases: Mapping[CountyCode, int] = field(default_factory=dict[CountyCode, int])  # of penalised counties

    def givers(self, accounts: Sequence[Account], tiers: set[str]) -> Givers:
        """Who gives in these tiers, to each project and to all together."""
        home = {account.account_id: account.county for account in accounts}
        found: defaultdict[tuple[ProjectId, Indicator], set[CountyCode]] = defaultdict(set)
        for row in self.draws:
            with suppress(*MISSHAPEN):
                if row["tier"] in tiers:
                    for project in ("", row["project_id"]):
                        found[project, Indicator(row["indicator"])].add(home[row["account_id"]])
        return found


def read_claims(folder: Mapping[str, bytes]) -> Claims:
    """The claims of a result, its files by name."""
    manifest, explanations = document(folder, MANIFEST), document(folder, "explanations.json")
    proofs = document(folder, "certificates.json")
    records = [record for record in sequence(explanations.get("projects")) if isinstance(record.get("project_id"), str)]
    scope = manifest.get("changes")
    limits = manifest.get("limits")
    return Claims(
        engine="mip" if manifest.get("engine") == "mip" else "exact",
        scope=Scope(scope) if scope in list(Scope) else Scope.NOT_ASKED,
        draws=table(folder, "draws.csv"),
        nearest={r["project_id"]: tuple(shaped(nearest, r.get("changes"))) for r in records if r.get("changes")},
        together={r["project_id"]: joint for r in records for joint in shaped(together, r.get("together"))[:1]},
        paradoxes=tuple(p for p in shaped(paradox, explanations.get("paradoxes")) if p.setting),
        grants=dict(pair for record in records for pair in grants(record)),
        rungs=tuple(shaped(rung, manifest.get("levels"))),
        unions=tuple(shaped(union, proofs.get("donor_unions"))),
        donor_rungs=tuple(shaped(donor_rung, proofs.get("donor_levels"))),
        bases=dict(shaped(base, manifest.get("ceilings"))),
        limits={k: v for k, v in cast(Record, limits).items() if type(v) is int} if isinstance(limits, dict) else {},
    )


def document(folder: Mapping[str, bytes], name: str) -> Record:
    """A JSON file that holds a table, or an empty one."""
    with suppress(*MISSHAPEN):
        content = json.loads(folder[name])
        if isinstance(content, dict):
            return cast(Record, content)
    return {}


def table(folder: Mapping[str, bytes], name: str) -> Sequence[Mapping[str, str]]:
    """The rows of a CSV file."""
    with suppress(*MISSHAPEN, csv.Error):
        rows = csv.DictReader(io.StringIO(folder[name].decode("utf-8"), newline=""))
        return [{str(key): unguard(str(cell)) for key, cell in row.items()} for row in rows]
    return []


def sequence(value: object) -> list[Record]:
    """The tables in a list."""
    entries = cast(list[Any], value) if isinstance(value, list) else []
    return [cast(Record, entry) for entry in entries if isinstance(entry, dict)]


def shaped(read: Callable[[Record], T], value: object) -> list[T]:
    """What can be read of a list."""
    found: list[T] = []
    for entry in sequence(value):
        with suppress(*MISSHAPEN):
            found.append(read(entry))
    return found


def grants(record: Record) -> Sequence[tuple[Key, tuple[Round, int]]]:
    """What a project is granted, piece by piece."""
    project, found = str(record["project_id"]), list[tuple[Key, tuple[Round, int]]]()
    with suppress(*MISSHAPEN):
        for phase in sequence(record["phases"]):
            if phase["round"]:
                plan = steps(phase["granted_mu"], Indicator.PLAN.grid)
                found.append(((project, int(phase["phase"])), (Round(phase["round"]), plan)))
        if not record["phases"] and record["round"]:
            plan = steps(record["granted_plan_mu"], Indicator.PLAN.grid)
            found.append(((project, 0), (Round(record["round"]), plan)))
    return found


def rung(record: Record) -> Rung:
    """One level with its value and its bound."""
    return Rung(
        name=str(record["level"]),
        value=steps(record["value"], 1),
        bound=steps(record["bound"], 1),
        proved=record["status"] == "proved",
        proved_by=str(record["proved_by"]),
    )


def donor_rung(record: Record) -> Rung:
    """One level of the choice of donors: a number of counties, or rank times quantity in the indicator's unit."""
    kind, indicator, *_ = str(record["level"]).split(":")
    grid = Indicator(indicator).grid if kind == "preference" else 1
    value, bound = (steps(record[key], grid) for key in ("value", "bound"))
    return replace(rung({**record, "value": "0", "bound": "0"}), value=value, bound=bound)


def union(record: Record) -> DonorUnion:
    """How few counties can give all indicators together, with the weights that prove it; ValueError where a weight is
    one of nothing."""
    asked, best = quantities(record["asked"]), {str(c): quantities(held) for c, held in record["best"].items()}
    weighed = {Indicator(indicator) for indicator in record["weights"]}
    if not weighed <= asked.keys() or min(asked.values(), default=1) <= 0:
        raise ValueError(record["weights"])
    if not all(weighed <= held.keys() for held in best.values()):
        raise ValueError(record["best"])
    return DonorUnion(
        asked=asked,
        beside=tuple(map(str, record["beside"])),
        count=int(record["count"]),
        bound=int(record["bound"]),
        weights={Indicator(indicator): int(weight) for indicator, weight in record["weights"].items()},
        best=best,
        proved_by=str(record["proved_by"]),
        rule=str(record["rule"]),
        project=str(record["project_id"]),
    )


def quantities(record: Record) -> Mapping[Indicator, int]:
    """Indicator -> grid units."""
    return {Indicator(name): steps(text, Indicator(name).grid) for name, text in record.items()}


def base(record: Record) -> tuple[CountyCode, int]:
    """What a penalised county would be granted without the penalties."""
    return str(record["county"]), steps(record["unpenalised_mu"], Indicator.PLAN.grid)


def nearest(record: Record) -> Nearest:
    """One number and what it can do."""
    setting = setting_of(record)
    return Nearest(
        setting=setting, result=Result(record["result"]), nearest=value_of(record, setting), shifts=shifts_of(record)
    )


def together(record: Record) -> Together:
    """Several numbers at once."""
    settings = [setting_of(part) for part in sequence(record["parts"])]
    values = [value_of(part, setting) for part, setting in zip(sequence(record["parts"]), settings, strict=True)]
    return Together(
        settings=tuple(settings),
        nearest=tuple(value for value in values if value is not None),
        shifts=shifts_of(record),
    )


def paradox(record: Record) -> Paradox:
    """More that costs somebody a grant."""
    changed = record["changed"]
    setting = setting_of(cast(Record, changed)) if isinstance(changed, dict) else None
    value = value_of(cast(Record, changed), setting) if setting else None
    return Paradox(setting=setting, nearest=value, withdrawn=record["withdrawn"], shifts=shifts_of(record))


def setting_of(record: Record) -> Setting:
    """One number of the question."""
    indicator = Indicator(record["indicator"]) if record["indicator"] else None
    grid = indicator.grid if indicator else 1
    return Setting(
        kind=Kind(record["lever"]),
        indicator=indicator,
        holder=str(record["holder"]),
        phase=int(record["phase"]),
        step=steps(record["step"], grid),
        now=steps(record["now"], grid),
    )


def value_of(record: Record, setting: Setting) -> int | None:
    """The value that is claimed for a number."""
    grid = setting.indicator.grid if setting.indicator else 1
    return None if record["nearest"] is None else steps(record["nearest"], grid)


def shifts_of(record: Record) -> Shifts:
    """Who would fare otherwise."""
    gains, loses = ([shift(entry) for entry in sequence(record[key])] for key in ("gains", "loses"))
    return Shifts(gains=tuple(gains), loses=tuple(loses))


def shift(record: Record) -> Shift:
    """One of them."""
    return Shift(
        project_id=str(record["project_id"]),
        before=str(record["before"]),
        after=str(record["after"]),
        plan_before=steps(record["before_mu"], Indicator.PLAN.grid),
        plan_after=steps(record["after_mu"], Indicator.PLAN.grid),
    )


def steps(text: str, grid: int) -> int:
    """Grid steps of a plain decimal; raises ValueError for one between two steps."""
    value = Fraction(text) * grid
    if value.denominator != 1:
        raise ValueError(text)
    return value.numerator
