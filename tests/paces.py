"""Which of many like cases run in the first command, and which in the step of the long ones."""

from collections.abc import Iterable

import pytest


def mostly_long(values: Iterable[object], *, every: int) -> list[object]:
    """Parameters of a test: the first and each `every`-th after it run always, the others carry the mark `long`."""
    return [
        pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.long)
        if number % every
        else value
        for number, value in enumerate(values)
    ]
