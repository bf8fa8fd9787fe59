"""What holds for every test process."""

import signal


def pytest_configure() -> None:
    """Let Ctrl-C be Ctrl-C: processes that tests are spread over ignore it, and so would every command they start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
