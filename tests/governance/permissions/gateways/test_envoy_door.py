"""What a proxy is answered for a request that waits, and that it is never wider than the engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.permissions.engine import World, compile_index
from governance.permissions.gateways.envoy.routes import (
    PathRefused,
    Route,
    RouteRefused,
    Routes,
    route_of,
    segments_of,
)
from governance.permissions.gateways.keeping import Standing
from governance.permissions.gateways.question import Asker
from governance.permissions.gateways.registered import GatewayRecord, Registered, mapped
from governance.permissions.types import Effect, Mask
from tests.governance.permissions.gateways.asking import Door, dataset, person, rule
from tests.governance.permissions.gateways.asking import standing as plain_standing
from tests.governance.permissions.worlds import INSTANTS, NAMES, worlds

SECRET = "a-proxy-of-tests"
LAKE = "trino://lake/{catalog}.{schema}.{table}"
ROUTES = (
    Route("/tables/{catalog}/{schema}/{table}", LAKE),
    Route("/files/{name+}.parquet", "trino://lake/{name}", "export"),
    Route("/apps/{catalog}/{schema}/{table}", LAKE, obligations=True),
    Route("/static/**"),
)
GATEWAY = GatewayRecord(
    7, "mesh", "", "", mapped("trino://lake"), uses=frozenset({"envoy"}),
    identity_header="x-user", routes=ROUTES,
)  # fmt: skip


def held(world: World, gateway: GatewayRecord = GATEWAY, at: float | None = None) -> Standing:
    """What the door rests on, with one proxy."""
    plain = plain_standing(world) if at is None else plain_standing(world, clock=lambda: at)
    key = sha256(SECRET.encode()).hexdigest()
    return replace(plain, registered=Registered(gateways={key: gateway}))


def company() -> World:
    """One table is closed, one masked and filtered, one hidden, one free."""
    return World(
        5,
        (person(1, "ann", "staff"), person(2, "boss", "admins"), person(3, "jörg,müller", "staff")),
        (
            dataset(1, "memory.hr.plan", "id"),
            dataset(2, "memory.hr.pay", "name"),
            dataset(3, "memory.hr.secret", "id"),
            dataset(4, "memory.hr.free", "id"),
        ),
        (
            rule("plan", "hr.plan"),
            rule("name", "hr.pay", columns=("name",), effect=Effect.MASK, mask=Mask.LAST4),
            rule("rows", "hr.pay", effect=Effect.ROW_FILTER, rows="name = 'x'"),
            rule("secret", "hr.secret", confidential=True),
        ),
    )


class Proxy(Door):
    """Asks as Envoy does."""

    def asked(
        self,
        path: str,
        user: str = "ann",
        method: str = "GET",
        secret: str = SECRET,
        **headers: str,
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of an answer."""
        given = {"x-user": user, **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.post(f"/gw/{secret}/envoy{path}", b"", given, method)


@pytest.fixture
def proxy() -> Proxy:
    """In front of the company."""
    return Proxy(held(company()))


def test_what_is_open_passes_with_its_version_and_no_obligations(proxy: Proxy) -> None:
    status, _, told = proxy.asked("/tables/memory/hr/free", x_request_id="r-17")
    assert status == 200
    assert told["x-concord-policy-version"] == "5"
    assert told["x-concord-obligations"] == "[]"
    assert told["x-request-id"] == "r-17"
    assert told["x-concord-decision-id"] == "d1"
    (record,) = proxy.recorded
    assert (record.gateway, record.username, record.action, record.outcome) == (
        "envoy:mesh", "ann", "read", "allowed",
    )  # fmt: skip
    assert (record.datasets, record.request_id) == ((4,), "r-17")
    assert record.note == "GET /tables/memory/hr/free"
    # and the page of who has what says that this proxy decides by it
    assert proxy.application.reports._waiting[7, "envoy", ""].version == 5


def test_what_is_denied_says_why_in_body_and_headers(proxy: Proxy) -> None:
    status, body, told = proxy.asked("/tables/memory/hr/plan", x_request_id="r-18")
    assert (status, body["status"], body["denied_by"]) == (403, 403, ["PLAN"])
    assert "Need to know." in body["title"]
    assert body["ask"] == "the owner"
    assert unquote(told["x-concord-reason"]) == body["title"]
    assert told["x-concord-denied-by"] == "PLAN"
    assert (told["x-request-id"], told["x-concord-policy-version"]) == ("r-18", "5")
    assert (proxy.recorded[0].outcome, proxy.recorded[0].rules) == (
        "refused", ("permission_policy:plan",),
    )  # fmt: skip
    # and whoever is exempt passes
    assert proxy.asked("/tables/memory/hr/plan", "boss")[0] == 200


def test_what_is_masked_or_filtered_is_denied_unless_the_service_fulfills_it(proxy: Proxy) -> None:
    status, body, told = proxy.asked("/tables/memory/hr/pay")
    assert (status, sorted(body["denied_by"])) == (403, ["NAME", "ROWS"])
    assert " show this in part only, and here it comes whole or not at all." in body["title"]
    assert told["x-concord-obligations"] == "[]"
    assert proxy.recorded[0].outcome == "refused"
    status, _, told = proxy.asked("/apps/memory/hr/pay")
    assert status == 200
    assert msgspec.json.decode(told["x-concord-obligations"]) == [
        {"id": "row_filter", "type": "custom", "properties": {
            "rule": "permission_policy:rows", "expression": "name = 'x'", "dialect": "sql"}},
        {"id": "mask", "type": "custom", "properties": {"column": "name", "mask": "last4"}},
    ]  # fmt: skip
    assert proxy.recorded[1].outcome == "partial"


def test_what_is_hidden_is_not_there(proxy: Proxy) -> None:
    status, body, told = proxy.asked("/tables/memory/hr/secret")
    assert (status, body) == (
        404, {"type": "about:blank", "status": 404, "title": "There is nothing at this address."},
    )  # fmt: skip
    assert "x-concord-denied-by" not in told
    assert "x-concord-reason" not in told
    assert proxy.recorded[0].outcome == "refused"
    assert proxy.asked("/tables/memory/hr/secret", "boss")[0] == 200


def test_a_path_without_data_passes_for_whoever_is_known_and_is_not_recorded(proxy: Proxy) -> None:
    assert proxy.asked("/static/css/site.css")[0] == 200
    assert proxy.recorded == []
    status, body, _ = proxy.asked("/static/css/site.css", "stranger")
    assert (status, body["title"]) == (403, "Concord denies everything to stranger.")


def test_methods_and_routes_say_what_is_done(proxy: Proxy) -> None:
    actions = {}
    for method in ("GET", "HEAD", "POST", "DELETE", "TRACE"):
        proxy.asked("/tables/memory/hr/free", method=method)
        actions[method] = proxy.recorded[-1].action
    proxy.asked("/files/memory.hr.free.parquet")
    actions["export"] = proxy.recorded[-1].action
    assert proxy.recorded[-1].datasets == (4,)
    assert actions == {
        "GET": "read", "HEAD": "read", "POST": "write", "DELETE": "write",
        "TRACE": "unknown:TRACE", "export": "export",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "/tables/memory/hr",
        "/tables/memory/hr/free/more",
        "/tables/memory/hr/fr%zze",
        "/tables/memory/hr/%2e%2e",
        "/tables/memory//free",
        "/tables/memory/hr/../hr/plan",
        "/static/../tables/memory/hr/plan",
        "/static/%2e%2e/tables/memory/hr/plan",
        "/tables/memory/hr%2Fplan/free",
        "/tables/memory/hr/free%5Cplan",
        "/tables/memory/hr/free;plan",
        "/tables/memory/hr/free%00",
        "/tables/memory/hr/%ff",
        "/tables/memory/hr/%2570lan",
        "/tables/memory.hr/plan/x",
        "/elsewhere",
        "/",
        "/" + "a/" * 60,
    ],
)
def test_a_path_that_could_be_read_in_two_ways_is_denied(proxy: Proxy, path: str) -> None:
    sent = _raw(proxy, path)
    assert sent[0]["status"] == 403
    assert proxy.recorded[0].code == "no_route"


