"""How open the company's data is (R-009), and which sensitive columns no opt-out protects (X4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from pyroaring import BitMap

from catalog.access import Action, gate, require
from catalog.models import Dataset, Label
from catalog.selectors.datasets import visible_datasets
from catalog.types import LabelKind, Principal
from governance.models import OpennessMeasure
from governance.permissions.engine import Index
from governance.permissions.engine.inheritance import Place
from governance.permissions.engine.parts import Signature
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.register import datasets_under
from governance.permissions.selectors.world import only_suggested
from governance.permissions.types import DataAction

MEASURES_SHOWN = 104


@dataclass(frozen=True, slots=True)
class ClosedBy:
    """What one opt-out closes: pairs of a person and a dataset that it touches today."""

    key: str
    number: str
    title: str
    category: str
    people: int
    datasets: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Openness:
    """Pairs of an active person and a dataset (or column): all, open as it is, and denied whole.

    `reasons` are the opt-outs that close or narrow some, the widest first; a pair that several
    touch counts for each.
    """

    people: int
    datasets: int
    columns: int
    pairs: int
    open_pairs: int
    denied_pairs: int
    column_pairs: int
    open_column_pairs: int
    reasons: tuple[ClosedBy, ...]

    @property
    def share(self) -> float:
        """Of the pairs of person and dataset those that are open as they are, 0 to 1."""
        return self.open_pairs / self.pairs if self.pairs else 1.0

    @property
    def column_share(self) -> float:
        """The same of columns."""
        return self.open_column_pairs / self.column_pairs if self.column_pairs else 1.0


@dataclass(frozen=True, slots=True)
class Exposed:
    """Sensitive columns of one dataset that no opt-out covers, whomever it concerns; `suggested`
    are the paths of those whose classes are only suggested and not yet reviewed."""

    dataset: Dataset
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    suggested: frozenset[str] = frozenset()


def openness(index: Index) -> Openness:
    """The figures of this instant. People who share all their opt-outs are counted together, and
    so are datasets under the same ones, so this takes a second for 10,000 people."""
    parts = index.parts
    counts = dict(
        Dataset.objects.filter(disappeared_at__isnull=True)
        .annotate(held=Count("columns", filter=Q(columns__disappeared_at__isnull=True)))
        .values_list("pk", "held")
    )
    present = BitMap(pk for pk in counts if pk in parts.records)
    columns = sum(counts[pk] for pk in present)
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for person, mask in parts.masks.items():
        groups[mask, person if person in parts.liftings else 0].append(person)
    pairs_by_rule: Counter[str] = Counter()
    people_by_rule: Counter[str] = Counter()
    closed = denied = closed_columns = 0
    under = {key: datasets_under(index, key) & present for key in parts.rules}
    for people in groups.values():
        person, many = people[0], len(people)
        touched = index.touched_datasets(person, DataAction.READ) & present
        closed += many * len(touched)
        denied += many * len(index.denied_datasets(person, DataAction.READ) & present)
        closed_columns += many * sum(_closed_columns(index, person, touched, counts))
        for rule in index.rules_of(person):
            people_by_rule[rule.key] += many
            pairs_by_rule[rule.key] += many * len(under[rule.key] & touched)
    count = len(parts.masks)
    return Openness(
        people=count,
        datasets=len(present),
        columns=columns,
        pairs=count * len(present),
        open_pairs=count * len(present) - closed,
        denied_pairs=denied,
        column_pairs=count * columns,
        open_column_pairs=count * columns - closed_columns,
        reasons=tuple(
            ClosedBy(
                key, parts.rules[key].number, parts.rules[key].title, parts.rules[key].category,
                people_by_rule[key], len(under[key]), pairs,
            )
            for key, pairs in pairs_by_rule.most_common()
            if pairs
        ),
    )  # fmt: skip


def open_datasets_of(index: Index) -> tuple[int, dict[int, int]]:
    """How many datasets there are, and for each active person how many of them are open as they
    are. People who share all their opt-outs are looked at once."""
    present = BitMap(
        pk
        for pk in Dataset.objects.filter(disappeared_at__isnull=True).values_list("pk", flat=True)
        if pk in index.parts.records
    )
    kept: dict[tuple[int, int], int] = {}
    found: dict[int, int] = {}
    for person, mask in index.parts.masks.items():
        alike = mask, person if person in index.parts.liftings else 0
        if alike not in kept:
            touched = index.touched_datasets(person, DataAction.READ) & present
            kept[alike] = len(present) - len(touched)
        found[person] = kept[alike]
    return len(present), found


def openness_now(principal: Principal) -> Openness:
    """The figures of this instant, for everybody (R-009)."""
    require(principal, Action.SEE)
    return openness(opt_outs.current())


def measures(principal: Principal) -> QuerySet[OpennessMeasure]:
    """What was kept of it day by day, the newest first."""
    if not gate().authorize(principal, Action.SEE).allowed:
        return OpennessMeasure.objects.none()
    return OpennessMeasure.objects.order_by("-day")


def exposed_columns(principal: Principal, *, classification: str = "") -> list[Exposed]:
    """Classified columns without any opt-out in force, of datasets that the principal may see,
    by name; `classification` narrows it to one and all below it. Labels count where they are
    inherited along direct lineage, too."""
    index = opt_outs.current()
    labels = Label.objects.filter(kind=LabelKind.CLASSIFICATION)
    if classification:
        below = f"{classification} / "
        labels = labels.filter(Q(path=classification) | Q(path__startswith=below))
    paths = {str(pk): path for pk, path in labels.values_list("pk", "path")}
    found = dict(_exposed(index, paths))
    known = visible_datasets(principal).filter(pk__in=found, disappeared_at__isnull=True)
    unsure = only_suggested()
    return [
        Exposed(dataset, found[dataset.pk], _unsure(index, dataset.pk, paths, unsure))
        for dataset in known.select_related("system", "domain").order_by("qualified_name")
    ]


def confidential_datasets() -> BitMap:
    """The ids of the datasets whose very names an opt-out in force hides from somebody: a count
    that everybody sees leaves them out."""
    index = opt_outs.current()
    found = BitMap()
    for key, rule in index.parts.rules.items():
        if rule.confidential:
            found |= datasets_under(index, key)
    return found


def _unsure(
    index: Index, pk: int, paths: Mapping[str, str], unsure: Mapping[Place, frozenset[str]]
) -> frozenset[str]:
    """The columns of a dataset all of whose classes that were asked for are only suggested."""
    if not unsure:
        return frozenset()
    return frozenset(
        path
        for path, labels in index.parts.records[pk].columns.items()
        if (meant := labels & paths.keys()) and meant <= unsure.get((pk, path), frozenset())
    )


def classifications_used() -> list[str]:
    """The classifications that columns carry, for a choice."""
    labels = Label.objects.filter(kind=LabelKind.CLASSIFICATION, column_labels__isnull=False)
    return list(labels.distinct().order_by("path").values_list("path", flat=True))


def _exposed(
    index: Index, paths: Mapping[str, str]
) -> Iterator[tuple[int, tuple[tuple[str, tuple[str, ...]], ...]]]:
    for pk, record in index.parts.records.items():
        signature = index.parts.signatures[pk]
        if signature.whole:
            continue
        bare = tuple(
            (path, tuple(sorted(paths[label] for label in labels if label in paths)))
            for path, labels in sorted(record.columns.items())
            if labels & paths.keys() and not (signature.columns or {}).get(path)
        )
        if bare:
            yield pk, bare


def _closed_columns(
    index: Index, person: int, touched: BitMap, counts: Mapping[int, int]
) -> Iterator[int]:
    """How many columns of each dataset touched are not open as they are."""
    kept: dict[int, int | None] = {}
    for pk in touched:
        signature: Signature = index.parts.signatures[pk]
        if signature.number not in kept:
            decision = index.decide(person, DataAction.READ, pk)
            is_whole = not decision.allowed or decision.filters or not decision.everywhere.is_open
            kept[signature.number] = None if is_whole else len(decision.columns)
        number = kept[signature.number]
        yield counts[pk] if number is None else number
