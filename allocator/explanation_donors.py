"""What `certificates.json` says of donors where a policy counts them together, or a solver chose them."""

from typing import TypedDict


class UnionProof(TypedDict):
    """How few counties can give all indicators together, each counted once (`donor.count_over = union`).

    A county scores the sum over indicators of weight times the part of `asked` that it holds, at most all of it. The
    scores of `best` are the `bound - 1` largest and sum to less than the weights do; `proved_by` cp_sat has no weights.
    """

    project_id: str  # whose request it is; empty: all at once
    asked: dict[str, str]  # indicator -> what even all that the counties beside hold does not cover
    beside: list[str]  # counties that give of another indicator anyway
    count: int
    bound: int  # the least that can be
    gap: int  # count - bound: 0 when proved
    weights: dict[str, int]
    best: dict[str, dict[str, str]]  # county -> what it holds of what is asked
    scores_sum: str
    weights_sum: int
    status: str  # "proved" | "best found"
    proved_by: str  # "closed_form" | "bound" | "cp_sat"
    rule: str


class DonorLevel(TypedDict):
    """One level of the choice of donors that a solver proved: what was reached, and the least that can be."""

    level: str  # "donors:union", "preference:boundary", ..., of one project with its id behind
    value: str  # counties; or rank times quantity, the best county's rank 1
    bound: str
    status: str  # "proved" | "best found"
    proved_by: str
    rule: str


class DonorProofs(TypedDict, total=False):
    """What stands there only when there is something to say."""

    donor_unions: list[UnionProof]
    donor_levels: list[DonorLevel]
