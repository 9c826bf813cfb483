"""A stock Envoy that asks Concord before it lets a request pass, in front of a real service."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import jwt
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec

from governance.audit.models import AuditRow
from governance.audit.services.recording import flush
from governance.permissions.holder import opt_outs
from governance.permissions.services.gateways import add_gateway
from tests.factories import DatasetFactory, PersonFactory, SystemFactory, TeamFactory
from tests.governance.permissions.company import in_force, opt_out
from tests.governance.permissions.gateways.asking import ACTING
from tests.governance.permissions.gateways.test_real_trino import Concord
from tests.servers.envoy import running_envoy
from tests.servers.running import free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

LAKE = "trino://lake/memory.{schema}.{table}"
ROUTES = [
    {"path": "/tables/{schema}/{table}", "dataset": LAKE},
    {"path": "/apps/{schema}/{table}", "dataset": LAKE, "obligations": True},
    {"path": "/static/**"},
]
KEY = ec.generate_private_key(ec.SECP256R1())


class Service:
    """A service behind the proxy that tells which path and headers arrived."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._answer,
                port=self.port,
                log_level="warning",
                access_log=False,
                interface="asgi3",
            )
        )
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self) -> Service:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.should_exit = True
        self._thread.join()

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        told = {name.decode(): value.decode() for name, value in scope["headers"]}
        body = json.dumps({"path": scope["path"], "headers": told}).encode()
        head = {"type": "http.response.start", "status": 200, "headers": []}
        await send(head)
        await send({"type": "http.response.body", "body": body})


def token(username: str) -> str:
    """What somebody signed in with has."""
    return jwt.encode(
        {"iss": "tests", "sub": username, "exp": time.time() + 3600}, KEY, "ES256",
        headers={"kid": "k"},
    )  # fmt: skip


def number(value: int) -> str:
    """A coordinate of a key as JSON has it."""
    return base64.urlsafe_b64encode(value.to_bytes(32, "big")).decode().rstrip("=")


def configuration(secret: str, concord: int, service: int) -> str:
    """Envoy's: who signed in is verified and told in a header, then Concord is asked."""
    public = KEY.public_key().public_numbers()
    keys = {"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "k",
                      "x": number(public.x), "y": number(public.y)}]}  # fmt: skip
    sign_in = {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
        "providers": {"tests": {
            "issuer": "tests", "local_jwks": {"inline_string": json.dumps(keys)},
            "claim_to_headers": [{"header_name": "x-concord-user", "claim_name": "sub"}],
        }},
        "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "tests"}}],
    }  # fmt: skip
    asking = {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
        "failure_mode_allow": False,
        "http_service": {
            "server_uri": {"uri": f"http://127.0.0.1:{concord}", "cluster": "concord",
                           "timeout": "2s"},
            "path_prefix": f"/gw/{secret}/envoy",
            "authorization_response": {
                "allowed_upstream_headers": {"patterns": [{"prefix": "x-concord-"}]},
                "allowed_client_headers": {"patterns": [
                    {"prefix": "x-concord-"}, {"exact": "x-request-id"},
                    {"exact": "content-type"}]},
            },
        },
        "allowed_headers": {"patterns": [
            {"exact": "x-concord-user"}, {"exact": "x-concord-purpose"},
            {"exact": "x-request-id"}]},
    }  # fmt: skip
    router = {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}
    connections = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
        ".HttpConnectionManager",
        "stat_prefix": "tests", "normalize_path": True, "merge_slashes": True,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
        "preserve_external_request_id": True,
        "route_config": {"virtual_hosts": [{
            "name": "all", "domains": ["*"],
            "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "service"}}]}]},
        "http_filters": [
            {"name": "envoy.filters.http.jwt_authn", "typed_config": sign_in},
            {"name": "envoy.filters.http.ext_authz", "typed_config": asking},
            {"name": "envoy.filters.http.router", "typed_config": router},
        ],
    }  # fmt: skip

    def address(port: Any) -> dict[str, Any]:
        return {"socket_address": {"address": "127.0.0.1", "port_value": port}}

    def cluster(name: str, port: int) -> dict[str, Any]:
        ends = [{"endpoint": {"address": address(port)}}]
        return {"name": name, "connect_timeout": "1s", "type": "STATIC",
                "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": ends}]},
                }  # fmt: skip

    text = json.dumps({
        "admin": {"address": address("{admin}")},
        "static_resources": {
            "listeners": [{"address": address("{port}"), "filter_chains": [{"filters": [{
                "name": "envoy.filters.network.http_connection_manager",
                "typed_config": connections}]}]}],
            "clusters": [cluster("concord", concord), cluster("service", service)],
        },
    })  # fmt: skip
    return text.replace('"{port}"', "{port}").replace('"{admin}"', "{admin}")


