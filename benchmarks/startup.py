"""From a fresh clone to a usable page: `make demo` for the first time and again.

`python -m benchmarks.startup [--keep FOLDER]` clones this checkout's last commit into a temporary
folder and runs `make demo` there, with the package caches as they are: until the sign-in page
answers, until everything is loaded, what setting up downloaded, the memory of the whole service
when it is idle, how long it takes to stop, and the second start. A `uv sync` cache that is warm
makes the download zero; run it twice for numbers "with packages already downloaded".
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.table import Measured, finish

ROOT = Path(__file__).resolve().parent.parent
IDLE_SECONDS = 20
FIRST_WITHIN = 600.0  # seconds after which a start counts as failed
PAGE = "/accounts/login/"
_RUNNING = "Concord is running at"
_LOADED = re.compile(r"Loaded [\d,]+ datasets")
_DOWNLOADED = re.compile(r"([\d,]+) MB came over the network")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="clone into this folder and leave it there")
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        parent = options.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="concord-start-"))
        )
        clone = parent / "concord"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        return finish([*_first(clone), *_second(clone)])


def _first(clone: Path) -> Iterator[Measured]:
    with Service(clone) as service:
        service.until(_RUNNING)
        service.until_page()
        yield Measured("make demo: usable page", service.seconds, "s", 60)
        service.until(_LOADED.pattern)
        yield Measured("make demo: everything loaded", service.seconds, "s", 150)
        found = _DOWNLOADED.search(service.said)
        megabytes = float(found[1].replace(",", "")) if found else 0.0
        yield Measured("make demo: downloaded while setting up", megabytes, "MB")
        time.sleep(IDLE_SECONDS)
        service.until_page()
        for name, part in service.memory():
            yield Measured(f"idle memory: {name}", part, "MB", 700 if name == "all" else None)
        yield Measured("stopping", service.stop(), "s")


def _second(clone: Path) -> Iterator[Measured]:
    with Service(clone) as service:
        service.until(_RUNNING)
        service.until_page()
        yield Measured("make demo again: usable page", service.seconds, "s", 10)
        service.stop()


class Service:
    """`make demo` in a clone, as a person at a terminal runs it."""

    def __init__(self, clone: Path) -> None:
        self.port = _free_port()
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CONCORD_", "DJANGO_"))}
        self.began = time.monotonic()
        self.said = ""
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.process = subprocess.Popen(
            ["make", "demo"],
            cwd=clone,
            env=kept | {"PORT": str(self.port)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()

    @property
    def seconds(self) -> float:
        """Seconds since the command was given."""
        return time.monotonic() - self.began

    def until(self, pattern: str) -> None:
        """Wait for a line that holds the pattern."""
        while self.seconds < FIRST_WITHIN:
            if re.search(pattern, self.said):
                return
            try:
                line = self._lines.get(timeout=1)
            except queue.Empty:
                continue
            if line is None:
                raise RuntimeError(f"make demo ended:\n{self.said}")
            print(f"{self.seconds:7.1f} s  {line.rstrip()}", file=sys.stderr, flush=True)
            self.said += line
        raise RuntimeError(f"No {pattern!r} within {FIRST_WITHIN:.0f} s:\n{self.said}")

    def until_page(self) -> None:
        """Wait until the sign-in page is served whole."""
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection.request("GET", PAGE)
                answer = connection.getresponse()
                if answer.status == 200 and b"</html>" in answer.read():
                    return
            if self.seconds > FIRST_WITHIN:
                raise RuntimeError(f"{PAGE} did not answer within {FIRST_WITHIN:.0f} s.")
            time.sleep(0.05)

    def memory(self) -> list[tuple[str, float]]:
        """Megabytes of its own and its share of the common ones, by program and for all."""
        parts: dict[str, float] = {}
        for pid in _descendants(self.process.pid):
            with contextlib.suppress(OSError):
                name = _name(pid)
                parts[name] = parts.get(name, 0.0) + _proportional_kilobytes(pid) / 1024
        return [("all", sum(parts.values())), *sorted(parts.items(), key=lambda part: -part[1])]

    def stop(self) -> float:
        """Press Ctrl-C; returns how long it took."""
        asked = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(60)
        took = time.monotonic() - asked
        while (line := self._lines.get()) is not None:
            print(f"{self.seconds:7.1f} s  {line.rstrip()}", file=sys.stderr, flush=True)
        return took

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)


def _descendants(root: int) -> list[int]:
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    if words[0].startswith("postgres") or words[0].endswith("/postgres"):
        return "postgres"
    module = words[words.index("-m") + 1] if "-m" in words else words[0]
    return Path(module).name


def _proportional_kilobytes(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) if found else 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
