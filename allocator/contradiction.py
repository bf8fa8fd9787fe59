"""Rules that cannot be kept together: which ones, by what limits, and the smallest ways out. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass

from allocator.problems import Place
from allocator.quantities import Indicator
from allocator.records import CountyCode, ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One rule of a contradiction: a pinned grant, a bound on a part of all grants, a cap."""

    name: str  # "pin:P-3", "region.min_share.441802", "penalty:441802"
    kind: str  # "pin" | "min_share" | "max_share" | "cap"
    about: str  # the project, the county or the tag
    amount: str  # plan of the pin or cap in mu; a part
    rule: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What the rules run into: the total, a county's own store, the common pool. It is not a choice of anybody here."""

    name: str  # "total", "store:area:441802", "pool:area", "sources"
    kind: str  # "total" | "store" | "pool" | "sources"
    about: str  # the county of a store
    indicator: Indicator
    amount: str  # what it holds, in units
    rule: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One change that ends a contradiction, and the smallest one of its kind: a step less does not."""

    name: str  # of the demand or limit that changes
    kind: str  # as there
    about: str
    indicator: Indicator
    by: str  # how much: mu or kg, or a part; of a pin, the plan that is given up
    to: str  # what it then is; of a pin, nothing
    decider: str  # "county" | "prefecture" | "province"
    settles: bool  # False: it ends this contradiction, and another one stays
    gains: tuple[ProjectId, ...] = ()  # granted more plan, or granted at all, than without the demands
    losses: tuple[ProjectId, ...] = ()


class Contradiction(Exception):
    """The rules contradict each other (exit 3): no demand can be left out of those named, all others set aside."""

    def __init__(
        self,
        demands: tuple[Demand, ...],
        limits: tuple[Limit, ...],
        repairs: tuple[Repair, ...],
        counties: Mapping[CountyCode, str],
    ) -> None:
        self.demands = demands
        self.limits = limits
        self.repairs = repairs
        self.counties = counties  # what those are called that have a name
        super().__init__(", ".join(stated.name for stated in (*demands, *limits)))

    @property
    def is_alone(self) -> bool:
        """Whether nothing else contradicts: some repair settles all."""
        return any(repair.settles for repair in self.repairs)