@pytest.fixture
def concord(tmp_path: Path) -> Iterator[Concord]:
    """A Concord with three people and four tables."""
    opt_outs.install(None)
    PersonFactory(username="ann")
    TeamFactory(name="payroll").members.add(PersonFactory(username="pat"))
    system = SystemFactory(platform="trino", instance="lake")
    for name in ("plan", "pay", "secret", "free"):
        DatasetFactory(system=system, name=name, qualified_name=f"trino://lake/memory.hr.{name}")
    in_force(
        opt_out(1, resources={"dataset": "hr.plan"}),
        opt_out(2, resources={"dataset": "hr.secret"}, confidential_metadata=True),
        opt_out(3, resources={"dataset": "hr.pay"}, effect="row_filter(region = 'eu')"),
    )
    found = Concord(tmp_path / "bundle")
    found.start()
    yield found
    found.stop()
    opt_outs.install(None)


def test_a_real_envoy_lets_pass_what_concord_allows(concord: Concord) -> None:
    # given an Envoy that verifies who asks, and asks Concord, in front of a service
    _, secret = add_gateway(
        acting=ACTING, name="mesh", system="trino://lake", uses=["envoy"], routes=ROUTES
    )
    with (
        Service() as service,
        running_envoy(configuration(secret, concord.port, service.port)) as url,
        httpx.Client(base_url=url) as client,
    ):
        until = time.monotonic() + 10

        def get(path: str, user: str = "ann", **headers: str) -> httpx.Response:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            return client.get(path, headers={"authorization": f"Bearer {token(user)}", **given})

        while get("/static/x").status_code != 200:  # within a second the new gateway is known
            assert time.monotonic() < until
            time.sleep(0.1)

        # when somebody asks for what is open, then the service answers, and knows by which policy
        found = get("/tables/hr/free?limit=3", x_request_id="r-1")
        assert (found.status_code, found.json()["path"]) == (200, "/tables/hr/free")
        arrived = found.json()["headers"]
        assert arrived["x-concord-user"] == "ann"
        assert arrived["x-concord-obligations"] == "[]"
        assert int(arrived["x-concord-policy-version"]) == opt_outs.current().version

        # when it is closed, then Envoy says why and the service hears nothing
        found = get("/tables/hr/plan", x_request_id="r-2")
        assert (found.status_code, found.json()["denied_by"]) == (403, ["OO-1"])
        assert "Pay is private." in unquote(found.headers["x-concord-reason"])
        assert found.headers["x-concord-denied-by"] == "OO-1"
        assert found.headers["x-request-id"] == "r-2"
        assert get("/tables/hr/plan", "pat").status_code == 200

        # when it is shown in part only, then not at all, or with what the service has to do
        assert get("/tables/hr/pay").status_code == 403
        owed = json.loads(get("/apps/hr/pay").json()["headers"]["x-concord-obligations"])
        assert [one["properties"]["expression"] for one in owed] == ["region = 'eu'"]

        # when it is hidden, then there is nothing
        assert get("/tables/hr/secret").status_code == 404
        assert get("/tables/hr/secret", "pat").status_code == 200

        # when somebody writes the headers themselves, then Envoy's and Concord's are what counts
        forged = get("/tables/hr/plan", x_concord_user="pat", x_concord_obligations="[]")
        assert forged.status_code == 403
        forged = get("/apps/hr/pay", x_concord_obligations="[]", x_concord_policy_version="0")
        assert json.loads(forged.json()["headers"]["x-concord-obligations"]) == owed
        assert forged.json()["headers"]["x-concord-policy-version"] != "0"
        # and a way around the route is none
        for path in ("/static/../tables/hr/plan", "/static/%2e%2e/tables/hr/plan",
                     "/tables/hr%2Fplan/x", "//tables//hr//plan", "/tables/hr/PLAN"):  # fmt: skip
            assert get(path).status_code in (400, 403), path
        assert client.get("/tables/hr/free").status_code == 401

        # when Concord is away, then nothing passes
        concord.stop()
        assert get("/tables/hr/free").status_code == 403
        opt_outs.install(None)
        concord.start()
    # and each answer is on record with the request's own id
    flush()
    rows = {row.body for row in AuditRow.objects.filter(gateway="envoy:mesh")}
    assert any('"request_id":"r-2"' in body and '"outcome":"refused"' in body for body in rows)
