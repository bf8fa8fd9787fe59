"""Suggestions: the name that was probably meant, or none."""

import pytest

from allocator.intake.nearest import nearest


@pytest.mark.parametrize(
    ("text", "names", "near"),
    [
        ("my-pln", ["worked-example", "my-plan"], "my-plan"),
        ("重点工厂", ["重点产业", "重点工业"], "重点工业"),
        ("ＱＮ－１", ["QN-1", "QN-2"], "QN-1"),
        ("水由", ["水田", "粮食产能"], "水田"),
    ],
)
def test_the_name_most_like_the_given_one_is_suggested(text: str, names: list[str], near: str) -> None:
    assert nearest(text, names) == near


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("独山县", ["荔波县", "惠水县"]),
        ("公路", ["社会民生", "交通运输"]),
        ("my-pln", ["worked-example", "prefecture-2026"]),
        ("x", []),
    ],
)
def test_nothing_is_suggested_where_nothing_is_near(text: str, names: list[str]) -> None:
    assert nearest(text, names) == ""
