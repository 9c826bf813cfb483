"""The job queue as a folder: Celery's filesystem transport under `var/queue`."""

from pathlib import Path
from typing import Any

BROKER_URL = "filesystem://localhost"


def queue_options(var: Path) -> dict[str, Any]:
    """Return Celery's `broker_transport_options` for the folder, and make the folder.

    Writers and readers share one folder of messages. A lost message only delays: the event log in
    the database says what is still to be done.
    """
    messages = var.absolute() / "queue" / "messages"
    control = var.absolute() / "queue" / "control"
    for folder in (messages, control):
        folder.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(control),
        "store_processed": False,
        "polling_interval": 0.05,  # seconds
    }
