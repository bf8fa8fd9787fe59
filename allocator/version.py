"""Which version of the program this is."""

from importlib.metadata import PackageNotFoundError, version


def tool_version() -> str:
    """The version of the distribution; a source tree that was never installed has none."""
    try:
        return version("landquota")
    except PackageNotFoundError:
        return "not installed"
