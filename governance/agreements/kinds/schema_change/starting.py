"""Where a change of a schema begins: at the column or dataset that somebody looks at (E1)."""

from __future__ import annotations

from typing import Any

from catalog.errors import NotFound
from catalog.selectors.columns import get_column
from catalog.selectors.datasets import get_dataset
from catalog.types import Principal
from governance.agreements.kinds.schema_change.document import SchemaAction


def starting_document(
    principal: Principal, dataset_id: int, column_path: str = "", action: str = "drop"
) -> dict[str, Any]:
    """What a form begins with: the dataset, its column and the type that it has now.

    Raises NotFound for what does not exist, may not be seen or is gone.
    """
    dataset = get_dataset(principal, dataset_id)
    content: dict[str, Any] = {
        "action": SchemaAction(action).value if action in set(SchemaAction) else "drop",
        "dataset": dataset.qualified_name,
    }
    if column_path:
        column = get_column(principal, dataset_id, column_path)
        if column.disappeared_at is not None:
            raise NotFound(f"{dataset.name} no longer has the column {column_path}.")
        content |= {"column": column.path, "current_type": column.physical_type}
    return content
