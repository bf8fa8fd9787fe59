"""Loops compiled by numba where it is installed, and as they stand where it is not: one source for both."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any


@cache
def compiled(loop: Callable[..., Any]) -> Callable[..., Any]:
    """`loop`, compiled and kept in numba's cache; `loop` itself without numba."""
    if find_spec("numba") is None:
        return loop
    njit = import_module("numba").njit
    try:
        return njit(cache=True)(loop)
    except RuntimeError:  # numba found no folder it may write its cache to
        return njit(loop)
