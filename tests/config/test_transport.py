"""The embedded queue: a reader that looks all the time never meets half a message."""

import threading
from pathlib import Path
from queue import Empty

from kombu import Connection

import config.celery  # noqa: F401 - importing it is what chooses the transport
from config.embedded.queue import BROKER_URL, queue_options
from config.embedded.transport import Transport

MESSAGES = 300
FILLING = "x" * 50_000


def test_messages_arrive_whole_while_they_are_written(tmp_path: Path) -> None:
    options = queue_options(tmp_path)
    with Connection(BROKER_URL, transport_options=options) as connection:
        assert isinstance(connection.transport, Transport)
    failures: list[Exception] = []

    def write() -> None:
        with Connection(BROKER_URL, transport_options=options) as writing:
            channel = writing.channel()
            for number in range(MESSAGES):
                channel._put("work", {"number": number, "filling": FILLING})

    writer = threading.Thread(target=write)
    seen: set[int] = set()
    with Connection(BROKER_URL, transport_options=options) as reading:
        channel = reading.channel()
        writer.start()
        while len(seen) < MESSAGES and not failures:
            try:
                seen.add(channel._get("work")["number"])
            except Empty:
                continue
            except ValueError as error:
                failures.append(error)
    writer.join(10)

    assert failures == []
    assert seen == set(range(MESSAGES))
    assert list((tmp_path / "queue" / "messages").iterdir()) == []
