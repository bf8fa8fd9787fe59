"""Changes of an output folder, one value or many that agree with each other; after each the manifest is stamped anew.

A change returns the changed files by name, or None where it cannot be made. Nothing here knows how results are checked.
"""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from copy import deepcopy
from random import Random
from typing import Any

Files = Mapping[str, bytes]
Change = Callable[[Random, Files], dict[str, bytes] | None]
Rows = list[list[str]]
TABLES = ("allocation.csv", "draws.csv", "pools.csv", "donors.csv", "payments.csv")
CLAIMS = ("tool", "python", "versions", "timings_ms", "outputs")  # of the manifest: hands, speed, and what is stamped
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def stamped(files: Files, changed: Mapping[str, bytes]) -> Files:
    """The folder with the changed files, and a manifest whose hashes are those of the files as they are now."""
    result = {**files, **changed}
    manifest = json.loads(result["manifest.json"])
    manifest["outputs"] = {n: hashlib.sha256(c).hexdigest() for n, c in sorted(result.items()) if n != "manifest.json"}
    return {**result, "manifest.json": written(manifest)}


def written(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def rows_of(files: Files, name: str) -> Rows:
    return list(csv.reader(io.StringIO(files[name].decode(), newline="")))


def table(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def other(rng: Random, text: str, known: list[str]) -> str:
    """Another value of the kind: one that stands elsewhere, a number a digit away, a text with a letter more."""
    elsewhere = sorted({value for value in known if value != text})
    if elsewhere and rng.random() < 0.5:
        return rng.choice(elsewhere)
    if NUMBER.fullmatch(text):
        place = rng.choice([n for n, letter in enumerate(text) if letter.isdigit()])
        digit = str((int(text[place]) + rng.choice((1, 9))) % 10)
        return f"{text[:place]}{digit}{text[place + 1 :]}"
    return f"{text}x" if text else "1"


def cell(rng: Random, files: Files) -> dict[str, bytes] | None:
    """One cell of one table, header aside."""
    name = rng.choice([n for n in TABLES if len(rows_of(files, n)) > 1])
    rows = rows_of(files, name)
    row, place = rng.randrange(1, len(rows)), rng.randrange(len(rows[0]))
    rows[row][place] = other(rng, rows[row][place], [line[place] for line in rows[1:]])
    return {name: table(rows)}


def line(rng: Random, files: Files) -> dict[str, bytes] | None:
    """One row of one table: dropped, doubled, or at another place."""
    name = rng.choice([n for n in TABLES if len(rows_of(files, n)) > 2])
    header, *rows = rows_of(files, name)
    place = rng.randrange(len(rows))
    match rng.randrange(3):
        case 0:
            del rows[place]
        case 1:
            rows.insert(place, rows[place])
        case _:
            rows.append(rows.pop(rng.randrange(len(rows) - 1)))
    return {name: table([header, *rows])}


def column(rng: Random, files: Files) -> dict[str, bytes] | None:
    """The names of two columns exchanged, their values not."""
    name = rng.choice(TABLES)
    header, *rows = rows_of(files, name)
    one, two = rng.sample(range(len(header)), 2)
    header[one], header[two] = header[two], header[one]
    return {name: table([header, *rows])}


def spots(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all values inside, tables and lists themselves included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way] * bool(way) + [spot for key, entry in inner for spot in spots(entry, (*way, key))]


def at(document: Any, way: tuple[Any, ...]) -> Any:
    for key in way:
        document = document[key]
    return document


def record(name: str) -> Change:
    """One value of a JSON file: changed, dropped, doubled or added beside."""

    def change(rng: Random, files: Files) -> dict[str, bytes] | None:
        document = json.loads(files[name])
        ways = [w for w in spots(document) if name != "manifest.json" or w[0] not in CLAIMS]
        *above, key = rng.choice(ways)
        holder = at(document, tuple(above))
        value = holder[key]
        alike = [v for w in ways if w[-1] == key and isinstance(v := at(document, w), str)]
        match value:
            case bool():
                holder[key] = not value
            case int():
                holder[key] = value + rng.choice((-1, 1))
            case None:
                holder[key] = rng.choice(("0", 0, ""))
            case str():
                holder[key] = other(rng, value, alike)
            case list() if value and rng.random() < 0.5:
                value.append(value[0])
            case list() if value:
                value.pop()
            case list():
                value.append("P-01")
            case dict() if isinstance(holder, list) and rng.random() < 0.5:
                holder.append(deepcopy(value))
            case _:
                del holder[key]
        return {name: written(document)}

    return change


def parts_of(files: Files) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(files["allocation.xlsx"])) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def packed(parts: Mapping[str, str]) -> dict[str, bytes]:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return {"allocation.xlsx": memory.getvalue()}


def in_part(pattern: str, change: Callable[[Random, re.Match[str]], str], part: str = "") -> Change:
    """One place of one part of the workbook, found by a pattern."""

    def changed(rng: Random, files: Files) -> dict[str, bytes] | None:
        parts = parts_of(files)
        sheets = [name for name in parts if name.startswith("xl/worksheets/sheet") and re.search(pattern, parts[name])]
        name = part or rng.choice(sheets)
        found = list(re.finditer(pattern, parts[name]))
        spot = rng.choice(found)
        parts[name] = f"{parts[name][: spot.start()]}{change(rng, spot)}{parts[name][spot.end() :]}"
        return packed(parts)

    return changed


def swapped(rng: Random, files: Files) -> dict[str, bytes] | None:
    """Two projects that fared differently exchange all that was decided, in the table and in the records."""
    header, *rows = rows_of(files, "allocation.csv")
    decided = [n for n, name in enumerate(header) if name in FARED]
    pairs = [(a, b) for a in rows for b in rows if a[0] < b[0] and [a[n] for n in decided] != [b[n] for n in decided]]
    if not pairs:
        return None
    one, two = rng.choice(pairs)
    for place in decided:
        one[place], two[place] = two[place], one[place]
    document = json.loads(files["explanations.json"])
    first, second = ({r["project_id"]: r for r in document["projects"]}[row[0].lstrip("'")] for row in (one, two))
    for key in ("decision", "reason", "rule", "round", "pool", "granted_plan_mu", "turns", "sources", "shortages"):
        first[key], second[key] = second[key], first[key]
    return {"allocation.csv": table([header, *rows]), "explanations.json": written(document)}


FARED = ("decision", "round", "pool", "granted_plan_mu", "reason_code", "rule", "reason")


def moved(rng: Random, files: Files) -> dict[str, bytes] | None:
    """A draw comes from another account, in the table and in the records."""
    header, *rows = rows_of(files, "draws.csv")
    indicator, account = header.index("indicator"), header.index("account_id")
    pairs = [(a, b[account]) for a in rows for b in rows if a[indicator] == b[indicator] and a[account] != b[account]]
    if not pairs:
        return None
    row, target = rng.choice(pairs)
    document = json.loads(files["explanations.json"])
    for project in document["projects"]:
        for draw in project["sources"]:
            if (project["project_id"], draw["account_id"]) == (row[0].lstrip("'"), row[account].lstrip("'")):
                draw["account_id"] = target.lstrip("'")
    row[account] = target
    return {"draws.csv": table([header, *rows]), "explanations.json": written(document)}


def dearer(rng: Random, files: Files) -> dict[str, bytes] | None:
    """A price is a yuan higher, and every amount with it, in tables, records and manifest."""
    manifest, document = json.loads(files["manifest.json"]), json.loads(files["explanations.json"])
    if not manifest["prices"]:
        return None
    price = rng.choice(manifest["prices"])
    old, new = price["unit_price_yuan"], str(int(price["unit_price_yuan"]) + 1)
    price["unit_price_yuan"] = new
    changed: dict[str, bytes] = {"manifest.json": written(manifest)}
    for name in ("draws.csv", "payments.csv"):
        header, *rows = rows_of(files, name)
        at_price, amount = header.index("unit_price_yuan"), header.index("amount_yuan")
        for row in rows:
            if row[at_price] == old:
                row[at_price], row[amount] = new, str(int(float(row[amount])) + 1)
        changed[name] = table([header, *rows])
    for project in document["projects"]:
        for paid in (*project["sources"], *project["payments"]):
            if paid["unit_price_yuan"] == old:
                paid["unit_price_yuan"] = new
    return changed | {"explanations.json": written(document)}


def poorer(rng: Random, files: Files) -> dict[str, bytes] | None:
    """An account is said to hold less, and every shortage on it to be greater, so that it all adds up."""
    proofs = json.loads(files["certificates.json"])
    if not proofs["accounts"]:
        return None
    account = rng.choice(sorted(proofs["accounts"]))
    proofs["accounts"][account]["balance"] = f"{float(proofs['accounts'][account]['balance']) - 0.01:.2f}"
    for shortage in proofs["shortages"].values():
        if account in shortage["accounts"]:
            shortage["short"] = f"{float(shortage['short']) + 0.01:.2f}"
    return {"certificates.json": written(proofs)}


def ahead(rng: Random, files: Files) -> dict[str, bytes] | None:
    """Two neighbours in line exchange their positions, in the table and in the records."""
    header, *rows = rows_of(files, "allocation.csv")
    place = header.index("overall_position")
    standing = sorted((row for row in rows if row[place]), key=lambda row: int(row[place]))
    number = rng.randrange(len(standing) - 1)
    one, two = standing[number : number + 2]
    one[place], two[place] = two[place], one[place]
    document = json.loads(files["explanations.json"])
    first, second = ({r["project_id"]: r for r in document["projects"]}[row[0].lstrip("'")] for row in (one, two))
    first["position"], second["position"] = second["position"], first["position"]
    return {"allocation.csv": table([header, *rows]), "explanations.json": written(document)}


def next_donor(rng: Random, files: Files) -> dict[str, bytes] | None:
    """A county gives in another's place, in the table, and in the proof of the number too."""
    header, *rows = rows_of(files, "donors.csv")
    if len(rows) < 2:
        return None
    one, two = rng.sample(rows, 2)
    if one[0] == two[0]:
        return None
    one[0], two[0] = two[0], one[0]
    proofs = json.loads(files["certificates.json"])
    for proof in proofs["donor_counts"]:
        proof["largest"].reverse()
    return {"donors.csv": table([header, *rows]), "certificates.json": written(proofs)}


def released(rng: Random, files: Files) -> dict[str, bytes] | None:
    """A share releases more, and the reserve receives it: the books still add up."""
    header, *rows = rows_of(files, "pools.csv")
    own, reserve = rng.choice(rows[:-1]), rows[-1]
    used, gave, received, closing = (header.index(f"{n}_mu") for n in ("used", "released", "received", "closing"))
    for row, place, more in ((own, used, -1), (own, gave, 1), (reserve, received, 1), (reserve, closing, 1)):
        row[place] = f"{float(row[place]) + more:g}"
    return {"pools.csv": table([header, *rows])}


def beside(rng: Random, files: Files) -> dict[str, bytes] | None:
    """A file more than there should be."""
    return {rng.choice(("notes.csv", "report.html", "certificates2.json")): b"granted"}


CHANGES: Mapping[str, tuple[Change, int]] = {
    "a cell": (cell, 30),
    "a row": (line, 8),
    "two column names": (column, 2),
    "a value of the explanations": (record("explanations.json"), 20),
    "a value of the certificates": (record("certificates.json"), 12),
    "a value of the manifest": (record("manifest.json"), 8),
    "a number of the workbook": (
        in_part(r"<v>[0-9.]+</v></c>", lambda rng, m: f"<v>{other(rng, m[0][3:-8], [])}</v></c>"),
        4,
    ),
    "a text of the workbook": (
        in_part(r"<t>[^<]+</t>", lambda rng, m: f"<t>{other(rng, m[0][3:-4], [])}</t>", "xl/sharedStrings.xml"),
        4,
    ),
    "a hidden row of the workbook": (in_part("<row ", lambda rng, m: '<row hidden="1" '), 1),
    "a formula in the workbook": (in_part("<v>", lambda rng, m: "<f>1+1</f><v>"), 1),
    "a sheet's name": (in_part('sheet name="', lambda rng, m: 'sheet name="x', "xl/workbook.xml"), 1),
    "two decisions": (swapped, 3),
    "a draw and its record": (moved, 3),
    "a price and its amounts": (dearer, 2),
    "a balance and its shortages": (poorer, 2),
    "two positions": (ahead, 2),
    "two donors and their proof": (next_donor, 2),
    "two books": (released, 2),
    "a file more": (beside, 1),
}
"""What is changed -> how, and how often among a hundred."""
