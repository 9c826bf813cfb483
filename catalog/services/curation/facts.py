"""Changing the facts of a dataset or a column that people declare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from catalog.durations import is_duration
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import DatasetChanged
from catalog.models import Column, Dataset, Domain
from catalog.services.curation.custom import checked_custom
from catalog.services.curation.locking import take_dataset
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Lifecycle, MetadataField, Principal
from catalog.whole_numbers import whole
from catalog.written import bounded

# The facts that people may change by name; each maps to the model field that holds it.
FACTS: Mapping[str, str] = {
    "description": "declared_description",
    "display_name": "display_name",
    "stage": "declared_stage",
    "data_kind": "data_kind",
    "motion": "motion",
    "capture_kind": "capture_kind",
    "topic": "topic",
    "retention": "retention",
    "lateness": "lateness",
    "consistency": "consistency",
    "expected_latency": "expected_latency",
    "finality_lag": "finality_lag",
    "correction_policy": "correction_policy",
    "residency": "residency",
    "encryption_at_rest": "encryption_at_rest",
    "encryption_in_transit": "encryption_in_transit",
    "criticality": "criticality",
    "enterprise_importance": "enterprise_importance",
    "operations": "operations",
    "domain": "domain_id",
    "custom": "custom",
    "boosted_fields": "boosted_fields",
    "hidden_fields": "hidden_fields",
    "deprecation_note": "deprecation_note",
}
DECLARABLE = frozenset(
    {
        MetadataField.CONTENTS,
        MetadataField.PUBLISHED_AT,
        MetadataField.ORGANISATION,
        MetadataField.KEY,
        MetadataField.SORT_ORDER,
        MetadataField.CREATED_AT,
        MetadataField.MODIFIED_AT,
        MetadataField.ARCHIVED_AT,
        MetadataField.SIZE,
    }
)
OPERATIONS_KEYS = frozenset(
    {"on_call", "runbook", "sla", "alert_route", "restore_note", "handed_over_to"}
)


def change_dataset(
    *,
    acting: Principal,
    dataset_id: int,
    changes: Mapping[str, Any],
    expected_version: str | None = None,
    reason: str = "",
) -> Dataset:
    """Change declared facts by name; keys of `FACTS` or of the thirteen fields (R-050).

    `expected_version` is what `version_of` said when the person started; a newer state raises
    Conflict, so that nobody overwrites what they have not seen. Raises InvalidInput for an
    unknown fact or a value that does not fit, naming the field.
    """
    with writing(acting, reason=reason):
        dataset = take_dataset(acting, dataset_id, facts=changes)
        if expected_version is not None and expected_version != version_of(dataset):
            raise Conflict("Somebody changed this dataset meanwhile: reload it and try again.")
        changed = [name for name, value in changes.items() if _apply(dataset, name, value, acting)]
        if changed:
            _check(dataset)
            if "data_kind" in changed:
                keep_kind_of_curated(dataset)
            dataset.save()
            record(DatasetChanged(fields=tuple(changed), reason=reason), dataset, acting=acting)
    return dataset


def keep_kind_of_curated(dataset: Dataset) -> None:
    """Raises InvalidInput for a curated dataset without its kind of data (R-002)."""
    if dataset.lifecycle == Lifecycle.CURATED and not dataset.data_kind:
        raise InvalidInput(
            "A curated dataset says its kind of data: choose transactional or interaction, or"
            " move it back to published first.",
            field="data_kind",
        )


def version_of(dataset: Dataset) -> str:
    """An opaque mark of the dataset's state: the number of its latest history row."""
    latest = dataset.history.order_by("-pgh_id").values_list("pgh_id", flat=True).first()  # type: ignore[attr-defined]
    return str(latest or 0)


