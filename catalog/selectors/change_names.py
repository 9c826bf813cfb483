"""The names behind the ids that history rows hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from catalog.models import Container, Domain, Person, System, Team
from catalog.selectors.directory import visible
from catalog.selectors.history import Change
from catalog.types import Principal

_MODELS = {
    "person_id": Person,
    "team_id": Team,
    "domain_id": Domain,
    "container_id": Container,
    "system_id": System,
}


def names_in(principal: Principal, changes: Iterable[Change]) -> Mapping[tuple[str, int], str]:
    """What each (field, id) in the changes is called today; one query for each kind that occurs.
    What was deleted, or may not be seen, is absent."""
    wanted: dict[str, set[int]] = {}
    for change in changes:
        for field in change.fields:
            if field.field in _MODELS:
                held = wanted.setdefault(field.field, set())
                held.update(value for value in (field.before, field.after) if value is not None)
    return {
        (name, key): str(found)
        for name, keys in wanted.items()
        for key, found in visible(principal, _MODELS[name]).in_bulk(list(keys)).items()
    }
