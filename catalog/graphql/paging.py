"""Relay connections over our own keyset cursor: stable while rows come and go, at any depth."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import graphene
from django.db.models import Model, QuerySet
from graphql import GraphQLResolveInfo

from catalog.errors import InvalidInput
from catalog.graphql.relations import check_first, plan

DEFAULT_FIRST = 50
PAGE = {
    "first": graphene.Int(required=True, default_value=DEFAULT_FIRST, description="1 to 100."),
    "after": graphene.String(
        required=True, default_value="", description="The cursor to go on from."
    ),
}


class PageInfo(graphene.ObjectType):
    """Relay's page information; forward paging only."""

    has_next_page = graphene.Boolean(required=True)
    end_cursor = graphene.String()


def connection(node: Any) -> Any:
    """The connection type of an object type: edges with cursor and node, and the total."""
    name = node._meta.name
    edge = type(
        f"{name}Edge",
        (graphene.ObjectType,),
        {
            "__doc__": f"A {name} in a page.",
            "cursor": graphene.String(required=True),
            "node": graphene.Field(graphene.NonNull(node)),
        },
    )
    return type(
        f"{name}Connection",
        (graphene.ObjectType,),
        {
            "__doc__": f"A page of {name} objects.",
            "edges": graphene.NonNull(graphene.List(graphene.NonNull(edge))),
            "page_info": graphene.Field(graphene.NonNull(PageInfo)),
            "total_count": graphene.Int(
                required=True,
                description="How many there are; counted only when asked for.",
                resolver=lambda shown, info: _count(shown["rows"]),
            ),
        },
    )


def page(
    info: GraphQLResolveInfo,
    rows: QuerySet[Any],
    *,
    first: int = DEFAULT_FIRST,
    after: str = "",
    newest_first: bool = False,
) -> dict[str, Any]:
    """A page of `rows` in the order of their keys, its selected relations loaded."""
    check_first({"first": first})
    following = rows
    if after:
        beyond = "pk__lt" if newest_first else "pk__gt"
        following = rows.filter(**{beyond: decode_cursor(after)})
    found = list(following.order_by("-pk" if newest_first else "pk")[: first + 1])
    return page_of_found(info, found, rows, first=first)


def page_of_found(
    info: GraphQLResolveInfo, found: Sequence[Any], rows: Any, *, first: int
) -> dict[str, Any]:
    """A page of what was read of `rows`: one more than asked for, where there is another page."""
    shown = found[:first]
    plan(info, shown, "edges", "node")
    return {
        "edges": [{"cursor": encode_cursor(row), "node": row} for row in shown],
        "page_info": {
            "has_next_page": len(found) > first,
            "end_cursor": encode_cursor(shown[-1]) if shown else None,
        },
        "rows": rows,
    }


def page_of_list(rows: Sequence[Any], *, first: int, after: str) -> dict[str, Any]:
    """A page of what was computed as a whole and has no keys; a cursor is a place in it."""
    check_first({"first": first})
    start = decode_cursor(after) if after else 0
    shown = rows[start : start + first]
    return {
        "edges": [
            {"cursor": _cursor(start + place), "node": row} for place, row in enumerate(shown, 1)
        ],
        "page_info": {
            "has_next_page": len(rows) > start + first,
            "end_cursor": _cursor(start + len(shown)) if shown else None,
        },
        "rows": rows,
    }


def encode_cursor(row: Model) -> str:
    """An opaque cursor."""
    return _cursor(row.pk)


def _count(rows: QuerySet[Any] | Sequence[Any]) -> int:
    return rows.order_by().count() if isinstance(rows, QuerySet) else len(rows)


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"k:{place}".encode()).decode()


def decode_cursor(text: str) -> int:
    """The key inside a cursor; raises InvalidInput for anything else."""
    try:
        head, key = base64.urlsafe_b64decode(text.encode()).decode().split(":")
        if head != "k" or not 0 <= int(key) < 2**63:
            raise ValueError
        return int(key)
    except (ValueError, binascii.Error, UnicodeError):
        raise InvalidInput("after is not a cursor of this list.", field="after") from None
