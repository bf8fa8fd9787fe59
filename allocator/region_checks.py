"""Counties whose part of all grants a policy bounds: each must stand in the data, by its code."""

from collections.abc import Iterator

from allocator.check_problems import error
from allocator.intake.nearest import folded, nearest
from allocator.policy import Policy
from allocator.problems import Place, Problem
from allocator.records import Tables


def unknown_regions(tables: Tables, policy: Policy) -> Iterator[Problem]:
    """Bounded counties (QY-7.1) that the data do not know; one that stands there by its name is told its code."""
    if policy.region is None:
        return
    rows = (*tables.applications, *tables.accounts)
    known = {county.code for county in tables.counties} | {row.county for row in rows if row.county}
    codes = {folded(county.name): county.code for county in tables.counties if county.name}
    for side, shares in (("min_share", policy.region.min_share), ("max_share", policy.region.max_share)):
        for county in sorted(shares.keys() - known):
            place = Place(cell=f"policy.region.{side}.{county}")
            code = codes.get(folded(county), "")
            near = "" if code else nearest(county, known)
            yield error("REGION_COUNTY_UNKNOWN", place, county, policy.region.rule, meant=code, nearest=near)
