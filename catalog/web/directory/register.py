"""One shape for every register: a list that is found in, sorted, paged and saved as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from catalog.access import Action, gate
from catalog.selectors.listing import holding_words, ordered
from catalog.types import Principal
from catalog.web.directory.tabs import directory_tabs
from catalog.web.downloads import csv_response
from catalog.web.middleware import principal_from
from catalog.web.paging import exported, page_of

ModelT = TypeVar("ModelT", bound=Model)


@dataclass(frozen=True, slots=True)
class Register(Generic[ModelT]):
    """A list of records and its page.

    `key` names its address and its template `catalog/directory/<key>.html`; `answers` is the
    page's question in a sentence; `found_in` are the fields its search looks in; `sorts` maps a
    key of the address to a field; `header` and `cells` make the file. `new` is the kind of
    record that administrators may add (see `records`).
    """

    key: str
    title: str
    answers: str
    rows: Callable[[Principal], QuerySet[ModelT]]
    found_in: Sequence[str]
    sorts: Mapping[str, str]
    header: Sequence[str]
    cells: Callable[[ModelT], Sequence[object]]
    empty: str
    default_sort: str = "name"
    new: str = ""
    new_label: str = ""

    def page(self, request: HttpRequest) -> HttpResponse:
        """`/<key>/`"""
        principal = principal_from(request)
        page = page_of(request, self._found(request, principal))
        context = {
            "register": self,
            "page": page,
            "tabs": directory_tabs(request),
            "find": request.GET.get("find", ""),
            "row_template": f"catalog/directory/{self.key}.html",
            "csv_name": f"catalog:{self.key}_csv",
            "may_add": bool(self.new) and gate().authorize(principal, Action.ADMINISTER).allowed,
        }
        return render(request, "catalog/directory/register.html", context)

    def csv(self, request: HttpRequest) -> HttpResponse:
        """`/<key>.csv`: the same list as a file."""
        rows = exported(self._found(request, principal_from(request)))
        return csv_response(f"{self.key}.csv", self.header, [self.cells(row) for row in rows])

    def _found(self, request: HttpRequest, principal: Principal) -> QuerySet[ModelT]:
        found = holding_words(self.rows(principal), self.found_in, request.GET.get("find", ""))
        return ordered(found, request.GET.get("sort", ""), self.sorts, self.default_sort)
