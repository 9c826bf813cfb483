"""Which stage of the supply chain a dataset stands in, of the three that may be known (R-060)."""

from __future__ import annotations

from typing import Any

from catalog.types import Origin


def effective_stage(*, declared: str, harvested: str, derived: str) -> tuple[str, Origin | None]:
    """People's word before the source's before what lineage gives; ("", None) without any."""
    for stage, origin in (
        (declared, Origin.DECLARED),
        (harvested, Origin.HARVESTED),
        (derived, Origin.DERIVED),
    ):
        if stage:
            return stage, origin
    return "", None


def stage_and_origin(dataset: Any) -> tuple[str, Origin | None]:
    """The same of a dataset's row."""
    return effective_stage(
        declared=dataset.declared_stage, harvested=dataset.stage, derived=dataset.derived_stage
    )
