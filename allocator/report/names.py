"""Codes as words: the one place where a report turns a code or a rule id into a name."""

from allocator.rules import find
from allocator.words import Language, texts


def name(group: str, code: str, language: Language, topic: str = "report") -> str:
    """The name of a code in `[group]` of a topic's words; a code without one stands for itself.

    A policy may name shares, tiers and reasons of its own; the code is then what its documents use.
    """
    return texts(topic)[group].get(code, {}).get(language, code)


def printable(text: str) -> str:
    """A line of a terminal: nothing in it moves the cursor, breaks the line or turns the direction of writing."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def citation(rule: str, language: Language) -> str:
    """The document and article of a rule, its id behind them."""
    return find(rule).cited(language)


def article(rule: str, language: Language) -> str:
    """The article of a rule, its id behind it."""
    return f"{find(rule).article[language]} [{rule}]"


def sentence(rule: str, language: Language) -> str:
    """What a rule says, in one sentence."""
    return find(rule).sentence[language]
