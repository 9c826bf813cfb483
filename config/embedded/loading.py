"""The progress of the management command that fills the catalog beside the running pages.

The command tells of it on its standard output, one line each:

    progress 40 Reading the warehouse     how far it is, in percent
    ready Sign in as ada / 7vq...         the pages are worth opening; what to do there
    anything else                         shown as it is
"""

import os
import re
import selectors

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from config.embedded.children import Child

_PROGRESS = re.compile(r"progress (\d{1,3}) (.+)")


class LoadingProgress:
    """Shows what a piped child says; `ready` is its note once the pages are worth opening."""

    def __init__(self, child: Child, console: Console) -> None:
        assert child.process is not None
        assert child.process.stdout is not None
        self.child = child
        self.console = console
        self.ready: str | None = None
        self._stream = child.process.stdout
        self._rest = b""
        self._last = ""
        self._status: Status | None = None
        self._open = True
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stream, selectors.EVENT_READ)

    def read(self) -> None:
        """Show what has been said since the last call, without waiting."""
        while self._open and self._selector.select(0):
            data = os.read(self._stream.fileno(), 65536)
            if not data:
                self._finish()
                return
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                self._show(line.decode(errors="replace").strip())

    def close(self) -> None:
        """Take the progress off the screen."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _show(self, line: str) -> None:
        progress = _PROGRESS.fullmatch(line)
        if progress:
            self._show_progress(int(progress[1]), progress[2])
        elif line.startswith("ready"):
            self.ready = line.removeprefix("ready").strip()
        elif line:
            self.console.print(f"[green]✓[/] {escape(line)}")

    def _show_progress(self, percent: int, text: str) -> None:
        if self.console.is_terminal:
            if self._status is None:
                self._status = self.console.status("")
                self._status.start()
            self._status.update(f"{percent:>3} %  {escape(text)}")
        elif text != self._last:
            self.console.print(f"  {percent:>3} %  {escape(text)}")
        self._last = text

    def _finish(self) -> None:
        self._open = False
        self.close()
        code = self.child.process.wait() if self.child.process else 0
        if code:
            story = f"Loading ended with code {code}; the end of {self.child.log}:"
            self.console.print(f"[red]✗[/] {escape(story)}\n{escape(self.child.last_words())}")
        if self.ready is None:
            self.ready = ""
