"""Events as clients make them, and the door they are posted to."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Sequence
from typing import Any

import httpx

from catalog.models import Person
from catalog.selectors.principals import principal_of
from catalog.services.tokens import create_token
from catalog.types import EmploymentKind, TokenScope
from lineage.api.event_door import EventDoor
from tests.factories import PersonFactory

SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
HOST = "postgres://db:5432"


def bearer(*scopes: TokenScope, person: Person | None = None) -> dict[str, str]:
    """The header of a new token; a service account's unless told, with scope ingest."""
    owner = person or PersonFactory(employment_kind=EmploymentKind.SERVICE)
    _, secret = create_token(
        acting=principal_of(owner), name="events", scopes=scopes or [TokenScope.INGEST]
    )
    return {"Authorization": f"Bearer {secret}"}


def event(kind: str = "COMPLETE", at: str = "2026-01-01T00:00:00Z", **more: Any) -> dict[str, Any]:
    """A RunEvent of the job `load`; `run` a number for its run id, `inputs` and `outputs`."""
    run = {"runId": str(uuid.UUID(int=more.pop("run", 1))), "facets": more.pop("run_facets", {})}
    facets = more.pop("job_facets", {})
    job = {"namespace": "jobs", "name": more.pop("job", "load"), "facets": facets}
    base = {"eventTime": at, "eventType": kind, "producer": "https://example.org", "run": run}
    return {**base, "schemaURL": SPEC, "job": job, **more}


def dataset(name: str, /, *columns: str, **facets: Any) -> dict[str, Any]:
    """A dataset of the database `db`, with a schema when `columns` are given."""
    if columns:
        facets["schema"] = {"fields": [{"name": name, "type": "text"} for name in columns]}
    return {"namespace": HOST, "name": name, "facets": facets}


def column_lineage(**fields: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """A columnLineage facet: each output column's (dataset, column, subtype)."""
    return {
        "fields": {
            output: {
                "inputFields": [
                    {
                        "namespace": HOST,
                        "name": name,
                        "field": column,
                        "transformations": [{"type": "DIRECT", "subtype": subtype}],
                    }
                    for name, column, subtype in sources
                ]
            }
            for output, sources in fields.items()
        }
    }


async def elsewhere(scope: Any, receive: Any, send: Any) -> None:
    """What stands behind the door in tests: an answer that no door gives."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"elsewhere"})


def post_all(
    requests: Sequence[tuple[str, bytes, dict[str, str]]], *, method: str = "POST"
) -> list[httpx.Response]:
    """Answers of a door to (path, body, headers), all sent at once."""

    async def ask() -> list[httpx.Response]:
        door = EventDoor(elsewhere)
        transport = httpx.ASGITransport(app=door)
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            try:
                return await asyncio.gather(
                    *(
                        client.request(method, path, content=body, headers=headers)
                        for path, body, headers in requests
                    )
                )
            finally:
                door.close()

    return asyncio.run(ask())


def post(
    body: Any, headers: dict[str, str], path: str = "/api/v1/lineage", *, method: str = "POST"
) -> httpx.Response:
    """The door's answer to a JSON document, or to bytes as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return post_all([(path, content, headers)], method=method)[0]
