"""What was not proved is told in the words of the question, and never as proved at once."""

import pytest

from allocator.report.level_names import level_name, unproved
from allocator.words import say


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("x:0..x:39", "positions 1 to 40 in line (own share)"),
        ("z:40..z:59", "positions 41 to 60 in line (reserve)"),
        ("x:40..z:9", "position 41 in line (own share) to position 10 (reserve)"),
        ("z:7", "position 8 in line (reserve)"),
        ("unpenalised:x:0..x:9", "without the penalties, positions 1 to 10 in line (own share)"),
        ("reserve_weight:1", "the weight of the reserve, band 2"),
    ],
)
def test_a_level_is_told_by_its_places(level: str, told: str) -> None:
    assert level_name(level, "tiered", "en") == told


def test_no_weight_is_called_proved_where_nothing_is_weighed() -> None:
    assert unproved("x:0..x:39", "skip_and_fill") == "unordered"
    assert unproved("x:0..x:39", "max_weight") == "unfinished"
    assert "weight" not in say("report.terminal.unordered", "en", level="")
