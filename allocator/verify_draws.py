"""The recount of draws: every need filled, no account overdrawn, tiers and donors in the law's order, money exact."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction

from allocator.outcome import Draw
from allocator.quantities import FEN_A_YUAN, Indicator
from allocator.records import FLEX, CountyCode, ProjectId
from allocator.verify_ahead import rule_of_pool
from allocator.verify_donors import donor_order
from allocator.verify_exchange import EXCHANGE, outflows
from allocator.verify_flow import flowing
from allocator.verify_ground import Ground


def needs_and_balances(ground: Ground) -> Iterator[str]:
    """Each granted need is drawn in full and nothing else is; no account gives more than it holds."""
    due: Counter[tuple[ProjectId, Indicator]] = Counter()
    homes = {placed.candidate.project_id: placed.candidate for placed, _ in ground.granted}
    for placed, decided in ground.granted:
        due[decided.project_id, Indicator.PLAN] = decided.granted_plan
        told = {part.phase for part in decided.parts}
        rows = [row.needs for row in placed.candidate.phases if row.phase in told] or [placed.candidate.needs]
        for indicator, quantity in ((i, quantity) for needs in rows for i, quantity in needs.items()):
            due[decided.project_id, indicator] += quantity
    drawn: Counter[tuple[ProjectId, Indicator]] = Counter()
    given = outflows(ground)
    for draw in ground.allocation.settlement.draws:
        drawn[draw.project_id, draw.indicator] += draw.quantity
        if draw.quantity <= 0:
            yield f"a draw of {draw.quantity} for {draw.project_id}"
        if draw.indicator is Indicator.PLAN:
            pool = draw.account_id.removeprefix(f"{Indicator.PLAN}:")
            parts = [part for part in ground.decided[draw.project_id].parts if part.pool == pool]
            tier_name = "reserve" if pool == FLEX else "share"
            right = (
                tier_name,
                sum(part.plan for part in parts),
                rule_of_pool(ground.run.policy, pool) if parts else "",
            )
            if (draw.tier, draw.quantity, draw.rule) != right:
                yield f"{draw.project_id} draws {draw.quantity} of plan from {draw.account_id} in tier {draw.tier}"
            continue
        if draw.tier == EXCHANGE:  # `verify_exchange` looks at it
            continue
        given[draw.account_id] += draw.quantity
        account, tier = ground.accounts.get(draw.account_id), ground.tier(draw)
        if account is None or tier is None or draw.project_id not in homes:
            yield f"draw {draw} has no account, tier or granted project"
            continue
        candidate = homes[draw.project_id]
        home = account.county == candidate.application.county
        lender, pair = tier.stands_in or draw.indicator, (account.county, candidate.application.county)
        if pair in tier.forbidden:
            yield f"{draw.project_id} draws on {account.account_id}, which is forbidden in tier {tier.name}"
        if account.indicator is not lender or account.kind is not tier.kind or draw.rule != tier.rule:
            yield f"{draw.project_id} draws {draw.indicator} from {account.account_id} in tier {tier.name}"
        if tier.access and not candidate.access:
            yield f"{draw.project_id} draws in tier {tier.name} without access"
        if (tier.holder == "own_county") != home or (tier.holder == "prefecture") != (account.county == ""):
            yield f"{draw.project_id} draws on {account.account_id}, not the holder of tier {tier.name}"
    if +due != +drawn:
        yield f"needs and draws differ: {dict((due - drawn) + (drawn - due))}"
    for account_id, quantity in given.items():
        if account_id in ground.accounts and quantity > ground.accounts[account_id].balance:
            yield f"account {account_id} gives {quantity} of {ground.accounts[account_id].balance}"


def tier_order(ground: Ground) -> Iterator[str]:
    """A later tier is drawn on only when the earlier ones are empty, and inside a tier totals follow the order."""
    donor = ground.run.policy.donor
    placed = ground.placed()
    draws = [draw for draw in ground.allocation.settlement.draws if draw.tier != EXCHANGE]
    given = outflows(ground)
    for draw in draws:
        given[draw.account_id] += draw.quantity
    flows = {
        indicator for indicators in flowing(ground) for indicator in indicators
    }  # `verify_flow_order` looks at them
    for indicator in (i for i in ground.run.policy.indicators if i not in flows):
        tiers = ground.tiers(indicator)
        rank = {tier.name: number for number, tier in enumerate(tiers)}
        reached: defaultdict[ProjectId, int] = defaultdict(int)
        for draw in draws:
            if draw.indicator is indicator:
                reached[draw.project_id] = max(reached[draw.project_id], rank[draw.tier])
        for tier in tiers:
            reaches: defaultdict[CountyCode, list[Draw]] = defaultdict(list)
            for draw in draws:
                if draw.indicator is indicator and draw.tier == tier.name:
                    home = placed[draw.project_id].candidate.application.county
                    reaches[home if tier.holder == "own_county" else ""].append(draw)
            beyond: defaultdict[CountyCode, list[ProjectId]] = defaultdict(list)
            for project in (p for p, last in reached.items() if last > rank[tier.name]):
                home = placed[project].candidate.application.county
                beyond[home if tier.holder == "own_county" else ""].append(project)
            for account in ground.accounts.values():
                full = given[account.account_id] < account.balance
                if account.indicator is indicator and account.kind is tier.kind and full:
                    for project in beyond[account.county]:
                        yield f"{project} passes {account.account_id} in tier {tier.name}, which is not empty"
            order: Mapping[CountyCode, int] = {}
            anew = tier.order == "min_donors" and donor is not None and donor.count_scope == "per_request"
            if tier.holder == "other_counties":
                order = donor_order(ground, tier, indicator)
            for county, served in reaches.items():
                served.sort(key=lambda d: (bool(placed[d.project_id].candidate.access), placed[d.project_id].position))
                last = served[-1].project_id
                for project in beyond[county]:
                    if placed[project].position < placed[last].position and placed[last].candidate.access:
                        yield f"{last} draws {indicator} in tier {tier.name} before {project} is filled"
                opened = [(order.get(ground.accounts[d.account_id].county, 0), d.account_id) for d in served]
                if anew:  # each request has an order of its own, which the recount of donors looks at
                    opened.sort(key=lambda turn: turn[0])
                if opened != sorted(opened):
                    yield f"accounts of tier {tier.name} are not drawn on in their order"


def use_rates(ground: Ground) -> Iterator[str]:
    """QN-3.1: a donor of boundary scale is printed with what it has used of what it was allotted."""
    used: Counter[tuple[CountyCode, Indicator]] = Counter()
    allotted: Counter[tuple[CountyCode, Indicator]] = Counter()
    for account in ground.accounts.values():
        used[account.county, account.indicator] += account.used or 0
        allotted[account.county, account.indicator] += account.allotted or 0
    for donor in ground.allocation.settlement.donors:
        key = (donor.county, donor.indicator)
        counts = any(tier.order == "min_donors" for tier in ground.tiers(donor.indicator))
        rate = Fraction(used[key], allotted[key]) if counts and allotted[key] else None
        if donor.usage_rate != rate:
            yield f"the use rate of {donor.county} is told as {donor.usage_rate}, its accounts say {rate}"


def money(ground: Ground) -> Iterator[str]:
    """An amount is quantity times price, rounded half up to the fen; payments are the sums of paid draws."""
    paid: dict[tuple[str, str, Indicator], list[Draw]] = defaultdict(list)
    home = {p.candidate.project_id: p.candidate.application.county for p in ground.allocation.order.places}
    listed = {price.indicator: price.yuan for price in ground.allocation.settlement.prices}
    priced = ground.run.policy.price is not None and ground.run.tables.has("trades")
    for draw in ground.allocation.settlement.draws:
        tier = ground.tier(draw)
        charged = tier is not None and tier.price != "free"
        if draw.unit_price_yuan is None or draw.amount_fen is None:
            if not charged or draw.unit_price_yuan != draw.amount_fen or priced:
                yield f"{draw.project_id} draws {draw.indicator} without a price"
        else:
            if draw.unit_price_yuan != (listed.get(draw.indicator) if charged else 0):
                yield f"{draw.project_id} pays {draw.unit_price_yuan} for {draw.indicator}"
            doubled = 2 * draw.quantity * draw.unit_price_yuan * FEN_A_YUAN
            if (
                not -draw.indicator.priced_units
                <= doubled - 2 * draw.amount_fen * draw.indicator.priced_units
                < draw.indicator.priced_units
            ):
                yield f"{draw.project_id} pays {draw.amount_fen} fen for {draw.quantity} of {draw.indicator}"
        if charged:
            account = ground.accounts[draw.account_id]
            paid[home[draw.project_id], account.county or "prefecture", draw.indicator].append(draw)
    owed = {key: (sum(d.quantity for d in ds), {d.amount_fen for d in ds} == {None}, ds) for key, ds in paid.items()}
    payments = {(p.payer, p.payee, p.indicator): p for p in ground.allocation.settlement.payments}
    if set(owed) != set(payments) or len(payments) != len(ground.allocation.settlement.payments):
        yield "payments and paid draws name different payers or payees"
        return
    for key, (quantity, unpriced, draws) in owed.items():
        total = None if unpriced else sum(draw.amount_fen or 0 for draw in draws)
        if (payments[key].quantity, payments[key].amount_fen) != (quantity, total):
            yield f"the payment {key} is not the sum of its draws"
        if {draw.unit_price_yuan for draw in draws} != {payments[key].unit_price_yuan}:
            yield f"the payment {key} has another price than its draws"
