"""A source that only describes: it adds words to what another one lists, and nothing else."""

from __future__ import annotations

import pytest

from catalog.models import Column, Container, Dataset, Event, SourceRecord, System
from catalog.types import ColumnRecord, DatasetKind, DatasetRecord
from tests.catalog.ingest.sources import PLACE, bring, table
from tests.factories import ConnectionFactory

pytestmark = pytest.mark.django_db


def note(name: str, description: str | None = None, **columns: str) -> DatasetRecord:
    """A description of a table and of some of its columns."""
    listed = tuple(ColumnRecord((path,), description=text) for path, text in columns.items())
    return DatasetRecord(
        f"{PLACE}.{name}",
        DatasetKind.TABLE,
        description=description,
        columns=listed or None,
        describes_only=True,
    )


def view(name: str, *columns: str) -> DatasetRecord:
    return DatasetRecord(
        f"{PLACE}.{name}",
        DatasetKind.VIEW,
        columns=tuple(ColumnRecord((column,), "text", key_position=1) for column in columns),
    )


def words(name: str) -> dict[str, str]:
    """By column, and "" for the dataset."""
    dataset = Dataset.objects.get(name=name)
    said = dict(dataset.columns.values_list("path", "harvested_description"))
    return {"": dataset.harvested_description, **said}


def test_words_are_added_and_everything_else_stays() -> None:
    # Given a view that a database lists
    bring(view("sales", "day", "amount"))
    notes = ConnectionFactory(name="notes")
    # When a dictionary describes it and one of its columns
    report = bring(note("sales", "What was sold.", amount="In euros."), connection=notes)
    # Then the words are there, and kind, types, keys and order are as they were
    assert (report.updated, report.created, report.refused) == (1, 0, 0)
    assert words("sales") == {"": "What was sold.", "day": "", "amount": "In euros."}
    assert Dataset.objects.get(name="sales").kind == DatasetKind.VIEW
    assert list(
        Column.objects.order_by("ordinal").values_list("path", "physical_type", "key_position")
    ) == [("day", "text", 1), ("amount", "text", 1)]
    assert not Column.objects.filter(disappeared_at__isnull=False).exists()


def test_nothing_that_nobody_lists_is_made() -> None:
    bring(table("sales", "day"))
    before = [System.objects.count(), Container.objects.count()]
    notes = ConnectionFactory(name="notes")
    report = bring(
        note("sales", month="Not there."),
        note("invented", "A table that does not exist.", id="Nor its column."),
        DatasetRecord("oracle://elsewhere/a.b", DatasetKind.TABLE, describes_only=True),
        connection=notes,
    )
    assert [d.name for d in Dataset.objects.all()] == ["sales"]
    assert words("sales") == {"": "", "day": ""}
    assert [System.objects.count(), Container.objects.count()] == before
    assert sorted((p.location, p.message.split(":")[0]) for p in report.problems) == [
        ("oracle://elsewhere/a.b", "No other source lists it, and this one only describes"),
        (f"{PLACE}.invented", "No other source lists it, and this one only describes"),
        (f"{PLACE}.sales", "No other source lists the column month"),
    ]
    assert report.refused == 0


def test_what_another_source_said_stays_and_own_words_may_change() -> None:
    bring(table("sales", "day", description="Said by the database."), table("stock", "day"))
    notes = ConnectionFactory(name="notes")
    bring(note("sales", "A note.", day="First."), note("stock", "First."), connection=notes)
    bring(note("sales", "A note.", day="Second."), note("stock", "Second."), connection=notes)
    assert words("sales") == {"": "Said by the database.", "day": "Second."}
    assert words("stock")[""] == "Second."


def test_repeating_it_changes_nothing() -> None:
    bring(table("sales", "day"))
    notes = ConnectionFactory(name="notes")
    bring(note("sales", "A note.", day="A day."), connection=notes)
    events = Event.objects.count()
    again = bring(note("sales", "A note.", day="A day."), connection=notes)
    listed = bring(table("sales", "day"))
    assert (again.unchanged, listed.unchanged) == (1, 1)
    assert Event.objects.count() == events
    assert words("sales") == {"": "A note.", "day": "A day."}


def test_notes_neither_keep_alive_nor_bring_back_nor_end() -> None:
    bring(table("sales", "day"), table("stock", "day"))
    notes = ConnectionFactory(name="notes")
    bring(note("sales", "A note."), note("stock", "A note."), connection=notes)
    # When the database no longer has it, a note does not keep it
    assert bring(table("stock", "day")).disappeared == 1
    assert Dataset.objects.get(name="sales").disappeared_at is not None
    # When the note is given again, it does not come back
    bring(note("sales", "Another note."), note("stock", "A note."), connection=notes)
    assert Dataset.objects.get(name="sales").disappeared_at is not None
    # When the note goes, what the database lists stays
    assert bring(note("sales", "Another note."), connection=notes).disappeared == 0
    assert Dataset.objects.get(name="stock").disappeared_at is None
    assert SourceRecord.objects.get(connection=notes, dataset__name="stock").gone_at is not None


def test_a_note_on_what_no_source_lists_any_more_ends_nothing() -> None:
    bring(table("sales", "day"), table("stock", "day"))
    notes = ConnectionFactory(name="notes")
    bring(note("sales", "A note."), note("stock", "A note."), connection=notes)
    SourceRecord.objects.filter(connection__name="source").delete()
    assert bring(note("sales", "A note."), connection=notes).disappeared == 0
    assert not Dataset.objects.filter(disappeared_at__isnull=False).exists()


def test_a_dry_run_tells_the_words_and_writes_none() -> None:
    bring(table("sales", "day"))
    notes = ConnectionFactory(name="notes")
    report = bring(note("sales", "A note.", day="A day."), connection=notes, dry_run=True)
    assert [diff.fields["description"] for diff in report.diffs] == [("", "A note.")]
    assert words("sales") == {"": "", "day": ""}
