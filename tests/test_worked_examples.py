"""The worked examples of the law's catalogue, through the whole line: F.4, its stop variant, E.2 and its variant."""

from fractions import Fraction

from runs import KG, MU, account, application, mu, run_of, trade

from allocator.outcome import Allocation, Decision, Round
from allocator.solve import allocate

F4 = {
    "I1": ("key.industry", 1800, 1, 1),
    "I2": ("key.industry", 1500, 2, 2),
    "I3": ("key.industry", 1100, 3, 3),
    "I4": ("key.industry", 400, 4, 5),
    "O1": ("key.other", 1200, 1, 4),
    "O2": ("key.other", 900, 2, 6),
    "O3": ("key.other", 500, 3, 7),
    "X1": ("flex", 500, 1, 8),
    "B1": ("general.commercial", 600, 1, 9),
    "B2": ("general.commercial", 300, 2, 10),
    "B3": ("general.commercial", 250, 3, 15),
    "L1": ("general.livelihood", 200, 1, 11),
    "L2": ("general.livelihood", 180, 2, 12),
    "T1": ("general.three_old", 350, 1, 13),
    "T2": ("general.three_old", 260, 2, 14),
}


def f4(engine: str = "auto", **overrides: object) -> Allocation:
    rows = [
        application(name, category, plan, rank=rank, overall_rank=place)
        for name, (category, plan, rank, place) in F4.items()
    ]
    paths = {name.replace("__", "."): value for name, value in overrides.items()}
    return allocate(run_of(rows, policy="qingyuan", overrides=paths), engine=engine)


def granted(allocation: Allocation, round_: Round) -> set[str]:
    return {d.project_id for d in allocation.decided if d.round is round_}