def change_column(
    *, acting: Principal, dataset_id: int, path: str, description: str, reason: str = ""
) -> Column:
    """Describe a column; raises NotFound when the dataset has no column with this path."""
    with writing(acting, reason=reason):
        dataset = take_dataset(acting, dataset_id, facts=["description"])
        column = Column.objects.select_for_update().filter(dataset=dataset, path=path).first()
        if column is None:
            raise NotFound(f"{dataset.name} has no column {path}.")
        text = _text("description", description)
        if column.declared_description != text:
            column.declared_description = text
            column.save(update_fields=["declared_description"])
            record(
                DatasetChanged(fields=(f"{path}.description",), columns=True, reason=reason),
                dataset,
                acting=acting,
            )
    return column


def _apply(dataset: Dataset, name: str, value: Any, acting: Principal) -> bool:
    if name in DECLARABLE:
        return _declare(dataset, name, value, acting)
    attribute = FACTS.get(name)
    if attribute is None:
        raise InvalidInput(f"There is no fact {name!r} to change on a dataset.", field=name)
    checked = _checked(name, value)
    if getattr(dataset, attribute) == checked:
        return False
    setattr(dataset, attribute, checked)
    return True


def _declare(dataset: Dataset, name: str, value: Any, acting: Principal) -> bool:
    declared = dict(dataset.declared_metadata)
    if value in (None, ""):
        if name not in declared:
            return False
        del declared[name]
    else:
        text = _text(name, str(value))
        if name.endswith("_at"):
            _instant(name, text)
        if declared.get(name, {}).get("value") == text:
            return False
        declared[name] = {
            "value": text,
            "by": acting.display_name,
            "at": timezone.now().isoformat(timespec="seconds"),
        }
    dataset.declared_metadata = declared
    return True


def _checked(name: str, value: Any) -> Any:
    if name in {"description", "display_name", "correction_policy", "deprecation_note", "topic"}:
        return _text(name, value)
    if name in {"expected_latency", "finality_lag", "retention", "lateness"}:
        text = _text(name, value)
        if text and not is_duration(text):
            raise InvalidInput(
                f"{text!r} is not an ISO 8601 duration: write PT15M, PT6H or P3D.", field=name
            )
        return text
    if name == "domain":
        return _domain_id(value)
    if name == "criticality":
        if value in (None, ""):
            return None
        if str(value) not in {"1", "2", "3", "4"}:
            raise InvalidInput("Criticality is a number from 1 (highest) to 4.", field=name)
        return int(value)
    if name == "custom":
        return checked_custom(value)
    if name == "operations":
        if not isinstance(value, Mapping):
            raise InvalidInput("Operations are a mapping of key to text.", field=name)
        unknown = set(value) - OPERATIONS_KEYS
        if unknown:
            raise InvalidInput(
                f"Unknown keys {', '.join(sorted(unknown))}; known are"
                f" {', '.join(sorted(OPERATIONS_KEYS))}.",
                field=name,
            )
        return {key: _text(name, text) for key, text in value.items() if text}
    if name == "enterprise_importance":
        return value in (True, "true", "on", "1")
    if name in {"boosted_fields", "hidden_fields"}:
        if value in (None, ""):
            return []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise InvalidInput("This is a list of field names.", field=name)
        return value
    return value if value is not None else ""


def _text(name: str, value: Any) -> str:
    text = str(value or "").replace("\r\n", "\n").strip()
    if "\x00" in text:
        raise InvalidInput("The text holds a NUL character: remove it.", field=name)
    return bounded(text, name)


def _instant(name: str, text: str) -> None:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{text!r} is not a date: write 2026-11-21 or 2026-11-21T08:00:00Z.", field=name
        ) from None


def _domain_id(value: Any) -> int | None:
    if value in (None, ""):
        return None
    found = Domain.objects.filter(
        **({"slug": str(value)} if (pk := whole(str(value))) is None else {"pk": pk})
    ).first()
    if found is None:
        raise InvalidInput(f"There is no domain {value!r}.", field="domain")
    return found.pk


def _check(dataset: Dataset) -> None:
    """Let the model's own choices and lengths speak, as one error that names the field."""
    try:
        dataset.clean_fields()
    except ValidationError as error:
        attribute, messages = next(iter(error.message_dict.items()))
        names = {held: name for name, held in FACTS.items()}
        raise InvalidInput(" ".join(messages), field=names.get(attribute, attribute)) from error
