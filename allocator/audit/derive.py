"""The whole answer, derived again from the inputs: from the rows to the books, without an engine."""

from allocator.audit.choices import deciding_ties, other_fills
from allocator.audit.decide import decisions
from allocator.audit.question import ask
from allocator.audit.settle import settle
from allocator.audit.walk import penalised, walk
from allocator.outcome import Allocation, Run


def derive(run: Run, *, engine: str) -> Allocation:
    """The answer that the rules give; `engine` is the one that claims to have found it. Raises `Refused`."""
    question = ask(run)
    capped = penalised(question)
    walked = walk(question, capped)
    return Allocation(
        screening=question.screening,
        order=question.order,
        decided=decisions(question, walked),
        settlement=settle(question, walked),
        engine=engine,
        fill=run.policy.ranking.fill,
        differs_under=other_fills(question, walked, capped),
        deciding_ties=deciding_ties(question, walked, capped),
        ceilings=capped,
    )
