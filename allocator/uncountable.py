"""What no solver answers, in the words of the question: numbers past what it counts to, a search without an end."""

from collections.abc import Generator
from contextlib import contextmanager

from allocator.policy import Policy
from allocator.problems import InputRejected, NothingFound, Place, Problem, Severity
from models.program import TooLarge, Unproven


@contextmanager
def told(policy: Policy) -> Generator[None]:
    """Raise `InputRejected` for `TooLarge`, naming what makes them so; `NothingFound` for `Unproven`."""
    try:
        yield
    except TooLarge as wrong:
        raise InputRejected([too_large(wrong, policy)]) from wrong
    except Unproven as wrong:
        raise NothingFound(str(wrong)) from wrong


def too_large(wrong: TooLarge, policy: Policy) -> Problem:
    """The weights of a rung, or the bound or budget of a row."""
    of_weights = wrong.kind == "rung"
    bound = wrong.name.removeprefix("portion:")
    return Problem(
        code="WEIGHTS_TOO_LARGE" if of_weights else "NUMBERS_TOO_LARGE",
        severity=Severity.ERROR,
        place=Place(file=policy.name, cell="policy.ranking.weight" if of_weights else f"policy.{bound}"),
        value=policy.ranking.weight if of_weights else bound,
        facts={"digits": str(len(str(wrong.size)))},
        rule=policy.ranking.rule if of_weights else "",
    )
