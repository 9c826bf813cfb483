"""Every case that AuthZEN's own interoperability events put to a decision point.

Its policies allow; here they are put in as opt-outs of everything else. The names of its actions
are given to the door; delete is taken for exporting, since the engine knows three actions.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest
from django.conf import settings

from governance.permissions.engine import Dataset, Person, Rule, World
from governance.permissions.engine.types import Exempt, Resources, Subjects
from governance.permissions.gateways.authzen.words import Words
from governance.permissions.types import DataAction, Effect
from tests.governance.permissions.gateways.asking import Door, standing

READ, WRITE, EXPORT = DataAction.READ, DataAction.WRITE, DataAction.EXPORT
pytestmark = pytest.mark.fixtures


def cases(name: str) -> dict[str, list[dict[str, Any]]]:
    """The cases of one file."""
    path = settings.FIXTURES_DIR / "authzen" / name
    if not path.exists():
        pytest.skip("The shared fixtures are not here.")
    found: dict[str, list[dict[str, Any]]] = json.loads(path.read_text())
    return found


def denied(key: str, action: DataAction, names: list[str], *allowed: str) -> Rule:
    """Everybody but those allowed is opted out."""
    return Rule(
        key=f"permission_policy:{key}", number=key, version=1, effect=Effect.DENY,
        subjects=Subjects(everybody=True, exempt=Exempt(people=frozenset(allowed))),
        resources=Resources(names=tuple(names)), actions=frozenset({action}),
        reason="Not yours.",
    )  # fmt: skip


def resource(number: int, kind: str, name: str) -> Dataset:
    """Something that is no table."""
    return Dataset(number, f"{kind}://{name}", kind=kind)


# --- the search scenario ---------------------------------------------------------------------

USERS = {
    "alice": ("manager", "Sales"), "bob": ("employee", "Legal"), "carol": ("contractor", "Legal"),
    "dan": ("manager", "Finance"), "erin": ("employee", "Finance"),
    "felix": ("contractor", "Accounting"),
}  # fmt: skip
DEPARTMENTS = (
    "Legal Legal Legal Accounting Legal Accounting Sales Legal Accounting Sales Accounting Legal"
    " Sales Accounting Finance Legal Legal Accounting Legal Accounting"
).split()
OWNERS = [list(USERS)[n % 6] for n in range(20)]
OWNERS[18], OWNERS[19] = "alice", "bob"


def records() -> World:
    """View: the owner, the department, any manager; edit: the owner, the department's manager;
    delete: the owner."""
    people = tuple(Person(n, name) for n, name in enumerate(USERS, 1))
    data, rules = [], []
    for place, (department, owner) in enumerate(zip(DEPARTMENTS, OWNERS, strict=True)):
        number = 101 + place
        data.append(resource(number, "record", str(number)))
        views = {n for n, (role, of) in USERS.items() if role == "manager" or of == department}
        edits = {n for n, (role, of) in USERS.items() if role == "manager" and of == department}
        for action, who in ((READ, views), (WRITE, edits), (EXPORT, set())):
            key = f"{action.value}-{number}"
            rules.append(denied(key, action, [f"record://{number}"], owner, *who))
    return World(1, people, tuple(data), tuple(rules))


@pytest.mark.parametrize(("what", "count"), [("subject", 60), ("resource", 18), ("action", 120)])
def test_searches_find_what_the_scenario_says(what: str, count: int) -> None:
    words = Words({"view": READ, "edit": WRITE, "delete": EXPORT}, {})
    door = Door(standing(records()), words)
    asked = cases(f"search-{what}-results.json")["evaluation"]
    assert len(asked) == count
    for one in asked:
        status, said = door.authzen(f"search/{what}", one["request"])
        assert status == 200
        assert said["results"] == one["expected"]["results"], one["request"]
        assert said["page"]["next_token"] == ""


# --- the todo scenario -----------------------------------------------------------------------

ROLES = {
    "rick@the-citadel.com": {"admin", "evil_genius"}, "morty@the-citadel.com": {"editor"},
    "summer@the-smiths.com": {"editor"}, "beth@the-smiths.com": {"viewer"},
    "jerry@the-smiths.com": {"viewer"},
}  # fmt: skip
WORDS = Words(
    {
        "can_read_user": READ, "can_read_todos": READ, "can_create_todo": WRITE,
        "can_update_todo": WRITE, "can_delete_todo": EXPORT,
    },
    {},
)  # fmt: skip


def todos(asked: list[dict[str, Any]]) -> World:
    """Who asks is known by an opaque number; the file lists them in the order of ROLES."""
    numbers = list(dict.fromkeys(one["subject"]["id"] for one in asked))
    assert len(numbers) == len(ROLES)
    of_mail = dict(zip(ROLES, numbers, strict=True))
    people = tuple(Person(n, name) for n, name in enumerate(numbers, 1))
    owners: dict[str, str] = {}
    for one in asked:
        for item in (one, *one.get("evaluations", ())):
            owner = item.get("resource", {}).get("properties", {}).get("ownerID")
            if owner:
                owners[item["resource"]["id"]] = owner
    having = defaultdict(set)
    for mail, roles in ROLES.items():
        for role in roles:
            having[role].add(of_mail[mail])
    editors = having["editor"] | having["admin"] | having["evil_genius"]
    rules = [denied("create", WRITE, ["todo://todo-1"], *editors)]
    for place, (todo, mail) in enumerate(owners.items()):
        own = {of_mail[mail]} & editors
        rules.append(
            denied(f"update-{place}", WRITE, [f"todo://{todo}"], *own, *having["evil_genius"])
        )
        rules.append(denied(f"delete-{place}", EXPORT, [f"todo://{todo}"], *own, *having["admin"]))
    return World(1, people, (), tuple(rules))


def test_evaluations_are_decided_as_the_scenario_says() -> None:
    found = cases("decisions-authorization-api-1_0-02.json")
    single, many = found["evaluation"], found["evaluations"]
    assert (len(single), len(many)) == (40, 3)
    door = Door(standing(todos([one["request"] for one in single + many])), WORDS)
    for one in single:
        status, said = door.authzen("evaluation", one["request"])
        assert (status, said["decision"]) == (200, one["expected"]), one["request"]
    for one in many:
        status, said = door.authzen("evaluations", one["request"])
        decisions = [{"decision": item["decision"]} for item in said["evaluations"]]
        assert (status, decisions) == (200, one["expected"])
