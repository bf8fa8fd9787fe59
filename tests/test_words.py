"""Sentences with parts that depend on a fact."""

import pytest

from allocator.words import Language, say


@pytest.mark.parametrize(
    ("nearest", "language", "said"),
    [
        ("W1", "en", "there is no county 'x' in the table of counties; the nearest is W1"),
        ("", "en", "there is no county 'x' in the table of counties"),
        ("W1", "zh", "县市表里没有“x”，最接近的是 W1"),
        ("", "zh", "县市表里没有“x”"),
    ],
)
def test_a_part_that_depends_on_a_fact_is_said_only_with_it(nearest: str, language: Language, said: str) -> None:
    assert say("problems.COUNTY_UNKNOWN.why", language, value="x", nearest=nearest) == said
