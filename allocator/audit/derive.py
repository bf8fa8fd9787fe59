"""The whole answer, derived again from the inputs: from the rows to the books, without an engine."""

from collections.abc import Sequence
from dataclasses import replace

from allocator.audit import changes
from allocator.audit.choices import deciding_ties, other_fills
from allocator.audit.claims import Claims
from allocator.audit.compare import Finding
from allocator.audit.decide import decisions
from allocator.audit.donor_claims import doubted_donors
from allocator.audit.donors import is_searched
from allocator.audit.other import Others
from allocator.audit.question import Question, ask
from allocator.audit.settle import settle
from allocator.audit.walk import Walked, ceilings, penalised, walk
from allocator.audit.weigh import weigh, weighs
from allocator.changes import Changes, Scope
from allocator.outcome import Allocation, Ceiling, Run
from allocator.report.read_folder import MANIFEST
from allocator.verify_ground import stand
from allocator.verify_weights import levels


def derive(run: Run, *, engine: str) -> Allocation:
    """The answer that the rules give, found by `engine`, and nothing of other questions; raises `Refused`."""
    return derive_beside(run, Claims(engine=engine))[0]


def derive_beside(run: Run, claims: Claims) -> tuple[Allocation, tuple[Finding, ...]]:
    """The answer that the rules give; of what it claims besides, what holds, and what does not.

    In a mode that walks everything is derived; in one that weighs, what follows from the grants of the result. Raises
    `Refused`, and `Infeasible` where those grants cannot be.
    """
    allocation, findings = derive_claimed(run, claims)
    donors = doubted_donors(stand(allocation, run)) if is_searched(run.policy) else ()
    found = (Finding(kind="level", file="certificates.json", row="donors", told=text) for text in donors)
    return allocation, (*findings, *found)


def derive_claimed(run: Run, claims: Claims) -> tuple[Allocation, tuple[Finding, ...]]:
    """The same, the claims of the choice of donors not yet held against the draws."""
    question = ask(run)
    if weighs(question):
        capped = ceilings(question, claims.bases) if run.tables.penalties else ()
        return weighed(question, capped, weigh(question, capped, claims.grants), claims)
    capped = penalised(question)
    walked = walk(question, capped)
    allocation = replace(
        concluded(question, capped, walked, claims),
        differs_under=other_fills(question, walked, capped),
        deciding_ties=deciding_ties(question, walked, capped),
        test="program" if claims.engine == "mip" else "nested",
    )
    others = Others(question, capped, walked)
    told = changes.derived(others, claims)
    decided = {each.project_id: each for each in allocation.decided}
    return replace(allocation, changes=told), tuple(changes.doubted(others, decided, told))


def concluded(question: Question, capped: Sequence[Ceiling], walked: Walked, claims: Claims) -> Allocation:
    """From grants to the books."""
    run = question.run
    chosen = {tier.name for tier in run.policy.tiers if tier.order == "min_donors"}
    settlement = settle(question, walked, claims.givers(run.tables.accounts, chosen))
    if is_searched(run.policy):
        told = {rung.name for rung in claims.donor_rungs}
        rungs = (*(rung for rung in settlement.rungs if rung.name not in told), *claims.donor_rungs)
        settlement = replace(settlement, donor_unions=claims.unions, rungs=rungs)
    return Allocation(
        screening=question.screening,
        order=question.order,
        decided=decisions(question, walked),
        settlement=settlement,
        engine=claims.engine,
        fill=run.policy.ranking.fill,
        differs_under={},
        deciding_ties=(),
        test="program",
        limits=claims.limits,
        ceilings=tuple(capped),
    )


def weighed(
    question: Question, capped: Sequence[Ceiling], walked: Walked, claims: Claims
) -> tuple[Allocation, tuple[Finding, ...]]:
    """What follows from the grants of a mode that weighs; the levels are claims, and their values are recounted."""
    scope = Scope.NOT_ASKED if claims.scope is Scope.NOT_ASKED else Scope.NOT_IN_THIS_MODE
    allocation = replace(
        concluded(question, capped, walked, replace(claims, engine="mip")),
        rungs=claims.rungs,
        changes=Changes(scope=scope),
    )
    found = levels(stand(allocation, question.run))
    return allocation, tuple(Finding(kind="level", file=MANIFEST, row="levels", told=text) for text in found)