def _raw(proxy: Proxy, path: str) -> list[Any]:
    """What a server tells of a path that it does not decode."""

    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    whole = f"/gw/{SECRET}/envoy{path}"
    scope = {
        "type": "http", "method": "GET", "path": unquote(whole), "raw_path": whole.encode(),
        "headers": [(b"x-user", b"ann")],
    }  # fmt: skip
    asyncio.run(proxy.application(scope, receive, send))
    return sent


def test_one_header_names_one_person(proxy: Proxy) -> None:
    # given no header, an empty one, a list, or two of them, then nobody asks
    for value in ("", "  ", "ann,boss"):
        assert proxy.asked("/tables/memory/hr/free", value)[0] == 403
    # and no header of another name counts
    assert proxy.post(f"/gw/{SECRET}/envoy/static/x", b"", {"x-concord-user": "boss"})[0] == 403
    assert {one.code for one in proxy.recorded} == {"not_signed_in"}


def test_a_purpose_that_nobody_knows_is_the_most_restricted() -> None:
    world = replace(company(), rules=(rule("p", "hr.plan", purposes=frozenset({"marketing"})),))
    proxy = Proxy(held(world, replace(GATEWAY, purpose="analytics")))
    asked = "/tables/memory/hr/plan"
    assert proxy.asked(asked)[0] == 200
    assert proxy.asked(asked, x_concord_purpose="marketing")[0] == 403
    assert proxy.asked(asked, x_concord_purpose="whatever")[0] == 403


