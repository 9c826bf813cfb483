"""PostgreSQL as a part of the service: made, started and stopped from a folder of our own.

It listens on a socket in a private folder only, never on a network port, and asks for a generated
password. `database_settings()` tells where it will be found without starting it.
"""

import contextlib
import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import psycopg
from psycopg import sql

from config.embedded.cluster import (
    SUPERUSER,
    Programs,
    choose_programs,
    clean_environment,
    make_cluster,
)
from config.embedded.errors import AlreadyRunningError, EmbeddedError
from config.embedded.identity import Identity
from config.embedded.lifeline import die_with_parent
from config.embedded.secrets import secret

DATABASE = "concord"
ROLE = "concord"
PORT = 5432
START_TIMEOUT = 60.0  # seconds: crash recovery of a large log may take a while
STOP_TIMEOUT = 30.0
# The kernel's limit for a socket's path is 104 bytes on macOS and 108 on Linux.
_SOCKET_LIMIT = 100
_LOG_LIMIT = 5_000_000


def database_settings(var: Path, *, name: str = "postgres", pool: int = 0) -> dict[str, Any]:
    """Return Django's `DATABASES["default"]` for the server that lives in `var/<name>`.

    Depends on the folder alone; only the password is generated when there is none yet. For `pool`
    see `connection_settings`.
    """
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": ROLE,
        "PASSWORD": secret(var, name),
        "HOST": str(socket_folder(var, name=name)),
        "PORT": str(PORT),
        **connection_settings(pool),
    }


