"""One foreground process that starts PostgreSQL, the web process and the jobs, and minds them.

`python -m config.embedded.supervisor [--load COMMAND]`. Ctrl-C or SIGTERM stops everything within
seconds; a second Ctrl-C does not wait for open work. Starting it twice is harmless.

With `--load` a management command runs beside the web process; `config.embedded.loading` says how
it tells of its progress.
"""

import argparse
import contextlib
import errno
import fcntl
import http.client
import shlex
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

from rich.console import Console
from rich.markup import escape

from config.embedded.children import Child
from config.embedded.errors import EmbeddedError
from config.embedded.loading import LoadingProgress
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.prepared import Prepared
from config.environment import (
    Environment,
    EnvironmentVariableError,
    read_environment,
    server_variables,
)

APPLICATION = "config.asgi:application"
STOP_WITHIN = 6.0  # seconds for web and jobs together
READY_WITHIN = 60.0  # seconds until the web process has to be ready
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TICK = 0.25  # seconds between two looks at the children


class Supervisor:
    """Runs the embedded service of one checkout until it is told to stop."""

    def __init__(
        self,
        root: Path,
        environment: Environment,
        *,
        load: Sequence[str] = (),
        console: Console | None = None,
    ) -> None:
        self.root = root
        self.environment = environment
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.postgres = EmbeddedPostgres(environment.var)
        self.load = list(load)
        self._stop_requests = 0
        self._announced = False
        self._database_pause = 0.5  # seconds before the next attempt to start it again
        self._database_not_before = 0.0

    def run(self) -> int:
        """Return the exit code: 0 after a clean stop or when the service already runs."""
        lock = self._lock()
        if lock is None:
            return 0
        children: list[Child] = []
        with lock, self._signals():
            try:
                with self._listen() as listener:
                    self._start_database()
                    self._prepare()
                    if not self._stop_requests:
                        children = self._start_children(listener)
                        self._mind(children)
                    return 0
            except EmbeddedError as error:
                if self._stop_requests:
                    return 0
                self._line(str(error), "red")
                return 1
            finally:
                self._stop(children)

    def _lock(self) -> IO[str] | None:
        """Take the service's lock; say where it runs when somebody else has it."""
        var = self.environment.var
        var.mkdir(parents=True, exist_ok=True)
        lock = (var / "service.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            address = lock.read().strip() or self.environment.base_url
            lock.close()
            self.console.print(f"Concord is already running at {address}")
            return None
        lock.truncate(0)
        lock.write(self.environment.base_url)
        lock.flush()
        return lock

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Count requests to stop instead of being torn out of the middle of something."""

        def request(_number: int, _frame: FrameType | None) -> None:
            self._stop_requests += 1

        before = {number: signal.signal(number, request) for number in _STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _listen(self) -> socket.socket:
        port = self.environment.port
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            listener.close()
            if error.errno == errno.EADDRINUSE:
                raise EmbeddedError(
                    f"Port {port} is taken by another program: choose a free one with "
                    f"PORT={_free_port()}."
                ) from None
            raise EmbeddedError(
                f"Port {port} cannot be used ({error.strerror}): choose another one with "
                f"PORT={_free_port()}."
            ) from None
        listener.listen(128)
        return listener

    def _start_database(self) -> None:
        began = time.monotonic()
        fresh = not self.postgres.data.exists()
        verb = "Making" if fresh else "Starting"
        with self.console.status(f"{verb} the database ..."):
            self.postgres.start()
        self._line(f"Database ready ({time.monotonic() - began:.1f} s)")

    def _prepare(self) -> None:
        """Bring tables and static files up to date before anything uses them."""
        began = time.monotonic()
        prepared = Prepared(self.root, self.environment.var)
        with self.postgres.connect() as database:
            if prepared.is_current(database):
                return
        child = self._child("prepare", "manage.py", "prepare")
        child.start()
        with self.console.status("Bringing tables and static files up to date ..."):
            while child.exit_code is None and not self._stop_requests:
                time.sleep(_TICK / 5)
        child.end(time.monotonic())
        if self._stop_requests:
            return
        if child.exit_code:
            raise EmbeddedError(
                _story("The tables and static files could not be brought up to date", child)
            )
        with self.postgres.connect() as database:
            prepared.note(database)
        self._line(f"Tables and static files up to date ({time.monotonic() - began:.1f} s)")

    def _child(self, name: str, *arguments: str) -> Child:
        log = self.environment.var / "logs" / f"{name}.log"
        return Child(name, [sys.executable, *arguments], log, self.root)

    def _start_children(self, listener: socket.socket) -> list[Child]:
        descriptor = listener.fileno()
        web = self._child("web", "-m", "config.embedded.web", str(descriptor), APPLICATION)
        web.descriptors = (descriptor,)
        schedule = self.environment.var / "queue" / "schedule"
        jobs = self._child("jobs", "-m", "config.embedded.jobs", str(schedule))
        children = [web, jobs]
        if self.load:
            children.append(self._child("load", "manage.py", *self.load))
            children[-1].piped = True
        for child in children:
            child.start()
        return children

    def _mind(self, children: list[Child]) -> None:
        """Watch everything until somebody asks to stop."""
        began = time.monotonic()
        web, loading = children[0], None
        web_ready = False
        if self.load:
            loading = LoadingProgress(children.pop(), self.console)
        try:
            while not self._stop_requests:
                self._mind_database()
                for child in children:
                    self._mind_child(child, web_ready)
                if loading is not None:
                    loading.read()
                if not web_ready:
                    web_ready = _answers(self.environment.port)
                    if not web_ready and time.monotonic() - began > READY_WITHIN:
                        raise EmbeddedError(_story("The web process does not become ready", web))
                elif not self._announced and (loading is None or loading.ready is not None):
                    self._announce(loading.ready if loading else None)
                time.sleep(_TICK)
        finally:
            if loading is not None:
                loading.close()
                children.append(loading.child)

    def _mind_database(self) -> None:
        process = self.postgres.process
        if process is not None and process.poll() is None:
            return
        if process is not None:
            self.postgres.stop()
            self._line("The database ended; starting it again ...", "yellow")
            self._database_pause = 0.5
        elif time.monotonic() < self._database_not_before:
            return
        try:
            self.postgres.start()
        except EmbeddedError as error:
            self._database_pause = min(self._database_pause * 2, 30.0)
            self._database_not_before = time.monotonic() + self._database_pause
            self._line(str(error), "red")
        else:
            self._line("Database ready again")

    def _mind_child(self, child: Child, web_ready: bool) -> None:
        if child.process is None:
            if time.monotonic() >= child.not_before:
                child.start()
        elif child.exit_code is not None:
            code = child.exit_code
            child.end(time.monotonic())
            pause = child.note_crash()
            if child.name == "web" and not web_ready and child.crashes >= 3:
                raise EmbeddedError(_story("The web process does not start", child))
            self._line(
                f"The {child.name} process ended (code {code}, see {child.log}); "
                f"starting it again in {pause:.0f} s",
                "yellow",
            )

    def _announce(self, note: str | None) -> None:
        self._announced = True
        self.console.print()
        self.console.print(f"  Concord is running at [bold]{escape(self.environment.base_url)}[/]")
        if note:
            self.console.print(f"  {escape(note)}")
        self.console.print("  Press Ctrl-C to stop it.\n")

    def _stop(self, children: list[Child]) -> None:
        """Stop web and jobs together, then the database that both use."""
        if children:
            self._line("Stopping ...", "cyan")
        asked = self._stop_requests
        for child in children:
            child.interrupt()
        deadline = time.monotonic() + STOP_WITHIN
        while any(child.is_running for child in children) and time.monotonic() < deadline:
            if self._stop_requests > asked:
                break  # asked again: somebody is in a hurry
            time.sleep(0.05)
        for child in children:
            child.end(time.monotonic())
        self.postgres.stop()
        if children:
            self._line("Stopped")

    def _line(self, text: str, color: str = "green") -> None:
        mark = {"green": "✓", "red": "✗"}.get(color, "•")
        self.console.print(f"[{color}]{mark}[/] {escape(text)}")


def _answers(port: int) -> bool:
    """Whether the web process says that it is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _story(sentence: str, child: Child) -> str:
    return f"{sentence}; the end of {child.log}:\n{child.last_words()}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the service of the checkout in the current folder."""
    parser = argparse.ArgumentParser(prog="config.embedded.supervisor")
    parser.add_argument("--load", default="", help="a management command to run beside the pages")
    options = parser.parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True)
    root = Path.cwd()
    servers = server_variables()
    if servers:
        console.print(
            f"{servers[0]} is set, so the database and the job queue are servers of their own: "
            "start uvicorn and celery as docs/operators/install.md says, or unset it."
        )
        return 1
    try:
        environment = read_environment(root)
    except EnvironmentVariableError as error:
        console.print(str(error), markup=False)
        return 1
    return Supervisor(root, environment, load=shlex.split(options.load), console=console).run()


if __name__ == "__main__":
    sys.exit(main())