@pytest.mark.parametrize(
    ("secret", "gateway", "status", "said"),
    [
        ("another", GATEWAY, 403, "belongs to no gateway"),
        (SECRET, replace(GATEWAY, uses=frozenset({"ask"})), 403, "not made for Envoy"),
    ],
)
def test_only_a_proxy_is_answered(secret: str, gateway: Any, status: int, said: str) -> None:
    proxy = Proxy(held(company(), gateway))
    found, body, _ = proxy.asked("/tables/memory/hr/free", secret=secret)
    assert found == status
    assert said in body["title"]


def test_data_that_is_open_no_longer_passes_when_the_database_is_away_too_long() -> None:
    proxy = Proxy(replace(held(company()), looked_at=0.0, anchor=0.0))
    assert proxy.asked("/tables/memory/hr/free")[0] == 403


# --- routes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"path": "tables/{table}"}, "begin with a slash"),
        ({"path": "/tables/{a}{b}"}, "one place"),
        ({"path": "/**/tables"}, "at the end alone"),
        ({"path": "/t/{a}/{a}"}, "twice"),
        ({"path": "/t/{a}", "dataset": "trino://lake/{b}"}, "no place {b}"),
        ({"path": "/t/{a}", "dataset": "lake.{a}"}, "not a qualified name"),
        ({"path": "/t/{a}", "dataset": "trino://lake"}, "names a system"),
        ({"path": "/t/{a}", "dataset": "trino://{a}/x"}, "The system of a dataset is stated"),
        ({"path": "/t", "action": "steal"}, "The action of a route is one of"),
        ({"path": "/t", "obligations": "yes"}, "true or false"),
        ({"path": "/t", "mask": "x"}, "not mask"),
        ({"path": 3}, "are texts"),
    ],
)
def test_a_route_that_cannot_be_used_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(RouteRefused, match=said):
        route_of(given)


def test_a_name_is_one_part_however_it_is_written() -> None:
    routes = Routes([Route("/t/{table}", "trino://lake/hr.{table}")])
    assert routes.meant("/t/Plan").name == "trino://lake/hr.plan"
    assert routes.meant("/t/pl%20an%22").name == 'trino://lake/hr."pl an"""'
    assert routes.meant("/t/plan/").system == "trino://lake"
    with pytest.raises(PathRefused):
        routes.meant("/t/a.b")


@given(st.text(max_size=20))
def test_segments_are_read_in_one_way_or_refused(text: str) -> None:
    path = "/" + quote(text, safe="")
    try:
        assert segments_of(path) == ([text] if text else [])
    except PathRefused:
        assert text in (".", "..") or not text.isprintable() or set(text) & set("/\\%;?#")


# --- law -------------------------------------------------------------------------------------

_LAW = replace(
    GATEWAY,
    environment="production",
    routes=(
        Route("/t/{name+}", "pg://w/{name}"),
        Route("/o/{name+}", "pg://w/{name}", obligations=True),
    ),
)
_NAMED = [one.removeprefix("pg://w/") for one in NAMES if one.startswith("pg://w/")]


@settings(
    max_examples=200, deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(
    worlds(),
    st.sampled_from(["p1", "p2", "p3", "nobody"]),
    st.sampled_from([*_NAMED, "hr.pay.unlisted"]),
    st.sampled_from(["GET", "POST", "TRACE"]),
    st.sampled_from(["", "marketing", "ml_training"]),
    st.sampled_from(INSTANTS),
)
def test_nothing_passes_that_the_engine_denies(world, user, name, method, purpose, at) -> None:
    # given any world, anybody, any data
    base = held(world, _LAW, at)
    base = replace(base, index=compile_index(world, clock=lambda: at), instant=at)
    proxy = Proxy(base)
    action = {"GET": "read", "POST": "write", "TRACE": "unknown:TRACE"}[method]
    index = base.index

    asker = Asker(base, index.person_named(user), user, purpose or None, "production", base.now())
    decision = asker.decide(action, f"pg://w/{name}", "pg://w")
    # when a proxy asks on a path of each kind
    plain = proxy.asked(f"/t/{name}", user, method, x_concord_purpose=purpose)
    owed = proxy.asked(f"/o/{name}", user, method, x_concord_purpose=purpose)
    # then what passes is open, or all that holds is said to whoever fulfills it
    assert plain[0] != 200 or (decision.allowed and decision.code == "open")
    assert owed[0] != 200 or decision.allowed
    assert plain[2]["x-concord-obligations"] == "[]"
    if owed[0] == 200:
        said = msgspec.json.decode(owed[2]["x-concord-obligations"])
        assert bool(said) == (decision.code != "open")
        assert {one["properties"]["expression"] for one in said if one["id"] == "row_filter"} == {
            one.expression for one in decision.filters
        }
        masked = {one["properties"]["column"] for one in said if one["id"] == "mask"}
        assert {path for path, one in decision.columns.items() if one.mask} <= masked
    if asker.floor or not asker.sees(f"pg://w/{name}", "pg://w"):
        assert plain[0] in (403, 404)
        assert owed[0] in (403, 404)
