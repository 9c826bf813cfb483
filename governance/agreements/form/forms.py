"""A form of one document: filled from a document, sent, changed row by row, read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from catalog.errors import InvalidInput
from governance.agreements.form.drafts import (
    GIVEN,
    MOST_KEYS,
    MOST_ROWS,
    NAME,
    ROWS,
    VALUE,
    Draft,
    Sent,
    blank,
    data_of,
    draft_of_data,
    draft_of_document,
    values_of,
)
from governance.agreements.form.fields import FieldKind, FormField, form_fields
from governance.agreements.form.sentences import FieldError, errors_of
from governance.agreements.kind import Document

_LISTS = (FieldKind.ROWS, FieldKind.LIST, FieldKind.MAPPING)


@dataclass(frozen=True, slots=True)
class BoundField:
    """A field with what it holds: what a template renders.

    `key` is the name of its input, `path` its place in the document, `value` the text it shows
    ("on" for a checked box). `children` are the fields of a group, the rows of a list (each with
    `children` of its own, or a scalar), or the fields of the variant chosen. `is_given` is False
    for an optional group that is not there. `mark` names the hidden input that stands beside the
    field (with `mark_value`), empty for none. `actions` are the values of submit buttons.
    """

    field: FormField
    key: str
    path: str
    value: str = ""
    errors: tuple[str, ...] = ()
    children: tuple[BoundField, ...] = ()
    is_given: bool = True
    mark: str = ""
    mark_value: str = ""
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it stands: its fields, what is wrong, and the document when nothing is.

    `values` are the plain data that were read, whether or not they make a document.
    """

    fields: tuple[BoundField, ...]
    data: Mapping[str, str]
    values: Mapping[str, Any]
    errors: tuple[FieldError, ...] = ()
    document: Document | None = None


def blank_form(document_type: type[Document], *, prefix: str = "") -> Form:
    """An empty form, with the defaults filled in."""
    return _form(document_type, draft_of_document(form_fields(document_type), {}), prefix)


def form_of_document(
    document_type: type[Document],
    document: Mapping[str, Any],
    *,
    prefix: str = "",
    errors: Sequence[FieldError] = (),
) -> Form:
    """A form that shows a document given as plain data, as it is stored."""
    draft = draft_of_document(form_fields(document_type), document)
    return _form(document_type, draft, prefix, errors)


def read_form(document_type: type[Document], data: Mapping[str, str], *, prefix: str = "") -> Form:
    """Read what was sent. Keys that begin otherwise than `prefix` belong to others; of the rest
    each must be a field's, and an unknown one is an error. Never raises for what was sent, but
    for its number of keys (InvalidInput)."""
    draft, unknown = _draft(document_type, data, prefix)
    values = values_of(form_fields(document_type), draft)
    errors = [
        FieldError(key.removeprefix(prefix).replace("-", "."), "There is no such field; remove it.")
        for key in unknown
    ]
    document = None
    try:
        document = document_type.model_validate(values)
    except ValidationError as error:
        errors += errors_of(document_type, error)
    return _form(document_type, draft, prefix, errors, None if errors else document)


def changed_form(
    document_type: type[Document], data: Mapping[str, str], action: str, *, prefix: str = ""
) -> Form:
    """The form after the button of a row was pressed; nothing is validated.

    Actions: `add:KEY` (a row, or an optional group), `remove:KEY`, `up:KEY`, `down:KEY` (a row),
    `show:KEY` (the fields of the variant chosen). Raises InvalidInput for any other.
    """
    draft, _ = _draft(document_type, data, prefix)
    verb, _, key = action.partition(":")
    steps = key.removeprefix(prefix).split("-")
    try:
        field = _named(form_fields(document_type), steps[0])
        _change(field, draft, field.name, verb, steps[1:])
    except LookupError:
        raise InvalidInput(
            f"The form has no action {action[:80]!r}; use one of its buttons.", field="action"
        ) from None
    return _form(document_type, draft, prefix)


def _draft(
    document_type: type[Document], data: Mapping[str, str], prefix: str
) -> tuple[Draft, tuple[str, ...]]:
    if len(data) > MOST_KEYS:
        raise InvalidInput(f"A form has at most {MOST_KEYS:,} fields; send fewer rows.")
    sent = Sent(data, prefix)
    draft = draft_of_data(form_fields(document_type), sent, prefix)
    return draft, sent.unknown()


def _form(
    document_type: type[Document],
    draft: Draft,
    prefix: str,
    errors: Sequence[FieldError] = (),
    document: Document | None = None,
) -> Form:
    fields = form_fields(document_type)
    at: dict[str, list[str]] = {}
    for error in errors:
        at.setdefault(error.path, []).append(error.message)
    return Form(
        fields=_bound_fields(fields, draft, prefix, "", at),
        data=data_of(fields, draft, prefix),
        values=values_of(fields, draft),
        errors=tuple(errors),
        document=document,
    )


# --- what a template renders -------------------------------------------------------------------

Errors = Mapping[str, Sequence[str]]


def _bound_fields(
    fields: Sequence[FormField], draft: Draft, key: str, path: str, errors: Errors
) -> tuple[BoundField, ...]:
    return tuple(
        _bound(field, draft.get(field.name), key + field.name, path + field.name, errors)
        for field in fields
    )


