"""That there is nothing to compare: a question without an answer, or grants that no answer can hold."""


class Refused(Exception):
    """The question had to be refused; `code` is that of the problem."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Infeasible(Exception):
    """The grants of a result do not fit together: `what` is overdrawn or broken, `told` is more than `most`."""

    def __init__(self, what: str, told: str, most: str) -> None:
        self.what, self.told, self.most = what, told, most
        super().__init__(f"{what}: {told} of {most}")
