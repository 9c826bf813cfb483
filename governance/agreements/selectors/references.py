"""What the names in a document mean in the catalog, as far as the principal may see it.

Documents name things so that they read alike in every installation: a dataset by its qualified
name, a column by dataset and path, a system by its qualified name, a domain or a seat by its short
name, a person by user name, a label by its path. An owner is `seat:<short name>` (or the seat's
name), `person:<user name>` or `team:<name>`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.models import Dataset, Domain, Label, Person, System, Team
from catalog.names import lookup_key
from catalog.selectors.datasets import resolve_names, visible_columns, visible_datasets
from catalog.selectors.directory import visible
from catalog.types import LabelKind, Principal
from governance.agreements.selectors.reading_once import once
from governance.council.models import Seat

OWNER_PREFIXES = ("seat", "person", "team")


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column of the catalog that a document names."""

    id: int
    path: str
    physical_type: str
    is_there: bool


@once
def datasets_named(principal: Principal, names: Iterable[str]) -> Mapping[str, Dataset]:
    """The datasets by the names given, aliases included; unknown names are absent."""
    asked = [name for name in dict.fromkeys(names) if name]
    ids = resolve_names(principal, asked) if asked else {}
    found = visible_datasets(principal).select_related("system", "domain").in_bulk(ids.values())
    return {name: found[pk] for name, pk in ids.items() if pk in found}


@once
def columns_named(principal: Principal, dataset: Dataset) -> Mapping[str, FoundColumn]:
    """The columns of a dataset by path, those that disappeared at the source among them."""
    rows = visible_columns(principal).filter(dataset=dataset)
    return {
        column.path: FoundColumn(
            column.pk, column.path, column.physical_type, column.disappeared_at is None
        )
        for column in rows
    }


@once
def systems_named(principal: Principal, names: Iterable[str]) -> Mapping[str, System]:
    """The systems by qualified name; unknown names are absent."""
    keys = {lookup_key(name): name for name in names if name}
    found = visible(principal, System).filter(lookup_name__in=keys)
    return {keys[system.lookup_name]: system for system in found}


@once
def domains_named(principal: Principal, slugs: Iterable[str]) -> Mapping[str, Domain]:
    """The domains by short name; unknown ones are absent."""
    found = visible(principal, Domain).filter(slug__in=[slug for slug in slugs if slug])
    return {domain.slug: domain for domain in found}


@once
def labels_named(
    principal: Principal, paths: Iterable[str], kind: LabelKind
) -> Mapping[str, Label]:
    """Labels of a kind by path; unknown ones are absent."""
    found = visible(principal, Label).filter(kind=kind, path__in=list(paths))
    return {label.path: label for label in found}


@once
def owner_named(principal: Principal, owner: str) -> str:
    """What an owner is called; empty when there is no such seat, active person or team."""
    prefix, _, name = owner.partition(":")
    if prefix == "seat":
        open_seats = Seat.objects.filter(closed_at__isnull=True)
        seat = open_seats.filter(slug=name).first() or open_seats.filter(name=name).first()
        return seat.name if seat else ""
    if prefix == "person":
        person = visible(principal, Person).filter(username=name, is_active=True).first()
        return str(person) if person else ""
    if prefix == "team":
        team = visible(principal, Team).filter(name=name).first()
        return team.name if team else ""
    return ""
