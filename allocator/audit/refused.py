"""That a question has no answer: no folder could hold one."""


class Refused(Exception):
    """The question had to be refused; `code` is that of the problem."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
