"""Texts and names as people type them, checked before they are stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model

from catalog.errors import InvalidInput
from catalog.models import Person

ModelT = TypeVar("ModelT", bound=Model)

MAX_TEXT = 20_000


def text_of(value: str, *, field: str, limit: int = MAX_TEXT) -> str:
    """The text without surrounding space; raises InvalidInput for one that cannot be stored."""
    words = value.replace("\r\n", "\n").strip()
    if len(words) > limit:
        raise InvalidInput(f"This is longer than {limit:,} characters.", field=field)
    if "\x00" in words:
        raise InvalidInput("The text holds a NUL character: remove it.", field=field)
    return words


def needed_text(value: str, *, field: str, what: str, limit: int = MAX_TEXT) -> str:
    """As `text_of`; raises InvalidInput too when nothing was written."""
    words = text_of(value, field=field, limit=limit)
    if not words:
        raise InvalidInput(f"Write {what} first.", field=field)
    return words


def chosen(model: type[ModelT], ids: Iterable[int], *, field: str) -> list[ModelT]:
    """The rows with these ids; raises InvalidInput naming the first that is not there."""
    wanted = list(dict.fromkeys(ids))
    found = {row.pk: row for row in model._default_manager.filter(pk__in=wanted)}
    for pk in wanted:
        if pk not in found:
            raise InvalidInput(f"There is no {model._meta.verbose_name} {pk}.", field=field)
    return [found[pk] for pk in wanted]


def active_person(person_id: int, *, field: str) -> Person:
    """The person; raises InvalidInput for nobody and for who is no longer active."""
    [person] = chosen(Person, [person_id], field=field)
    if not person.is_active:
        raise InvalidInput(f"{person} is no longer active: choose somebody else.", field=field)
    return person
