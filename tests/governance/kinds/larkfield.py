"""The catalog of the invented company, as far as checks of kinds need it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from catalog.models import Column, ColumnLabel, Dataset, Label, System
from catalog.types import LabelKind, Origin
from config.demo.larkfield.datasets import DatasetText, datasets
from governance.models import Seat
from governance.types import SeatKind
from tests.factories import DatasetFactory, DomainFactory, SystemFactory

TEXTS = Path(__file__).parents[3] / "demo" / "larkfield"


class _Texts(yaml.SafeLoader):
    """Dates stay texts, as in every document."""


_Texts.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def text_of(path: str) -> Any:
    """One of the files that describe the company."""
    return yaml.load((TEXTS / path).read_text(), _Texts)


def larkfield(*names: str) -> dict[str, Dataset]:
    """The datasets named (`billing.customer`, or `billing.*`) with columns, keys and classes."""
    systems: dict[str, System] = {}
    texts = [text for text in datasets() if _wanted(text.name, names)]
    found: dict[str, Dataset] = {}
    for text in texts:
        if text.system not in systems:
            systems[text.system] = SystemFactory(
                instance=text.system.lower(),
                display_name=text.system,
                is_system_of_record=text.system != "Warehouse",
                domain=DomainFactory(name=text.domain.title(), slug=text.domain)
                if not any(s.domain and s.domain.slug == text.domain for s in systems.values())
                else None,
            )
        system = systems[text.system]
        found[text.name] = DatasetFactory.build(
            system=system,
            domain=system.domain,
            name=text.name.rpartition(".")[2],
            qualified_name=f"{system.qualified_name}/{text.name}",
        )
    Dataset.objects.bulk_create(found.values())
    _columns(found, texts)
    return found


def _columns(found: Mapping[str, Dataset], texts: Iterable[DatasetText]) -> None:
    stated = [
        (found[text.name], ordinal, column)
        for text in texts
        for ordinal, column in enumerate(text.columns)
    ]
    stored = Column.objects.bulk_create(
        Column(
            dataset=dataset,
            name=column.name,
            path=column.name,
            physical_type=column.type,
            nullable=column.nullable,
            key_position=column.key_position,
            ordinal=ordinal,
        )
        for dataset, ordinal, column in stated
    )
    classified = [
        (made, " / ".join(column.label.split(".")))
        for made, (_, _, column) in zip(stored, stated, strict=True)
        if column.label
    ]
    labels = {path: _label(path) for path in dict.fromkeys(path for _, path in classified)}
    ColumnLabel.objects.bulk_create(
        ColumnLabel(column=made, label=labels[path], origin=Origin.HARVESTED)
        for made, path in classified
    )


def classify(column: Column, path: str) -> None:
    """Give a column a classification."""
    ColumnLabel.objects.create(column=column, label=_label(path), origin=Origin.HARVESTED)


def _label(path: str) -> Label:
    label, _ = Label.objects.get_or_create(
        kind=LabelKind.CLASSIFICATION, path=path, defaults={"name": path.rpartition(" / ")[2]}
    )
    return label


def seats(names: Iterable[str]) -> None:
    """Seats by name, with the short name that documents use."""
    Seat.objects.bulk_create(
        Seat(name=name, slug=name.lower().replace(" ", "-"), kind=SeatKind.SPOKE) for name in names
    )


def _wanted(name: str, names: tuple[str, ...]) -> bool:
    return any(name == one or (one.endswith(".*") and name.startswith(one[:-1])) for one in names)
