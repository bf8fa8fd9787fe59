"""What holds for every test process."""

import signal

import pytest
from postgresql import ledger_url, postgresql_server, postgresql_url

__all__ = ["ledger_url", "postgresql_server", "postgresql_url"]  # fixtures of every test

MARKS_OF_STEPS = (
    {"programs"},
    {"postgresql", "faults"},
    {"long"},
)  # a test is run by one step of `.ci/run`, or by the first


def pytest_configure() -> None:
    """Let Ctrl-C be Ctrl-C: processes that tests are spread over ignore it, and so would every command they start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the server, and refuse marks by which two steps would run one test."""
    for item in items:
        if "postgresql_server" in getattr(item, "fixturenames", ()):
            item.add_marker("postgresql")
        marks = {mark.name for mark in item.iter_markers()}
        if sum(not marks.isdisjoint(step) for step in MARKS_OF_STEPS) > 1:
            raise pytest.UsageError(f"{item.nodeid}: two steps of .ci/run would run it; its marks are {sorted(marks)}")
