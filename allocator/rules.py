"""The register of rules: for each cited id its document, article and meaning, and the data it must find."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from allocator.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a document. `reads` and `may_read` name tables and columns: `accounts`, `projects.sector`."""

    id: str
    document: Mapping[Language, str]
    article: Mapping[Language, str]
    sentence: Mapping[Language, str]
    reads: tuple[str, ...]  # absent: the rule is not checked; "a|b": one of them will do
    may_read: tuple[str, ...]  # taken into account where it stands
    by: tuple[str, ...]  # tables of a policy, each of which must cite it: `gates`; else the rule is not applied

    def cited(self, language: Language) -> str:
        """Document, article and id, as printed behind a decision."""
        space = "" if language == "zh" else ", "
        return f"{self.document[language]}{space}{self.article[language]} [{self.id}]"


@cache
def register() -> Mapping[str, Rule]:
    """Every rule of `policies/rules.toml` by id, in the order of the file."""
    raw = tomllib.loads((files("allocator") / "policies" / "rules.toml").read_text(encoding="utf-8"))
    return {
        id: Rule(
            id=id,
            document=raw["documents"][entry["document"]],
            article=entry["article"],
            sentence={"zh": entry["zh"], "en": entry["en"]},
            reads=tuple(entry.get("reads", ())),
            may_read=tuple(entry.get("may_read", ())),
            by=tuple(entry.get("by", ())),
        )
        for id, entry in raw["rules"].items()
    }


def find(id: str) -> Rule:
    """The rule with this id; KeyError if the register does not know it (no policy that cites it would load)."""
    return register()[id]


def reading(cites: Iterable[str], column: str) -> str:
    """The first of these rules that reads `column` (`projects.sector`), else the first of them."""
    ids = tuple(cites)
    return next((id for id in ids if any(column in name.split("|") for name in find(id).reads)), ids[0])


def article(id: str, language: Language) -> str:
    """Document, article and id of a rule."""
    return find(id).cited(language)


def sentence(id: str, language: Language) -> str:
    """What a rule says, in one sentence."""
    return find(id).sentence[language]
