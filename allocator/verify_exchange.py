"""The recount of exchanges: equal in value, from own stores that can spare it, and drawn by those who lack it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction

from allocator.outcome import Draw
from allocator.quantities import Indicator
from allocator.records import AccountId, CountyCode
from allocator.verify_ground import Ground

EXCHANGE = "exchange"
"""The tier of draws on what a county received."""

WAN = 10_000  # yuan


def outflows(ground: Ground) -> Counter[AccountId]:
    """What each account gave to another county."""
    given: Counter[AccountId] = Counter()
    for each in ground.allocation.settlement.exchanged:
        given[each.account_id] += each.quantity
    return given


def exchanges(ground: Ground) -> Iterator[str]:
    """GX-2.3.6: no more and no less than the policy allows; nothing where it does not."""
    law, told = ground.run.policy.exchange, ground.allocation.settlement.exchanged
    draws = [draw for draw in ground.allocation.settlement.draws if draw.tier == EXCHANGE]
    if law is None:
        if told or draws:
            yield "the policy lets nobody exchange, and somebody did"
        return
    worth: defaultdict[tuple[CountyCode, CountyCode], Fraction] = defaultdict(Fraction)
    ways: set[tuple[CountyCode, CountyCode, Indicator]] = set()
    for each in told:
        account = ground.accounts.get(each.account_id)
        price = law.guide_wan.get(each.indicator, Fraction(0)) * WAN / each.indicator.priced_units
        opened = {tier.kind for tier in ground.tiers(each.indicator) if not tier.access}
        if account is None or account.indicator is not each.indicator or account.kind not in opened:
            yield f"{each.giver} gives {each.indicator} from {each.account_id}, which is not of its own store"
        elif account.county != each.giver or each.giver == each.receiver or each.quantity <= 0:
            yield f"{each.giver} gives {each.quantity} of {each.account_id} to {each.receiver}"
        if each.value_yuan != price * each.quantity or not price or each.rule != law.rule:
            yield f"{each.quantity} of {each.indicator} is not worth {each.value_yuan} yuan"
        worth[each.giver, each.receiver] += price * each.quantity
        ways.add((each.giver, each.receiver, each.indicator))
    for one, other in sorted(worth):
        if abs(worth[one, other] - worth.get((other, one), Fraction(0))) > law.tolerance * WAN:
            yield f"{one} gives {other} {worth[one, other]} yuan, and does not receive as much"
    if both := [way for way in ways if (way[1], way[0], way[2]) in ways]:
        yield f"a class goes both ways: {sorted(both)}"
    yield from spared(ground)
    yield from handed_out(ground, draws)


def spared(ground: Ground) -> Iterator[str]:
    """Who gives of a class has enough of it for its own granted projects."""
    given: Counter[tuple[CountyCode, Indicator]] = Counter()
    for each in ground.allocation.settlement.exchanged:
        given[each.giver, each.indicator] += each.quantity
    needed: Counter[tuple[CountyCode, Indicator]] = Counter()
    placed = ground.placed()
    for draw in ground.allocation.settlement.draws:
        needed[placed[draw.project_id].candidate.application.county, draw.indicator] += draw.quantity
    for (county, indicator), quantity in given.items():
        held = sum(stored(ground, county, indicator).values())
        if needed[county, indicator] + quantity > held:
            own = needed[county, indicator]
            yield f"{county} gives {quantity} of {indicator} where its own projects need {own} of {held}"


def stored(ground: Ground, county: CountyCode, indicator: Indicator) -> dict[AccountId, int]:
    """The accounts of a county's own store of a class."""
    kinds = {tier.kind for tier in ground.tiers(indicator) if not tier.access}
    return {
        account.account_id: account.balance
        for account in ground.accounts.values()
        if (account.county, account.indicator) == (county, indicator) and account.kind in kinds
    }


def handed_out(ground: Ground, draws: list[Draw]) -> Iterator[str]:
    """Nobody draws what his county did not receive, pays for it, or leaves his own store for it."""
    received: Counter[tuple[AccountId, CountyCode]] = Counter()
    for each in ground.allocation.settlement.exchanged:
        received[each.account_id, each.receiver] += each.quantity
    used: Counter[AccountId] = outflows(ground)
    for draw in ground.allocation.settlement.draws:
        used[draw.account_id] += draw.quantity if draw.tier != EXCHANGE else 0
    law, placed = ground.run.policy.exchange, ground.placed()
    for draw in draws:
        county = placed[draw.project_id].candidate.application.county
        received[draw.account_id, county] -= draw.quantity
        if law is None or (draw.rule, draw.unit_price_yuan, draw.amount_fen) != (law.rule, 0, 0):
            yield f"{draw.project_id} pays for what its county received in exchange"
        if any(used[account] < balance for account, balance in stored(ground, county, draw.indicator).items()):
            yield f"{draw.project_id} draws on an exchange of {draw.indicator}, and its county's own store is not empty"
    if over := [key for key, quantity in received.items() if quantity < 0]:
        yield f"more is drawn than was received: {over}"
