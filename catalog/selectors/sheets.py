"""The catalog as a spreadsheet: which cells a dataset has, and what an edited file would change.

A sheet's owners are written as `owner_references` says, several apart by a semicolon; a semicolon
inside a name is doubled. Columns that a file does not have stay as they are, so do rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Max, OuterRef, Prefetch, QuerySet, Subquery

from catalog.errors import InvalidInput
from catalog.models import Dataset, DatasetLabel, Domain, Ownership
from catalog.selectors.datasets import resolve_names, visible_datasets
from catalog.selectors.directory import visible
from catalog.selectors.list_rights import rights_on_list
from catalog.selectors.owner_references import find_owners, nobody, reference_of
from catalog.selectors.rights import Rights
from catalog.types import LabelKind, OwnershipKind, Principal

NAME = "dataset"
VERSION = "version"
OWNER_COLUMNS = tuple(kind.value for kind in OwnershipKind)
LISTS = (*OWNER_COLUMNS, "tags", "classifications")
EDITABLE = ("display_name", "description", "domain", *LISTS)
SHEET_HEADER = (NAME, *EDITABLE, "kind", "system", "lifecycle", VERSION)
MOST_ROWS = 5_000
_FACTS = {
    **dict.fromkeys(OWNER_COLUMNS, "owners"),
    **{name: name for name in ("display_name", "description", "domain", "tags")},
    "classifications": "classifications",
}
_APART = re.compile(r"(?<!;);(?!;)")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a file: the line it begins on and its cells by column."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CellChange:
    """What one cell would change, as text."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """What one row would change; `refusal` says why it may not."""

    line: int
    dataset: Dataset
    cells: tuple[CellChange, ...]
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that cannot be understood."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class SheetPreview:
    """What a file would do; `changes` holds the refused rows too."""

    changes: tuple[RowChange, ...]
    faults: tuple[RowFault, ...]
    unchanged: int

    @property
    def allowed(self) -> tuple[RowChange, ...]:
        """The rows that would be applied."""
        return tuple(change for change in self.changes if not change.refusal)

    @property
    def refused(self) -> tuple[RowChange, ...]:
        """The rows that would be left."""
        return tuple(change for change in self.changes if change.refusal)


def for_sheet(datasets: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """Datasets with everything a row shows, in a fixed number of queries."""
    history = Dataset.history.rel.related_model  # type: ignore[attr-defined]
    latest = (
        history.objects.filter(pgh_obj=OuterRef("pk"))
        .order_by()
        .values("pgh_obj")
        .annotate(latest=Max("pgh_id"))
        .values("latest")
    )
    return (
        datasets.select_related("system", "domain")
        .prefetch_related(
            Prefetch("ownerships", Ownership.objects.select_related("person", "team")),
            Prefetch("labels", DatasetLabel.objects.select_related("label")),
        )
        .annotate(sheet_version=Subquery(latest))
    )


def sheet_row(dataset: Dataset) -> tuple[str, ...]:
    """The cells of a dataset that `for_sheet` loaded, in the order of `SHEET_HEADER`."""
    return (
        dataset.qualified_name,
        *_cells(dataset).values(),
        dataset.kind,
        dataset.system.qualified_name,
        dataset.lifecycle,
        sheet_version(dataset),
    )


def checked_header(header: Sequence[str]) -> None:
    """Raise InvalidInput for a header that no sheet has."""
    if NAME not in header:
        raise InvalidInput(
            f"Line 1: the column {NAME!r} is missing, which says what each row is about."
        )
    unknown = [name for name in header if name not in SHEET_HEADER]
    if unknown:
        raise InvalidInput(
            f"Line 1: there is no column {unknown[0][:60]!r}; known are {', '.join(SHEET_HEADER)}."
        )
    twice = [name for name in header if list(header).count(name) > 1]
    if twice:
        raise InvalidInput(f"Line 1: the column {twice[0]!r} stands there twice.")


def preview_sheet(principal: Principal, rows: Sequence[SheetRow]) -> SheetPreview:
    """What the rows would change, compared with what holds now; nothing is changed.

    Raises InvalidInput for more than 5,000 rows.
    """
    if len(rows) > MOST_ROWS:
        raise InvalidInput(f"The file has more than {MOST_ROWS:,} rows: split it.")
    names = [row.cells[NAME] for row in rows]
    ids = resolve_names(principal, [name for name in names if name])
    datasets = {
        dataset.pk: dataset
        for dataset in for_sheet(visible_datasets(principal).filter(pk__in=set(ids.values())))
    }
    reading = _Reading(
        datasets={name: datasets[pk] for name, pk in ids.items() if pk in datasets},
        rights=rights_on_list(principal, datasets.values()),
        domains=frozenset(visible(principal, Domain).values_list("slug", flat=True)),
        owners=frozenset(find_owners(principal, _owners_in(rows))),
    )
    changes: list[RowChange] = []
    faults: list[RowFault] = []
    unchanged, seen = 0, dict[int, int]()
    for row in rows:
        try:
            change = reading.change_of(row)
        except InvalidInput as error:
            faults.append(RowFault(row.line, error.message))
            continue
        first = seen.setdefault(change.dataset.pk, row.line)
        if first != row.line:
            faults.append(RowFault(row.line, f"Line {first} is about the same dataset."))
        elif change.cells:
            changes.append(change)
        else:
            unchanged += 1
    return SheetPreview(tuple(changes), tuple(faults), unchanged)


def parts_of(cell: str) -> list[str]:
    """The entries of a cell that lists several, each once."""
    entries = (part.strip().replace(";;", ";") for part in _APART.split(cell))
    return list(dict.fromkeys(entry for entry in entries if entry))


@dataclass(frozen=True, slots=True)
class _Reading:
    """What all rows of a file are compared with."""

    datasets: Mapping[str, Dataset]
    rights: Mapping[int, Rights]
    domains: frozenset[str]
    owners: frozenset[str]

    def change_of(self, row: SheetRow) -> RowChange:
        name = row.cells[NAME]
        if name not in self.datasets:
            raise InvalidInput(f"There is no dataset {name[:200]!r}.")
        dataset = self.datasets[name]
        before = _cells(dataset)
        cells = tuple(
            CellChange(column, before[column], after)
            for column, after in row.cells.items()
            if column in before and not self._same(dataset, column, before[column], after)
        )
        for cell in cells:
            self._check(cell)
        return RowChange(row.line, dataset, cells, self._refusal(row, dataset, cells))

    @staticmethod
    def _same(dataset: Dataset, column: str, before: str, after: str) -> bool:
        if column in LISTS:
            return set(parts_of(before)) == set(parts_of(after))
        if column == "description" and not after and not dataset.declared_description:
            return True  # what a source says cannot be emptied by a person
        return before == after

    def _check(self, cell: CellChange) -> None:
        if cell.column == "domain" and cell.after and cell.after not in self.domains:
            raise InvalidInput(f"There is no domain {cell.after[:80]!r}; write its short name.")
        if cell.column in OWNER_COLUMNS:
            strangers = set(parts_of(cell.after)) - set(parts_of(cell.before)) - self.owners
            if strangers:
                raise InvalidInput(nobody(min(strangers)))

    def _refusal(self, row: SheetRow, dataset: Dataset, cells: Iterable[CellChange]) -> str:
        for cell in cells:
            verdict = self.rights[dataset.pk][_FACTS[cell.column]]
            if not verdict.allowed:
                return f"{cell.column.replace('_', ' ').capitalize()}: {verdict.sentence}"
        written = row.cells.get(VERSION, "")
        if (
            written
            and written != sheet_version(dataset)
            and any(c.column not in LISTS for c in cells)
        ):
            return "Somebody changed it since the file was saved: save the list anew and edit that."
        return ""


def _cells(dataset: Dataset) -> dict[str, str]:
    """The editable cells as they stand."""
    owners: dict[str, list[str]] = {kind.value: [] for kind in OwnershipKind}
    for ownership in dataset.ownerships.all():
        owners[ownership.kind].append(reference_of(ownership.owner))
    labels: dict[str, list[str]] = {LabelKind.TAG: [], LabelKind.CLASSIFICATION: []}
    for held in dataset.labels.all():
        labels[held.label.kind].append(held.label.path)
    return {
        "display_name": _plain(dataset.display_name),
        "description": _plain(dataset.declared_description or dataset.harvested_description),
        "domain": dataset.domain.slug if dataset.domain else "",
        **{kind: _listed(entries) for kind, entries in owners.items()},
        "tags": _listed(labels[LabelKind.TAG]),
        "classifications": _listed(labels[LabelKind.CLASSIFICATION]),
    }


def sheet_version(dataset: Dataset) -> str:
    """The version of a dataset that `for_sheet` loaded, as `version_of` says it."""
    return str(dataset.sheet_version or 0)  # type: ignore[attr-defined]


def _listed(entries: Iterable[str]) -> str:
    return "; ".join(entry.replace(";", ";;") for entry in sorted(entries))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _owners_in(rows: Iterable[SheetRow]) -> set[str]:
    return {
        entry
        for row in rows
        for column in OWNER_COLUMNS
        for entry in parts_of(row.cells.get(column, ""))
    }
