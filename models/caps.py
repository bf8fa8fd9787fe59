"""Caps: the most plan that some places may be granted together."""

import numpy as np

from models.instance import Instance
from models.program import Builder, plus
from models.shares import Choice


def cap_rows(b: Builder, instance: Instance, choice: Choice) -> None:
    """Add one row a cap.

    Given   cap j: C[j] over the places D[j]; gx[p], gz[p], the plan granted, as in `share_rows`
    So that sum of gx[p] + gz[p] over p in D[j] <= C[j]    rows cap:j

    A cap that is exceeded by what is held beforehand lets nothing more through.
    """
    if instance.cap is None or instance.under is None:
        return
    for j, most in enumerate(instance.cap.tolist()):
        under = np.flatnonzero((instance.under == j).any(axis=1)).tolist()
        b.budget(f"cap:{j}", plus(*(choice.plan(p) for p in under)), most)
