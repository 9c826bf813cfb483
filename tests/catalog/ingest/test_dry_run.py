"""A dry run changes nothing and says what the real run then does."""

from __future__ import annotations

import json

import pytest

from catalog.diff import MAX_TEXT
from catalog.models import (
    Column,
    Container,
    Dataset,
    Event,
    Label,
    Person,
    SourceRecord,
    System,
    Team,
)
from catalog.types import OwnerRecord
from tests.catalog.ingest.sources import PLACE, bring, table

pytestmark = pytest.mark.django_db

COUNTED = (System, Container, Dataset, Column, Label, Team, Person, SourceRecord, Event)


def counts() -> list[int]:
    return [model.objects.count() for model in COUNTED]


def test_a_dry_run_into_an_empty_catalog_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # given several chunks
    monkeypatch.setattr("catalog.services.ingest.CHUNK_DATASETS", 2)
    records = [table(f"t{n}", "id", tags=("a",), owners=(OwnerRecord("Ops"),)) for n in range(5)]
    before = counts()
    # when they would be imported
    report = bring(*records, dry_run=True)
    # then nothing is there, and everything is told
    assert counts() == before
    assert report.created == 5
    entries = report.diff_document()["entries"]
    assert [entry["name"] for entry in entries] == [f"{PLACE}.t{n}" for n in range(5)]
    assert {entry["change"] for entry in entries} == {"created"}
    assert entries[0]["columns"]["added"] == ["id"]
    assert entries[0]["fields"]["labels"] == [None, ["a"]]


def test_the_diff_of_a_dry_run_is_what_the_real_run_does() -> None:
    # given a catalog
    bring(table("same", "id"), table("changed", "id", "old", description="before"), table("gone"))
    records = (
        table("same", "id"),
        table("changed", "id", "new", description="after"),
        table("created", "id"),
    )
    events = Event.objects.count()
    # when a dry run looks first
    dry = bring(*records, dry_run=True)
    assert Event.objects.count() == events
    # and the real one follows
    real = bring(*records)
    # then both count the same
    for name in ("read", "created", "updated", "unchanged", "disappeared", "refused"):
        assert getattr(dry, name) == getattr(real, name), name
    document = dry.diff_document()
    entries = {entry["name"].rpartition(".")[2]: entry for entry in document["entries"]}
    assert {name: entry["change"] for name, entry in entries.items()} == {
        "changed": "changed",
        "created": "created",
        "gone": "disappeared",
    }
    assert entries["changed"]["fields"] == {"description": ["before", "after"]}
    assert entries["changed"]["columns"] == {
        "added": ["new"],
        "changed": {},
        "disappeared": ["old"],
        "returned": [],
    }
    # and the events of the real run name exactly the datasets of the diff
    told = Event.objects.order_by("id")[events:].values_list("type", "subject_name")
    assert sorted(told) == [
        ("catalog.dataset.changed", f"{PLACE}.changed"),
        ("catalog.dataset.created", f"{PLACE}.created"),
        ("catalog.dataset.disappeared", f"{PLACE}.gone"),
    ]


def test_a_diff_is_bounded_with_true_totals(monkeypatch: pytest.MonkeyPatch) -> None:
    # given a bound of two entries and a long text
    monkeypatch.setattr("catalog.services.ingest.report.MAX_DIFF", 2)
    long = "x" * (MAX_TEXT + 500)
    report = bring(*(table(f"t{n}", description=long) for n in range(4)), dry_run=True)
    # then the totals are true and the stored form is small
    document = report.diff_document()
    assert (document["created"], document["is_cut"], len(document["entries"])) == (4, True, 2)
    assert len(json.dumps(document)) < 3 * MAX_TEXT
