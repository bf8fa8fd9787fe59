"""That every granted need of the other indicators has a source: compact rows, one overflow a group and indicator."""

from models.instance import Instance
from models.program import Builder


def sourcing_rows(b: Builder, instance: Instance, x: list[int], z: list[int]) -> None:
    """Add the overflow columns and the rows that source all grants together.

    Given   project p: group c(p), access or none, need n[p, i]; store h[c, i] of group c; common pool H[i]
    Choose  o[c, i] in 0..H[i], what the pool bears for group c
    So that sum of n[p, i] (x[p] + z[p]) over p in c without access <= h[c, i]    for all c, i    rows store:c:i
            sum of n[p, i] (x[p] + z[p]) over p in c - o[c, i] <= h[c, i]         for all c, i    rows overflow:c:i
            sum of o[c, i] over c <= H[i]                                         for all i       rows pool:i

    Groups and indicators that nobody needs have no row. One overflow is enough: whoever has access may take what
    is left of the store, and those without it are never more than the store holds.
    """
    groups = instance.county.tolist()
    open_to_all = instance.access.tolist()
    for i, pooled in enumerate(instance.pool.tolist()):
        overflows: dict[int, int] = {}
        for c, store in enumerate(instance.own[:, i].tolist()):
            needing = {p: n for p, n in enumerate(instance.need[:, i].tolist()) if n and groups[p] == c}
            if not needing:
                continue
            tied = {p: n for p, n in needing.items() if not open_to_all[p]}
            if tied:
                b.row(f"store:{c}:{i}", {column: n for p, n in tied.items() for column in (x[p], z[p])}, "<=", store)
            o = b.column(f"o:{c}:{i}", 0, pooled)
            wanted = {column: n for p, n in needing.items() for column in (x[p], z[p])}
            b.row(f"overflow:{c}:{i}", wanted | {o: -1}, "<=", store)
            overflows[o] = 1
        if overflows:
            b.row(f"pool:{i}", overflows, "<=", pooled)
