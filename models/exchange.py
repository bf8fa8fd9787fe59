"""What groups may give each other for value: the price of each indicator, and by how much two sides may differ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exchange:
    """Indicators that groups exchange from their own stores, without money (GX-2.3.6)."""

    price: NDArray[np.int64]  # (I,) value of one grid unit, in whole units of value; 0: not exchanged
    tolerance: int  # units of value by which what a pair of groups gives each other may differ

    @property
    def indicators(self) -> list[int]:
        """Those that have a price, in order."""
        return np.flatnonzero(self.price).tolist()
