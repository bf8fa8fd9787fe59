"""Units as they are written in headers, and how many base units each one is, exactly.

Base units: mu, kg, 10,000 yuan for amounts, yuan a mu (a 100 kg of capacity) for prices (rules 0.3).
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Dimension(StrEnum):
    """What a column measures; STOCK and PRICE follow the indicator of their row."""

    AREA = "area"
    CAPACITY = "capacity"
    MONEY = "money"
    STOCK = "stock"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit written in a header: `factor` base units; `capacity` says for which rows, None for all."""

    label: str
    factor: Fraction
    capacity: bool | None = None


BASE: Mapping[Dimension, tuple[str, str]] = {
    Dimension.AREA: ("亩", "mu"),
    Dimension.CAPACITY: ("公斤", "kg"),
    Dimension.MONEY: ("万元", "10,000 yuan"),
    Dimension.STOCK: ("亩或公斤", "mu or kg"),
    Dimension.PRICE: ("元/亩或元/百公斤", "yuan/mu or yuan/100 kg"),
}
"""The unit of each dimension, in Chinese and English, as a template prints it."""

_AREA = {
    "亩 市亩 mu": Fraction(1),
    "公顷 ha hm2": Fraction(15),
    "平方米 平米 m2 sqm": Fraction(3, 2000),
    "平方公里 平方千米 km2": Fraction(1500),
    "万亩": Fraction(10_000),
    "万平方米 万平米 万m2": Fraction(15),
}
_CAPACITY = {
    "公斤 千克 kg": Fraction(1),
    "斤": Fraction(1, 2),
    "百公斤 100kg 亩·百公斤": Fraction(100),
    "吨 t": Fraction(1000),
    "万公斤 万千克": Fraction(10_000),
}
_MONEY = {"元 yuan": Fraction(1, 10_000), "万元 10,000yuan": Fraction(1), "亿元": Fraction(10_000)}
_AREA_PRICE = {
    "元/亩 元每亩 yuan/mu": Fraction(1),
    "万元/亩": Fraction(10_000),
    "元/公顷 yuan/ha": Fraction(1, 15),
    "万元/公顷": Fraction(10_000, 15),
    "元/平方米 元/m2": Fraction(2000, 3),
}
_CAPACITY_PRICE = {
    "元/百公斤 元/100公斤 元/100kg 元/亩·百公斤 yuan/100kg": Fraction(1),
    "万元/百公斤 万元/亩·百公斤": Fraction(10_000),
    "元/公斤 元/kg 元/千克 yuan/kg": Fraction(100),
}
_ANY_STOCK = {"亩或公斤 亩/公斤 亩、公斤 亩;公斤 亩,公斤 muorkg mu/kg": Fraction(1)}
_ANY_PRICE = {"元 元/亩或元/百公斤 yuan yuan/muoryuan/100kg": Fraction(1), "万元": Fraction(10_000)}


def _spelt(units: Mapping[str, Fraction], capacity: bool | None = None) -> dict[str, Unit]:
    """One entry a spelling; the first spelling of a unit is its label."""
    return {name: Unit(names.split()[0], factor, capacity) for names, factor in units.items() for name in names.split()}


UNITS: Mapping[Dimension, Mapping[str, Unit]] = {
    Dimension.AREA: _spelt(_AREA),
    Dimension.CAPACITY: _spelt(_CAPACITY),
    Dimension.MONEY: _spelt(_MONEY),
    Dimension.STOCK: _spelt(_AREA, False) | _spelt(_CAPACITY, True) | _spelt(_ANY_STOCK),
    Dimension.PRICE: _spelt(_AREA_PRICE, False) | _spelt(_CAPACITY_PRICE, True) | _spelt(_ANY_PRICE),
}
"""Unit by dimension of the column and spelling, the spelling as `plain_unit` leaves it."""


def plain_unit(text: str) -> str:
    """A unit as written, without differences of width, case and space: ` ㎡` becomes `m2`."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lower()


def is_unit(text: str) -> bool:
    """Whether the text is a unit of any dimension."""
    return any(plain_unit(text) in units for units in UNITS.values())


def unit_in(dimension: Dimension, text: str) -> Unit | None:
    """The unit that `text` names in a column of this dimension, None if it names none."""
    return UNITS[dimension].get(plain_unit(text))
