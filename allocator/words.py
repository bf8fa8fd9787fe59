"""Words, in Chinese and English, kept apart from the code that decides.

`words/<topic>.toml`, or the files of `words/<topic>/` together, hold texts as tables with the keys `zh` and `en`;
`say("problems.NEGATIVE.why", "zh", value="-3")` looks one up and fills its braces. Both languages of a text use the
same braces; a test holds that. What stands between `⟦nearest|` and `⟧` is said only where the fact `nearest` is there
and not empty, so that a sentence reads well without it.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Language = Literal["zh", "en"]

ONLY_WITH = re.compile(r"⟦(\w+)\|(.*?)⟧", re.DOTALL)
"""A part of a text that depends on a fact: the fact's name, and the part."""


@cache
def texts(topic: str) -> Mapping[str, Any]:
    """All texts of one topic."""
    place = files("allocator") / "words"
    folder = place / topic
    parts = folder.iterdir() if folder.is_dir() else (place / f"{topic}.toml",)
    return {key: text for part in parts for key, text in tomllib.loads(part.read_text(encoding="utf-8")).items()}


def say(path: str, language: Language, /, **facts: object) -> str:
    """The text at `topic.key[.key...]` in `language`, its braces filled from `facts`; parts without theirs left out.

    Raises KeyError when the text or one of its facts is missing: a gap in the catalogue is our bug.
    """
    topic, *keys = path.split(".")
    node: Any = texts(topic)
    for key in keys:
        node = node[key]
    text = ONLY_WITH.sub(lambda part: part[2] if facts.get(part[1]) else "", node[language])
    return text.format(**facts)
