"""What is wrong with a brake: nobody and nothing by that name, functions and labels that do not
exist, limits that another brake in force makes idle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import Q

from catalog.dates import exact_day
from catalog.models import Column, Person, System, Team
from catalog.names import lookup_key
from catalog.selectors.directory import visible
from governance.agreements.kind import CheckContext
from governance.agreements.kinds.brake.data import datasets_meant, names_meaning_nothing
from governance.agreements.kinds.brake.document import BrakeDocument
from governance.agreements.kinds.permission_policy.checks import a_year_after
from governance.agreements.selectors.labels import labels_meant
from governance.agreements.selectors.references import domains_named, owner_named
from governance.permissions.conditions import NotInTheSet, condition_over
from governance.permissions.engine.conditions import Side
from governance.permissions.native.tables.functions import READING, is_built_in
from governance.types import ChangeOp, Finding, FindingLevel

_SPECIAL = frozenset({"pg_sleep", "pg_sleep_for", "pg_sleep_until", "sleep", "benchmark"})
"""Functions that only pass time: no dialect's grammar lists them."""


def check_brake(document: BrakeDocument, context: CheckContext) -> Iterable[Finding]:
    """All findings, in the order of the document."""
    if context.op in (ChangeOp.RETIRE, ChangeOp.DEPRECATE):
        return
    yield from _subjects(document, context)
    yield from _data(document, context)
    yield from _form(document, context)
    yield from _owner(document, context)
    yield from _review(document, context)


def _subjects(document: BrakeDocument, context: CheckContext) -> Iterator[Finding]:
    subjects, exempt = document.subjects, document.subjects.exempt
    for place, groups, people in (
        ("subjects", subjects.groups, subjects.people),
        ("subjects.except", exempt.groups, exempt.people),
    ):
        teams = visible(context.acting, Team).filter(name__in=groups)
        known = set(teams.values_list("name", flat=True))
        for index, name in enumerate(groups):
            if name not in known:
                yield _error(
                    "unknown_group", f"There is no group {name!r}.", f"{place}.groups.{index}",
                    "Name a team.",
                )  # fmt: skip
        active = visible(context.acting, Person).filter(username__in=people, is_active=True)
        named = set(active.values_list("username", flat=True))
        for index, name in enumerate(people):
            if name not in named:
                yield _error(
                    "unknown_person", f"Nobody active has the user name {name!r}.",
                    f"{place}.people.{index}",
                    "Write the user name as the person's page shows it.",
                )  # fmt: skip
    for text, side, field in (
        (subjects.where, Side.SUBJECT, "subjects.where"),
        (exempt.where, Side.SUBJECT, "subjects.except.where"),
        (document.resources.where if document.resources else "", Side.RESOURCE, "resources.where"),
    ):
        try:
            condition_over(text, side)
        except NotInTheSet as error:
            yield _error("condition", str(error), field, "Compare attributes with constants.")


def _data(document: BrakeDocument, context: CheckContext) -> Iterator[Finding]:
    resources = document.resources
    if resources is None:
        if document.partitioned_by:
            yield from _columns(document, None)
        return
    for index, name in names_meaning_nothing(resources, context.acting):
        yield _error(
            "unknown_dataset", f"No dataset is called {name}.", f"resources.datasets.{index}",
            "Write the name of a dataset, or a pattern such as events.*.",
        )  # fmt: skip
    if resources.tag and not labels_meant(context.acting, resources.tag):
        yield _error(
            "unknown_label", f"There is no label {resources.tag!r}.", "resources.tag",
            "Write a label as its page shows it.",
        )  # fmt: skip
    known = domains_named(context.acting, resources.domains)
    for index, slug in enumerate(resources.domains):
        if slug not in known:
            yield _error(
                "unknown_domain", f"There is no domain {slug!r}.", f"resources.domains.{index}",
                "Write the short name of a domain.",
            )  # fmt: skip
    for index, name in enumerate(resources.systems):
        if not System.objects.filter(Q(lookup_name=lookup_key(name)) | Q(platform=name)).exists():
            yield _error(
                "unknown_system", f"There is no system {name!r}.", f"resources.systems.{index}",
                "Write a system as its page shows it, or a platform such as postgres.",
            )  # fmt: skip
    yield from _columns(document, list(datasets_meant(resources, context.acting)))


def _columns(document: BrakeDocument, datasets: list[int] | None) -> Iterator[Finding]:
    """Columns that the data is said to lie by, and that it does not have."""
    there = Column.objects.filter(disappeared_at__isnull=True)
    if datasets is not None:
        there = there.filter(dataset__in=datasets)
    for index, name in enumerate(document.partitioned_by):
        if not there.filter(path__iexact=name).exists():
            yield _error(
                "unknown_column", f"None of the datasets has a column {name}.",
                f"partitioned_by.{index}", "Write a column as the dataset's page shows it.",
            )  # fmt: skip


def _form(document: BrakeDocument, context: CheckContext) -> Iterator[Finding]:
    for index, name in enumerate(document.form.no_star_over):
        if not labels_meant(context.acting, name):
            yield _error(
                "unknown_label", f"There is no label {name!r}.", f"form.no_star_over.{index}",
                "Write a label as its page shows it, such as pii.email.",
            )  # fmt: skip
    for index, name in enumerate(document.form.no_functions):
        lowered = name.lower()
        known = is_built_in(lowered) or lowered in READING or lowered in _SPECIAL
        if not known:
            yield _error(
                "unknown_function", f"No dialect that Concord reads has a function {name}.",
                f"form.no_functions.{index}",
                "Write its name alone, such as random, without parentheses.",
            )  # fmt: skip


def _owner(document: BrakeDocument, context: CheckContext) -> Iterator[Finding]:
    if not owner_named(context.acting, document.owner):
        yield _error(
            "unknown_owner", f"Nobody is called {document.owner!r}.", "owner",
            "Write seat:, person: or team: and the name.",
        )  # fmt: skip
    if document.domain and not domains_named(context.acting, [document.domain]):
        yield _error(
            "unknown_domain", f"There is no domain {document.domain!r}.", "domain", "Pick a domain."
        )


def _review(document: BrakeDocument, context: CheckContext) -> Iterator[Finding]:
    review, today = document.review_by, context.now.date()
    if review.isoformat() == (context.base or {}).get("review_by"):
        return  # a day that was agreed may come
    if review <= today:
        yield _error(
            "review_past", f"{exact_day(review)} is not in the future.", "review_by",
            "Give a day that comes.",
        )  # fmt: skip
    elif review > a_year_after(today):
        yield _error(
            "review_far", f"The review is due within twelve months, by {a_year_after(today)}.",
            "review_by", "Give an earlier day.",
        )  # fmt: skip


def _error(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(f"brake.{check}", FindingLevel.ERROR, message, field, fix)
