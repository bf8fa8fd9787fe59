"""Two engines that disagree: every difference in words, and a file that lets us see it again."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from allocator.disagreement import EnginesDisagree
from allocator.words import Language, say

SHOWN = 20
"""Differences that are said; the file holds all."""


def report(trouble: EnginesDisagree, language: Language) -> str:
    """Write the reproducer into the current folder, and say what differs and where the file is."""
    lines = [say("second_opinion.disagree", language, count=len(trouble.differences))]
    for d in trouble.differences[:SHOWN]:
        what = say(f"second_opinion.matter.{d.matter}", language)
        lines.append(
            say("second_opinion.difference", language, what=what, where=d.where, first=d.first, second=d.second)
        )
    if more := len(trouble.differences) - SHOWN:
        lines += [say("second_opinion.more", language, count=more)] if more > 0 else []
    file = Path(f"landquota-disagreement-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.json")
    try:
        file.write_text(json.dumps(trouble.reproducer, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as unwritable:
        lines.append(say("second_opinion.unwritten", language, reason=unwritable.strerror or ""))
    else:
        lines.append(say("second_opinion.written", language, file=file))
    return "\n".join(lines)
