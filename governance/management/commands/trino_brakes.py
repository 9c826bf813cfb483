"""`manage.py trino_brakes`: keep the brakes on a Trino, until it is interrupted."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from catalog.errors import CatalogError
from catalog.models import Person
from catalog.registries.connectors import SourceUnreadable
from catalog.selectors.principals import principal_of
from catalog.types import PrincipalKind
from governance.brakes.trino.watching import Watcher
from lineage.connectors.trino_client import TrinoAddress

SECRET = "CONCORD_TRINO_SECRET"  # noqa: S105 - the name of a variable


class Command(BaseCommand):
    """Look at what a Trino runs, and kill what a brake or an opt-out stops."""

    help = "Kill queries of a Trino that a brake, or an opt-out adopted meanwhile, stops."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the coordinator is and for which gateway we look."""
        parser.add_argument("url", help="of the coordinator, such as https://trino.example:8443")
        parser.add_argument(
            "--account", required=True, help="user name of the gateway's service account in Concord"
        )
        parser.add_argument("--user", default="concord", help="whom Trino takes us for")
        parser.add_argument("--gateway", default="", help="as brakes call it; the account's name")
        parser.add_argument("--system", default="", help="such as trino://lake; any where empty")
        parser.add_argument("--every", type=float, default=0.0, help="seconds between two looks")
        parser.add_argument("--once", action="store_true", help="look once and end")
        parser.add_argument(
            "--stop-strangers", action="store_true", help="end queries of users nobody knows, too"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Go on when Trino or the database is away for a while; say so once."""
        every = options["every"] or min(2.0, settings.LEASE_HEARTBEAT_SECONDS / 2)
        watcher = _watcher(options)
        is_away, told = False, set[str]()
        while True:
            close_old_connections()
            try:
                for one in watcher.look():
                    self.stdout.write(f"{one.query_id} of {one.user} killed: {one.reason}")
                for query_id in watcher.failed.keys() - told:
                    self.stderr.write(f"{query_id} is not kept: {watcher.failed[query_id]}")
                told = set(watcher.failed)
                if is_away:
                    self.stdout.write("Looking again.")
                is_away = False
            except (SourceUnreadable, CatalogError) as error:
                if options["once"]:
                    raise CommandError(str(error)) from None
                if not is_away:
                    self.stderr.write(f"Not looking: {error}")
                is_away = True
            if options["once"]:
                return
            time.sleep(every)


def _watcher(options: dict[str, Any]) -> Watcher:
    person = Person.objects.filter(username=options["account"], is_active=True).first()
    account = principal_of(person) if person is not None else None
    if account is None or account.kind is not PrincipalKind.SERVICE:
        raise CommandError(f"There is no active service account {options['account']!r}.")
    url = options["url"].rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise CommandError("Write the address of the coordinator as https://host:port.")
    return Watcher(
        TrinoAddress(url, options["user"], os.environ.get(SECRET) or None),
        account,
        options["gateway"] or options["account"],
        options["system"],
        options["stop_strangers"],
    )
