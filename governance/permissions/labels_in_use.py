"""A label that data carries and an opt-out in force goes by is not deleted: with it the data would
open, though nobody agreed that the opt-out ends."""

from __future__ import annotations

from django.db.models import Model

from catalog.models import Label
from catalog.registries.uses import resting
from governance import clock
from governance.permissions.selectors.rules import rules_in_force


def register_labels_in_use() -> None:
    """Have the catalog ask before it deletes a label."""
    resting.add("opt-outs by label", opt_outs_by_label)


def opt_outs_by_label(record: Model) -> str:
    """Which opt-outs in force go by a label that something carries; empty for none."""
    if not isinstance(record, Label):
        return ""
    if not (record.dataset_labels.exists() or record.column_labels.exists()):
        return ""
    key = str(record.pk)
    found = sorted(
        rule.number
        for rule in rules_in_force(clock.now())
        if rule.resources.labels is not None and key in rule.resources.labels
    )
    if not found:
        return ""
    named = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
    return f"data carries it that is opted out by it ({named}); end that first, or rename the label"
