"""QY-14.3: a county that is penalised is granted less than it would be, and what it loses goes by rank to others."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from allocator.compile import Cap
from allocator.outcome import Order
from allocator.policy import Policy
from allocator.posted import Posted
from allocator.records import CountyCode, Penalty, ProjectId, Tables


def cuts_of(penalties: Iterable[Penalty]) -> Mapping[CountyCode, int]:
    """The cuts of each county, added up; none of zero."""
    cuts: Counter[CountyCode] = Counter()
    for penalty in penalties:
        cuts[penalty.county] += penalty.cut
    return {county: cut for county, cut in sorted(cuts.items()) if cut}


def caps(
    order: Order, tables: Tables, policy: Policy, granted: Mapping[ProjectId, int], posted: Posted | None = None
) -> tuple[Cap, ...]:
    """The most plan that the projects of each penalised county may be granted together, in order of the counties.

    `granted` is the plan of each project in the solve without penalties, grid units: the base from which the cuts of a
    county, added up, are taken. None where the policy has no table `[penalty]`. In a re-run they are taken from grants
    in force f and new ones b together, or were before: what that ceiling leaves beside f may be granted anew.
    """
    if policy.penalty is None:
        return ()
    posted = posted or Posted(budgets={}, granted={})
    members: defaultdict[CountyCode, set[ProjectId]] = defaultdict(set)
    for placed in order.places:
        members[placed.candidate.application.county].add(placed.candidate.project_id)
    return tuple(
        Cap(
            name=f"penalty:{county}",
            members=frozenset(members[county]),
            most=max(
                0,
                posted.most(county, sum(granted.get(project, 0) for project in members[county]), cut)
                - posted.granted.get(county, 0),
            ),
            rule=policy.penalty.rule,
        )
        for county, cut in cuts_of(tables.penalties).items()
        if county in members
    )
