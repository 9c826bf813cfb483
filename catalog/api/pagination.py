"""Paging of every REST list: by key, so that pages neither tear nor slow down with depth."""

from rest_framework.pagination import CursorPagination, PageNumberPagination


class KeysetPagination(CursorPagination):
    """`page_size` up to 200; follow `next` until it is null."""

    ordering = "id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class NewestFirst(KeysetPagination):
    """The same for what grows in time: the newest row comes first."""

    ordering = "-id"


class NumberedPages(PageNumberPagination):
    """For what is computed as a whole and has no key: `page`, and `page_size` up to 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
