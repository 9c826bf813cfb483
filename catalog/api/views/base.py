"""What all views share: the principal of the request, and validated input."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from catalog.errors import InvalidInput
from catalog.types import Principal
from catalog.whole_numbers import whole


class NoSuchAddress(APIView):
    """What answers below /api/v1/ when nothing else does: a problem instead of a page."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """404 for whoever is signed in, 401 for everybody else."""
        super().initial(request, *args, **kwargs)
        raise Http404


def principal_of_request(request: Request) -> Principal:
    """The principal that the token or the session stands for."""
    return request._request.principal  # type: ignore[attr-defined]


def validated(serializer: type[BaseSerializer[Any]], request: Request) -> dict[str, Any]:
    """The request's body in checked form; raises DRF's ValidationError per field."""
    bound = serializer(data=request.data)
    bound.is_valid(raise_exception=True)
    return dict(bound.validated_data)


def instant(request: Request, name: str) -> dt.datetime | None:
    """An instant from the query string; a date means its first moment in UTC."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{text!r} is not an instant: write 2026-11-21 or 2026-11-21T08:00:00Z.", field=name
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def whole_number(request: Request, name: str, *, default: int, most: int) -> int:
    """A number from the query string between 0 and `most`."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    number = whole(text)
    if number is None or number > most:
        raise InvalidInput(f"{name} is a whole number from 0 to {most}.", field=name)
    return number
