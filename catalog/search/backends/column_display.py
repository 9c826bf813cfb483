"""What is shown of a column: its own part and that of its dataset, which is stored once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def column_display(column: Mapping[str, Any], dataset: Mapping[str, Any]) -> dict[str, Any]:
    """`display` of a column's row from that stored with it and that of its dataset."""
    facts = dataset.get("facts", {})
    kept = {key: facts[key] for key in ("type", "platform", "system") if key in facts}
    return {
        "name": column["name"],
        "qualified_name": f"{dataset.get('qualified_name', '')}#{column['name']}",
        "place": [*dataset.get("place", ()), dataset.get("name", "")],
        "description": column.get("description", ""),
        "facts": {
            **kept,
            "physical_type": column.get("physical_type", ""),
            "labels": column.get("labels", []),
            "is_demoted": column.get("is_demoted", False) or facts.get("is_demoted", False),
        },
    }
