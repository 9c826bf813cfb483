"""The PostgreSQL of a test run: one server per run, shared by its workers, fast and thrown away."""

import atexit
import os
from pathlib import Path

from config.embedded.errors import AlreadyRunningError
from config.embedded.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parent.parent
_SLOTS = 16  # test runs that may go on side by side
_servers: list[EmbeddedPostgres] = []


def start_test_server() -> Path:
    """Start a server in the first free folder below `var/test` and return that folder.

    A run that was killed leaves its folder free again; the next one stops what is left over.
    """
    base = Path(os.environ.get("CONCORD_VAR") or ROOT / "var").absolute() / "test"
    for slot in range(_SLOTS):
        server = EmbeddedPostgres(base / str(slot), durable=False)
        try:
            server.start()
        except AlreadyRunningError:
            continue
        _servers.append(server)
        atexit.register(stop_test_server)  # also when the run ends before it began
        return server.var
    raise RuntimeError(f"{_SLOTS} test runs already use the folders in {base}.")


def stop_test_server() -> None:
    """Stop what this process started."""
    while _servers:
        _servers.pop().stop()
