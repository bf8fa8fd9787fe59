"""What a re-run with frozen grants finds in the books (F.3, QY-10.3, 10.4, 12.2). Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from allocator.records import CountyCode, ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The grants in force are taken out: every budget is a balance, and who waits is all that is decided (F.3)."""

    budgets: Mapping[str, int]  # every pool of the policy, the reserve included -> its present balance, grid units
    granted: Mapping[CountyCode, int]  # plan of the grants in force, by county
    behind: frozenset[ProjectId] = frozenset()  # stand behind all others, in the usual order (QY-10.3, 12.2)
    efficiency: Mapping[CountyCode, Fraction] = field(default_factory=dict[CountyCode, Fraction])
    """Used of granted, by county: the higher one first among projects equal in all but category and id, and a county
    that is not named last (QY-12.2). Empty: it does not count."""
    places: Mapping[ProjectId, int] = field(default_factory=dict[ProjectId, int])
    """The places of the order that was approved, all of them different: who takes a place that came free is the next in
    it, and who has none is behind, in the usual order (QY-10.3). Empty: the line is ranked anew."""
    ceilings: Mapping[CountyCode, int] = field(default_factory=dict[CountyCode, int])
    """The most plan that a penalised county may have this year, grants in force included, where an earlier run fixed
    it, less what was cut of it since; a county that is not named is penalised for the first time (QY-14.3)."""

    def most(self, county: CountyCode, anew: int, cut: int) -> int:
        """The most plan that a penalised county may have this year, of which it would newly be granted `anew`."""
        return self.ceilings.get(county, max(0, self.granted.get(county, 0) + anew - cut))
