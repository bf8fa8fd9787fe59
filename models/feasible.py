"""Whether an instance has any answer at all: what is held beforehand, and bounds that nothing may break, can clash."""

from dataclasses import replace

import numpy as np

from models.flow import Flow
from models.instance import REFUSED, Instance


def feasible(instance: Instance) -> bool:
    """Whether some grants keep every budget, source, cap, phase and bound, with all that is held beforehand.

    Granting nothing more keeps all but bounds on portions, so without those sums and a flow decide and no solver is
    imported, unless only an exchange could source what is held. Raises `Unproven` when the solver proves nothing,
    `TooLarge` when it cannot count that far.
    """
    sourced = fits(instance)
    if not sourced and (instance.exchange is None or not fits(replace(instance, need=0 * instance.need))):
        return False
    if sourced and not instance.portions:
        return True
    from models.coupled import formulate
    from models.cp_sat import best, refuse_too_large
    from models.program import Status, Unproven

    program = formulate(instance)
    refuse_too_large(program)
    solution = best(program)
    if solution.status in (Status.OPTIMAL, Status.FEASIBLE):
        return True
    if solution.status is Status.INFEASIBLE:
        return False
    raise Unproven(f"the rows: {solution.status.value}. {solution.said}".rstrip(". "))


def fits(instance: Instance) -> bool:
    """Whether what is held beforehand keeps total and caps, and can be sourced: from stores and pool, or by a flow.

    A grant that its share does not hold is booked on the reserve, which receives what shares leave: of the budgets only
    the total can be too small.
    """
    if instance.held is None:
        return True
    held = instance.held != REFUSED
    if int(instance.plan[held].sum()) > instance.total:
        return False
    if instance.cap is not None and instance.under is not None:
        for j, most in enumerate(instance.cap.tolist()):
            if int(instance.plan[held & (instance.under == j).any(axis=1)].sum()) > most:
                return False
    if instance.network is not None:
        groups, needs = instance.network.group[held].ravel().tolist(), instance.need[held].ravel().tolist()
        return Flow(instance.network).carry((g, need) for g, need in zip(groups, needs, strict=True) if need)
    tied, asked = np.zeros_like(instance.own), np.zeros_like(instance.own)
    np.add.at(asked, instance.county[held], instance.need[held])
    np.add.at(tied, instance.county[held & ~instance.access], instance.need[held & ~instance.access])
    borne = np.maximum(asked - instance.own, 0).sum(axis=0)
    return bool((tied <= instance.own).all() and (borne <= instance.pool).all())
