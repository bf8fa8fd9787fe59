"""The whole answer, derived again from the inputs: from the rows to the books, without an engine."""

from dataclasses import replace

from allocator.audit import changes
from allocator.audit.choices import deciding_ties, other_fills
from allocator.audit.claims import Claims
from allocator.audit.compare import Finding
from allocator.audit.decide import decisions
from allocator.audit.other import Others
from allocator.audit.question import ask
from allocator.audit.settle import settle
from allocator.audit.walk import penalised, walk
from allocator.outcome import Allocation, Run


def derive(run: Run, *, engine: str) -> Allocation:
    """The answer that the rules give, found by `engine`, and nothing of other questions; raises `Refused`."""
    return derive_beside(run, Claims(engine=engine))[0]


def derive_beside(run: Run, claims: Claims) -> tuple[Allocation, tuple[Finding, ...]]:
    """The answer that the rules give; of what it claims besides, what holds, and what does not. Raises `Refused`."""
    question = ask(run)
    capped = penalised(question)
    walked = walk(question, capped)
    chosen = {tier.name for tier in run.policy.tiers if tier.order == "min_donors"}
    allocation = Allocation(
        screening=question.screening,
        order=question.order,
        decided=decisions(question, walked),
        settlement=settle(question, walked, claims.givers(run.tables.accounts, chosen)),
        engine=claims.engine,
        fill=run.policy.ranking.fill,
        differs_under=other_fills(question, walked, capped),
        deciding_ties=deciding_ties(question, walked, capped),
        test="program" if claims.engine == "mip" else "nested",
        limits=claims.limits,
        ceilings=capped,
    )
    others = Others(question, capped, walked)
    told = changes.derived(others, claims)
    decided = {each.project_id: each for each in allocation.decided}
    return replace(allocation, changes=told), tuple(changes.doubted(others, decided, told))
