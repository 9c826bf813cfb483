"""Applying an edited spreadsheet: each row on its own, through the services of curation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.access import AccessRefused
from catalog.errors import CatalogError, Conflict
from catalog.models import Dataset
from catalog.selectors.owner_references import find_owner, reference_of
from catalog.selectors.sheets import (
    LISTS,
    OWNER_COLUMNS,
    CellChange,
    RowChange,
    SheetRow,
    parts_of,
    preview_sheet,
    sheet_version,
)
from catalog.services import curation
from catalog.services.curation.facts import version_of
from catalog.services.curation.locking import take_dataset
from catalog.services.transaction import writing
from catalog.types import LabelKind, OwnershipKind, Principal

REASON = "Edited in a spreadsheet"


@dataclass(frozen=True, slots=True)
class SheetReport:
    """Rows that were applied, and (line, name, reason) of those that were not."""

    changed: tuple[RowChange, ...]
    refused: tuple[tuple[int, str, str], ...]
    unchanged: int


def apply_sheet(*, acting: Principal, rows: Sequence[SheetRow]) -> SheetReport:
    """Apply what the rows change now; a refused row never undoes the others, and no row is
    applied by half."""
    preview = preview_sheet(acting, rows)
    refused = [(fault.line, "", fault.message) for fault in preview.faults]
    refused += [(row.line, row.dataset.qualified_name, row.refusal) for row in preview.refused]
    changed = []
    for row in preview.allowed:
        try:
            with writing(acting, reason=REASON):
                _check_version(acting, row)
                # The domain last: with it the right to change the rest may go.
                for cell in sorted(row.cells, key=lambda cell: cell.column == "domain"):
                    _apply(acting, row.dataset, cell)
        except AccessRefused as error:
            refused.append((row.line, row.dataset.qualified_name, error.verdict.sentence))
        except CatalogError as error:
            refused.append((row.line, row.dataset.qualified_name, error.message))
        else:
            changed.append(row)
    return SheetReport(tuple(changed), tuple(sorted(refused)), preview.unchanged)


def _check_version(acting: Principal, row: RowChange) -> None:
    """A long file is applied over minutes: what was changed since it was compared stays."""
    if all(cell.column in LISTS for cell in row.cells):
        return
    if version_of(take_dataset(acting, row.dataset.pk, facts=())) != sheet_version(row.dataset):
        raise Conflict("Somebody changed it meanwhile: save the list anew and edit that.")


def _apply(acting: Principal, dataset: Dataset, cell: CellChange) -> None:
    if cell.column in OWNER_COLUMNS:
        _set_owners(acting, dataset, OwnershipKind(cell.column), cell)
    elif cell.column == "tags":
        _set_labels(acting, dataset, LabelKind.TAG, cell)
    elif cell.column == "classifications":
        _set_labels(acting, dataset, LabelKind.CLASSIFICATION, cell)
    else:
        curation.change_dataset(
            acting=acting, dataset_id=dataset.pk, changes={cell.column: cell.after}, reason=REASON
        )


def _set_owners(acting: Principal, dataset: Dataset, kind: OwnershipKind, cell: CellChange) -> None:
    wanted = set(parts_of(cell.after))
    held = {
        reference_of(ownership.owner): ownership
        for ownership in dataset.ownerships.all()
        if ownership.kind == kind
    }
    # New owners first: who releases themselves could not name the next one any more.
    for written in sorted(wanted - held.keys()):
        owner = find_owner(acting, written)
        curation.add_owner(
            acting=acting,
            dataset_id=dataset.pk,
            kind=kind,
            person_id=owner.person_id,
            team_id=owner.team_id,
            reason=REASON,
        )
    for written in sorted(held.keys() - wanted):
        curation.remove_owner(
            acting=acting, dataset_id=dataset.pk, ownership_id=held[written].pk, reason=REASON
        )


def _set_labels(acting: Principal, dataset: Dataset, kind: LabelKind, cell: CellChange) -> None:
    before, after = set(parts_of(cell.before)), set(parts_of(cell.after))
    for path in sorted(after - before):
        curation.add_label(
            acting=acting, dataset_id=dataset.pk, kind=kind, path=path, reason=REASON
        )
    for path in sorted(before - after):
        curation.remove_label(
            acting=acting, dataset_id=dataset.pk, kind=kind, path=path, reason=REASON
        )
