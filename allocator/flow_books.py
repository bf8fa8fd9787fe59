"""What is granted so far of indicators that are not nested, carried by a flow; and the cut that a refusal names."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from allocator.compile import Atom, Case, group_of
from allocator.networks import Sources
from allocator.outcome import Group, Round, Shortage, ShortageKind
from allocator.records import ProjectId
from models.flow import Flow

Need = tuple[Group, int]


@dataclass(slots=True)
class FlowBooks:
    """Granted needs by group, and draws that fill them all; a later need may move a draw."""

    case: Case
    sources: Sources
    count: defaultdict[Group, int] = field(default_factory=lambda: defaultdict[Group, int](int))
    sum: defaultdict[Group, int] = field(default_factory=lambda: defaultdict[Group, int](int))
    stranded: list[ProjectId] = field(default_factory=list[ProjectId])  # granted, and no flow carries it
    number: Mapping[Group, int] = field(init=False)
    flow: Flow = field(init=False)

    def __post_init__(self) -> None:
        self.number = {group: n for n, group in enumerate(self.sources.groups)}
        self.flow = Flow(self.sources.network)

    def needs(self, atom: Atom) -> Iterator[list[Need]]:
        """What an atom needs of these indicators, by sets that share accounts."""
        for indicators in self.sources.joined:
            asked = ((group_of(atom, indicator), atom.needs.get(indicator, 0)) for indicator in indicators)
            yield [(group, quantity) for group, quantity in asked if group]

    def grant(self, atom: Atom) -> None:
        """Write one grant."""
        needs = [need for each in self.needs(atom) for need in each]
        for group, quantity in needs:
            self.count[group] += 1
            self.sum[group] += quantity
        if not self.flow.carry(self._numbered(needs)):
            self.stranded.append(atom.project_id)

    def shortages(self, atom: Atom, round_: Round) -> Iterator[Shortage]:
        """For each set of indicators the first need that no flow carries, besides those before it and all granted."""
        for needs in self.needs(atom):
            for end in range(1, len(needs) + 1):
                if cut := self.flow.cut(self._numbered(needs[:end])):
                    yield self._shortage(atom, round_, needs[:end], *cut)
                    break

    def _numbered(self, needs: list[Need]) -> list[tuple[int, int]]:
        return [(self.number[group], quantity) for group, quantity in needs]

    def _shortage(
        self, atom: Atom, round_: Round, needs: list[Need], groups: list[int], accounts: list[int]
    ) -> Shortage:
        """The needs of these groups may draw on these accounts and no others.

        Where nobody counted has access and the accounts are the county's own, it is that store which is short.
        """
        counted = tuple(self.sources.groups[n] for n in groups)
        held = [self.sources.accounts[n] for n in accounts]
        last, _ = needs[-1]
        own = not any(group.access for group in counted) and all(account.county == last.county for account in held)
        stock = self.case.stocks[last.indicator]
        return Shortage(
            project=atom.project_id,
            kind=ShortageKind.STORE if own else ShortageKind.POOL,
            indicator=last.indicator,
            round=round_,
            position=atom.placed.position,
            asked=sum(quantity for group, quantity in needs if group in counted),
            balances={account.account_id: account.balance for account in held},
            counties=tuple(sorted({group.county for group in counted})),
            ahead_count=sum(self.count[group] for group in counted),
            ahead=sum(self.sum[group] for group in counted),
            rule=stock.store_rule if own else stock.pool_rule,
            phase=atom.phase,
            groups=counted,
        )
