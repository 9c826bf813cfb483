"""No orphans: a child process ends when the process that started it has gone."""

import os
import signal
import threading
import time

_INTERVAL = 1.0  # seconds between two looks


def stop_with_parent() -> None:
    """Interrupt this process (SIGINT) once its parent is gone, even when that was killed."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_INTERVAL)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
