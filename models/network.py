"""Sources that are not nested: which group of needs may draw on which accounts, as a network."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """Accounts, and the groups of needs that may draw on them. Feasible is what a flow can carry.

    Needs of one place may belong to different groups (one for each indicator); an account may be open to groups of
    different indicators (where one class may stand in for another, unit for unit).
    """

    balance: NDArray[np.int64]  # (A,) grid units
    open: NDArray[np.bool_]  # (G, A) may group g draw on account a
    group: NDArray[np.int64]  # (P, I) the group of each need
