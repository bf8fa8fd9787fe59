"""JSON as it is written: one sequence of bytes for equal content."""

import json
from typing import Any


def write_json(content: Any) -> bytes:
    """UTF-8, indented by two blanks, a line end at the end; keys keep the order of the record."""
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8")
