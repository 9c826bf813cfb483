"""What is wrong with a change of a schema: no such target, a name that is taken, no such type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.models import Column
from catalog.names import NameRefused, check_part
from catalog.selectors.datasets import columns_of, resolve_names
from catalog.types import Lifecycle
from governance.agreements.kind import CheckContext
from governance.agreements.kinds.schema_change.document import SchemaAction, SchemaChangeDocument
from governance.agreements.kinds.schema_change.target import (
    Target,
    column_at,
    in_words,
    renamed_dataset,
    renamed_path,
    target_of,
)
from governance.agreements.kinds.schema_change.types import UnknownTypeError, same_type
from governance.agreements.models import Binding
from governance.agreements.selectors.references import datasets_named
from governance.types import ChangeOp, Finding, FindingLevel

# From these a dataset can be deprecated.
_CAN_BE_DEPRECATED = (Lifecycle.PUBLISHED, Lifecycle.CURATED, Lifecycle.DEPRECATED)
_SHOWN = 5


def check_schema_change(document: SchemaChangeDocument, context: CheckContext) -> Iterable[Finding]:
    """Everything that is wrong with the change as the catalog stands now."""
    if context.op in (ChangeOp.RETIRE, ChangeOp.DEPRECATE):
        return
    yield from _unused(document)
    target = target_of(context.acting, document)
    if target is None:
        yield _error(
            "unknown_dataset",
            f"There is no dataset {document.dataset!r}.",
            "dataset",
            "Pick a dataset of the catalog.",
        )
        return
    missing = _missing(document, target)
    if missing:
        yield missing
        return
    yield from _action(document, target, context)
    yield from _replacement(document, target, context)
    yield from _resting(document, target, context)


def _missing(document: SchemaChangeDocument, target: Target) -> Finding | None:
    if target.dataset.disappeared_at is not None:
        return _error(
            "dataset_gone",
            f"{document.dataset} is no longer there at its source.",
            "dataset",
            "There is nothing left to change.",
        )
    if document.column and target.column is None:
        return _error(
            "unknown_column",
            f"{target.dataset.name} has no column {document.column!r}.",
            "column",
            "Pick one of its columns.",
        )
    if target.column is not None and target.column.disappeared_at is not None:
        return _error(
            "column_gone",
            f"{in_words(document)} is no longer there at its source.",
            "column",
            "There is nothing left to change.",
        )
    if target.column is not None and document.current_type and _moved(document, target.column):
        return _error(
            "base_moved",
            f"{in_words(document)} is {target.column.physical_type} now and was"
            f" {document.current_type} when this was written.",
            "current_type",
            "Look at it again and write the type it has now.",
        )
    return None


def _moved(document: SchemaChangeDocument, column: Column) -> bool:
    """Whether the source changed the column since the document was written."""
    platform = column.dataset.system.platform
    try:
        return not same_type(column.physical_type, document.current_type, platform)
    except UnknownTypeError:
        return column.physical_type.strip() != document.current_type


def _unused(document: SchemaChangeDocument) -> Iterator[Finding]:
    """Fields that say nothing for the action chosen, and those that it needs."""
    for field, action, words in (
        ("new_name", SchemaAction.RENAME, "a new name"),
        ("new_type", SchemaAction.RETYPE, "a new type"),
    ):
        given = bool(getattr(document, field))
        if given and document.action is not action:
            yield _error(
                "not_used",
                f"To {document.action.value} something needs no {words.removeprefix('a ')}.",
                field,
                "Leave it empty.",
            )
        if not given and document.action is action:
            yield _error(
                "value_missing",
                f"To {document.action.value} something needs {words}.",
                field,
                f"Give {words}.",
            )
    if document.action is SchemaAction.RETYPE and not document.column:
        yield _error(
            "column_missing", "A whole dataset has no type.", "column", "Pick one of its columns."
        )
    if document.sunset_days and document.action is not SchemaAction.DEPRECATE:
        yield _error(
            "not_used",
            "Only something deprecated stays for a time; anything else happens at once.",
            "sunset_days",
            "Leave it empty and say when it should take effect.",
        )
    if document.current_type and not document.column:
        yield _error("not_used", "A whole dataset has no type.", "current_type", "Leave it empty.")
    replaced = document.replacement_dataset or document.replacement_column
    if replaced and document.action in (SchemaAction.RENAME, SchemaAction.RETYPE):
        yield _error(
            "not_used",
            f"To {document.action.value} something needs no replacement: it stays.",
            "replacement_dataset" if document.replacement_dataset else "replacement_column",
            "Leave it empty.",
        )


def _action(
    document: SchemaChangeDocument, target: Target, context: CheckContext
) -> Iterator[Finding]:
    if document.action is SchemaAction.RENAME and document.new_name:
        yield from _rename(document, target, context)
    if document.action is SchemaAction.RETYPE and document.new_type and target.column:
        yield from _retype(document, target)
    if (
        document.action is SchemaAction.DEPRECATE
        and not document.column
        and Lifecycle(target.dataset.lifecycle) not in _CAN_BE_DEPRECATED
    ):
        yield _error(
            "cannot_be_deprecated",
            f"A {target.dataset.lifecycle} dataset cannot become deprecated.",
            "dataset",
            "Publish it first, or drop it.",
        )
    if (
        document.action is SchemaAction.DROP
        and target.column is not None
        and target.column.key_position is not None
    ):
        yield Finding(
            "schema_change.drops_key",
            FindingLevel.WARNING,
            f"{in_words(document)} belongs to the key of the dataset.",
            "column",
            "Say in the reason what the key is afterwards.",
        )


def _rename(
    document: SchemaChangeDocument, target: Target, context: CheckContext
) -> Iterator[Finding]:
    try:
        new_name = check_part(document.new_name, "new name")
        taken = _taken(document, target, new_name, context)
    except NameRefused as refused:
        yield _error("no_name", str(refused), "new_name", "Give a usable name.")
        return
    now = target.column.name if target.column else target.dataset.name
    if new_name == now:
        yield _error(
            "same_name", f"It is called {now!r} already.", "new_name", "Give another name."
        )
    elif taken:
        yield _error(
            "name_taken",
            f"{taken} exists already.",
            "new_name",
            "Give a name that is free.",
        )


def _taken(
    document: SchemaChangeDocument, target: Target, new_name: str, context: CheckContext
) -> str:
    """The name of what stands where the target would go; empty when the place is free."""
    if target.column is not None:
        path = renamed_path(document.column, new_name)
        present = columns_of(context.acting, target.dataset).filter(disappeared_at__isnull=True)
        others = present.exclude(pk=target.column.pk).values_list("path", flat=True)
        # SQL does not tell names apart by case unless they are quoted.
        return next((other for other in others if other.casefold() == path.casefold()), "")
    name = renamed_dataset(target.dataset.qualified_name, new_name)
    found = resolve_names(context.acting, [name]).get(name)
    return name if found not in (None, target.dataset.pk) else ""


def _retype(document: SchemaChangeDocument, target: Target) -> Iterator[Finding]:
    assert target.column is not None
    platform = target.dataset.system.platform
    try:
        unchanged = same_type(target.column.physical_type, document.new_type, platform)
    except UnknownTypeError:
        yield _error(
            "unknown_type",
            f"{document.new_type!r} is no type of {platform}.",
            "new_type",
            "Write it as the platform does, such as varchar(200).",
        )
        return
    if unchanged:
        yield _error(
            "same_type",
            f"It has the type {target.column.physical_type} already.",
            "new_type",
            "Give another type.",
        )


def _replacement(
    document: SchemaChangeDocument, target: Target, context: CheckContext
) -> Iterator[Finding]:
    dataset = target.dataset
    if document.replacement_dataset:
        known = datasets_named(context.acting, (document.replacement_dataset,))
        found = known.get(document.replacement_dataset)
        if found is None or found.disappeared_at is not None:
            yield _error(
                "unknown_replacement",
                f"There is no dataset {document.replacement_dataset!r}.",
                "replacement_dataset",
                "Pick a dataset that is there.",
            )
            return
        dataset = found
    if document.replacement_column:
        column = column_at(context.acting, dataset, document.replacement_column)
        if column is None or column.disappeared_at is not None:
            yield _error(
                "unknown_replacement",
                f"{dataset.name} has no column {document.replacement_column!r}.",
                "replacement_column",
                "Pick a column that is there.",
            )
            return
    given = document.replacement_dataset or document.replacement_column
    if given and dataset.pk == target.dataset.pk and document.replacement_column == document.column:
        yield _error(
            "replaces_itself",
            "It would be replaced by itself.",
            "replacement_column" if document.replacement_column else "replacement_dataset",
            "Name something else.",
        )
    elif not given and document.action is SchemaAction.DEPRECATE:
        yield Finding(
            "schema_change.replacement_missing",
            FindingLevel.WARNING,
            "Its users are not told what to use instead.",
            "replacement_column" if document.column else "replacement_dataset",
            "Name what to use instead, where there is something.",
        )


def _resting(
    document: SchemaChangeDocument, target: Target, context: CheckContext
) -> Iterator[Finding]:
    """Agreements in force that rest on what changes."""
    resting = Binding.objects.filter(
        dataset=target.dataset, version__valid_to__isnull=True
    ).exclude(version__agreement__key=context.key)
    if document.column:
        resting = resting.filter(column_path=document.column)
    resting = resting.exclude(version__agreement__kind="schema_change")
    keys = sorted(set(resting.values_list("version__agreement__key", flat=True)))
    if keys:
        more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
        yield Finding(
            "schema_change.agreements_rest_on_it",
            FindingLevel.WARNING,
            f"{', '.join(keys[:_SHOWN])}{more} rest on {in_words(document)}.",
            "column" if document.column else "dataset",
            "Change them in the same proposal.",
        )


def _error(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(f"schema_change.{check}", FindingLevel.ERROR, message, field, fix)
