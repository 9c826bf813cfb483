"""The jobs process: a Celery worker with a pool of threads, and the clock (beat) as one more.

`python -m config.embedded.jobs SCHEDULE_FILE`. One process instead of three keeps memory small.
"""

import os
import sys

from celery.beat import EmbeddedService
from celery.signals import worker_shutting_down

from config.celery import app
from config.embedded.lifeline import stop_with_parent
from config.importing import undisturbed

CONCURRENCY = 4
BEHIND_PAGES = 5
"""How much nicer jobs are than the process that people and programs wait for."""


def main(schedule: str) -> int:
    """Work until SIGINT or SIGTERM; jobs that run then are finished first."""
    stop_with_parent()
    os.nice(BEHIND_PAGES)
    with undisturbed():
        clock = EmbeddedService(app, thread=True, schedule_filename=schedule)
        # Asked at the same moment as the worker, so that neither waits for the other.
        worker_shutting_down.connect(lambda **_: clock.service.stop(), weak=False)
        clock.start()
        worker = app.Worker(
            pool="threads",
            concurrency=CONCURRENCY,
            loglevel="WARNING",
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
    worker.start()
    clock.join()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
