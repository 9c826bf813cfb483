"""The lifecycle of a dataset, with the gates between its steps (R-054, R-056, R-100)."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.errors import Conflict, InvalidInput
from catalog.events import LifecycleChanged
from catalog.models import Dataset
from catalog.services.curation.locking import take_dataset
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Lifecycle, Principal

STEPS: Mapping[Lifecycle, frozenset[Lifecycle]] = {
    Lifecycle.DRAFT: frozenset({Lifecycle.PUBLISHED, Lifecycle.ARCHIVED}),
    Lifecycle.PUBLISHED: frozenset({Lifecycle.CURATED, Lifecycle.DEPRECATED, Lifecycle.DRAFT}),
    Lifecycle.CURATED: frozenset({Lifecycle.PUBLISHED, Lifecycle.DEPRECATED}),
    Lifecycle.DEPRECATED: frozenset({Lifecycle.PUBLISHED, Lifecycle.ARCHIVED}),
    Lifecycle.ARCHIVED: frozenset({Lifecycle.DEPRECATED}),
}
READY_TO_OPERATE: Mapping[str, str] = {
    "on_call": "whom to call",
    "runbook": "its runbook",
    "sla": "its SLA",
    "alert_route": "where its alerts go",
    "restore_note": "how it is restored",
}
CRITICAL = (1, 2)


def change_lifecycle(
    *, acting: Principal, dataset_id: int, to: Lifecycle, reason: str = ""
) -> Dataset:
    """Move a dataset one step; raises Conflict for a jump, InvalidInput for a missing gate item.

    Deprecating needs a reason, which readers see; curating needs what R-100 lists.
    """
    with writing(acting, reason=reason):
        dataset = take_dataset(acting, dataset_id, facts=["lifecycle"])
        before = Lifecycle(dataset.lifecycle)
        if before is to:
            return dataset
        if to not in STEPS[before]:
            allowed = ", ".join(sorted(STEPS[before]))
            raise Conflict(f"A {before} dataset cannot become {to}; possible next: {allowed}.")
        if to is Lifecycle.DEPRECATED and not reason.strip():
            raise InvalidInput(
                "Say why it is deprecated and what to use instead; readers see it.", field="reason"
            )
        missing = missing_for(dataset, to)
        if missing:
            raise InvalidInput(
                f"Before it can be {to} it needs: {', '.join(missing)}.", field="lifecycle"
            )
        dataset.lifecycle = to
        if to is Lifecycle.DEPRECATED:
            dataset.deprecation_note = reason.strip()
        dataset.save(update_fields=["lifecycle", "deprecation_note"])
        event = LifecycleChanged(before=before.value, after=to.value, reason=reason)
        record(event, dataset, acting=acting)
    return dataset


def missing_for(dataset: Dataset, to: Lifecycle) -> list[str]:
    """What the gate before `to` still asks for, in words; empty when it is open."""
    if to is not Lifecycle.CURATED:
        return []
    missing = []
    if not dataset.ownerships.exists():
        missing.append("an owner")
    if not (dataset.declared_description or dataset.harvested_description):
        missing.append("a description")
    if not dataset.data_kind:
        missing.append("its kind of data (transactional or interaction)")
    missing += [
        words for item, words in READY_TO_OPERATE.items() if not dataset.operations.get(item)
    ]
    if dataset.criticality in CRITICAL and not dataset.operations.get("handed_over_to"):
        missing.append("acceptance by the team that operates it")
    return missing
