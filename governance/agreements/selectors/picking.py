"""What can be picked while a document is written: values as documents name things."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from django.db.models import Q

from catalog.errors import InvalidInput
from catalog.models import Domain, Label, Person, System, Team
from catalog.selectors.datasets import resolve_names, visible_columns, visible_datasets
from catalog.selectors.directory import visible
from catalog.types import Principal
from governance.models import Agreement, Seat
from governance.types import AgreementState

MOST = 12


@dataclass(frozen=True, slots=True)
class Pick:
    """A value as the document takes it, and what a person reads beside it."""

    value: str
    label: str


def picks(principal: Principal, picker: str, text: str, *, beside: str = "") -> list[Pick]:
    """At most twelve values that hold `text`; `beside` is the dataset whose columns are picked.

    Raises InvalidInput for a picker nobody knows.
    """
    find = _PICKERS.get(picker)
    if find is None:
        raise InvalidInput(f"Nothing is picked as {picker!r}.", field="picker")
    return list(islice(find(principal, text.strip(), beside.strip()), MOST))


def _datasets(principal: Principal, text: str, beside: str) -> Iterator[Pick]:
    found = visible_datasets(principal).filter(disappeared_at__isnull=True)
    rows = found.filter(qualified_name__icontains=text).order_by("-usage_score", "qualified_name")
    for dataset in rows[:MOST]:
        yield Pick(dataset.qualified_name, dataset.display_name or dataset.name)


def _columns(principal: Principal, text: str, beside: str) -> Iterator[Pick]:
    ids = resolve_names(principal, [beside]) if beside else {}
    if not ids:
        return
    rows = visible_columns(principal).filter(
        dataset__in=ids.values(), disappeared_at__isnull=True, path__icontains=text
    )
    for column in rows.order_by("ordinal")[:MOST]:
        yield Pick(column.path, column.physical_type)


def _systems(principal: Principal, text: str, beside: str) -> Iterator[Pick]:
    found = visible(principal, System).filter(
        Q(qualified_name__icontains=text) | Q(display_name__icontains=text)
    )
    for system in found[:MOST]:
        yield Pick(system.qualified_name, system.display_name or system.instance)


def _domains(principal: Principal, text: str, beside: str) -> Iterator[Pick]:
    found = visible(principal, Domain).filter(Q(name__icontains=text) | Q(slug__icontains=text))
    for domain in found[:MOST]:
        yield Pick(domain.slug, domain.name)


def _people(principal: Principal, text: str, beside: str) -> Iterator[Pick]:
    for person in _people_with(principal, text):
        yield Pick(person.username, f"{person}, {person.department}".rstrip(", "))


def _teams(principal: Principal, text: str, beside: str) -> Iterator[Pick]:
    for team in visible(principal, Team).filter(name__icontains=text)[:MOST]:
        yield Pick(team.name, team.get_kind_display())


def _owners(principal: Principal, text: str, beside: str) -> Iterator[Pick]:
    """Seats, people and teams with their prefix, as owners are written."""
    words = text.partition(":")[2] if text.startswith(("seat:", "person:", "team:")) else text
    seats = Seat.objects.filter(closed_at__isnull=True).filter(
        Q(name__icontains=words) | Q(slug__icontains=words)
    )
    for seat in seats[:MOST]:
        yield Pick(f"seat:{seat.slug}", seat.name)
    for person in _people_with(principal, words):
        yield Pick(f"person:{person.username}", str(person))
    for team in visible(principal, Team).filter(name__icontains=words)[:MOST]:
        yield Pick(f"team:{team.name}", team.name)


def _labels(principal: Principal, text: str, beside: str) -> Iterator[Pick]:
    for label in visible(principal, Label).filter(path__icontains=text)[:MOST]:
        yield Pick(label.path, label.get_kind_display())


def _agreements(principal: Principal, text: str, beside: str, kind: str = "") -> Iterator[Pick]:
    found = visible(principal, Agreement).exclude(state=AgreementState.RETIRED)
    found = found.filter(Q(title__icontains=text) | Q(key__icontains=text))
    for agreement in (found.filter(kind=kind) if kind else found)[:MOST]:
        yield Pick(agreement.key, agreement.title)


def _terms(principal: Principal, text: str, beside: str) -> Iterator[Pick]:
    return _agreements(principal, text, beside, kind="term")


def _people_with(principal: Principal, text: str) -> list[Person]:
    found = visible(principal, Person).filter(is_active=True)
    found = found.filter(Q(display_name__icontains=text) | Q(username__icontains=text))
    return list(found[:MOST])


_PICKERS: Mapping[str, Callable[[Principal, str, str], Iterator[Pick]]] = {
    "dataset": _datasets,
    "column": _columns,
    "system": _systems,
    "domain": _domains,
    "person": _people,
    "team": _teams,
    "seat": _owners,
    "owner": _owners,
    "term": _terms,
    "agreement": _agreements,
    "label": _labels,
}
