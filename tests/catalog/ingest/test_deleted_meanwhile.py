"""What a long import refers to, and somebody deletes before it has ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db.models import Model

from catalog.models import Dataset, IngestionRun, Label, Person, Team
from catalog.registries.connectors import Yielded
from catalog.services.ingest import ingest
from catalog.types import OwnerRecord
from tests.catalog.ingest.sources import SYSTEM, table
from tests.factories import ConnectionFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("deleted", [Label, Team, Person])
def test_it_is_made_again_and_no_dataset_is_lost(
    deleted: type[Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    # given chunks of one dataset, all with the same tag and owners
    monkeypatch.setattr("catalog.services.ingest.CHUNK_DATASETS", 1)
    facts = {"tags": ("gold",), "owners": (OwnerRecord("Sales"), OwnerRecord("Ada", None, False))}

    def records() -> Iterator[Yielded]:
        yield table("first", "id", **facts)
        yield table("second", "id")
        # when somebody deletes what the first one has
        deleted.objects.all().delete()  # type: ignore[attr-defined]
        yield table("third", "id", **facts)
        yield table("fourth", "id", **facts)

    source = ConnectionFactory()
    run = IngestionRun.objects.create(connection=source)
    report = ingest(records(), acting=SYSTEM, connection=source, run=run, complete=True)
    # then the others have it nevertheless
    assert (report.created, report.refused) == (4, 0)
    fourth = Dataset.objects.get(name="fourth")
    assert [row.label.path for row in fourth.labels.all()] == ["gold"]
    assert sorted(str(row.owner) for row in fourth.ownerships.all()) == ["Ada", "Sales"]
