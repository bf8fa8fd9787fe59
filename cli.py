"""The console script. An interrupt ends it with exit code 130 from the first moment on, without a traceback."""

import os
from typing import NoReturn


def leave(*_: object) -> NoReturn:
    """End at once: so early there is nothing to tidy away, and no words are loaded yet."""
    os._exit(130)


def main() -> None:
    """Watch for interrupts, and only then import what takes time."""
    try:
        import gc
        import signal

        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # whoever started us may have it ignored
            signal.signal(signal.SIGINT, leave)
        gc.set_threshold(200_000, 50, 1_000)  # rows and entries form no cycles: looking for some is a fifth of a night
        from scenarios.commands.street import run

        run()
    except KeyboardInterrupt:
        leave()


if __name__ == "__main__":
    main()
