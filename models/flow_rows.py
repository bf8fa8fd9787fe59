"""That every granted need has a source where sources are not nested: a flow from accounts to groups of needs."""

import numpy as np

from models.instance import Instance
from models.network import Network
from models.program import Builder, plus, times
from models.shares import Choice


def flow_rows(b: Builder, instance: Instance, choice: Choice, network: Network) -> None:
    """Add the draws and the rows that source all grants together.

    Given   need n[p, i] of place p, in group g(p, i); account e: balance h[e], open to some groups
            w[p] = x[p] + z[p], 1 if p is granted
    Choose  d[g, e] in 0..h[e], drawn for group g, where e is open to it
    So that sum of d[g, e] over e >= sum of n[p, i] w[p] over g(p, i) = g    for all g    rows drawn:g
            sum of d[g, e] over g <= h[e]                                    for all e    rows account:e
    """
    draws: dict[tuple[int, int], int] = {}
    for g, e in np.argwhere(network.open).tolist():
        draws[g, e] = b.column(f"d:{g}:{e}", 0, int(network.balance[e]))
    for g in range(len(network.open)):
        needed = [
            times(int(instance.need[p, i]), choice.granted(p))
            for p, i in np.argwhere((network.group == g) & (instance.need > 0)).tolist()
        ]
        drawn = {column: 1 for (group, _), column in draws.items() if group == g}
        if needed:
            b.row(f"drawn:{g}", plus(drawn, times(-1, plus(*needed))), ">=", 0)
    for e, balance in enumerate(network.balance.tolist()):
        drawn = {column: 1 for (_, account), column in draws.items() if account == e}
        if drawn:
            b.row(f"account:{e}", drawn, "<=", balance)
