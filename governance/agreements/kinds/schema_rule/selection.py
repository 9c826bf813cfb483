"""What a selector selects in the catalog: datasets, or columns where it speaks of columns."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.models import Column, ColumnLabel, Dataset, DatasetLabel
from catalog.names import lookup_key
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from governance.agreements.kinds.schema_rule.assertions import NamedPart, Naming, RuleKind
from governance.agreements.kinds.schema_rule.document import SchemaRule, Selector
from governance.agreements.kinds.schema_rule.patterns import glob_expression
from governance.agreements.models import Binding
from governance.agreements.selectors.labels import label_condition
from governance.agreements.selectors.short_names import system_meant

MOST_COLUMN_BINDINGS = 5_000
"""Beyond so many columns a rule is bound to their datasets as wholes."""

# Rules of these kinds are about columns; the others are about datasets unless columns are named.
_OF_COLUMNS = frozenset(
    {RuleKind.TYPE_CONSISTENCY, RuleKind.ALLOWED_VALUES, RuleKind.CLASSIFICATION}
)


@dataclass(frozen=True, slots=True)
class SelectedDataset:
    """A dataset that a rule is about."""

    id: int
    name: str
    own_name: str


@dataclass(frozen=True, slots=True)
class SelectedColumn:
    """A column that a rule is about, with its dataset."""

    id: int
    dataset: SelectedDataset
    path: str
    name: str
    physical_type: str
    nullable: bool | None
    key_position: int | None

    @property
    def said(self) -> str:
        """The column as people read it."""
        return f"{self.dataset.name} {self.path}"


@dataclass(frozen=True, slots=True)
class Selection:
    """What was selected; `columns` is None where the rule is about datasets as wholes."""

    datasets: tuple[SelectedDataset, ...]
    columns: tuple[SelectedColumn, ...] | None = None

    @property
    def count(self) -> int:
        """How many targets there are."""
        return len(self.datasets if self.columns is None else self.columns)

    @property
    def noun(self) -> str:
        """What the targets are."""
        word = "dataset" if self.columns is None else "column"
        return word if self.count == 1 else f"{word}s"

    @property
    def places(self) -> frozenset[tuple[int, str]]:
        """(dataset id, column path) of every target; the path is empty for a whole dataset."""
        if self.columns is None:
            return frozenset((one.id, "") for one in self.datasets)
        return frozenset((one.dataset.id, one.path) for one in self.columns)

    def without(self, hidden: Collection[int]) -> Selection:
        """The same but for some datasets, by id."""
        if self.columns is None:
            return Selection(tuple(one for one in self.datasets if one.id not in hidden))
        return Selection(
            tuple(one for one in self.datasets if one.id not in hidden),
            tuple(one for one in self.columns if one.dataset.id not in hidden),
        )


def is_about_columns(rule: SchemaRule) -> bool:
    """Whether a rule's targets are columns."""
    selector = rule.selector
    if selector.column or selector.type or selector.term:
        return True
    if isinstance(rule.assertion, Naming):
        return rule.assertion.part is not NamedPart.DATASET
    return rule.kind in _OF_COLUMNS


def select(rule: SchemaRule, principal: Principal) -> Selection:
    """The targets of a rule among what the principal may see, in the order of their names."""
    selector = rule.selector
    datasets = _datasets(selector, principal, about_columns=is_about_columns(rule))
    if not is_about_columns(rule):
        rows = datasets.order_by("qualified_name").values_list("pk", "qualified_name", "name")
        return Selection(tuple(SelectedDataset(*row) for row in rows))
    columns = (
        _columns(selector, datasets)
        .order_by("dataset__qualified_name", "ordinal", "pk")
        .values_list(
            "pk",
            "dataset_id",
            "dataset__qualified_name",
            "dataset__name",
            "path",
            "name",
            "physical_type",
            "nullable",
            "key_position",
        )
    )
    found: dict[int, SelectedDataset] = {}
    selected = []
    for pk, dataset_id, dataset, own_name, path, name, kind, nullable, key in columns:
        of = found.setdefault(dataset_id, SelectedDataset(dataset_id, dataset, own_name))
        selected.append(SelectedColumn(pk, of, path, name, kind, nullable, key))
    return Selection(tuple(found.values()), tuple(selected))


