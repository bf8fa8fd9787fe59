"""One thing that is wrong with the books, as a record; its words stand in `words/ledger_verify.toml`."""

from dataclasses import KW_ONLY, dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What was expected, what was found, and where. Empty texts and zero mean: does not apply."""

    code: str  # stable
    _: KW_ONLY
    seq: int = 0  # the number of the entry
    subject: str = ""  # the account, project, run, table ... that it is about
    expected: str = ""
    found: str = ""
