"""Reasons to ask somebody that lie in no lineage: classes of data, systems of record, conflicts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import Prefetch

from catalog.models import ColumnLabel, Dataset, DatasetLabel, Ownership
from catalog.selectors.datasets import visible_datasets
from catalog.types import LabelKind, Principal
from governance.models import Agreement, Conflict, Proposal
from governance.proposals.impact.classes import parts_of, veto_class
from governance.proposals.impact.graph import Facts, Reach
from governance.proposals.impact.must_sign import NOBODY, Ground, Party, PartyKind
from governance.proposals.selectors.impact.binding import Bound, systems_named
from governance.types import ConflictKind, ConflictState, SignerReason, VetoClass
from lineage.models import Statement
from lineage.selectors.walking import id_list
from lineage.types import StatementStatus

_MOST_NAMES = 200  # of targets that unread statements are searched for


@dataclass(slots=True)
class Grounds:
    """`found` pairs a party with a reason; `classes` maps each party that is a class of data to
    its veto and to the classifications that made it one."""

    found: list[tuple[Party, Ground]] = field(default_factory=list)
    classes: dict[Party, tuple[VetoClass, set[str]]] = field(default_factory=dict)


def grounds_of(
    principal: Principal, bound: Bound, reach: Reach, proposal: Proposal | None
) -> Grounds:
    """Everything but targets and consumers that makes somebody sign."""
    grounds = Grounds()
    for domain_id, title in bound.own_domains.items():
        party = Party(PartyKind.DOMAIN, domain_id)
        grounds.found.append((party, Ground(SignerReason.OWNS_TARGET, 0, title)))
    grounds.found += _systems(bound)
    grounds.found += _sources(bound)
    _classified(bound, reach, grounds)
    _vetoes(bound, reach, grounds)
    grounds.found += _conflicts(principal, bound, proposal)
    return grounds


def owners_of(dataset_ids: Collection[int]) -> dict[int, Party]:
    """One owner for each dataset that has any, business owners first, teams before people."""
    rows = (
        Ownership.objects.filter(dataset__in=id_list(dataset_ids))
        .order_by("dataset", "kind", "team__name", "person__display_name", "pk")
        .values_list("dataset_id", "team_id", "person_id")
    )
    found: dict[int, Party] = {}
    for dataset_id, team_id, person_id in rows:
        owner = (
            Party(PartyKind.TEAM, team_id)
            if team_id is not None
            else Party(PartyKind.PERSON, person_id or 0)
        )
        found.setdefault(dataset_id, owner)
    return found


def unread_datasets() -> frozenset[int]:
    """Datasets with a statement that was not understood at all."""
    rows = Statement.objects.filter(status=StatementStatus.UNPARSED).order_by()
    return frozenset(rows.values_list("dataset_id", flat=True))


def mentioning(targets: Mapping[int, Facts], unread: Collection[int]) -> frozenset[int]:
    """Datasets among `unread` whose statement has the name of a target as a word."""
    names = sorted({facts.name.rpartition(".")[2] for facts in targets.values()})[:_MOST_NAMES]
    words = [name for name in names if name.replace("_", "").isalnum()]
    if not words or not unread:
        return frozenset()
    rows = Statement.objects.filter(
        status=StatementStatus.UNPARSED, sql__iregex=rf"\m({'|'.join(words)})\M"
    )
    return frozenset(rows.order_by().values_list("dataset_id", flat=True)) & frozenset(unread)


def _systems(bound: Bound) -> Iterator[tuple[Party, Ground]]:
    reasons = dict.fromkeys(bound.systems, SignerReason.OWNS_TARGET)
    reasons |= dict.fromkeys(bound.systems_of_record, SignerReason.SYSTEM_OF_RECORD)
    for pk, system in systems_named(reasons).items():
        party = Party(PartyKind.SYSTEM, pk)
        if system.domain_id is not None:
            party = Party(PartyKind.DOMAIN, system.domain_id)
        yield party, Ground(reasons[pk], 0, system.display_name or system.qualified_name)


def _sources(bound: Bound) -> Iterator[tuple[Party, Ground]]:
    """Whoever owns the data from which the targets get their labels."""
    rows = Dataset.objects.filter(pk__in=id_list(bound.sources)).order_by("qualified_name", "pk")
    names = rows.values_list("pk", "qualified_name", "domain_id", "system_id", "kind")
    found = [Facts(*row) for row in names]
    owners = owners_of([facts.id for facts in found if facts.domain_id is None])
    for facts in found:
        columns = ", ".join(sorted(path for path in bound.sources[facts.id] if path))
        party = owners.get(facts.id) or Party(PartyKind.SYSTEM, facts.system_id)
        if facts.domain_id is not None:
            party = Party(PartyKind.DOMAIN, facts.domain_id)
        yield party, Ground(SignerReason.OWNS_SOURCE, 0, facts.name, facts.id, columns)


def _classified(bound: Bound, reach: Reach, grounds: Grounds) -> None:
    columns = [pk for ids in bound.columns.values() for pk in ids]
    of_columns = ColumnLabel.objects.filter(label__kind=LabelKind.CLASSIFICATION)
    on_columns = (
        of_columns.filter(column__in=id_list(columns))
        | of_columns.filter(
            column__dataset__in=id_list(bound.wholes), column__disappeared_at__isnull=True
        )
    ).values_list("column__dataset_id", "column__path", "label__path")
    on_datasets = DatasetLabel.objects.filter(
        label__kind=LabelKind.CLASSIFICATION, dataset__in=id_list(bound.wholes)
    ).values_list("dataset_id", "label__path")
    found = [*on_columns.order_by(), *((pk, "", path) for pk, path in on_datasets.order_by())]
    for dataset_id, column, path in found:
        veto = veto_class(path)
        facts = reach.facts.get(dataset_id)
        if veto is None or facts is None:
            continue
        party = Party(PartyKind.CLASS, 0, f"{veto}|{parts_of(path)[0].lower()}")
        grounds.classes.setdefault(party, (veto, set()))[1].add(path)
        name = f"{facts.name}.{column}" if column else facts.name
        ground = Ground(SignerReason.CLASSIFICATION, 0, name, dataset_id, f"is {path}")
        grounds.found.append((party, ground))


def _vetoes(bound: Bound, reach: Reach, grounds: Grounds) -> None:
    """Seats that the kind itself asks for, unless a class of data asks for them already."""
    asked = {veto for veto, _ in grounds.classes.values()}
    targets = sorted(
        (facts for pk in bound.targets if (facts := reach.facts.get(pk)) is not None),
        key=lambda facts: (facts.name, facts.id),
    )
    for veto, reason in sorted(bound.vetoes.items()):
        if veto in asked:
            continue
        party = Party(PartyKind.CLASS, 0, f"{veto}|")
        grounds.classes[party] = (veto, {reason})
        name, pk = (targets[0].name, targets[0].id) if targets else (bound.titles[0], 0)
        grounds.found.append(
            (party, Ground(SignerReason.CLASSIFICATION, 0, name, pk, f"is asked: {reason}"))
        )


def _conflicts(
    principal: Principal, bound: Bound, proposal: Proposal | None
) -> Iterator[tuple[Party, Ground]]:
    """Who owns the other side of what the kinds find now, or the register holds open.

    Two proposals on one target (`pending`) only have to be decided in order.
    """
    own = bound.keys | ({proposal.key} if proposal is not None else set())
    stored = (
        Conflict.objects.filter(agreements__key__in=own)
        | Conflict.objects.filter(proposals__key__in=own)
    ).distinct()
    settled = set()
    keys: set[str] = set()
    visible = Prefetch("datasets", visible_datasets(principal))
    for row in stored.exclude(kind=ConflictKind.PENDING).prefetch_related(visible):
        parties = frozenset(party["key"] for party in row.parties)
        if row.state == ConflictState.OPEN:
            keys |= parties
            for dataset in row.datasets.all():
                yield from _side(dataset.domain_id, dataset.name)
        elif row.state in {ConflictState.RESOLVED, ConflictState.ACCEPTED}:
            settled.add((row.kind, parties))
    for spec in bound.conflicts:
        parties = frozenset(party.key for party in spec.parties)
        if (spec.kind, parties) not in settled:
            keys |= parties
    others = keys - own
    for agreement in Agreement.objects.filter(key__in=others).order_by("key"):
        yield from _side(agreement.domain_id, agreement.title)
    for other in Proposal.objects.filter(key__in=others).order_by("key"):
        name = f"{other.key} {other.title}"
        yield from _side(other.domain_id, name, Party(PartyKind.PROPOSAL, other.pk))


def _side(
    domain_id: int | None, name: str, otherwise: Party = NOBODY
) -> Iterator[tuple[Party, Ground]]:
    party = Party(PartyKind.DOMAIN, domain_id) if domain_id is not None else otherwise
    yield party, Ground(SignerReason.OTHER_SIDE_OF_CONFLICT, 1, name)
