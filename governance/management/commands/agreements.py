"""`manage.py agreements`: definitions as code, for a git folder and its pull requests."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput, NotFound
from catalog.selectors.directory import get_person
from catalog.selectors.principals import principal_of
from catalog.types import Principal
from governance.agreements.code.comparing import (
    Compared,
    Standing,
    changes_of,
    compare,
    held_agreements,
)
from governance.agreements.code.folder import Folder, read_folder, write_folder
from governance.agreements.kinds import kinds
from governance.proposals.services.drafting import create_draft, revise
from governance.proposals.services.dry_run import DryRun, dry_run
from governance.types import ChangeSpec, Evidence, FindingLevel

OK, DIFFERS, BAD_INPUT = 0, 1, 2
SHOWN_DIFFERENCES = 20
_MARKS = {Standing.NEW: "+", Standing.CHANGED: "~", Standing.MISSING: "-"}


class Command(BaseCommand):
    """Export, compare, check and propose agreements as YAML files.

    Exit codes: 0 equal or in order, 1 it differs or something is found, 2 bad input.
    """

    help = (
        "Agreements as YAML files. Exit code 0: equal, in order or done; 1: it differs, or a check"
        " found an error; 2: a file or an argument cannot be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the four actions."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, words in (
            ("export", "write every agreement in force into a folder"),
            ("diff", "say how a folder differs from what is in force"),
            ("check", "check what a folder would change"),
            ("propose", "make a proposal of what a folder would change"),
        ):
            action = actions.add_parser(name, help=words)
            action.add_argument("folder", type=Path)
            action.add_argument(
                "--kind", action="append", default=[], choices=sorted(kinds.names()),
                help="only agreements of this kind; may be given several times",
            )  # fmt: skip
            if name == "export":
                action.add_argument(
                    "--delete", action="store_true", help="delete files of what no longer holds"
                )
            if name in ("check", "propose"):
                self._proposing(action, name)

    def _proposing(self, action: ArgumentParser, name: str) -> None:
        action.add_argument(
            "--retire-missing", action="store_true", help="retire what has no file any more"
        )
        action.add_argument(
            "--as", dest="person", required=name == "propose", help="user name of who proposes"
        )
        if name == "check":
            action.add_argument(
                "--strict", action="store_true", help="count warnings and conflicts as errors"
            )
            return
        action.add_argument("--title", default="")
        action.add_argument("--ask", default="", help="one line: what is asked of the reader")
        action.add_argument("--rationale", default="")
        action.add_argument("--evidence", default="", help="address of the pull request")
        action.add_argument(
            "--proposal", default="", help="key of a proposal to write the next revision of"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one action; a refusal is one line on the error output."""
        actions = {
            "export": self._export,
            "diff": self._diff,
            "check": self._check,
            "propose": self._propose,
        }
        try:
            code = actions[options["action"]](options)
        except CatalogError as error:
            code = self._refuse(error.message)
        except AccessRefused as refusal:
            code = self._refuse(refusal.verdict.sentence)
        except OSError as error:
            code = self._refuse(f"{error.filename}: {error.strerror}.")
        except KeyboardInterrupt:
            code = self._refuse("Stopped; nothing was proposed.")
        if code:
            sys.exit(code)

    # The actions

    def _export(self, options: Mapping[str, Any]) -> int:
        root: Path = options["folder"]
        held = held_agreements(options["kind"])
        written = write_folder(root, held)
        stale = [
            one.file.path
            for one in compare(read_folder(root), held, options["kind"])
            if one.standing is Standing.NEW and one.file is not None
        ]
        for name in stale:
            if options["delete"]:
                (root / name).unlink()
            self.stdout.write(f"{'deleted' if options['delete'] else 'not in force'}: {name}")
        self.stdout.write(f"{len(held)} agreements in force, {written} files written.")
        return OK

    def _diff(self, options: Mapping[str, Any]) -> int:
        compared = self._compared(options)
        if compared is None:
            return BAD_INPUT
        differing = [one for one in compared if one.standing is not Standing.SAME]
        for one in differing:
            self._tell(one)
        self.stdout.write(f"{len(compared)} agreements, {len(differing)} differ.")
        return DIFFERS if differing else OK

    def _check(self, options: Mapping[str, Any]) -> int:
        compared = self._compared(options)
        if compared is None:
            return BAD_INPUT
        changes = changes_of(compared, retire_missing=options["retire_missing"])
        if not changes:
            self.stdout.write("Nothing changes.")
            return OK
        found = dry_run(acting=_acting(options["person"]), changes=changes)
        self._findings(found, changes, compared)
        grave = bool(found.errors)
        if options["strict"]:
            grave = grave or bool(found.conflicts) or _has(found, FindingLevel.WARNING)
        self.stdout.write(
            f"{_counted(len(changes), 'change')}: {_counted(len(found.errors), 'error')},"
            f" {_counted(_count(found, FindingLevel.WARNING), 'warning')},"
            f" {_counted(len(found.conflicts), 'conflict')},"
            f" {len(found.unchecked)} not yet checked."
        )
        return DIFFERS if grave else OK

    def _propose(self, options: Mapping[str, Any]) -> int:
        acting = _acting(options["person"])
        compared = self._compared(options)
        if compared is None:
            return BAD_INPUT
        changes = changes_of(compared, retire_missing=options["retire_missing"])
        if not changes:
            self.stdout.write("Nothing changes, so nothing is proposed.")
            return OK
        evidence = [Evidence("Pull request", options["evidence"])] if options["evidence"] else []
        if options["proposal"]:
            revision = revise(
                acting=acting,
                key=options["proposal"],
                title=options["title"] or None,
                ask=options["ask"] or None,
                changes=changes,
                rationale=options["rationale"] or None,
                evidence=evidence or None,
            )
            self.stdout.write(f"{options['proposal']} revision {revision.number}")
            return OK
        proposal = create_draft(
            acting=acting,
            title=options["title"] or _title(changes),
            ask=options["ask"] or _title(changes),
            changes=changes,
            rationale=options["rationale"],
            evidence=evidence,
            no_evidence_reason="" if evidence else "Proposed from files.",
        )
        self.stdout.write(f"{proposal.key} drafted with {_counted(len(changes), 'change')}.")
        return OK

    # What they share

    def _compared(self, options: Mapping[str, Any]) -> list[Compared] | None:
        """The folder beside what is in force; None after saying what cannot be used."""
        root: Path = options["folder"]
        if not root.is_dir():
            raise InvalidInput(f"There is no folder {root}.", field="folder")
        folder: Folder = read_folder(root)
        for problem in folder.problems:
            self.stderr.write(str(problem))
        if folder.problems:
            return None
        return compare(folder, held_agreements(options["kind"]), options["kind"])

    def _tell(self, one: Compared) -> None:
        self.stdout.write(f"{_MARKS[one.standing]} {one.key}")
        for found in one.differences[:SHOWN_DIFFERENCES]:
            if found.predicate is not None:
                said = found.predicate.sentence
            else:
                said = f"{_short(found.before)} → {_short(found.after)}"
            self.stdout.write(f"    {found.kind.value} {found.path}: {said}")
        more = len(one.differences) - SHOWN_DIFFERENCES
        if more > 0:
            self.stdout.write(f"    and {more} more differences")

    def _findings(
        self, found: DryRun, changes: Sequence[ChangeSpec], compared: Sequence[Compared]
    ) -> None:
        files = {one.key: one.file for one in compared}
        for finding in found.findings:
            _, number, *rest = finding.field.split(".", 3)
            change = changes[int(number)]
            file = files.get(change.key)
            place = rest[1] if len(rest) > 1 else ""
            where = f"{file.path}:{file.line_of(place)}" if file is not None else change.key
            fix = f" {finding.fix}" if finding.fix else ""
            self.stdout.write(
                f"{where}: {finding.level.value}: {place + ': ' if place else ''}"
                f"{finding.message}{fix} [{finding.check}]"
            )
        for conflict in found.conflicts:
            self.stdout.write(f"conflict: {conflict.kind.value}: {conflict.witness}")

    def _refuse(self, sentence: str) -> int:
        self.stderr.write(" ".join(sentence.split()))
        return BAD_INPUT


def _acting(username: str | None) -> Principal:
    if not username:
        return Principal.system("command line")
    try:
        person = get_person(Principal.system("command line"), username)
    except NotFound:
        raise InvalidInput(f"Nobody has the user name {username!r}.", field="as") from None
    return principal_of(person)


def _title(changes: Sequence[ChangeSpec]) -> str:
    names = ", ".join(change.key for change in changes[:3])
    more = f" and {len(changes) - 3} more" if len(changes) > 3 else ""
    return f"Change {names}{more}"[:200]


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _count(found: DryRun, level: FindingLevel) -> int:
    return sum(finding.level is level for finding in found.findings)


def _has(found: DryRun, level: FindingLevel) -> bool:
    return _count(found, level) > 0
