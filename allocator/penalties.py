"""QY-14.3: a county that is penalised is granted less than it would be, and what it loses goes by rank to others."""

from collections import defaultdict
from collections.abc import Mapping

from allocator.compile import Cap
from allocator.outcome import Order
from allocator.policy import Policy
from allocator.records import CountyCode, ProjectId, Tables


def caps(order: Order, tables: Tables, policy: Policy, granted: Mapping[ProjectId, int]) -> tuple[Cap, ...]:
    """The most plan that the projects of each penalised county may be granted together, in order of the counties.

    `granted` is the plan of each project in the solve without penalties, grid units: the base from which the cuts of a
    county, added up, are taken. None where the policy has no table `[penalty]`. In a re-run both are of what is granted
    anew: of grants in force f, new ones b and cuts c, the ceiling max(0, f + b - c) leaves max(0, b - c) beside f.
    """
    if policy.penalty is None:
        return ()
    cuts: defaultdict[CountyCode, int] = defaultdict(int)
    for penalty in tables.penalties:
        cuts[penalty.county] += penalty.cut
    members: defaultdict[CountyCode, set[ProjectId]] = defaultdict(set)
    for placed in order.places:
        members[placed.candidate.application.county].add(placed.candidate.project_id)
    return tuple(
        Cap(
            name=f"penalty:{county}",
            members=frozenset(members[county]),
            most=max(0, sum(granted.get(project, 0) for project in members[county]) - cut),
            rule=policy.penalty.rule,
        )
        for county, cut in sorted(cuts.items())
        if cut and county in members
    )
