"""Counties by name or by code: every other table speaks of them in either way; records hold the code."""

from collections import defaultdict
from collections.abc import Sequence

from allocator.intake.findings import Findings
from allocator.intake.nearest import folded, nearest
from allocator.intake.rows import Row
from allocator.records import County, CountyCode


class CountyNames:
    """What the `counties` table calls each county; without the table every text is taken as it stands.

    `complete` is False when some row of the table has lost its code: an unknown county may then be that one, and only
    the row itself is to blame.
    """

    def __init__(self, counties: Sequence[County], *, complete: bool = True) -> None:
        self._complete = complete
        self._codes = {folded(county.code): county.code for county in counties}
        self._named: defaultdict[str, set[CountyCode]] = defaultdict(set)
        self._names = {county.name for county in counties}
        self._titles = {code: code for code in self._codes.values()}
        for county in counties:
            if county.name:
                self._named[folded(county.name)].add(county.code)
                self._titles[county.name] = f"{county.code} {county.name}"
        self._nearest: dict[str, str] = {}
        self._said: set[str] = set()

    def code(self, row: Row, findings: Findings, rule: str) -> CountyCode:
        """The code of the county in the row's `county` cell; `""` when it is empty or unknown."""
        text: str = row.values.get("county") or ""
        if not text or not self._codes:
            return text
        key, place = folded(text), row.cells["county"]
        if code := self._codes.get(key):
            return code
        named = self._named.get(key, set())
        if len(named) == 1:
            (code,) = named
            if text not in self._names and place.sheet not in self._said:
                self._said.add(place.sheet)
                findings.note("COUNTY_BY_NAME", place, text, rule=rule, county=code)
            return code
        if named:
            findings.error("COUNTY_AMBIGUOUS", place, text, rule=rule, codes=", ".join(sorted(named)))
        elif self._complete:
            if key not in self._nearest:
                self._nearest[key] = self._titles.get(nearest(text, self._titles), "")
            findings.error("COUNTY_UNKNOWN", place, text, rule=rule, nearest=self._nearest[key])
        else:
            return text
        return ""