def bound_places(rule: SchemaRule, principal: Principal) -> list[tuple[int, str]]:
    """(dataset id, column path) of every target; very many columns by their datasets as wholes,
    with an empty path."""
    datasets = _datasets(rule.selector, principal, about_columns=is_about_columns(rule))
    if not is_about_columns(rule):
        return [(pk, "") for pk in datasets.order_by("qualified_name").values_list("pk", flat=True)]
    columns = _columns(rule.selector, datasets)
    ordered = columns.order_by("dataset__qualified_name", "ordinal", "pk")
    found = list(ordered.values_list("dataset_id", "path")[: MOST_COLUMN_BINDINGS + 1])
    if len(found) <= MOST_COLUMN_BINDINGS:
        return found
    wholes = columns.order_by("dataset").values_list("dataset", flat=True).distinct()
    return [(pk, "") for pk in wholes]


def _datasets(
    selector: Selector, principal: Principal, *, about_columns: bool
) -> QuerySet[Dataset]:
    found = visible_datasets(principal).filter(disappeared_at__isnull=True)
    if selector.system:
        system = system_meant(principal, selector.system)
        found = found.filter(system=system) if system is not None else found.none()
    if selector.domain:
        found = found.filter(domain__slug=selector.domain)
    if selector.layer:
        # The part of the name before the dataset's own: the schema or folder.
        inside = rf"(^|[/.]){glob_expression(selector.layer)}\.[^.]+$"
        found = found.filter(lookup_name__regex=inside)
    if selector.stage:
        declared = Q(declared_stage=selector.stage)
        found = found.filter(declared | Q(declared_stage="", stage=selector.stage))
    if selector.dataset:
        found = found.filter(
            lookup_name__regex=rf"(^|[/.]){glob_expression(lookup_key(selector.dataset))}$"
        )
    if selector.tag and not about_columns:
        found = found.filter(_labeled(selector.tag) | _has_labeled_column(selector.tag))
    if selector.lifecycle:
        found = found.filter(lifecycle=selector.lifecycle)
    if selector.criticality is not None:
        found = found.filter(criticality=selector.criticality)
    if selector.data_kind:
        found = found.filter(data_kind=selector.data_kind)
    return found


def _columns(selector: Selector, datasets: QuerySet[Dataset]) -> QuerySet[Column]:
    found = Column.objects.filter(dataset__in=datasets, disappeared_at__isnull=True)
    if selector.column:
        whole = rf"^{glob_expression(selector.column)}$"
        found = found.filter(Q(path__iregex=whole) | Q(name__iregex=whole))
    if selector.type:
        found = found.filter(physical_type__iregex=rf"^{glob_expression(selector.type)}$")
    if selector.tag:
        labels = label_condition(selector.tag)
        own = ColumnLabel.objects.filter(labels, column=OuterRef("pk"))
        of_dataset = DatasetLabel.objects.filter(labels, dataset=OuterRef("dataset_id"))
        found = found.filter(Exists(own) | Exists(of_dataset))
    if selector.term:
        key = selector.term if selector.term.startswith("term:") else f"term:{selector.term}"
        bound = Binding.objects.filter(
            version__agreement__key=key, version__valid_to__isnull=True, dataset=OuterRef("dataset")
        ).filter(column_path=OuterRef("path"))
        found = found.filter(Exists(bound))
    return found


def _labeled(tag: str) -> Exists:
    return Exists(DatasetLabel.objects.filter(label_condition(tag), dataset=OuterRef("pk")))


def _has_labeled_column(tag: str) -> Exists:
    return Exists(ColumnLabel.objects.filter(label_condition(tag), column__dataset=OuterRef("pk")))
