"""One run in a process of its own: `python -m tests.catalog.ingest.execute RUN FILE DATABASE`."""

import os
import sys
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

if __name__ == "__main__":
    run_id, file, database = sys.argv[1:]
    django.setup()
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database

    from catalog.services.ingestion_runs import execute_run
    from tests.catalog.ingest.sources import register_listing

    register_listing()
    execute_run(int(run_id), files={"list.json": Path(file)})
