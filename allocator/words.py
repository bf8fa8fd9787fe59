"""Words, in Chinese and English, kept apart from the code that decides.

`words/<topic>.toml`, or the files of `words/<topic>/` together, hold texts as tables with the keys `zh` and `en`;
`say("problems.NEGATIVE.why", "zh", value="-3")` looks one up and fills its braces. Both languages of a text use the
same braces; a test holds that.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Language = Literal["zh", "en"]


@cache
def texts(topic: str) -> Mapping[str, Any]:
    """All texts of one topic."""
    place = files("allocator") / "words"
    folder = place / topic
    parts = folder.iterdir() if folder.is_dir() else (place / f"{topic}.toml",)
    return {key: text for part in parts for key, text in tomllib.loads(part.read_text(encoding="utf-8")).items()}


def say(path: str, language: Language, **facts: object) -> str:
    """The text at `topic.key[.key...]` in `language`, its braces filled from `facts`.

    Raises KeyError when the text or one of its facts is missing: a gap in the catalogue is our bug.
    """
    topic, *keys = path.split(".")
    node: Any = texts(topic)
    for key in keys:
        node = node[key]
    return str(node[language]).format(**facts)
