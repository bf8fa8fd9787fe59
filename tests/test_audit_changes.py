"""What a result says of other questions is asked again: what is true passes, what is changed is found."""

import json
from dataclasses import replace
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
from allocator.outcome import Run
from allocator.report.folder import write_files
from allocator.report.json_files import write_json
from allocator.solve import allocate

FILE = "explanations.json"
KEYS = {"changes", "together", "if_withdrawn"}
MUTATIONS = 150


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


def is_found(which: str | int, files: dict[str, bytes]) -> bool:
    """Whether the explanations of the folder are doubted, or are not those that its true claims give."""
    run: Run = answered(which).run
    allocation = derive(run, engine="exact")
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
    rng, which, made = Random(7), "worked-example", 0
    files, survivors = result(which), list[object]()
    while made < MUTATIONS:
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


def test_where_no_other_question_was_asked_nothing_may_be_said_of_one() -> None:
    known = answered("worked-example")
    document = json.loads(known.files[FILE])
    document["projects"][0]["if_withdrawn"] = ["B1"]
    assert list(of_file(FILE, written(document), known.derived, frozenset()))
