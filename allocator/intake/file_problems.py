"""Problems as the readers of files write them: one line each."""

from allocator.problems import Place, Problem, Severity


def error(code: str, place: Place, value: str = "", **facts: object) -> Problem:
    """A problem that stops the run."""
    return _problem(Severity.ERROR, code, place, value, facts)


def warning(code: str, place: Place, value: str = "", **facts: object) -> Problem:
    """A problem that somebody should look at before trusting the result."""
    return _problem(Severity.WARNING, code, place, value, facts)


def note(code: str, place: Place, value: str = "", **facts: object) -> Problem:
    """Something a reader decided that is worth knowing."""
    return _problem(Severity.NOTE, code, place, value, facts)


def _problem(severity: Severity, code: str, place: Place, value: str, facts: dict[str, object]) -> Problem:
    words = {name: str(fact) for name, fact in facts.items()}
    return Problem(code=code, severity=severity, place=place, value=value, facts=words)
