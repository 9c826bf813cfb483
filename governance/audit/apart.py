"""A process of its own that takes spools to the database, so that nobody who answers shares an
interpreter with it.

`python -m governance.audit.apart`, started by a writer: the first line that comes in says how to
connect, each one after it names a piece of a spool, and each answer says how many bytes of it are
in the database now. It yields the processor to those that answer, and ends when nobody is at the
other end any more; what then lies in the spool is found there by the jobs process.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg

from governance.audit.uploading import Uploader

_NICE = 10
_ROOT = Path(__file__).resolve().parents[2]


class UploaderApart:
    """`Uploading` by such a process, started when it is needed; `parameters` are psycopg's."""

    def __init__(self, parameters: Callable[[], Mapping[str, Any]]) -> None:
        self._parameters = parameters
        self._process: subprocess.Popen[bytes] | None = None

    def upload(self, path: Path, start: int, end: int, most: int) -> int:
        """See `Uploading`."""
        try:
            process = self._process or self._start()
            answer = _asked(process, [str(path.absolute()), start, end, most])
        except BaseException:
            self.close()
            raise
        if isinstance(answer, str):
            raise OSError(answer)
        return answer

    def close(self) -> None:
        """See `Uploading`."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        process = self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(dict(self._parameters())).encode() + b"\n")
        return process


def connected(parameters: Mapping[str, Any]) -> Any:
    """A connection for records, that notices soon when the database is away."""
    return psycopg.connect(
        **{"connect_timeout": 3, **parameters},
        autocommit=True,
        application_name="concord audit",
        options="-c timezone=UTC -c statement_timeout=10000 -c lock_timeout=5000"
        " -c synchronous_commit=on",
    )


def main() -> int:
    """Upload what is asked for until nobody asks any more."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the writer ends it when it has no record left
    os.nice(_NICE)
    parameters = json.loads(sys.stdin.buffer.readline())
    uploader = Uploader(lambda: connected(parameters))
    for line in sys.stdin.buffer:
        path, start, end, most = json.loads(line)
        answer: int | str
        try:
            answer = uploader.upload(Path(path), start, end, most)
        except (psycopg.Error, OSError, ValueError) as error:
            answer = f"{type(error).__name__}: {error}"[:300]
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()
    uploader.close()
    return 0


def _asked(process: subprocess.Popen[bytes], piece: list[Any]) -> int | str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(piece).encode() + b"\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise OSError("The process that uploads has ended.")
    answer: int | str = json.loads(line)
    return answer


if __name__ == "__main__":
    raise SystemExit(main())
