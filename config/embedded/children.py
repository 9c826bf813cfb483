"""A supervised child process: started, watched, started again with back-off, stopped whole."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_LOG_LIMIT = 5_000_000
_LINE_LIMIT = 300  # characters: a line may hold a whole stack trace, and its end says most
_LONGEST_PAUSE = 30.0  # seconds
_HEALTHY_AFTER = 60.0  # seconds of life after which earlier crashes are forgotten


@dataclass
class Child:
    """One process in a session of its own, so that the terminal's Ctrl-C reaches only us.

    `descriptors` are inherited. With `piped` its standard output can be read from
    `process.stdout`; everything else it prints goes to the log.
    """

    name: str
    command: list[str]
    log: Path
    folder: Path
    descriptors: tuple[int, ...] = ()
    piped: bool = False
    process: subprocess.Popen[bytes] | None = None
    crashes: int = 0
    not_before: float = 0.0
    started: float = 0.0

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self.piped else log,
                stderr=log,
                pass_fds=self.descriptors,
                start_new_session=True,
                cwd=self.folder,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
        self.started = time.monotonic()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The exit code of the ended process; None while it runs or was never started."""
        return self.process.poll() if self.process else None

    def note_crash(self) -> float:
        """Count a crash and return the pause before the next start, in seconds."""
        now = time.monotonic()
        self.crashes = 1 if now - self.started > _HEALTHY_AFTER else self.crashes + 1
        pause = min(2.0 ** (self.crashes - 1), _LONGEST_PAUSE)
        self.process, self.not_before = None, now + pause
        return pause

    def interrupt(self) -> None:
        """Ask it to finish."""
        if self.process is not None and self.is_running:
            self.process.send_signal(signal.SIGINT)

    def end(self, deadline: float) -> None:
        """Wait until it has finished, at most until `deadline`; then end all it started."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_words(self, lines: int = 8) -> str:
        """The end of its log, for the person who has to find out why it stopped."""
        try:
            text = self.log.read_text(errors="replace")[-40_000:]
        except OSError:
            return ""
        return "\n".join(line[-_LINE_LIMIT:] for line in text.splitlines()[-lines:])
