"""From an empty catalog to the first agreement: what is done, and what to do next (R-028)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.access import Action, gate
from catalog.errors import NotFound
from catalog.models import Column, Dataset, Person
from catalog.selectors.datasets import visible_datasets
from catalog.types import DatasetKind, Principal
from governance import clock
from governance.agreements.kinds.charter import rules_in_force
from governance.models import AgreementVersion
from governance.proposals.rules.transitions import OPEN
from governance.proposals.selectors.impact import preview
from governance.proposals.selectors.proposals import visible_proposals
from governance.proposals.selectors.signing import people_of_domains
from governance.types import ChangeOp, ChangeSpec, Scope

COLUMNS_SHOWN = 60
DATASETS_SHOWN = 12
_PLACES = (DatasetKind.TABLE, DatasetKind.VIEW, DatasetKind.MATERIALIZED_VIEW, DatasetKind.FILE)


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What the company has of the three: data in the catalog, a word and a data state in force.
    `waiting` is the first open proposal of a word, where none is in force yet; once it is adopted,
    `effective_at` is when it holds."""

    has_dataset: bool
    has_term: bool
    has_data_state: bool
    waiting: str
    effective_at: dt.datetime | None = None

    @property
    def are_done(self) -> bool:
        """Whether nothing is left to lead to."""
        return self.has_dataset and self.has_term and self.has_data_state


@dataclass(frozen=True, slots=True)
class SuggestedTerm:
    """A first word made of a column, or of a dataset: its document as it would be proposed, whom
    it concerns in a sentence, and who of the domain can agree to it beside whoever proposes it.

    `is_local` says that one of those is enough; it holds `reopen_hours` later, unless somebody
    blocks it. Else it goes to all whom `asked` names.
    """

    dataset: Dataset
    column: str
    document: Mapping[str, Any]
    is_local: bool
    reopen_hours: int
    sentence: str
    second_people: tuple[Person, ...]
    asked: tuple[str, ...]


def first_steps(principal: Principal) -> FirstSteps:
    """Read in three queries; nothing is done for whoever may see nothing."""
    if not gate().authorize(principal, Action.SEE).allowed:
        return FirstSteps(False, False, False, "")
    now = clock.now()
    kinds = frozenset(
        AgreementVersion.objects.filter(
            agreement__kind__in=["term", "data_state"], valid_from__lte=now
        )
        .exclude(valid_to__lte=now)
        .order_by()
        .values_list("agreement__kind", flat=True)
        .distinct()
    )
    waiting, effective_at = "", None
    if "term" not in kinds:
        opened = visible_proposals(principal).filter(state__in=OPEN, current__changes__kind="term")
        first = opened.order_by("pk").values_list("key", "effective_at").first()
        waiting, effective_at = first or ("", None)
    return FirstSteps(
        has_dataset=visible_datasets(principal).filter(disappeared_at__isnull=True).exists(),
        has_term="term" in kinds,
        has_data_state="data_state" in kinds,
        waiting=waiting,
        effective_at=effective_at,
    )


def datasets_to_begin_with(principal: Principal) -> Sequence[Dataset]:
    """Datasets to take a first word from, the most used first."""
    return list(
        visible_datasets(principal)
        .filter(kind__in=_PLACES, disappeared_at__isnull=True)
        .select_related("system", "domain")
        .order_by("-usage_score", "qualified_name")[:DATASETS_SHOWN]
    )


def dataset_to_begin_with(principal: Principal, dataset_id: int) -> Dataset:
    """One of them; raises NotFound."""
    found = (
        visible_datasets(principal)
        .select_related("system", "domain__owner_team")
        .filter(pk=dataset_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such dataset.")
    return found


def columns_to_begin_with(principal: Principal, dataset: Dataset) -> Sequence[Column]:
    """Its columns, those with a description first, for they are half a definition already."""
    if not gate().authorize(principal, Action.SEE, dataset).allowed:
        return []
    columns = list(dataset.columns.filter(disappeared_at__isnull=True)[:COLUMNS_SHOWN])
    return sorted(columns, key=lambda column: (not _described(column), column.ordinal))


def suggested_term(
    principal: Principal,
    dataset_id: int,
    column: str = "",
    *,
    label: str = "",
    definition: str = "",
    example: str = "",
) -> SuggestedTerm:
    """A word for a column by its path, or for the dataset; what is given replaces what the names
    and descriptions suggest. Raises NotFound."""
    dataset = dataset_to_begin_with(principal, dataset_id)
    source: Dataset | Column = dataset
    if column:
        found = dataset.columns.filter(path=column, disappeared_at__isnull=True).first()
        if found is None:
            raise NotFound("There is no such column.")
        source = found
    domain = dataset.domain
    document = {
        "label": label.strip() or in_words(source.name),
        "definition": definition.strip() or _described(source),
        "domain": domain.slug if domain else "",
        "examples": [example.strip()] if example.strip() else [],
        "bound_to": [{"dataset": dataset.qualified_name, "column": column}],
    }
    impact = preview(principal, [ChangeSpec(ChangeOp.CREATE, "term", "", document)])
    people: frozenset[int] = frozenset()
    if domain is not None:
        people = people_of_domains(frozenset({domain.pk}), clock.now())[domain.pk]
    return SuggestedTerm(
        dataset=dataset,
        column=column,
        document=document,
        is_local=impact.scope is Scope.LOCAL,
        reopen_hours=rules_in_force(clock.now()).local_reopen_hours,
        sentence=impact.verdict.sentence,
        second_people=tuple(
            Person.objects.filter(pk__in=people - {principal.person_id}).order_by("display_name")
        ),
        asked=tuple(dict.fromkeys(signer.label for signer in impact.signers)),
    )


def in_words(name: str) -> str:
    """A name of a database as a word of people: `customerStatus_code` is Customer status code."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = re.sub(r"[\W_]+", " ", parted).strip().lower()
    return words[:1].upper() + words[1:] or name


def _described(source: Dataset | Column) -> str:
    return (source.declared_description or source.harvested_description).strip()