def test_f4_is_divided_as_published() -> None:
    for engine in ("exact", "mip"):
        allocation = f4(engine)
        assert granted(allocation, Round.OWN) == {"I1", "I2", "I4", "O1", "O2", "O3", "B1", "B2", "L1", "L2", "T1"}
        assert granted(allocation, Round.FLEX) == {"I3", "X1", "T2"}
        books = {
            b.pool: (b.budget // MU, b.used // MU, b.released // MU, b.closing // MU)
            for b in allocation.settlement.pools
        }
        assert books == {
            "key.industry": (4200, 3700, 500, 0),
            "key.other": (2800, 2600, 200, 0),
            "general.commercial": (1000, 900, 100, 0),
            "general.livelihood": (500, 380, 120, 0),
            "general.three_old": (500, 350, 150, 0),
            "flex": (1000, 1860, 0, 210),
        }


def test_b3_waits_in_f4_for_forty_mu() -> None:
    b3 = next(d for d in f4().decided if d.project_id == "B3")
    assert (b3.decision, b3.reason) == (Decision.WAITING, "PLAN_MISFIT")
    own, flex = b3.shortages
    assert (own.ahead // MU, own.short // MU) == (900, 150)
    assert (flex.asked // MU, flex.ahead // MU, sum(flex.balances.values()) // MU, flex.short // MU) == (
        250,
        1860,
        2070,
        40,
    )


def test_f4_stopped_at_the_first_misfit_has_the_same_winners_and_another_booking() -> None:
    for engine in ("exact", "mip"):
        allocation = f4(engine, ranking__fill="stop_at_first_misfit")
        assert granted(allocation, Round.OWN) == {"I1", "I2", "O1", "O2", "O3", "B1", "B2", "L1", "L2", "T1"}
        assert granted(allocation, Round.FLEX) == {"I3", "I4", "X1", "T2"}
        assert allocation.differs_under == {"skip_and_fill": ()}
        flex = next(book for book in allocation.settlement.pools if book.pool == "flex")
        assert (flex.received + flex.budget) // MU == 2470


def e2(**overrides: object) -> Allocation:
    """County A with a pool of five owners; prices 4.5, 12.0 and 0.6 (10,000 yuan)."""
    balances = {
        "A": ("pooled", 120, 0, 60_000),
        "": ("prefecture", 150, 120, 90_000),
        "B": ("pooled", 300, 40, 130_000),
        "C": ("pooled", 180, 90, 100_000),
        "D": ("pooled", 90, 10, 40_000),
    }
    classes = ("area", "paddy", "capacity")
    accounts = [
        account(indicator, kind, county, quantity)
        for county, (kind, *quantities) in balances.items()
        for indicator, quantity in zip(classes, quantities, strict=True)
    ]
    trades = [trade(i, "2026-01-05", yuan) for i, yuan in zip(classes, (45_000, 120_000, 6_000), strict=True)]
    needs = {"area": 700, "paddy": 200, "capacity": 350_000}
    project = application("P1", "key.other", 10, needs=needs, tags=frozenset({"national_major"}), rank=1)
    paths = {name.replace("__", "."): value for name, value in overrides.items()}
    return allocate(run_of([project], accounts=accounts, trades=trades, overrides=paths))


def paid(allocation: Allocation) -> dict[str, int]:
    """Payee -> units of 10,000 yuan."""
    totals: dict[str, int] = {}
    for payment in allocation.settlement.payments:
        assert payment.payer == "A"
        totals[payment.payee] = totals.get(payment.payee, 0) + (payment.amount_fen or 0)
    return {payee: fen // 1_000_000 for payee, fen in totals.items()}


def test_e2_draws_and_payments_are_those_of_the_catalogue() -> None:
    allocation = e2()
    drawn = {(d.indicator.value, d.account_id.split("-")[-1]): d.quantity for d in allocation.settlement.draws}
    assert {key: q // MU for key, q in drawn.items() if key[0] in ("area", "paddy")} == {
        ("area", "A"): 120,
        ("area", "prefecture"): 150,
        ("area", "B"): 300,
        ("area", "C"): 130,
        ("paddy", "prefecture"): 120,
        ("paddy", "C"): 80,
    }
    assert {key[1]: q // KG for key, q in drawn.items() if key[0] == "capacity"} == {
        "A": 60_000,
        "prefecture": 90_000,
        "B": 130_000,
        "C": 70_000,
    }
    assert paid(allocation) == {"prefecture": 2655, "B": 2130, "C": 1965}


def test_e2_with_the_order_of_area_for_every_class_pays_others_the_same_total() -> None:
    assert paid(e2(farmland__tier3_scope="area_for_all")) == {"prefecture": 2655, "B": 2610, "C": 1485}


def boundary(remaining: dict[str, tuple[int, int]], asked: int) -> Allocation:
    """County A asks for boundary scale; the others hold `remaining` mu at a use rate of so many percent."""
    accounts = [
        account("boundary", "pooled", county, mu_left, allotted=10_000, used=100 * rate)
        for county, (mu_left, rate) in remaining.items()
    ]
    project = application("P1", "key.other", 1, needs={"boundary": asked}, tags=frozenset({"province_key"}), rank=1)
    return allocate(run_of([project], accounts=accounts))


def test_the_example_of_qn_6_5_takes_two_donors_and_the_larger_first() -> None:
    allocation = boundary({"B": (800, 35), "C": (650, 20), "D": (400, 10), "E": (300, 5)}, 900)
    assert [(d.county, d.given // MU) for d in allocation.settlement.donors] == [("B", 800), ("C", 100)]
    (count,) = allocation.settlement.donor_counts
    assert (count.count, count.asked) == (2, mu(900))


def test_equal_remainders_give_by_lower_use_rate_then_county_code() -> None:
    allocation = boundary({"B": (500, 30), "C": (500, 10), "D": (500, 30)}, 1200)
    assert [(d.county, d.given // MU) for d in allocation.settlement.donors] == [("C", 500), ("B", 500), ("D", 200)]


def test_the_use_rate_is_the_countys_over_all_its_rows() -> None:
    project = application("P1", "key.other", 1, rank=1, needs={"boundary": 3}, tags=frozenset({"province_key"}))
    accounts = [
        account("boundary", "own", "B", 0, allotted=100, used=90),
        account("boundary", "pooled", "B", 5),
        account("boundary", "own", "C", 0, allotted=100, used=10),
        account("boundary", "pooled", "C", 5),
        account("boundary", "pooled", "D", 5),
    ]
    (donor,) = allocate(run_of([project], accounts=accounts)).settlement.donors
    assert (donor.county, donor.usage_rate) == ("C", Fraction(1, 10))


def test_a_county_whose_use_rate_is_unknown_gives_last_and_shows_none() -> None:
    project = application("P1", "key.other", 1, rank=1, needs={"boundary": 8}, tags=frozenset({"province_key"}))
    accounts = [account("boundary", "pooled", "B", 5), account("boundary", "pooled", "C", 5, allotted=10, used=9)]
    donors = allocate(run_of([project], accounts=accounts)).settlement.donors
    assert [(donor.county, donor.usage_rate) for donor in donors] == [("C", Fraction(9, 10)), ("B", None)]
