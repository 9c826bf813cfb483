"""Names as people write them: `billing.customer` and `LedgerCore` beside their qualified forms.

A short name means the dataset whose qualified name ends with it. Where several do, the one in the
system that the document is about is meant; where that does not decide either, the name is ambiguous
and the candidates are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from catalog.models import Dataset, System
from catalog.names import lookup_key
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.directory import visible
from catalog.types import Principal
from governance.agreements.selectors.naming import not_for_everybody
from governance.agreements.selectors.references import datasets_named

MOST_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Meant:
    """What a name means: one dataset, none, or one of several candidates."""

    dataset: Dataset | None = None
    candidates: tuple[str, ...] = ()

    @property
    def trouble(self) -> str:
        """Why it means nothing, for a sentence that begins with the name; empty otherwise."""
        if self.dataset is not None:
            return ""
        if self.candidates:
            return f"may mean {' or '.join(self.candidates)}"
        return "is no dataset of the catalog"


def datasets_meant(
    principal: Principal, names: Iterable[str], *, near: System | None = None
) -> Mapping[str, Meant]:
    """What each name means, in a fixed number of queries; `near` is the system to prefer."""
    asked = [name for name in dict.fromkeys(names) if name]
    exact = datasets_named(principal, asked)
    found = {name: Meant(dataset) for name, dataset in exact.items()}
    short = [name for name in asked if name not in found]
    if short:
        endings = Q()
        for name in short:
            key = lookup_key(name)
            endings |= Q(lookup_name__endswith=f".{key}") | Q(lookup_name__endswith=f"/{key}")
        rows = list(visible_datasets(principal).filter(endings).select_related("system", "domain"))
        found.update({name: _meant(name, rows, near) for name in short})
    return found


def _meant(name: str, rows: Iterable[Dataset], near: System | None) -> Meant:
    endings = tuple(f"{mark}{lookup_key(name)}" for mark in "./")
    fitting = [row for row in rows if row.lookup_name.endswith(endings)]
    fitting = [row for row in fitting if row.disappeared_at is None] or fitting
    if near is not None:
        fitting = [row for row in fitting if row.system_id == near.pk] or fitting
    if len(fitting) > 1:
        # Whoever asks, a name means the same: what not everybody may know of gives way, unsaid.
        hidden = not_for_everybody()
        fitting = [row for row in fitting if row.pk not in hidden]
    if len(fitting) == 1:
        return Meant(fitting[0])
    named = sorted(row.qualified_name for row in fitting)[:MOST_CANDIDATES]
    return Meant(candidates=tuple(named))


def system_meant(principal: Principal, name: str) -> System | None:
    """The system with that qualified name, shown name or instance; None where it is not one."""
    key = lookup_key(name)
    found = list(
        visible(principal, System)
        .filter(
            Q(lookup_name=key) | Q(display_name__iexact=name.strip()) | Q(instance__iexact=name)
        )
        .select_related("domain")[:3]
    )
    exact = [system for system in found if system.lookup_name == key]
    shown = [system for system in found if system.display_name.lower() == name.strip().lower()]
    for narrower in (exact, shown, found):
        if len(narrower) == 1:
            return narrower[0]
    return None


def domain_of_system(name: str) -> str:
    """The short name of the domain that answers for a system; empty where nobody does.

    For the place of an agreement in lists, so it takes no principal and gives nothing but a name.
    """
    key = lookup_key(name)
    found = System.objects.filter(
        Q(lookup_name=key) | Q(display_name__iexact=name.strip()) | Q(instance__iexact=name)
    ).values_list("domain__slug", flat=True)
    slugs = {slug for slug in found[:3] if slug}
    return slugs.pop() if len(slugs) == 1 else ""
