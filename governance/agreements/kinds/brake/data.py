"""What data the resources of a brake mean in the catalog today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from catalog.names import lookup_key
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from governance.agreements.kinds.permission_policy.document import Resources
from governance.agreements.kinds.permission_policy.resources import resources_covered
from governance.permissions.engine.patterns import names_match


def datasets_meant(resources: Resources, principal: Principal) -> Mapping[int, str]:
    """The datasets by id, with their qualified names."""
    return resources_covered(resources, principal).datasets


def names_meaning_nothing(resources: Resources, principal: Principal) -> Iterator[tuple[int, str]]:
    """Names and patterns that no dataset has, each with its place in the list."""
    rows = visible_datasets(principal).values_list("lookup_name", "aliases__lookup_name")
    names = {name for row in rows for name in row if name}
    for index, pattern in enumerate(resources.datasets):
        if not any(names_match((lookup_key(pattern),), name) for name in names):
            yield index, pattern
