"""Agreed changes that cannot both happen: two to one name, a column of a dataset that goes."""

from __future__ import annotations

from collections.abc import Iterator

from governance.agreements.kind import CheckContext
from governance.agreements.kinds.schema_change.document import SchemaAction, SchemaChangeDocument
from governance.agreements.kinds.schema_change.seen import seen_at_source
from governance.agreements.kinds.schema_change.target import in_words, renamed_path
from governance.agreements.selectors.in_force import in_force
from governance.types import ConflictKind, ConflictSpec, Party


def conflicts_of(document: SchemaChangeDocument, context: CheckContext) -> Iterator[ConflictSpec]:
    """Agreed changes of the same dataset, not yet made at the source, that exclude this one."""
    for held in in_force("schema_change"):
        if held.key == context.key:
            continue
        other = SchemaChangeDocument.model_validate(held.document)
        if other.dataset != document.dataset:
            continue
        witness = _excluded(document, other) or _excluded(other, document)
        if witness and not seen_at_source(context.acting, other).is_seen:
            yield ConflictSpec(
                ConflictKind.RULE_CONTRADICTION,
                (
                    Party("agreement", context.key, title_of(document), document.reason),
                    Party("agreement", held.key, held.title, other.reason),
                ),
                witness,
            )


def title_of(document: SchemaChangeDocument) -> str:
    """What happens to what, in short."""
    what = in_words(document)
    match document.action:
        case SchemaAction.DROP:
            return f"Drop {what}"
        case SchemaAction.RENAME:
            return f"Rename {what} to {document.new_name}"
        case SchemaAction.RETYPE:
            return f"Change {what} to {document.new_type}"
        case SchemaAction.DEPRECATE:
            return f"Deprecate {what}"


def _excluded(first: SchemaChangeDocument, second: SchemaChangeDocument) -> str:
    """Why the second cannot happen beside the first; empty when it can."""
    if first.action is SchemaAction.DROP and not first.column and second.column:
        return f"{in_words(first)} is dropped, so nothing is left of {in_words(second)}."
    renames = first.action is second.action is SchemaAction.RENAME
    if renames and first.column and second.column and _goal(first) == _goal(second):
        return f"{in_words(first)} and {in_words(second)} would both be called {first.new_name}."
    replaced = first.replacement_column and not first.replacement_dataset
    if (
        replaced
        and first.replacement_column == second.column
        and second.action in (SchemaAction.DROP, SchemaAction.DEPRECATE)
    ):
        return (
            f"{in_words(first)} is replaced by {second.column}, which the other change takes away."
        )
    return ""


def _goal(document: SchemaChangeDocument) -> str:
    return renamed_path(document.column, document.new_name).casefold()
