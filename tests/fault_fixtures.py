"""Fixtures of the tests of faults: `pytest_plugins = ["fault_fixtures"]`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import Books, Warm


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """The warm process of this test process."""
    process = Warm(tmp_path_factory.mktemp("warm") / "process")
    yield process
    process.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def risked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Books]:
    """Where books may be opened and harmed, on each kind of database."""
    if request.param == "sqlite":
        yield Books(tmp_path)
        return
    server = request.getfixturevalue("postgresql_server")
    made = Books(tmp_path, server, server.create_database())
    yield made
    if not server.runs:
        server.start()
    server.drop_database(made.database)
