"""Codes of the books as words: accounts, states, reasons, and what one entry says."""

from collections.abc import Callable

from allocator.ledger import life
from allocator.ledger.accounts import HELD, LINKED, OUTSIDE, PROJECT, SHARE, LedgerAccount
from allocator.ledger.entry import Entry, EntryKind
from allocator.quantities import Indicator, plain
from allocator.report.names import name, sentence
from allocator.report.rows import Cell, Table
from allocator.words import Language, say, texts

TOPIC = "ledger_reports"


def reason(entry: Entry, language: Language) -> str:
    """Why an entry was written; a code that has no words is explained by its rule."""
    for topic in ("ledger", "report"):
        if entry.reason in texts(topic)["reasons"]:
            return name("reasons", entry.reason, language, topic)
    return sentence(entry.rule, language).rstrip("。.")


def state(code: str, language: Language) -> str:
    """A state as a word; a project that is not in the books yet has none."""
    return life.titled(code, language) if code else say(f"{TOPIC}.no_state", language)


def holder(account: LedgerAccount, language: Language) -> str:
    """Whose account it is."""
    pool = account.account_id.partition(":")[2]
    if account.kind == SHARE:
        return name("categories", pool, language)
    if account.kind in (OUTSIDE, HELD, PROJECT, LINKED):
        return say(f"{TOPIC}.holders.{account.kind}", language, project=account.project)
    kind = name("holders", account.kind, language)
    return f"{account.county} {kind}" if account.county else kind


def measure(entry: Entry, language: Language) -> str:
    """How much of what an entry moves, with its unit."""
    indicator = Indicator(entry.indicator)
    return say(
        f"{TOPIC}.measure",
        language,
        quantity=plain(entry.quantity, indicator.grid),
        unit=name("units", indicator.unit, language),
        indicator=name("indicators", indicator, language),
    )


def what(entry: Entry, language: Language) -> str:
    """What an entry says, in one line."""
    said = name("entries", entry.kind, language, "ledger")
    if entry.is_transition:
        track = say(f"life.tracks.{entry.track}", language)
        turned = {"before": state(entry.from_state, language), "after": state(entry.to_state, language)}
        text = say(f"{TOPIC}.turned", language, track=track, **turned)
        return text if entry.kind is EntryKind.TRANSITION else say(f"{TOPIC}.is_kind", language, kind=said, text=text)
    if entry.is_move:
        text = say(
            f"{TOPIC}.moved", language, measure=measure(entry, language), source=entry.source, target=entry.target
        )
        return say(f"{TOPIC}.is_kind", language, kind=said, text=text)
    if entry.kind is EntryKind.PHASE:
        return say(f"{TOPIC}.phase", language, phase=entry.phase)
    if entry.kind is EntryKind.EVENT:
        return say(f"{TOPIC}.is_kind", language, kind=said, text=reason(entry, language))
    return said


WORDS: dict[str, Callable[[str, Language], str]] = {
    "class": lambda code, language: name("indicators", code, language),
    "indicator": lambda code, language: name("indicators", code, language),
    "category": lambda code, language: name("categories", code, language),
    "pool": lambda code, language: "; ".join(name("categories", each, language) for each in code.split(";")),
    "unit": lambda code, language: name("units", code, language),
    "account_kind": lambda code, language: name("account_kinds", code, language, TOPIC),
    "holding": lambda code, language: name("holdings", code, language, TOPIC),
    "pin": lambda code, language: name("pins", code, language, TOPIC),
    "due": lambda code, language: name("dues", code, language, TOPIC),
    "track": lambda code, language: name("tracks", code, language, "life"),
    "state": state,
}
"""Column -> how its codes are said."""

LEFT_OUT = ("line", "kind_code", "reason_code")
"""Columns whose words stand in another one."""


def in_words(table: Table, language: Language) -> Table:
    """A table as people read it; CSV and JSON keep the codes."""
    kept = [place for place, column in enumerate(table.columns) if column not in LEFT_OUT]
    columns = tuple(table.columns[place] for place in kept)
    said = [WORDS.get(column) for column in columns]

    def spell(cell: Cell, words: Callable[[str, Language], str] | None) -> Cell:
        return words(cell, language) if words and isinstance(cell, str) and cell else cell

    rows = (tuple(spell(row[place], words) for place, words in zip(kept, said, strict=True)) for row in table.rows)
    return Table(name=table.name, columns=columns, rows=tuple(rows), cut=True)
