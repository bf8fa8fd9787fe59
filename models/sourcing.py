"""That every granted need of the other indicators has a source: compact rows, one overflow a group and indicator."""

from models.instance import REFUSED, Instance
from models.program import Builder, Terms, plus, times
from models.shares import Choice


def sourcing_rows(b: Builder, instance: Instance, choice: Choice) -> None:
    """Add the overflow columns and the rows that source all grants together.

    Given   place p: group c(p), access or none, need n[p, i]; store h[c, i] of group c; common pool H[i]
            w[p] = x[p] + z[p], 1 if p is granted
    Choose  o[c, i] in 0..H[i], what the pool bears for group c
    So that sum of n[p, i] w[p] over p in c without access <= h[c, i]    for all c, i    rows store:c:i
            sum of n[p, i] w[p] over p in c - o[c, i] <= h[c, i]         for all c, i    rows overflow:c:i
            sum of o[c, i] over c <= H[i]                                for all i       rows pool:i

    Groups and indicators that nobody needs have no row, and indicators that are exchanged stand in `exchange_rows`. One
    overflow is enough: whoever has access may take what is left of the store, and those without it are never more than
    the store holds. Where more is held beforehand than a store or the pool has, that much is borne and no more.
    """
    groups = instance.county.tolist()
    open_to_all = instance.access.tolist()
    exchanged = instance.exchange.indicators if instance.exchange else ()
    for i, pooled in enumerate(instance.pool.tolist()):
        if i in exchanged:
            continue
        overflows: dict[int, int] = {}
        for c, store in enumerate(instance.own[:, i].tolist()):
            needing = {p: n for p, n in enumerate(instance.need[:, i].tolist()) if n and groups[p] == c}
            if not needing:
                continue
            tied = {p: n for p, n in needing.items() if not open_to_all[p]}
            if tied:
                b.budget(f"store:{c}:{i}", _needed(choice, tied), store)
            held = sum(n for p, n in needing.items() if instance.held is not None and instance.held[p] != REFUSED)
            borne = max(0, held - store)
            o = b.column(f"o:{c}:{i}", borne, max(pooled, borne))
            b.row(f"overflow:{c}:{i}", plus(_needed(choice, needing), {o: -1}), "<=", store)
            overflows[o] = 1
        if overflows:
            b.budget(f"pool:{i}", overflows, pooled)


def _needed(choice: Choice, needs: dict[int, int]) -> Terms:
    """What is granted of some needs, place -> quantity."""
    return plus(*(times(n, choice.granted(p)) for p, n in needs.items()))
