"""A list of datasets on any page: paged, sorted, exported, chosen from for a change of many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest

from catalog.models import Dataset
from catalog.selectors.dataset_lists import DatasetFilter, listed_datasets
from catalog.selectors.datasets import with_header
from catalog.selectors.list_rights import rights_on_list
from catalog.selectors.rights import Rights
from catalog.services.curation.bulk import MAX_DATASETS
from catalog.types import Principal
from catalog.web.paging import page_of


@dataclass(frozen=True, slots=True)
class DatasetListing:
    """What `catalog/stewardship/dataset_table.html` shows. `state` is the filter as part of an
    address, for the file and for changing all of them."""

    page: Page[Dataset]
    state: str
    total: int
    conditions: DatasetFilter
    rights: Mapping[int, Rights]

    @property
    def is_too_long_to_change(self) -> bool:
        """Whether a change of all would be refused."""
        return self.total > MAX_DATASETS


def dataset_listing(request: HttpRequest, principal: Principal, **fixed: Any) -> DatasetListing:
    """The list that the page's address asks for; `fixed` are the page's own conditions, such as
    the container it is about."""
    conditions = replace(DatasetFilter.from_query(_query(request)), **fixed)
    sort = request.GET.get("sort", "")
    page = page_of(request, with_header(listed_datasets(principal, conditions, sort)))
    return DatasetListing(
        page=page,
        state=conditions.query_string(),
        total=page.paginator.count,
        conditions=conditions,
        rights=rights_on_list(principal, page.object_list),
    )


def _query(request: HttpRequest) -> Mapping[str, str]:
    return {key: request.GET.get(key, "") for key in request.GET}
