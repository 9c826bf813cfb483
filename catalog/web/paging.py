"""Lists in pages, as the address says."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from catalog.errors import InvalidInput

PER_PAGE = 50
MOST_EXPORTED = 20_000

ModelT = TypeVar("ModelT", bound=Model)


def page_of(request: HttpRequest, rows: Any, per_page: int = PER_PAGE) -> Page[Any]:
    """The page that `?page=` names; one that is not there becomes the nearest."""
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


def exported(rows: QuerySet[ModelT]) -> list[ModelT]:
    """All rows of a list for a file; raises InvalidInput for more than 20,000, because a file
    that silently ends in the middle would be taken for the whole."""
    found = list(rows[: MOST_EXPORTED + 1])
    if len(found) > MOST_EXPORTED:
        raise InvalidInput(
            f"The list has more than {MOST_EXPORTED:,} rows: filter it before you save it."
        )
    return found
