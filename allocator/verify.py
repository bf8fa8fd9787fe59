"""The independent recount: integers, the outcome and the law's definitions; no engine, no solver, no `models/`.

It shares no code with the steps it checks, from screening to settling: what it says again, it says on purpose.
Every finding is a sentence; an answer with one finding does not leave the program.
"""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from allocator.outcome import Allocation, Decision, Round, Run
from allocator.quantities import Indicator
from allocator.records import FLEX
from allocator.verify_donors import donors
from allocator.verify_draws import money, needs_and_balances, tier_order, use_rates
from allocator.verify_exchange import exchanges
from allocator.verify_flow_order import flow_donors, flow_order
from allocator.verify_ground import Ground, stand
from allocator.verify_inputs import candidates, gates, parts
from allocator.verify_order import order
from allocator.verify_prices import prices
from allocator.verify_refusals import refusals
from allocator.verify_weights import levels

GIVEN = (Decision.GRANTED, Decision.PARTIAL)


def verify(allocation: Allocation, run: Run) -> tuple[str, ...]:
    """Every way in which the answer does not hold; empty when it does."""
    ground = stand(allocation, run)
    for stage in (
        (everyone_once,),
        (gates, candidates, order, parts, prices),  # from the rows and the policy alone
        (shares, pools, needs_and_balances),
        # These look up what the stages before have found to exist.
        (exchanges, tier_order, flow_order, donors, flow_donors, use_rates, money, refusals, levels),
    ):
        if findings := tuple(finding for recount in stage for finding in recount(ground)):
            return findings
    return ()


def everyone_once(ground: Ground) -> Iterator[str]:
    """Each application has one decision; candidates stand once in the order; nobody who failed a gate is granted."""
    asked = Counter(application.project_id for application in ground.run.tables.applications)
    answered = Counter(decided.project_id for decided in ground.allocation.decided)
    if asked != answered:
        yield f"decisions and applications differ: {(asked - answered) + (answered - asked)}"
    screening, places = ground.allocation.screening, ground.allocation.order.places
    standing = Counter(placed.candidate.project_id for placed in places)
    if standing != Counter(candidate.project_id for candidate in screening.candidates):
        yield "the order does not hold each candidate once"
    if [placed.position for placed in places] != list(range(1, len(places) + 1)):
        yield "positions are not 1, 2, 3 ..."
    if set(standing) & set(screening.failures) or set(standing) | set(screening.failures) != set(asked):
        yield "an application is neither a candidate nor failed a gate, or both"
    for decided in ground.allocation.decided:
        stands = decided.project_id in standing
        if stands != (decided.decision in (*GIVEN, Decision.WAITING)):
            yield f"{decided.project_id} is {decided.decision} but its gates say otherwise"
        if (decided.decision in GIVEN) != (decided.round is not None):
            yield f"{decided.project_id} is {decided.decision} in round {decided.round}"
        if decided.granted_plan != sum(part.plan for part in decided.parts):
            yield f"the parts of {decided.project_id} do not add up to {decided.granted_plan}"
        if decided.decision not in GIVEN and (decided.granted_plan or decided.pool or decided.parts):
            yield f"{decided.project_id} is {decided.decision} but {decided.granted_plan} is booked on {decided.pool}"


def shares(ground: Ground) -> Iterator[str]:
    """Budgets are the floored parts of the total, or the posted balances, and sum to it; grants are whole."""
    run, books = ground.run, {book.pool: book for book in ground.allocation.settlement.pools}
    step = run.policy.units.area_resolution * Indicator.PLAN.grid
    if sum(book.budget for book in books.values()) != run.total:
        yield f"the budgets of the pools do not sum to the total {run.total}"
    if sum((book.share for book in books.values()), Fraction(0)) != 1:
        yield "the shares do not sum to 1"
    for pool, book in books.items():
        short = book.share * run.total - book.budget
        if run.posted:
            if book.budget != run.posted.budgets.get(pool):
                yield f"the budget of {pool} is {book.budget}, not the balance that is posted"
        elif pool != FLEX and (not 0 <= short < step or book.budget % step):
            yield f"the budget of {pool} is not its share rounded down"
    for placed, decided in ground.granted:
        candidate = placed.candidate
        home = candidate.application.category
        whole = decided.decision is Decision.GRANTED
        if not decided.granted_plan <= candidate.plan <= candidate.application.plan:
            yield f"{candidate.project_id} is granted more than it may be"
        if whole and (decided.granted_plan < candidate.plan or len(decided.parts) < len(candidate.phases)):
            yield f"{candidate.project_id} is not granted whole"
        ledger = candidate.application.ledger
        if ledger is not None and candidate.plan > ledger:
            yield f"{candidate.project_id} is granted more than its ledger row"
        phases = [row.phase for row in candidate.phases] or [0]
        if [part.phase for part in decided.parts] != phases[: len(decided.parts)]:
            yield f"{candidate.project_id} is granted other phases than it has, or in another order"
        for part in decided.parts:
            if part.pool != (home if part.round is Round.OWN else FLEX) or part.pool not in books:
                yield f"{candidate.project_id} is booked on {part.pool}, not on its own pool"
            if part.round is Round.OWN and home == FLEX:
                yield f"{candidate.project_id} has no share of its own"
        if (decided.round, decided.pool) != (decided.parts[0].round, decided.parts[0].pool):
            yield f"{candidate.project_id} is told of another pool than that of its first part"


def pools(ground: Ground) -> Iterator[str]:
    """Budget + received - released - used = closing; shares close at 0; the reserve does not close below 0."""
    used: Counter[str] = Counter()
    for _, decided in ground.granted:
        for part in decided.parts:
            used[part.pool] += part.plan
    books = ground.allocation.settlement.pools
    for book in books:
        if book.used != used[book.pool]:
            yield f"{book.pool} books {book.used} as used, its grants sum to {used[book.pool]}"
        if book.closing < 0 or book.released < 0 or (book.pool != FLEX and (book.closing or book.received)):
            yield f"{book.pool} closes at {book.closing}"
    if sum(book.released for book in books) != sum(book.received for book in books):
        yield "what shares release is not what the reserve receives"