def connection_settings(pool: int, options: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the part of Django's entry that says how connections are kept between requests.

    A process shares at most `pool` connections between its threads; with 0 it makes a new one each
    time. A new connection costs 12 ms, which is more than most pages do. Every connection is
    checked before it is lent out, so that a restarted server is noticed.
    """
    shared: dict[str, Any] = {"min_size": 1, "max_size": pool, "timeout": 10}  # seconds
    return {
        "CONN_MAX_AGE": 0,  # Django's own keeping would hold on to the pool's connections
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**(options or {}), **({"pool": shared} if pool else {})},
    }


def socket_folder(var: Path, *, name: str = "postgres") -> Path:
    """Return the folder of the server's socket: inside `var`, or a short one when var is long."""
    inside = var.absolute() / name / "socket"
    if _fits(inside):
        return inside
    digest = hashlib.sha256(os.fsencode(inside)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"concord-{os.geteuid()}-{digest}"
    return short if _fits(short) else Path("/tmp") / short.name  # noqa: S108 - checked at start


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) < _SOCKET_LIMIT


class EmbeddedPostgres:
    """A PostgreSQL server with its data in `var/<name>`; start it once, stop it when done.

    `durable=False` trades safety against a power cut for speed and is meant for tests. All methods
    that fail raise `EmbeddedError` with one sentence for the person in front of the screen.
    """

    def __init__(self, var: Path, *, name: str = "postgres", durable: bool = True) -> None:
        self.var = var.absolute()
        self.name = name
        self.durable = durable
        self.folder = self.var / name
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The running server's process, for whoever supervises it."""
        return self._process

    def start(self) -> None:
        """Make the cluster when there is none, start the server and wait until it answers.

        Returns with the database and its role in place. Raises `AlreadyRunningError` when another
        process started this server, `EmbeddedError` for everything else that stands in the way.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self._take_lock()
        try:
            programs = choose_programs(self.folder)
            self._prepare_socket_folder(programs.identity)
            if not self.data.exists():
                password = secret(self.var, f"{self.name}-superuser")
                make_cluster(programs, self.folder, password)
            self._stop_left_over(programs)
            self._launch(programs)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server, closing open connections (SIGINT), and let go of the folder."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            # SIGTERM would wait until the last client has gone.
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(STOP_TIMEOUT)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def is_running(self) -> bool:
        """Whether a server answers on the socket, whoever started it."""
        path = socket_folder(self.var, name=self.name) / f".s.PGSQL.{PORT}"
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            try:
                probe.connect(str(path))
            except OSError:
                return False
        return True

    def connect(self) -> psycopg.Connection[Any]:
        """A connection to the database as its own role; the server has to run."""
        return self._connect(DATABASE, ROLE, secret(self.var, self.name))

    def _take_lock(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / "lock").open("a+")
        except OSError as error:
            raise EmbeddedError(
                f"The folder {self.folder} cannot be written ({error.strerror}): "
                "make it writable, or name another one in CONCORD_VAR."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise AlreadyRunningError(
                f"The database in {self.folder} has already been started by another process."
            ) from None
        self._lock = lock

    def _prepare_socket_folder(self, identity: Identity) -> None:
        folder = socket_folder(self.var, name=self.name)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            identity.own(folder)
        status = folder.lstat()
        private = status.st_uid == identity.uid and not status.st_mode & 0o077
        if folder.is_symlink() or not private:
            raise EmbeddedError(
                f"The socket folder {folder} is not private to the database's user: remove it and "
                "start again."
            )

    def _stop_left_over(self, programs: Programs) -> None:
        """Stop a server whose starter was killed, and forget one that is gone.

        The lock says that nobody supervises this folder, so whoever still answers is a left-over.
        """
        note = self.data / "postmaster.pid"
        if not note.exists():
            return
        if self.is_running():
            programs.run("pg_ctl", "stop", "--pgdata", str(self.data), "--mode", "fast", "--wait")
            return
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(note.read_text().splitlines()[0])
            # A number that now belongs to some other program would make PostgreSQL refuse to start.
            if not _is_postgres(pid):
                note.unlink()

    def _launch(self, programs: Programs) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            began = self.log.stat().st_size if self.log.exists() else 0
            self._spawn(programs)
            if self._wait_until_ready(deadline):
                return
            tail = self._log_since(began)
            # After a crash the last children need a moment to let go of the shared memory.
            passing = "shared memory block" in tail or "is another postmaster" in tail.lower()
            if not passing or time.monotonic() > deadline:
                raise EmbeddedError(
                    f"PostgreSQL did not start from {self.data}: {_reason(tail)} (see {self.log})."
                )
            time.sleep(0.3)

    def _spawn(self, programs: Programs) -> None:
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(socket_folder(self.var, name=self.name)),
            "unix_socket_permissions": "0700",
            "port": str(PORT),
            "max_connections": "60",
            "shared_buffers": "256MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",
            "logging_collector": "off",
        }
        if programs.binaries.major >= 18:
            settings["io_method"] = "sync"  # spares the worker processes
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = programs.command("postgres", "-D", str(self.data))
        for key, value in settings.items():
            command += ["-c", f"{key}={value}"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=clean_environment(),
                # The terminal's Ctrl-C must not reach the server before its clients have finished.
                start_new_session=True,
                preexec_fn=die_with_parent(),
                **programs.identity.options,
            )

    def _wait_until_ready(self, deadline: float) -> bool:
        """Wait for the first successful login; False when the server ended instead."""
        assert self._process is not None
        while self._process.poll() is None:
            try:
                self.connect().close()
                return True
            except psycopg.OperationalError as error:
                if _is_refusal(error):
                    self._ensure_database()
                    continue
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return False

    def _connect(self, database: str, user: str, password: str) -> psycopg.Connection[Any]:
        host = str(socket_folder(self.var, name=self.name))
        return psycopg.connect(
            host=host,
            port=PORT,
            dbname=database,
            user=user,
            password=password,
            connect_timeout=5,
            autocommit=True,
        )

    def _ensure_database(self) -> None:
        """Create the role and the database, or give the role its password again."""
        try:
            admin = self._connect("postgres", SUPERUSER, secret(self.var, f"{self.name}-superuser"))
        except psycopg.OperationalError as error:
            raise EmbeddedError(
                f"The database in {self.folder} does not accept the password in "
                f"{self.var / 'secrets'}: restore that folder from the same backup as the data."
            ) from error
        with admin:
            known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
            statement = "ALTER ROLE {} " if known else "CREATE ROLE {} "
            admin.execute(
                sql.SQL(statement + "LOGIN CREATEDB PASSWORD {}").format(
                    sql.Identifier(ROLE), sql.Literal(secret(self.var, self.name))
                )
            )
            found = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
                admin.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(ROLE)
                    )
                )

    def _log_since(self, position: int) -> str:
        with self.log.open("rb") as log:
            log.seek(position)
            return log.read().decode(errors="replace")


def _is_refusal(error: psycopg.OperationalError) -> bool:
    """Whether a running server turned the login down (and is not just starting up)."""
    text = str(error)
    return "authentication failed" in text or ("does not exist" in text and "FATAL" in text)


def _is_postgres(pid: int) -> bool:
    done = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True)  # noqa: S607
    return "postgres" in done.stdout


def _reason(tail: str) -> str:
    """The first complaint in the server's log, without its prefix."""
    for line in tail.splitlines():
        for level in ("FATAL:", "PANIC:", "ERROR:", "error:"):
            if level in line:
                return line.split(level, 1)[1].strip().rstrip(".")
    return "it ended without a message"
