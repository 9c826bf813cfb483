"""What a person does for themselves: follow, save a search, keep preferences; and their visits.

These change nothing that others rely on, so they write no event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils import timezone

from catalog.access import Action, gate, require
from catalog.errors import InvalidInput, NotFound
from catalog.models import Dataset, Follow, Person, SavedSearch
from catalog.services.actors import person_id_of
from catalog.services.transaction import writing
from catalog.types import Principal

PREFERENCES: Mapping[str, frozenset[str]] = {
    "theme": frozenset({"system", "light", "dark"}),
    "density": frozenset({"comfortable", "compact"}),
}


def follow(*, acting: Principal, dataset_id: int) -> Follow:
    """Follow a dataset; a second time changes nothing."""
    dataset = _seen(acting, dataset_id)
    with writing(acting):
        followed, _ = Follow.objects.get_or_create(person_id=person_id_of(acting), dataset=dataset)
    return followed


def unfollow(*, acting: Principal, dataset_id: int) -> None:
    """Stop following; a second time changes nothing."""
    require(acting, Action.KEEP)
    with writing(acting):
        Follow.objects.filter(person_id=person_id_of(acting), dataset_id=dataset_id).delete()


def save_search(*, acting: Principal, name: str, query_string: str) -> SavedSearch:
    """Keep a search under a name; the same name replaces it."""
    require(acting, Action.KEEP)
    words = name.strip()
    if not words or len(words) > 200:
        raise InvalidInput("Give the search a name of at most 200 characters.", field="name")
    if len(query_string) > 2000:
        raise InvalidInput("This search is too long to keep.", field="query_string")
    with writing(acting):
        saved, _ = SavedSearch.objects.update_or_create(
            person_id=person_id_of(acting),
            name=words,
            defaults={"query_string": query_string.lstrip("?")},
        )
    return saved


def forget_search(*, acting: Principal, saved_search_id: int) -> None:
    """Remove a saved search of one's own."""
    require(acting, Action.KEEP)
    with writing(acting):
        deleted, _ = SavedSearch.objects.filter(
            person_id=person_id_of(acting), pk=saved_search_id
        ).delete()
        if not deleted:
            raise NotFound("You have no such saved search.")


def note_visit(*, acting: Principal, dataset_id: int) -> None:
    """Count one view of a dataset's page by this person today."""
    if acting.person_id is None:
        return
    with connection.cursor() as cursor:
        # One statement, so that two visits at once are both counted and neither waits.
        cursor.execute(
            """
            INSERT INTO catalog_datasetuse AS held (dataset_id, person_id, day, views, reads)
            VALUES (%s, %s, %s, 1, 0)
            ON CONFLICT (dataset_id, person_id, day) DO UPDATE SET views = held.views + 1
            """,
            [dataset_id, acting.person_id, timezone.localdate()],
        )


def set_preferences(*, acting: Principal, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Remember theme and density; raises InvalidInput for anything else."""
    require(acting, Action.KEEP)
    for key, value in changes.items():
        if value not in PREFERENCES.get(key, frozenset()):
            raise InvalidInput(f"{value!r} is not a choice for {key}.", field=key)
    with writing(acting):
        person = Person.objects.select_for_update().get(pk=person_id_of(acting))
        person.preferences = {**person.preferences, **changes}
        person.save(update_fields=["preferences"])
    return person.preferences


def _seen(acting: Principal, dataset_id: int) -> Dataset:
    require(acting, Action.KEEP)
    dataset = gate().scope(acting, Action.KEEP, Dataset.objects.all()).filter(pk=dataset_id).first()
    if dataset is None:
        raise NotFound("There is no such dataset.")
    return dataset
