"""Pages of records, which are not in a table of their own: a cursor is the id of the last one."""

from __future__ import annotations

import uuid
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from catalog.api.pagination import NewestFirst
from governance.audit.selectors.records import AuditRecords


class NewestRecords(NewestFirst):
    """`page_size` up to 200; follow `next` until it is null. There is no way back."""

    _next: str | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """A page, the newest first."""
        records: AuditRecords = queryset
        size = self.get_page_size(request) or self.page_size
        cursor = request.query_params.get(self.cursor_query_param)
        if cursor:
            try:
                records = records.before(uuid.UUID(cursor))
            except ValueError as error:
                raise NotFound(self.invalid_cursor_message) from error
        found = records.first(size + 1)
        shown = found[:size]
        if len(found) > size:
            address = request.build_absolute_uri()
            self._next = replace_query_param(address, self.cursor_query_param, str(shown[-1].pk))
        return shown

    def get_next_link(self) -> str | None:
        """The page of those that are older."""
        return self._next

    def get_previous_link(self) -> None:
        """None."""
