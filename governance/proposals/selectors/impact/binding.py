"""What changes rest on: their documents' bindings, and those of what is in force until then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from catalog.errors import InvalidInput
from catalog.models import Column, Domain, System
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from governance.agreements.kind import AgreementKind, CheckContext
from governance.agreements.kinds import kinds
from governance.agreements.selectors.reading_once import reading_once
from governance.clock import now
from governance.models import AgreementVersion
from governance.types import (
    BindingRole,
    BindingSpec,
    ChangeOp,
    ChangeSpec,
    ConflictSpec,
    Scope,
    VetoClass,
)
from lineage.selectors.walking import id_list


@dataclass(slots=True)
class Bound:
    """What a proposal's changes bind, all together.

    `columns` maps each bound dataset to the ids of its bound columns; a dataset with none is bound
    as a whole. `hosted` are the datasets of systems that are bound themselves. `sources` are
    columns by dataset, whose owners sign and whose lineage is not followed. `own_domains` are
    those that the agreements belong to, with what the agreement is called; `vetoes` are seats that
    the kinds ask for, with the reason.
    """

    columns: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    wholes: set[int] = field(default_factory=set)
    hosted: set[int] = field(default_factory=set)
    systems: set[int] = field(default_factory=set)
    systems_of_record: set[int] = field(default_factory=set)
    sources: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    own_domains: dict[int, str] = field(default_factory=dict)
    vetoes: dict[VetoClass, str] = field(default_factory=dict)
    conflicts: list[ConflictSpec] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    titles: list[str] = field(default_factory=list)
    in_force: Scope | None = None

    @property
    def targets(self) -> set[int]:
        """Datasets that are bound, by a column or as a whole."""
        return self.columns.keys() | self.wholes

    def starts(self) -> dict[int, int]:
        """The nodes from which the lineage is followed, each with its dataset."""
        whole = self.wholes | self.hosted
        return {-pk: pk for pk in whole} | {
            column: pk
            for pk, columns in self.columns.items()
            if pk not in whole
            for column in columns
        }


def bound_by(principal: Principal, changes: Sequence[ChangeSpec]) -> Bound:
    """What `changes` bind of the catalog the principal may see.

    Raises InvalidInput for a document that its kind cannot read and for a kind that is not there.
    """
    bound = Bound()
    specs: list[BindingSpec] = []
    versions = _in_force([change.key for change in changes if change.key])
    with reading_once():
        for change in changes:
            kind = _kind(change.kind)
            specs += _of_change(principal, kind, change, changes, versions.get(change.key), bound)
    place(principal, specs, bound)
    return bound


def place(principal: Principal, specs: Iterable[BindingSpec], bound: Bound) -> None:
    """Look bindings up in the catalog: columns by path, nested fields with what holds them."""
    by_dataset: dict[int, set[str]] = defaultdict(set)
    of_sources: dict[int, set[str]] = defaultdict(set)
    for spec in specs:
        if spec.role is BindingRole.SOURCE:
            of_sources[spec.dataset_id or 0].add(spec.column_path)
        elif spec.dataset_id is not None:
            by_dataset[spec.dataset_id].add(spec.column_path)
        elif spec.role is BindingRole.SYSTEM_OF_RECORD:
            bound.systems_of_record.add(spec.system_id or 0)
        else:
            bound.systems.add(spec.system_id or 0)
    visible = set(
        visible_datasets(principal)
        .filter(pk__in=id_list(by_dataset.keys() | of_sources.keys()))
        .order_by()
        .values_list("pk", flat=True)
    )
    for pk in visible & of_sources.keys():
        bound.sources[pk] |= of_sources[pk]
    visible &= by_dataset.keys()
    bound.wholes |= {pk for pk in visible if "" in by_dataset[pk]}
    named = {pk: by_dataset[pk] for pk in visible if pk not in bound.wholes}
    for pk, found in _columns(named).items():
        if found:
            bound.columns[pk] |= found
        else:  # a column that the catalog does not know may be any
            bound.wholes.add(pk)
    if bound.systems:
        hosted = visible_datasets(principal).filter(system__in=bound.systems)
        bound.hosted |= set(hosted.order_by().values_list("pk", flat=True))


def _of_change(
    principal: Principal,
    kind: AgreementKind,
    change: ChangeSpec,
    beside: Sequence[ChangeSpec],
    version: AgreementVersion | None,
    bound: Bound,
) -> list[BindingSpec]:
    """The bindings of one change, old and new; notes in `bound` what else its kind says."""
    roles = kind.impact_roles() | {BindingRole.SYSTEM_OF_RECORD}
    specs: list[BindingSpec] = []
    base = version.document if version is not None else None
    context = CheckContext(
        acting=principal, now=now(), key=change.key, op=change.op, base=base,
        beside=tuple(other for other in beside if other is not change),
    )  # fmt: skip
    if change.document and change.op is not ChangeOp.RETIRE:
        document = _document(kind, change.document)
        specs += [spec for spec in kind.bindings(document, context) if spec.role in roles]
        _note(kind, document, bound)
        bound.conflicts += kind.conflicts(document, context)
        bound.titles.append(kind.title(document))
        bound.keys.add(change.key or f"{kind.name}:{kind.slug(document)}")
    if version is not None:
        specs += [
            BindingSpec(BindingRole(row.role), row.dataset_id, row.column_path, row.system_id)
            for row in version.bindings.all()
            if row.role in roles
        ]
        _note(kind, _document(kind, version.document), bound)
        bound.titles.append(version.title)
        bound.keys.add(change.key)
        if version.agreement.domain is not None:
            bound.own_domains.setdefault(version.agreement.domain.pk, version.title)
        if version.scope == Scope.ENTERPRISE:
            bound.in_force = Scope.ENTERPRISE
    return specs


def _note(kind: AgreementKind, document: Any, bound: Bound) -> None:
    bound.vetoes |= dict(kind.veto_seats(document))
    slug = kind.domain(document)
    if slug:
        for pk in Domain.objects.filter(slug=slug).values_list("pk", flat=True):
            bound.own_domains.setdefault(pk, kind.title(document))


def _in_force(keys: Collection[str]) -> dict[str, AgreementVersion]:
    versions = (
        AgreementVersion.objects.filter(agreement__key__in=keys, valid_to__isnull=True)
        .exclude(op=ChangeOp.RETIRE)
        .select_related("agreement__domain")
        .prefetch_related("bindings")
    )
    return {version.agreement.key: version for version in versions}


def _kind(name: str) -> AgreementKind:
    try:
        return kinds.get(name)
    except LookupError as error:
        raise InvalidInput(str(error), field="kind") from None


def _document(kind: AgreementKind, document: Mapping[str, Any]) -> Any:
    try:
        return kind.document_type.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        field_name = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"{kind.label}: {first['msg']}.", field=field_name) from None


def _columns(named: Mapping[int, Collection[str]]) -> dict[int, set[int]]:
    """Ids of the columns named, with the fields inside them and what they lie in themselves."""
    found: dict[int, set[int]] = {pk: set() for pk in named}
    rows = Column.objects.filter(dataset__in=id_list(named)).order_by()
    for pk, dataset_id, path in rows.values_list("pk", "dataset_id", "path"):
        for name in named[dataset_id]:
            if path == name or path.startswith(f"{name}.") or name.startswith(f"{path}."):
                found[dataset_id].add(pk)
                break
    return found


def systems_named(ids: Collection[int]) -> dict[int, System]:
    """Systems by id, with their domain."""
    return {row.pk: row for row in System.objects.filter(pk__in=ids).select_related("domain")}
