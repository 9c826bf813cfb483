"""Drops are announced, what is used stays, and what nothing uses ends at its last day."""

import datetime as dt
from typing import Any

import pytest
from pytest_django import Settings

from catalog.models import Dataset, DatasetUse
from catalog.selectors.principals import principal_of
from catalog.types import Lifecycle, Principal
from governance.agreements.kinds.schema_change import (
    KIND,
)
from governance.agreements.kinds.term.document import TermDocument
from governance.models import Binding, StoryClock
from governance.proposals.services.deciding import effect_of
from governance.proposals.services.drafting import create_draft
from governance.proposals.services.steps import take
from governance.proposals.services.submitting import submit
from governance.types import (
    ChangeOp,
    ChangeSpec,
    Outcome,
)
from tests.factories import (
    PersonFactory,
)
from tests.governance.kinds.aging import aging, change, reader
from tests.governance.kinds.setting import NOW, hold

__all__ = ["aging"]

pytestmark = pytest.mark.django_db


def test_a_drop_is_announced_as_early_as_a_deprecation_unless_that_came_before(
    aging: Dataset, settings: Settings
) -> None:
    settings.STORY_CLOCK = True
    StoryClock.objects.create(instant=NOW)
    month, nothing = dt.timedelta(days=30), dt.timedelta()

    assert KIND.minimum_notice(change(aging, "drop"), ChangeOp.CREATE) == month
    for harmless in ("rename", "retype", "deprecate"):
        fields = {"rename": {"new_name": "x"}, "retype": {"new_type": "TEXT"}}.get(harmless, {})
        assert KIND.minimum_notice(change(aging, harmless, **fields), ChangeOp.CREATE) == nothing
    assert KIND.minimum_notice(None, ChangeOp.RETIRE) == nothing
    assert KIND.minimum_notice(change(aging, "rename", new_name="x"), ChangeOp.DEPRECATE) == month

    version = hold(change(aging, "deprecate", sunset_days=30), "schema_change")
    version.agreement.sunset_on = NOW.date() + dt.timedelta(days=1)
    version.agreement.save()
    assert KIND.minimum_notice(change(aging, "drop"), ChangeOp.REPLACE) == month
    version.agreement.sunset_on = NOW.date()
    version.agreement.save()
    assert KIND.minimum_notice(change(aging, "drop"), ChangeOp.REPLACE) == nothing


def test_a_drop_waits_thirty_days_after_its_decision(aging: Dataset, settings: Settings) -> None:
    settings.STORY_CLOCK = True
    StoryClock.objects.create(instant=NOW)
    document = change(aging, "drop").model_dump(mode="json")
    author = PersonFactory()
    proposal = create_draft(
        acting=principal_of(author), title="Drop it", ask="Drop the bucket.",
        changes=[ChangeSpec(ChangeOp.CREATE, "schema_change", "", document)],
        no_evidence_reason="Nobody reads it.",
    )  # fmt: skip
    submit(acting=principal_of(author), key=proposal.key)

    assert effect_of(take(proposal.key), NOW) >= NOW + dt.timedelta(days=30)


def test_what_still_uses_something_deprecated(aging: Dataset) -> None:
    system = Principal.system("uses")
    report, old, gone = (reader(aging, "SELECT 1", name) for name in ("report", "old", "gone"))
    Dataset.objects.filter(pk=old.pk).update(lifecycle=Lifecycle.ARCHIVED)
    Dataset.objects.filter(pk=gone.pk).update(disappeared_at=NOW)
    term = TermDocument.model_validate(
        {
            "label": "Aging", "definition": "How late.",
            "bound_to": [{"dataset": aging.qualified_name, "column": "bucket"}],
        }
    )  # fmt: skip
    held = hold(term, "term")
    Binding.objects.create(version=held, role="target", dataset=aging, column_path="bucket")
    for day, reads in ((0, 5), (29, 7), (30, 100)):
        DatasetUse.objects.create(
            dataset=aging, day=NOW.date() - dt.timedelta(days=day), reads=reads
        )

    def uses(**fields: Any) -> list[tuple[str, str]]:
        document = change(aging, **{"action": "deprecate"} | fields)
        return [(use.what, use.name) for use in KIND.uses(document, acting=system, now=NOW)]

    assert uses() == [("dataset", report.qualified_name), ("agreement", "Aging")]
    assert uses(column="") == [
        ("dataset", report.qualified_name),
        ("agreement", "Aging"),
        ("reads", "12 reads in 30 days"),
    ]
    assert uses(column="was") == []  # the source dropped it
    assert uses(action="drop") == []


def test_at_its_last_day_an_unused_dataset_is_archived_and_a_column_may_go(
    aging: Dataset,
) -> None:
    system = Principal.system("adoption")
    Dataset.objects.filter(pk=aging.pk).update(lifecycle=Lifecycle.DEPRECATED)
    version = hold(change(aging, "deprecate", column="", sunset_days=60), "schema_change")
    version.op = ChangeOp.RETIRE
    assert KIND.activate(version, acting=system) == "Agreed, not yet seen at the source."
    aging.refresh_from_db()
    assert aging.lifecycle == Lifecycle.DEPRECATED  # taken back by people: the dataset stays

    version.decision.outcome = Outcome.RETIRED
    assert KIND.activate(version, acting=system) == (
        "mart.delinquency_aging is archived: nothing uses it any more."
    )
    aging.refresh_from_db()
    assert aging.lifecycle == Lifecycle.ARCHIVED

    column = hold(change(aging, "deprecate", sunset_days=60), "schema_change")
    column.op, column.decision.outcome = ChangeOp.RETIRE, Outcome.RETIRED
    assert KIND.activate(column, acting=system) == (
        "Nothing uses mart.delinquency_aging.bucket any more: its source may drop it."
    )
