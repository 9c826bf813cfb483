"""A pool of gateways whose processes start again at once.

`python -m config.gateway_pool --port 8010 [--host 127.0.0.1] [--workers 2]`. One process loads the
code and the last bundle, opens the socket and makes the others by forking; it answers nothing
itself. The first answers as soon as there is a bundle to answer from; what else the service
consists of is loaded while it does, and those that follow have it. Where one of them ends, another
takes its place: at once, or once it has read a bundle that was written since. What asks meanwhile
waits at the socket, which stays open, instead of being refused.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

import uvicorn

from config.embedded.lifeline import stop_with_parent

PROTOCOL = "governance.permissions.gateways.protocol:GatewayProtocol"
GRACE = 3  # seconds that open requests get when the pool stops
_BACKLOG = 2_048
_SHORT = 1.0  # seconds: a process that lived no longer is not replaced at once


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="config.gateway_pool", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args(arguments)
    gc.disable()  # what is loaded stays: looking for garbage in it takes as long as a fifth of it
    from catalog import starting
    from config.gateways import application
    from governance.permissions.gateways.keeping import keeper

    gc.freeze()
    keeper.load()
    with socket.create_server((chosen.host, chosen.port), backlog=_BACKLOG) as listening:
        pool = Pool(application, listening, keeper.take_over, starting.finish)
        return pool.serve(max(1, chosen.workers))


class Pool:
    """The process that makes the others."""

    def __init__(
        self,
        application: Any,
        listening: socket.socket,
        take_over: Callable[[], None],
        finish: Callable[[], None],
    ) -> None:
        self._application = application
        self._take_over = take_over
        self._finish = finish
        self._listening = listening
        self._began: dict[int, float] = {}
        self._is_ending = False

    def serve(self, workers: int) -> int:
        """Keep so many processes until this one is told to end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        # What is loaded by now is shared by all, as long as the collector does not touch it.
        gc.freeze()
        self._start()
        self._finish()
        gc.freeze()
        for _ in range(workers - 1):
            self._start()
        while self._began:
            try:
                pid, _ = os.wait()
            except ChildProcessError:
                break
            lived = time.monotonic() - self._began.pop(pid, 0.0)
            if not self._is_ending:
                if lived < _SHORT:
                    time.sleep(_SHORT)
                self._start()
        return 0

    def _start(self) -> None:
        pid = os.fork()
        if pid:
            self._began[pid] = time.monotonic()
            if self._is_ending:
                os.kill(pid, signal.SIGTERM)
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _leave)
        stop_with_parent()
        gc.enable()
        self._take_over()
        self._answer()
        raise SystemExit(0)

    def _answer(self) -> None:
        config = uvicorn.Config(
            self._application,
            http=PROTOCOL,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=GRACE,
        )
        uvicorn.Server(config).run(sockets=[self._listening])

    def _end(self, number: int, frame: object) -> None:
        self._is_ending = True
        for pid in tuple(self._began):
            os.kill(pid, signal.SIGTERM)


def _leave(number: int, frame: object) -> None:
    """uvicorn raises the signal once more when it has ended."""
    raise SystemExit(0)


if __name__ == "__main__":
    raise SystemExit(main())
