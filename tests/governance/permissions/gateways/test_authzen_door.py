"""The door for AuthZEN: forms, semantics, pages, reasons, and what must be refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.audit.types import AccessOutcome, Keeping
from governance.permissions.engine import Delta, Resources, World, next_index
from governance.permissions.engine.pages import Paged, PagedDraft
from governance.permissions.gateways.asgi import Refused
from governance.permissions.gateways.authzen import short_names
from governance.permissions.gateways.authzen.bodies import (
    Question,
    one_question,
    question,
    read,
)
from governance.permissions.gateways.authzen.short_names import ShortNames
from governance.permissions.types import Effect, Mask, Purpose
from tests.governance.permissions.gateways.asking import (
    TOKEN,
    Door,
    Given,
    dataset,
    person,
    rule,
    standing,
)

ANN, BOSS = person(1, "ann"), person(2, "boss", "admins")
PAY = dataset(1, "hr.pay.salary", "id", "amount")
ORDERS = dataset(2, "shop.public.orders", "id", "total")
CLICKS = dataset(3, "web.public.clicks", "at")


def door(*rules, **rest) -> Door:
    """Three tables, Ann who is opted out, her boss who is not."""
    return Door(standing(World(1, (ANN, BOSS), (PAY, ORDERS, CLICKS), rules), **rest))


def asked(name: str = "trino://lake/hr.pay.salary", user: str = "ann", **rest: Any) -> dict:
    """Whether somebody may read a dataset."""
    return {
        "subject": {"type": "user", "id": user},
        "action": {"name": "read"},
        "resource": {"type": "dataset", "id": name},
        **rest,
    }


def test_a_denial_says_why_and_whom_to_ask() -> None:
    # Given an opt-out
    at = door(rule("oo-1", "hr.pay.*"))

    # When Ann and her boss ask
    status, said = at.authzen("evaluation", asked())
    _, boss = at.authzen("evaluation", asked(user="boss"))

    # Then she is denied with all that she may know
    context = said["context"]
    assert (status, said["decision"]) == (200, False)
    assert context["reason_user"] == {"403": "OO-1: Need to know."}
    assert (context["denied_by"], context["policy_version"]) == (["OO-1"], "1")
    assert (context["ask"], context["evaluation_id"]) == ("the owner", "d1")
    assert context["reason"] == "approval_required"
    assert context["access_request"]["template"] == "permission_policy:oo-1"
    assert boss == {"decision": True}
    # And each call is one record
    first, second = at.recorded
    assert (first.outcome, first.rules) == (AccessOutcome.REFUSED, ("permission_policy:oo-1",))
    assert (first.gateway, first.keeping) == ("authzen:app", Keeping.RESTRICTED)
    assert (second.outcome, second.datasets) == (AccessOutcome.ALLOWED, (1,))


def test_what_is_allowed_in_part_carries_obligations_and_is_in_no_search() -> None:
    at = door(
        rule("a", "hr.pay.*", effect=Effect.MASK, mask=Mask.SHA256, columns=("amount",)),
        rule("b", "hr.pay.*", effect=Effect.ROW_FILTER, rows="id > 7"),
        rule("c", "hr.pay.*", effect=Effect.MIN_GROUP, group_of=9),
    )
    _, said = at.authzen("evaluation", asked())
    assert said["decision"] is True
    assert [one["id"] for one in said["context"]["obligations"]] == [
        "row_filter", "min_group", "mask", "min_group",
    ]  # fmt: skip
    found = at.authzen("search/resource", asked(resource={"type": "dataset"}))[1]["results"]
    assert [one["id"] for one in found] == [ORDERS.name, CLICKS.name]


def test_columns_are_asked_by_name_or_as_a_resource() -> None:
    at = door(rule("a", "hr.pay.*", columns=("amount",)))
    table = {"type": "dataset", "id": PAY.name}

    def may(resource: dict) -> bool:
        return at.authzen("evaluation", asked(resource=resource))[1]["decision"]

    assert may({**table, "properties": {"columns": ["ID"]}})
    assert not may({**table, "properties": {"columns": ["id", "Amount"]}})
    assert not may({"type": "column", "id": f"{PAY.name}#amount"})
    _, whole = at.authzen("evaluation", asked())
    assert whole["context"]["obligations"][0] == {
        "id": "omit_column", "type": "custom", "properties": {"column": "amount"},
    }  # fmt: skip


def test_a_short_name_is_whatever_ends_so_and_the_strictest_of_it() -> None:
    at = door(rule("a", "trino://lake/hr.pay.salary"))
    assert not at.authzen("evaluation", asked("hr.pay.salary"))[1]["decision"]
    assert not at.authzen("evaluation", asked("Salary"))[1]["decision"]
    assert at.authzen("evaluation", asked("orders"))[1]["decision"]


def test_all_names_are_read_once_and_then_what_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a door that has been asked by a short name
    made: list[int] = []

    def counted(names: Mapping[str, int]) -> Mapping[str, Sequence[tuple[str, int]]]:
        made.append(len(names))
        return by_end(names)

    by_end = short_names._by_end
    monkeypatch.setattr(short_names, "_by_end", counted)
    held = Given(standing(World(1, (ANN, BOSS), (PAY, ORDERS, CLICKS))))
    at = Door(held)
    assert at.authzen("evaluation", asked("salary"))[1]["decision"]

    # When an opt-out comes into force
    index = held._given.index
    later = next_index(index, Delta(2, rules=(rule("a", "hr.pay.*"),)))
    held._given = replace(held._given, index=later)

    # Then it holds
    assert not at.authzen("evaluation", asked("salary"))[1]["decision"]

    # And when there is another name, that is known
    more = dataset(4, "hr.pay.salary2")
    held._given = replace(held._given, index=next_index(later, Delta(3, datasets=(more,))))
    assert not at.authzen("evaluation", asked("salary2"))[1]["decision"]

    # And the names were read as a whole once
    assert made == [3]


_NAMES = st.dictionaries(
    st.builds(
        "trino://lake/{}.{}".format, st.sampled_from(["a", "b.c", "d"]), st.sampled_from("xyz")
    ),
    st.integers(1, 6),
)


@given(st.lists(_NAMES, min_size=1, max_size=5), st.integers(0, 4))
def test_short_names_that_were_carried_on_mean_what_those_do_that_are_made_anew(
    worlds: list[dict[str, int]], most: int
) -> None:
    # Given names that come, go and mean something else, from one index to the next
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(short_names, "_MOST_CHANGED", most)
        names = Paged.of(worlds[0].items())
        carried = ShortNames(names)
        for world in worlds[1:]:
            draft = PagedDraft(names)
            for name in names.keys() - world.keys():
                draft.pop(name)
            for name, pk in world.items():
                if names.get(name) != pk:
                    draft[name] = pk
            names = draft.finished()
            carried = carried.after(names)

    # Then short names mean the same as if only the last had ever been
    anew = ShortNames(names)
    for short in ("x", "y", "z", "a.x", "c.y", "b.c.z", "q"):
        assert carried.meant(short) == anew.meant(short)


def test_the_three_semantics() -> None:
    at = door(rule("a", "hr.*"))
    salary, orders = {"type": "dataset", "id": "salary"}, {"type": "dataset", "id": "orders"}
    items = [{"resource": orders}, {"resource": salary}, {"resource": orders}]

    def decisions(semantic: str | None, first: dict[str, str] = orders) -> list[bool]:
        options = {"options": {"evaluations_semantic": semantic}} if semantic else {}
        body = {**asked(), "evaluations": [{"resource": first}, *items[1:]], **options}
        said = at.authzen("evaluations", body)[1]
        return [one["decision"] for one in said["evaluations"]]

    assert decisions(None) == decisions("execute_all") == [True, False, True]
    assert decisions("deny_on_first_deny") == [True, False]
    assert decisions("permit_on_first_permit") == [True]
    assert decisions("permit_on_first_permit", salary) == [False, False, True]
    assert [one.asked for one in at.recorded] == [3, 3, 2, 1, 3]
    body = {**asked(), "evaluations": items, "options": {"evaluations_semantic": "any"}}
    assert at.authzen("evaluations", body)[0] == 400


@pytest.mark.parametrize("nothing", [{}, {"evaluations": []}])
def test_no_evaluations_are_one_evaluation(nothing: dict) -> None:
    assert door().authzen("evaluations", {**asked(), **nothing}) == (200, {"decision": True})


def test_a_malformed_item_is_denied_alone() -> None:
    at = door()
    items = [{}, {"resource": {"type": "dataset"}}, 7, {"action": {"name": 1}}]
    status, said = at.authzen("evaluations", {**asked(), "evaluations": items})
    assert status == 200
    assert [one["decision"] for one in said["evaluations"]] == [True, False, False, False]
    assert said["evaluations"][1]["context"]["error"]["status"] == 400
    lone = {"evaluations": [{"resource": {"type": "dataset", "id": "a"}}]}
    assert at.authzen("evaluations", lone)[1]["evaluations"][0]["decision"] is False


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"[" * 50_000,
        {}, asked(subject=None), asked(subject="ann"), asked(subject={"id": "ann"}),
        asked(subject={"type": "user"}), asked(subject={"type": 1, "id": "ann"}),
        asked(subject={"type": "user", "id": ""}), asked(action={}), asked(action={"name": 1}),
        asked(action="read"), asked(resource={"type": "dataset"}), asked(resource=[]),
        asked(resource={"type": "dataset", "id": "a", "properties": 1}), asked(context=[]),
        asked(resource={"type": "dataset", "id": "a", "properties": {"columns": "id"}}),
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused(body: Any) -> None:
    status, said = door().authzen("evaluation", body)
    assert status == 400
    assert "decision" not in said


def test_forms_around_the_body() -> None:
    at = door()
    assert at.authzen("evaluation", asked(), **{"content-type": "text/plain"})[0] == 400
    assert at.authzen("evaluation", asked(extra={"a": 1}), **{
        "content-type": "application/json; charset=utf-8"})[0] == 200  # fmt: skip
    assert at.authzen("evaluation", b" ", **{"content-length": "99999999"})[0] == 413
    assert at.authzen("nothing", asked())[0] == 404
    said = at.post("/access/v1/evaluation", b"", {"authorization": f"Bearer {TOKEN}"}, "GET")
    assert said[0] == 405
    for sent in ({}, {"authorization": "Bearer guessed"}, {"authorization": f"Basic {TOKEN}"}):
        status, _, headers = at.post("/access/v1/evaluation", b"{}", {**sent, "x-request-id": "7"})
        assert (status, headers["www-authenticate"]) == (401, "Bearer")
        assert headers["x-request-id"] == "7"


def test_clients_find_the_addresses_without_a_token() -> None:
    status, said, _ = door().post("/.well-known/authzen-configuration", b"", method="GET")
    assert status == 200
    assert said["access_evaluation_endpoint"] == (
        f"{said['policy_decision_point']}/access/v1/evaluation"
    )


def test_searches_come_in_pages_whose_tokens_are_their_own() -> None:
    # Given a search of two pages
    at = door()
    body = asked(resource={"type": "dataset"}, page={"limit": 2})
    first = at.authzen("search/resource", body)[1]
    token = first["page"]["next_token"]
    body["page"]["token"] = token

    # Then they follow each other, and the last one says so
    second = at.authzen("search/resource", body)[1]
    names = [one["id"] for one in first["results"] + second["results"]]
    assert names == [PAY.name, ORDERS.name, CLICKS.name]
    assert second["page"]["next_token"] == ""
    # And a token serves no other search
    for other in (
        {**body, "action": {"name": "write"}}, {**body, "page": {"limit": 1, "token": token}},
        {**body, "page": {"limit": 2, "token": "1.00"}}, {**body, "page": {"token": "ü"}},
        {**body, "page": {"limit": 0}}, {**body, "page": {"limit": "2"}},
    ):  # fmt: skip
        assert at.authzen("search/resource", other)[0] == 400
    assert at.authzen("search/subject", {**body, "subject": {"type": "user"}})[0] == 400


def test_what_is_not_known_finds_nothing() -> None:
    at = door()
    nobody = asked(user="nobody", resource={"type": "dataset"})
    assert at.authzen("search/resource", nobody)[1]["results"] == []
    assert at.authzen("search/resource", asked(resource={"type": "spaceship"}))[1]["results"] == []
    group = asked(subject={"type": "group"})
    assert at.authzen("search/subject", group)[1]["results"] == []
    assert at.authzen("search/action", asked(user="nobody"))[1]["results"] == []
    assert not at.authzen("evaluation", asked(user="nobody"))[1]["decision"]
    everything = at.authzen("search/action", asked())[1]["results"]
    assert everything == [{"name": "read"}, {"name": "export"}, {"name": "write"}]


def test_an_unknown_action_or_purpose_is_under_every_opt_out() -> None:
    at = door(rule("a", "hr.*", purposes=frozenset({Purpose.MARKETING})))

    def may(**rest: Any) -> bool:
        return at.authzen("evaluation", asked(**rest))[1]["decision"]

    assert not may()
    assert may(context={"purpose": "audit"})
    assert not may(context={"purpose": "because"})
    assert not may(context={"purpose": ["audit"]})
    written = door(rule("b", "hr.*", actions=frozenset({"write"})))
    assert written.authzen("evaluation", asked())[1]["decision"]
    for name in ("delete", "launch"):
        assert not written.authzen("evaluation", asked(action={"name": name}))[1]["decision"]


def test_confidential_data_is_in_no_search() -> None:
    at = door(rule("a", "hr.*", confidential=True, actions=frozenset({"write"})))
    found = at.authzen("search/resource", asked(resource={"type": "table"}))[1]["results"]
    assert [one["id"] for one in found] == [ORDERS.name, CLICKS.name]


@pytest.mark.parametrize(
    "rest",
    [
        "", ' , "context": {"purpose": "analytics"}', ', "context": null', ', "other": 1',
        ', "other": 1e999', ', "other": "\\q"', ', "context": []', ', "context": {"a": "\\q"}',
        ', "subject": {"type": "user", "id": "z"}', ', "subject": {"type": "user", "id": ""}',
        ', "resource": {"type": "dataset", "id": "x", "properties": {"columns": ["a"]}}',
        ', "resource": {"type": "dataset", "id": "x", "other": 1}', ', "action": {"name": 1}',
        ', "action": {"name": "read", "properties": 1}', ', "subject": "\u00e9"', ', "x": ',
    ],
)  # fmt: skip
def test_what_is_read_in_one_go_is_read_as_everything_else(rest: str) -> None:
    body = (
        '{"subject": {"type": "user", "id": "ann"}, "action": {"name": "read"},'
        f' "resource": {{"type": "dataset", "id": "hr.pay"}}{rest}}}'
    ).encode()

    def of(read: Callable[[], Question]) -> Question | str:
        try:
            return read()
        except Refused as refused:
            return str(refused)

    assert of(lambda: one_question(body)) == of(lambda: question(read(body)))


def test_a_record_of_many_evaluations_names_each_dataset() -> None:
    # Given a question about more datasets than a record keeps names of
    many = tuple(dataset(10 + number, f"a.b.t{number}") for number in range(300))
    at = Door(standing(World(1, (ANN, BOSS), many)))
    items = [{"resource": {"type": "dataset", "id": one.name}} for one in (*many, many[0])]
    assert at.authzen("evaluations", {**asked(), "evaluations": items})[0] == 200
    assert at.recorded[0].datasets == tuple(one.id for one in many)


def test_a_denial_of_hidden_data_tells_nothing_of_it() -> None:
    # Given data that is hidden for what it carries, and an opt-out that hides nothing
    secret = dataset(1, "hr.pay.salary", "id", labels=frozenset({"9"}))
    by_label = rule("merger", confidential=True)
    by_label = replace(by_label, resources=Resources(labels=frozenset({"9"})))
    world = World(1, (ANN, BOSS), (secret, ORDERS), (by_label, rule("plain", "shop.*")))
    at = Door(standing(world))

    # When somebody asks whom it is hidden from, as a whole or for a column
    told = [
        at.authzen("evaluation", asked())[1],
        at.authzen("evaluations", {**asked(), "evaluations": [{}]})[1]["evaluations"][0],
    ]

    # Then the answer names neither the opt-out nor a reason, as for what is not there
    for one in told:
        assert one["decision"] is False
        assert one["context"]["reason_user"] == {"403": "Concord does not know this resource."}
        assert one["context"]["denied_by"] == []
        assert "ask" not in one["context"]
    # But the record does, and of what is not hidden the reason is told
    assert at.recorded[0].rules == ("permission_policy:merger",)
    open_about = at.authzen("evaluation", asked("trino://lake/shop.public.orders"))[1]
    assert open_about["context"]["denied_by"] == ["PLAIN"]
