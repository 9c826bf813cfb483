"""Celery's filesystem transport with messages that appear whole.

The stock transport creates a message under its final name and fills it afterwards, so a worker
that looks often enough reads an empty one and dies of it.
"""

import uuid
from pathlib import Path
from time import time_ns
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes each message beside the queue and then gives it its name, which is one step."""

    # kombu's two base classes name the parameter differently.
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        unfinished = folder / f".{uuid.uuid4()}.part"
        try:
            unfinished.write_text(dumps(payload), encoding="utf-8")
            unfinished.replace(folder / f"{time_ns() // 1_000_000}_{uuid.uuid4()}.{queue}.msg")
        except OSError as error:
            raise ChannelError(f"Cannot add a message to {folder}: {error.strerror}.") from error


class Transport(filesystem.Transport):
    """The stock transport with the channel above."""

    Channel = Channel
