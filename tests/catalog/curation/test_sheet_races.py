"""A long spreadsheet is applied over minutes: what came meanwhile is not overwritten."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Dataset
from catalog.selectors.sheets import SheetRow, preview_sheet
from catalog.services import curation, sheets
from tests.factories import DatasetFactory, administrator

pytestmark = pytest.mark.django_db


def test_what_came_since_the_sheet_was_compared_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    # given two datasets, one of which somebody describes while the sheet is applied
    one, other = DatasetFactory(), DatasetFactory()

    def compared(*given: Any) -> Any:
        preview = preview_sheet(*given)
        curation.change_dataset(
            acting=administrator(), dataset_id=other.pk, changes={"description": "Somebody's"}
        )
        return preview

    monkeypatch.setattr(sheets, "preview_sheet", compared)
    rows = [
        SheetRow(line, {"dataset": dataset.qualified_name, "description": "From the sheet"})
        for line, dataset in enumerate((one, other), 2)
    ]

    report = sheets.apply_sheet(acting=administrator(), rows=rows)

    # then that row is refused and the other one applied
    assert [change.dataset for change in report.changed] == [one]
    [(line, name, said)] = report.refused
    assert (line, name) == (3, other.qualified_name)
    assert "meanwhile" in said
    assert Dataset.objects.get(pk=other.pk).declared_description == "Somebody's"
