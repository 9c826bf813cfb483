"""Datasets by what opt-outs ask of them, so that a rule is matched without asking each dataset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from pyroaring import BitMap

from governance.permissions.engine.conditions import attributes_of
from governance.permissions.engine.coverage import Variant, coverage, joint_attributes
from governance.permissions.engine.pacing import breathing, empty, in_steps, run
from governance.permissions.engine.patterns import Names, names_match
from governance.permissions.engine.types import Dataset, Resources, Rule
from governance.permissions.types import Effect

_FEW = 10
"""Datasets that a rule is matched with in some hundredths of a millisecond."""

_VALUES = ("kind", "system", "region", "environment", "version")


@dataclass(slots=True)
class Reach:
    """The datasets of one variant: those covered whole, and the columns of the others."""

    whole: BitMap = field(default_factory=BitMap)
    columns: dict[int, frozenset[str]] = field(default_factory=dict)


class Shelf:
    """All datasets, by domain, label, region, kind, system, environment, version and name."""

    def __init__(self, datasets: Mapping[int, Dataset]) -> None:
        self._datasets = datasets
        self._all = bitmap_of(datasets)
        self._names: Names | None = None
        self._renamed = BitMap()
        in_domains = _alike(("domains",), datasets)
        parts: defaultdict[str, list[int]] = defaultdict(list)
        for pk, dataset in breathing(datasets.items()):
            if dataset.columns:
                for label in frozenset().union(*dataset.columns.values()):
                    parts[label].append(pk)
        self._by_domain = _each(in_domains.items())
        self._labeled_whole = _each(_alike(("labels",), datasets).items())
        self._labeled_in_part = _bitmaps(parts)
        nearest = ((domains[:1] or ("",), pks) for domains, pks in in_domains.items())
        self._by_value = {"domain": _each(nearest)}
        empty(in_domains)
        values = _alike(_VALUES, datasets)
        for place, name in enumerate(_VALUES):
            self._by_value[name] = _each(((key[place],), pks) for key, pks in values.items())
        empty(values)

    def changed(self, records: Mapping[int, Dataset], changed: Iterable[int]) -> Shelf:
        """The shelf of `records`, which differ from those of this one in the ids changed."""
        shelf = Shelf({})
        shelf._datasets = records
        shelf._all = BitMap(self._all)
        shelf._names, shelf._renamed = self._names, BitMap(self._renamed)
        shelf._by_domain = dict(self._by_domain)
        shelf._labeled_whole = dict(self._labeled_whole)
        shelf._labeled_in_part = dict(self._labeled_in_part)
        shelf._by_value = {name: dict(found) for name, found in self._by_value.items()}
        for pk in breathing(changed, _FEW):
            former, now = self._datasets.get(pk), records.get(pk)
            if former is not None:
                shelf._all.discard(pk)
                for found, key in shelf._entries(former):
                    found[key] = found[key] - BitMap([pk])
            if now is not None:
                shelf._all.add(pk)
                for found, key in shelf._entries(now):
                    found[key] = found.get(key, BitMap()) | BitMap([pk])
            shelf._renamed.add(pk)
        return shelf

    @property
    def present(self) -> BitMap:
        """The ids of all datasets."""
        return BitMap(self._all)

    def _entries(self, dataset: Dataset) -> Iterator[tuple[dict[str, BitMap], str]]:
        """Every list that a dataset stands in."""
        for domain in dataset.domains:
            yield self._by_domain, domain
        for label in dataset.labels:
            yield self._labeled_whole, label
        for label in frozenset().union(*dataset.columns.values()):
            yield self._labeled_in_part, label
        for name, found in self._by_value.items():
            yield found, dataset.attribute(name)

    def _named(self, pattern: str) -> BitMap:
        if self._names is None:
            self._names = Names(
                (pk, name) for pk, one in breathing(self._datasets.items()) for name in one.names
            )
            self._renamed = BitMap()
        found = self._names.matching(pattern) - self._renamed
        for pk in breathing(self._renamed & self._all, _FEW):
            if any(names_match((pattern,), name) for name in self._datasets[pk].names):
                found.add(pk)
        return found

    def reach(self, rule: Rule) -> dict[Variant, Reach]:
        """What a rule covers, by variant: for all what `coverage` says of each."""
        candidates = self._candidates(rule.resources)
        alike = BitMap()  # datasets that a rule treats alike where their attributes are
        if not rule.resources.columns and rule.effect is not Effect.ROW_FILTER:
            alike = candidates & self._whole(rule.resources)
        found: dict[Variant, Reach] = {}
        for group in breathing(self._groups(alike, rule), _FEW):
            covered = coverage(rule, self._datasets[group.min()])
            if covered is not None:
                found.setdefault(covered.variant, Reach()).whole |= group
        for pk in breathing(candidates - alike, _FEW):
            covered = coverage(rule, self._datasets[pk])
            if covered is None:
                continue
            reach = found.setdefault(covered.variant, Reach())
            if covered.columns is None:
                reach.whole.add(pk)
            else:
                reach.columns[pk] = covered.columns
        return found

    def _whole(self, resources: Resources) -> BitMap:
        if resources.labels is None:
            return self._all
        return _union(self._labeled_whole, resources.labels)

    def _candidates(self, resources: Resources) -> BitMap:
        found = self._all
        if resources.labels is not None:
            found = found & (
                self._whole(resources) | _union(self._labeled_in_part, resources.labels)
            )
        if resources.domains:
            found = found & _union(self._by_domain, resources.domains)
        for name, wanted in (
            ("region", resources.regions),
            ("kind", resources.kinds),
            ("system", resources.systems),
        ):
            if wanted:
                found = found & _union(self._by_value[name], wanted)
        if resources.names:
            found = found & BitMap.union(*map(self._named, resources.names))
        return found

    def _groups(self, among: BitMap, rule: Rule) -> Iterator[BitMap]:
        """The datasets by all attributes that tell them apart for this rule."""
        if not among:
            return
        names = set(joint_attributes(rule.condition))
        if rule.resources.where is not None:
            names |= {one.name for one in attributes_of(rule.resources.where)}
        if rule.when.environments:
            names.add("environment")
        if rule.when.versions:
            names.add("version")
        if not names:
            yield among
        elif len(names) == 1 and (name := names.pop()) in self._by_value:
            for alike in self._by_value[name].values():
                if group := among & alike:
                    yield group
        else:
            yield from self._grouped(among, tuple(names))

    def _grouped(self, among: BitMap, names: tuple[str, ...]) -> Iterator[BitMap]:
        groups: dict[tuple[str, ...], list[int]] = {}
        for pk in breathing(among, _FEW):
            dataset = self._datasets[pk]
            groups.setdefault(tuple(map(dataset.attribute, names)), []).append(pk)
        yield from map(bitmap_of, groups.values())


def _alike(names: Sequence[str], datasets: Mapping[int, Dataset]) -> dict[Any, list[int]]:
    """Ids by what each has of some attributes, without a step of Python for each: a process that
    starts has a hundred thousand."""
    found: defaultdict[Any, list[int]] = defaultdict(list)
    keys = map(attrgetter(*names), datasets.values())
    run(map(list.append, map(found.__getitem__, keys), datasets), len(datasets))
    return found


def bitmap_of(ids: Iterable[int]) -> BitMap:
    """The set of some ids, made in short pieces."""
    found = BitMap()
    for some in in_steps(ids):
        found |= BitMap(some)
    return found


def _each(alike: Iterable[tuple[Iterable[str], list[int]]]) -> dict[str, BitMap]:
    """Ids by each of several names, from ids by all of them."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for names, pks in breathing(alike, _FEW):
        for name in names:
            found[name] += pks
    return _bitmaps(found)


def _bitmaps(found: dict[str, list[int]]) -> dict[str, BitMap]:
    """The lists as sets; each list goes when its set is there."""
    made: dict[str, BitMap] = {}
    while found:
        name, ids = found.popitem()
        made[name] = bitmap_of(ids)
    return made


def _union(by_name: Mapping[str, BitMap], names: Iterable[str]) -> BitMap:
    found = [by_name[name] for name in names if name in by_name]
    return BitMap.union(*found) if found else BitMap()
