"""The job queue. The event log is the truth, so a lost message only delays work."""

import os
from typing import Any

import django
from celery import Celery
from celery.signals import beat_init
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_POOL", "10")

# Whoever uses the embedded queue gets messages that appear whole.
TRANSPORT_ALIASES["filesystem"] = "config.embedded.transport:Transport"

app = Celery("concord")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
def set_clock(sender: Any, **_: Any) -> None:
    """Give the clock what the packages registered, once all of them are loaded."""
    django.setup()
    from catalog.registries.schedules import schedules

    sender.scheduler.update_from_dict(
        {
            name: {
                "task": entry.task,
                "schedule": entry.seconds,
                "options": {"expires": max(entry.seconds, 1.0)},
            }
            for name, entry in schedules.items()
        }
    )