def _bound(field: FormField, value: Any, key: str, path: str, errors: Errors) -> BoundField:
    wrong = tuple(errors.get(path, ()))
    if field.kind in (FieldKind.GROUP, FieldKind.VARIANT):
        return _bound_group(field, value, key, path, errors, wrong)
    if field.kind in _LISTS:
        rows = value or []
        children = tuple(
            _bound_row(field, one, f"{key}-{row}", f"{path}.{row}", errors, (row, len(rows)))
            for row, one in enumerate(rows)
        )
        return BoundField(
            field,
            key,
            path,
            errors=wrong,
            children=children,
            mark=f"{key}-{ROWS}",
            mark_value=str(len(rows)),
            actions=(f"add:{key}",) if len(rows) < (field.most or MOST_ROWS) else (),
        )
    text = ("on" if value else "") if field.kind is FieldKind.BOOLEAN else value or ""
    return BoundField(field, key, path, value=text, errors=wrong)


def _bound_group(
    field: FormField,
    value: Draft | None,
    key: str,
    path: str,
    errors: Errors,
    wrong: tuple[str, ...],
) -> BoundField:
    if value is None and field.nullable:
        return BoundField(field, key, path, errors=wrong, is_given=False, actions=(f"add:{key}",))
    draft = value or {}
    fields = field.fields
    actions = (f"remove:{key}",) if field.nullable else ()
    chosen = ""
    if field.kind is FieldKind.VARIANT:
        chosen = draft.get(field.discriminator, "")
        variant = field.variant(chosen)
        fields = variant.fields if variant is not None else ()
        actions = (*actions, f"show:{key}")
        wrong = (*wrong, *errors.get(f"{path}.{field.discriminator}", ()))
        beside = path.removesuffix(field.name) + field.chosen_by
        wrong = (*wrong, *errors.get(beside, ())) if field.chosen_by else wrong
    return BoundField(
        field,
        key,
        path,
        value=chosen,
        errors=wrong,
        children=_bound_fields(fields, draft, f"{key}-", f"{path}.", errors),
        mark=f"{key}-{GIVEN}" if field.nullable else "",
        mark_value="1" if field.nullable else "",
        actions=actions,
    )


def _bound_row(
    field: FormField, value: Any, key: str, path: str, errors: Errors, place: tuple[int, int]
) -> BoundField:
    row, rows = place
    actions: tuple[str, ...] = (f"remove:{key}",)
    actions += (f"up:{key}",) if row > 0 else ()
    actions += (f"down:{key}",) if row < rows - 1 else ()
    if field.item is not None:
        bound = _bound(field.item, value, key, path, errors)
        return replace(bound, actions=bound.actions + actions)
    named = f"{path.rpartition('.')[0]}.{value[NAME]}"
    children = tuple(
        BoundField(_MAPPING_PARTS[part], f"{key}-{part}", f"{path}.{part}", value[part])
        for part in (NAME, VALUE)
    )
    wrong = tuple(errors.get(named, ()))
    return BoundField(field, key, path, errors=wrong, children=children, actions=actions)


_MAPPING_PARTS = {
    NAME: FormField(NAME, FieldKind.TEXT, "Name", required=True),
    VALUE: FormField(VALUE, FieldKind.VALUE, "Value"),
}


# --- rows that come, go and move ---------------------------------------------------------------


def _change(field: FormField, holder: Any, place: Any, verb: str, rest: Sequence[str]) -> None:
    """Change what the holder has at the place; raises LookupError where the action fits nothing."""
    value = holder[place]
    if not rest:
        _change_itself(field, holder, place, verb)
    elif field.kind in _LISTS:
        row = _row(rest[0], value)
        if len(rest) == 1 and verb in ("remove", "up", "down"):
            _move(value, row, verb)
        elif field.item is not None:
            _change(field.item, value, row, verb, rest[1:])
        else:
            raise LookupError(verb)
    else:
        variant = field.variant((value or {}).get(field.discriminator, ""))
        inner = _named(variant.fields if variant is not None else field.fields, rest[0])
        _change(inner, value, inner.name, verb, rest[1:])


def _change_itself(field: FormField, holder: Any, place: Any, verb: str) -> None:
    value = holder[place]
    is_group = field.kind in (FieldKind.GROUP, FieldKind.VARIANT)
    if verb == "add" and field.kind in _LISTS and len(value) < (field.most or MOST_ROWS):
        value.append(_first(field.item) if field.item is not None else {NAME: "", VALUE: ""})
    elif verb == "add" and is_group and field.nullable:
        holder[place] = value or _first(field)
    elif verb == "remove" and is_group and field.nullable:
        holder[place] = None
    elif verb == "show" and field.kind is FieldKind.VARIANT and value:
        _show(field, value)
    else:
        raise LookupError(verb)


def _named(fields: Sequence[FormField], name: str) -> FormField:
    for field in fields:
        if field.name == name:
            return field
    raise LookupError(name)


def _move(rows: list[Any], row: int, verb: str) -> None:
    if verb == "remove":
        del rows[row]
        return
    other = _row(str(row + (1 if verb == "down" else -1)), rows)
    rows[row], rows[other] = rows[other], rows[row]


def _row(step: str, rows: Sequence[Any]) -> int:
    row = int(step) if step.isascii() and step.isdigit() else -1
    if not 0 <= row < len(rows):
        raise LookupError(step)
    return row


def _first(field: FormField) -> Any:
    """A fresh row, entry or optional group."""
    if field.kind is FieldKind.VARIANT:
        fresh: Draft = {field.discriminator: field.variants[0].value}
        _show(field, fresh)
        return fresh
    if field.kind is FieldKind.GROUP:
        return draft_of_document(field.fields, {})
    return [] if field.kind is FieldKind.MAPPING else ""


def _show(field: FormField, draft: Draft) -> None:
    """Give the variant chosen those of its fields that were not sent yet."""
    variant = field.variant(draft.get(field.discriminator, ""))
    for inner in variant.fields if variant is not None else ():
        draft.setdefault(inner.name, blank(inner))
