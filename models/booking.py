"""Which budget a grant of one common walk is booked on."""

from typing import Any

import numpy as np

from models.instance import FROM_RESERVE, FROM_SHARE, REFUSED, Instance, Ints


def booked(instance: Instance, grants: Any, given: Any) -> Ints:
    """The round of each place: its own share while what is left of that holds the grant whole, else the reserve.

    grants (P,), REFUSED or not, and given (P,), plan granted, are indexed only. In the overall order; what is held
    beforehand comes first, each on its own budget.
    """
    left = np.append(instance.share, instance.reserve).tolist()
    rounds: Ints = np.array(grants, dtype=np.int64)
    held = np.zeros_like(rounds) if instance.held is None else instance.held
    for p in [*np.flatnonzero(held).tolist(), *np.flatnonzero((rounds != REFUSED) & (held == REFUSED)).tolist()]:
        share = int(instance.category[p])
        if held[p] == REFUSED:
            rounds[p] = FROM_SHARE if share >= 0 and given[p] <= left[share] else FROM_RESERVE
        else:
            rounds[p] = held[p]
        left[share if rounds[p] == FROM_SHARE else -1] -= given[p]
    return rounds
