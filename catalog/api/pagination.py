"""Paging of every REST list: by key, so that pages neither tear nor slow down with depth."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.request import Request


class KeysetPagination(CursorPagination):
    """`page_size` up to 200; follow `next` until it is null."""

    ordering = "id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        """A page; raises NotFound for a cursor that is none of this list, such as one of another
        list, whose place is of another type than what orders this one."""
        cursor = self.decode_cursor(request)
        if cursor is not None and cursor.position is not None:
            first, *_ = self.get_ordering(request, queryset, view)
            try:
                queryset.model._meta.get_field(first.lstrip("-")).to_python(cursor.position)
            except ValidationError as error:
                raise NotFound(self.invalid_cursor_message) from error
        return super().paginate_queryset(queryset, request, view)


class NewestFirst(KeysetPagination):
    """The same for what grows in time: the newest row comes first."""

    ordering = "-id"


class NumberedPages(PageNumberPagination):
    """For what is computed as a whole and has no key: `page`, and `page_size` up to 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
