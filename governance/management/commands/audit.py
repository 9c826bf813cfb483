"""`manage.py audit`: verify the log of access decisions, prune it, sign its head, tally it."""

from __future__ import annotations

import math
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.types import Principal
from governance.audit.selectors.verifying import verify
from governance.audit.services.heads import sign_heads
from governance.audit.services.pruning import prune
from governance.audit.services.recording import flush, upload_spools
from governance.audit.signing import public_key
from governance.audit.sinks import read
from governance.permissions.trial.services.tallying import forget_tallies, tally_decisions


class Command(BaseCommand):
    """See the module. Exit code 1 where `verify` finds anything."""

    help = "Verify, prune, sign and tally the log of access decisions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the actions."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        check = actions.add_parser("verify", help="find every changed, missing or reordered row")
        check.add_argument(
            "--heads", action="append", default=[], metavar="FILE",
            help="a file of signed heads that was kept elsewhere; may be given several times",
        )  # fmt: skip
        check.add_argument("--key", help="the public key of those heads; else the service's own")
        less = actions.add_parser("prune", help="drop months that are older than their retention")
        less.add_argument("--pretend", action="store_true", help="only say what would go")
        tally = actions.add_parser("tally", help="put questions together now, for replays")
        tally.add_argument("--anew", action="store_true", help="forget what was put together first")
        actions.add_parser("head", help="sign the ends of all chains now and send them")
        actions.add_parser("key", help="print the public key of the signed heads")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one action."""
        getattr(self, f"_{options['action']}")(options)

    def _verify(self, options: dict[str, Any]) -> None:
        upload_spools()
        try:
            found = verify(read(options["heads"]), key=options["key"])
        except OSError as error:
            raise CommandError(f"The heads cannot be read: {error}") from error
        for fault in found.faults:
            place = f"chain {fault.chain}, row {fault.sequence}" if fault.chain else "heads"
            self.stdout.write(f"{fault.what}: {place}: {fault.sentence}")
        said = f"{found.rows} rows in {found.chains} chains, {found.heads} signed heads"
        if not found.is_whole:
            raise CommandError(f"{len(found.faults)} faults in {said}.")
        self.stdout.write(f"Whole: {said}.")

    def _prune(self, options: dict[str, Any]) -> None:
        acting = Principal.system("audit prune")
        for month in prune(acting, pretend=options["pretend"]):
            what = f"{month.keeping} {month.month}: {month.rows} rows"
            if month.held_by:
                self.stdout.write(f"{what} stay, held by {month.held_by}")
            else:
                self.stdout.write(f"{what} {'would go' if options['pretend'] else 'dropped'}")
        flush()

    def _tally(self, options: dict[str, Any]) -> None:
        if options["anew"]:
            forget_tallies()
        upload_spools()
        flush()

        def told(done: int, left: int) -> None:
            self.stdout.write(f"{done} rows put together, {left} left")
            self.stdout.flush()

        done = tally_decisions(seconds=math.inf, few=0, told=told)
        said = f"{done} rows are put together." if done else "Nothing is left, or it is being done."
        self.stdout.write(said)

    def _head(self, options: dict[str, Any]) -> None:
        flush()
        head = sign_heads()
        self.stdout.write("Nothing has grown." if head is None else f"Signed head {head.number}.")

    def _key(self, options: dict[str, Any]) -> None:
        self.stdout.write(public_key())
