"""What a result says of other questions is asked again: what is true passes, what is changed is found."""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from random import Random

import pytest
from audited import answered
from mutations import at, other, spots, written
from random_parts import WALKS, random_parts

from allocator.audit import changes
from allocator.audit.audit import audit
from allocator.audit.claims import read_claims
from allocator.audit.compare import Derived, of_file
from allocator.audit.derive import derive
from allocator.audit.other import Others
from allocator.audit.question import ask
from allocator.audit.walk import penalised, walk
from allocator.explain import explain
from allocator.explain_changes import paradox
from allocator.explore import explored
from allocator.outcome import Allocation
from allocator.report.folder import write_files
from allocator.report.json_files import write_json
from allocator.solve import allocate

FILE = "explanations.json"
KEYS = {"changes", "together", "if_withdrawn"}
MUTATIONS = 80
PARTS = "parts 12"
"""A run with phases, rests, pins and ceilings."""


@cache
def result(which: str | int) -> dict[str, bytes]:
    known = answered(which)
    return dict(write_files(explored(known.run, known.allocation, "all"), known.run, language="zh"))


@pytest.mark.parametrize("which", ["worked-example", 13])
def test_the_claims_of_a_result_hold(which: str | int) -> None:
    files = result(which)
    assert json.loads(files["manifest.json"])["changes"] == "computed"
    assert audit(files, answered(which).run).findings == ()


@pytest.mark.parametrize("seed", [*range(6), 24])
def test_the_claims_of_every_mode_that_walks_hold(seed: int) -> None:
    run = random_parts(seed, WALKS[seed % len(WALKS)], most=10)
    allocation = explored(run, allocate(run), "auto")
    assert audit(write_files(allocation, run, language="en"), run).findings == ()


@cache
def others(which: str | int) -> Others:
    question = ask(answered(which).run)
    capped = penalised(question)
    return Others(question, capped, walk(question, capped))


@cache
def rederived(which: str | int) -> Allocation:
    return derive(answered(which).run, engine="exact")


def is_found(which: str | int, files: dict[str, bytes]) -> bool:
    """Whether the explanations of the folder are doubted, or are not those that its true claims give."""
    run, allocation = answered(which).run, rederived(which)
    told = changes.derived(others(which), read_claims(files))
    decided = {each.project_id: each for each in allocation.decided}
    if list(changes.doubted(others(which), decided, told)):
        return True
    right = write_json(
        {
            "schema_version": 1,
            "projects": explain(replace(allocation, changes=told), run),
            "paradoxes": [paradox(found) for found in told.paradoxes],
        }
    )
    return bool(list(of_file(FILE, files[FILE], Derived({FILE: right}), frozenset())))


def test_every_changed_claim_is_found() -> None:
    """But one: that a change `grants` instead of being `enough` is the word of the search that tried smaller ones."""
    rng, made, survivors = Random(7), 0, list[object]()
    while made < MUTATIONS:
        which = rng.choice(("worked-example", "worked-example", PARTS))
        files = result(which)
        document = json.loads(files[FILE])
        ways = [way for way in spots(document) if len(way) > 2 and way[2] in KEYS]
        *above, key = rng.choice(ways)
        holder = at(document, tuple(above))
        value = holder[key]
        match value:
            case int():
                holder[key] = value + 1
            case None:
                holder[key] = rng.choice(("0", "1"))
            case str():
                holder[key] = other(
                    rng, value, [v for w in ways if w[-1] == key and isinstance(v := at(document, w), str)]
                )
                if {value, holder[key]} == {"grants", "enough"}:
                    continue
            case list() if not value:
                value.append("B1")
            case list():
                value.pop()
            case _:
                del holder[key]
        made += 1
        if not is_found(which, {**files, FILE: written(document)}):
            survivors.append((*above, key, value, holder.get(key) if isinstance(holder, dict) else None))
    assert not survivors


@pytest.mark.parametrize("which", ["worked-example", PARTS])
def test_a_false_nearest_value_is_found_though_its_step_spans_the_way_to_it(which: str) -> None:
    made = 0
    for way, change in of_changes(which, "grants"):
        if change["lever"] == "position":
            continue
        made += 1
        now, nearest = Fraction(change["now"]), Fraction(change["nearest"])
        further = nearest + (nearest - now)
        further = further if further > 0 else nearest / 2
        told = {"nearest": decimal(further), "step": decimal(abs(further - now))}
        assert is_found(which, changed(which, way, {**change, **told})), (way, change)
    assert made


@pytest.mark.parametrize("which", ["worked-example", PARTS])
def test_a_number_of_the_projects_own_is_never_followed_in_vain_up_to_a_value(which: str) -> None:
    own = [(w, c) for w, c in of_changes(which, "grants") if c["lever"] in ("plan", "need", "position")]
    for way, change in own:
        assert is_found(which, changed(which, way, {**change, "result": "not_up_to", "nearest": change["now"]}))
        assert is_found(which, changed(which, way, {**change, "result": "enough"}))
    assert own


@pytest.mark.parametrize("which", [30, PARTS])
def test_several_numbers_at_once_are_told_of_where_one_refused_piece_needs_them(which: str | int) -> None:
    document = json.loads(result(which)[FILE])
    joint = [(number, record) for number, record in enumerate(document["projects"]) if record["together"]]
    whole = [n for n, record in joint if len({part["phase"] for part in record["together"][0]["parts"]}) == 1]
    assert whole
    assert all(is_found(which, changed(which, ("projects", number, "together"), [])) for number in whole)


def of_changes(which: str | int, wanted: str) -> list[tuple[tuple[object, ...], dict[str, str]]]:
    """The way to every change with this result, and what is said there."""
    projects = json.loads(result(which)[FILE])["projects"]
    told = [(("projects", n, "changes", m), c) for n, r in enumerate(projects) for m, c in enumerate(r["changes"])]
    return [(way, change) for way, change in told if change["result"] == wanted]


def changed(which: str | int, way: tuple[object, ...], value: object) -> dict[str, bytes]:
    document = json.loads(result(which)[FILE])
    at(document, way[:-1])[way[-1]] = value
    return {**result(which), FILE: written(document)}


def decimal(value: Fraction) -> str:
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"


def test_where_no_other_question_was_asked_nothing_may_be_said_of_one() -> None:
    known = answered("worked-example")
    document = json.loads(known.files[FILE])
    document["projects"][0]["if_withdrawn"] = ["B1"]
    assert list(of_file(FILE, written(document), known.derived, frozenset()))
