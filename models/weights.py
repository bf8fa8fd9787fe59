"""The ladder of the greatest weight: own shares first, then the reserve, each band by band."""

from models.instance import Bools, Instance
from models.program import Builder, Rung
from models.shares import Choice


def climb_by_weight(b: Builder, instance: Instance, choice: Choice, incumbent: Bools | None) -> None:
    """Add the rungs of weight, and of the least change.

    Given   weight e[p] of place p, whole also where a grant is cut; band d(p), 0 first; `incumbent`, grants in force
    Rungs   sum of e[p] x[p] over d(p) = d                                         own_weight:d, for d = 0, 1, ...
            sum of e[p] z[p] over d(p) = d                                         reserve_weight:d, for d = 0, 1, ...
            sum of x[p] + z[p] over the incumbent - sum of x[p] + z[p] over others least_changes

    Every band of round 1 stands above every band of round 2: a band of both rounds at once would let the reserve take
    what a share could grant (F.2). A value is held, never a choice: later rungs may choose other places of equal worth.
    """
    if instance.weight is None:
        raise ValueError("places without weights have no greatest weight: give the instance a weight for each place")
    weight: list[int] = instance.weight.tolist()
    bands: list[int] = [0] * len(weight) if instance.band is None else instance.band.tolist()
    for family, columns in (("own_weight", choice.x), ("reserve_weight", choice.z)):
        for band in sorted(set(bands)):
            terms = {columns[p]: e for p, e in enumerate(weight) if bands[p] == band and e}
            b.climb(Rung(f"{family}:{band}", terms))
    if incumbent is not None:
        stays: list[bool] = incumbent.tolist()
        kept = {column: 1 if stays[p] else -1 for p in range(len(stays)) for column in choice.granted(p)}
        b.climb(Rung("least_changes", kept))
