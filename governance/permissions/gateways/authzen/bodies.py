"""Bodies of AuthZEN, checked by hand: what is needed has its type, what is unknown is ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from governance.permissions.gateways.asgi import UNREADABLE, Refused

MOST_COLUMNS = 5_000


class Entity(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A subject or a resource; `id` is empty where it is what is searched for."""

    type: str
    id: str
    properties: Mapping[str, Any] = {}


class Question(msgspec.Struct, frozen=True, gc=False):
    """Who, what, on what, under which circumstances."""

    subject: Entity
    action: str
    resource: Entity
    context: Mapping[str, Any]


class _Action(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    name: str
    properties: Mapping[str, Any] = {}


class _Usual(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A body that has all it needs, nothing beside that, and nothing that is null."""

    subject: Entity
    action: _Action
    resource: Entity
    context: Mapping[str, Any] = {}


_usual = msgspec.json.Decoder(_Usual).decode
_NOTHING: Mapping[str, Any] = {}


def read(body: bytes) -> dict[str, Any]:
    """The object that a body holds. Raises Refused (400)."""
    try:
        found = msgspec.json.decode(body)
    except UNREADABLE as error:
        raise Refused(400, f"The body is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise Refused(400, "The body has to be a JSON object.")
    return found


def one_question(body: bytes) -> Question:
    """The question that a body holds. Raises Refused (400).

    What is as usual is read in one go; whatever is not, as everywhere, which says what is wrong.
    """
    try:
        found = _usual(body) if body.isascii() else None
    except UNREADABLE:
        found = None
    if found is not None:
        subject, resource, name = found.subject, found.resource, found.action.name
        if subject.type and subject.id and resource.type and resource.id and name:
            return Question(subject, name, resource, found.context)
    return question(read(body))


def question(body: Mapping[str, Any], without: str = "") -> Question:
    """The question of a body; `without` names the part that is searched for. Raises Refused."""
    return Question(
        subject=entity(body, "subject", has_id=without != "subject"),
        action="" if without == "action" else _action(body),
        resource=entity(body, "resource", has_id=without != "resource"),
        context=mapping(body, "context"),
    )


def entity(body: Mapping[str, Any], key: str, *, has_id: bool) -> Entity:
    """A subject or a resource. Raises Refused."""
    found = body.get(key)
    if not isinstance(found, dict):
        raise Refused(400, f"{key} has to be an object with type{' and id' if has_id else ''}.")
    kind, number = found.get("type"), found.get("id", "")
    if not isinstance(kind, str) or not kind:
        raise Refused(400, f"{key}.type has to be a text that is not empty.")
    if not has_id:
        number = ""
    elif not isinstance(number, str) or not number:
        raise Refused(400, f"{key}.id has to be a text that is not empty.")
    return Entity(kind, number, mapping(found, "properties"))


def mapping(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object that may be left out. Raises Refused."""
    found = body.get(key)
    if found is None:
        return _NOTHING
    if not isinstance(found, dict):
        raise Refused(400, f"{key} has to be an object.")
    return found


def columns_of(asked: Question) -> tuple[str, ...] | None:
    """The columns that a question names, None where it is about all. Raises Refused."""
    found = asked.resource.properties.get("columns")
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise Refused(400, "resource.properties.columns has to be a list of texts.")
    if len(found) > MOST_COLUMNS:
        raise Refused(400, f"resource.properties.columns names more than {MOST_COLUMNS} columns.")
    return tuple(found)


def text(found: Mapping[str, Any], key: str) -> str:
    """A text that may be left out; anything else counts as left out."""
    value = found.get(key)
    return value if isinstance(value, str) else ""


def _action(body: Mapping[str, Any]) -> str:
    found = body.get("action")
    if not isinstance(found, dict):
        raise Refused(400, "action has to be an object with a name.")
    name = found.get("name")
    if not isinstance(name, str) or not name:
        raise Refused(400, "action.name has to be a text that is not empty.")
    mapping(found, "properties")
    return name
