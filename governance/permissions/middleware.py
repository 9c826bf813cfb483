"""One look at the database in each request, for all that it shows."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from governance.permissions.holder import opt_outs


class OneLookMiddleware:
    """Opens `opt_outs.one_request` around whatever answers.

    Django's signals of a request cannot: an ASGI server has them heard in a context of their own,
    and the answer was made in another, where each row of a list took a look.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with opt_outs.one_request():
            return self._get_response(request)
