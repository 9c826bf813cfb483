"""Events, changes and values of a dataset in plain sentences."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.dates import exact_time
from catalog.models import Event
from catalog.selectors.history import Change
from catalog.services.curation.facts import FACTS

_FIELD_WORDS: Mapping[str, str] = {
    "declared_description": "description",
    "harvested_description": "description at the source",
    "declared_stage": "stage",
    "stage": "stage at the source",
    "definition_sql": "SQL",
    "definition_source": "templated SQL",
    "domain_id": "domain",
    "container_id": "place",
    "system_id": "system",
    "physical_type": "type",
    "key_position": "place in the key",
    "declared_metadata": "declared facts",
    "harvested_metadata": "facts at the source",
    "person_id": "person",
    "team_id": "team",
    "disappeared_at": "gone at the source since",
    "url": "link",
}
_VERBS = {"insert": "added", "update": "changed", "delete": "removed"}
_CONVERSATION = {
    "question": "asked a question",
    "answer": "answered a question",
    "problem": "reported a problem",
    "solved": "marked a problem as solved",
    "example_query": "added an example query",
    "example_query_removed": "removed an example query",
}


def field_words(name: str) -> str:
    """A field's name as a person says it."""
    return _FIELD_WORDS.get(name, name.replace("_", " ").replace(".", " "))


def event_sentence(event: Event) -> str:
    """What happened, as the rest of a sentence that starts with the actor's name."""
    payload = event.payload
    match event.type:
        case "catalog.dataset.created":
            return "brought it into the catalog"
        case "catalog.dataset.disappeared":
            return "found it gone at the source"
        case "catalog.dataset.lifecycle_changed":
            return f"moved it from {payload.get('before', '')} to {payload.get('after', '')}"
        case "catalog.dataset.conversation_held":
            return _CONVERSATION.get(payload.get("what", ""), "took part in the conversation")
        case "catalog.dataset.changed":
            names = dict.fromkeys(field_words(_fact_of(name)) for name in payload.get("fields", []))
            return f"changed {_listed(list(names)) or 'it'}"
    return event.type.rpartition(".")[2].replace("_", " ")


def event_detail(event: Event) -> str:
    """The reason given or the words written, if any."""
    return event.payload.get("reason") or event.payload.get("text") or ""


def change_sentence(change: Change, names: Mapping[tuple[str, Any], str]) -> str:
    """The heading of one row of history; `names` are those behind its ids."""
    verb = _VERBS.get(change.verb, change.verb)
    if change.what == "dataset":
        if change.verb == "insert":
            return "Dataset added to the catalog"
        changed = [field_words(field.field) for field in change.fields]
        return f"{_capital(_listed(changed)) or 'Nothing'} {verb}"
    if change.what == "owner":
        return _owner_sentence(change, names)
    return f"{change.what.capitalize()} {change.subject} {verb}"


def _owner_sentence(change: Change, names: Mapping[tuple[str, Any], str]) -> str:
    capacity = change.subject.replace("_", " ")
    owners = [
        names.get((field.field, value), "somebody who is gone")
        for field in change.fields
        if field.field in {"person_id", "team_id"}
        for value in (field.after if field.after is not None else field.before,)
        if value is not None
    ]
    if not owners:
        return f"{_capital(capacity)} {_VERBS.get(change.verb, change.verb)}"
    verb = {"insert": "named as", "delete": "released as"}.get(change.verb, "is now")
    return f"{_capital(owners[0])} {verb} {capacity}"


def step_sentence(changes: Sequence[Change], names: Mapping[tuple[str, Any], str]) -> str:
    """The heading of everything that changed at once: '3 columns added and owner changed'."""
    if len(changes) == 1:
        return change_sentence(changes[0], names)
    if changes[0].what == "dataset" and changes[0].verb == "insert":
        return change_sentence(changes[0], names)
    counted = Counter((change.what, _VERBS.get(change.verb, change.verb)) for change in changes)
    words = [
        f"{count:,} {what}s {verb}" if count > 1 else f"{what} {verb}"
        for (what, verb), count in counted.items()
    ]
    return _capital(_listed(words))


def value_words(value: Any) -> str:
    """A stored value as text for a comparison."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return exact_time(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str)
    return str(value)


def _fact_of(name: str) -> str:
    """`amount.description` names a column's fact; the facts of a dataset have plain names."""
    path, _, fact = name.rpartition(".")
    return f"the {fact} of {path}" if path and name not in FACTS else fact


def _listed(words: list[str]) -> str:
    if len(words) > 4:
        words = [*words[:3], f"{len(words) - 3} more"]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
