"""Datasets with lineage from SQL, domains with seats, and changes that bind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from catalog.models import Dataset, Domain, Label, Person, System
from catalog.types import LabelKind, Lifecycle, Origin, Principal
from governance.clock import now
from governance.models import (
    Change,
    Membership,
    Proposal,
    Revision,
    Seat,
)
from governance.proposals.impact.answers import Impact, SignerSpec
from governance.proposals.selectors.impact import preview
from governance.types import ChangeOp, ChangeSpec, ProposalState, SignerRole
from tests.factories import DomainFactory, PersonFactory
from tests.lineage.warehouse import read, table

EVERYTHING = Principal.system("test")


def view(path: str, columns: Sequence[str], sql: str, **attributes: Any) -> Dataset:
    """A view whose lineage was read from its SQL."""
    dataset = table(path, columns, sql)
    give(dataset, **attributes)
    read(dataset)
    return dataset


def give(dataset: Dataset, **attributes: Any) -> Dataset:
    """Set attributes of a dataset."""
    for name, value in attributes.items():
        setattr(dataset, name, value)
    dataset.save()
    return dataset


def curated(path: str, columns: Sequence[str], sql: str, domain: Domain) -> Dataset:
    """A curated view of a domain."""
    return view(path, columns, sql, domain=domain, lifecycle=Lifecycle.CURATED)


def base(path: str, columns: Sequence[str], domain: Domain | None = None) -> Dataset:
    """A table of a domain."""
    return give(table(path, columns), domain=domain)


def seat(name: str, person: Person | None = None, *domains: Domain, **attributes: Any) -> Seat:
    """A seat for some domains with somebody on it."""
    made = Seat.objects.create(
        name=name, slug=name.lower().replace(" ", "-"), kind="spoke", **attributes
    )
    made.domains.set(domains)
    if person is not None:
        Membership.objects.create(seat=made, person=person, since=now() - dt.timedelta(days=30))
    return made


def domain(name: str) -> Domain:
    """A domain with a seat of its own and somebody of the same name on it."""
    made = DomainFactory(name=name, slug=name.lower())
    seat(f"{name}Ops", PersonFactory(display_name=f"{name} sitter"), made)
    return made


def binding(*columns: tuple[Dataset, str], **document: Any) -> ChangeSpec:
    """A change that creates an agreement on these columns; an empty path is the whole dataset."""
    bound = [[dataset.pk, path] for dataset, path in columns]
    return ChangeSpec(ChangeOp.CREATE, "bound", "", {"columns": bound, **document})


def touched(*changes: ChangeSpec, by: Principal = EVERYTHING) -> Impact:
    """What the changes would touch."""
    return preview(by, changes)


def must(impact: Impact) -> dict[str, tuple[str, list[str]]]:
    """Reason and path of everybody who must sign, by label."""
    return _by_label(impact, SignerRole.MUST_SIGN)


def consulted(impact: Impact) -> dict[str, tuple[str, list[str]]]:
    """Reason and path of everybody consulted, by label."""
    return _by_label(impact, SignerRole.CONSULTED)


def signer(impact: Impact, label: str) -> SignerSpec:
    """The one signer with a label."""
    return next(found for found in impact.signers if found.label == label)


def _by_label(impact: Impact, role: SignerRole) -> dict[str, tuple[str, list[str]]]:
    return {each.label: (each.reason.value, list(each.path)) for each in impact.asked(role)}


def classification(path: str) -> Label:
    """A classification by its path."""
    return Label.objects.create(kind=LabelKind.CLASSIFICATION, name=path, path=path)


def classify(dataset: Dataset, column: str, path: str) -> None:
    """Classify a column."""
    found = Label.objects.filter(path=path).first() or classification(path)
    dataset.columns.get(path=column).labels.create(label=found, origin=Origin.DECLARED)


def tagged(dataset: Dataset, tag: str) -> None:
    """Put a tag on a dataset."""
    label, _ = Label.objects.get_or_create(kind=LabelKind.TAG, path=tag, defaults={"name": tag})
    dataset.labels.create(label=label, origin=Origin.DECLARED)


def proposed(*changes: ChangeSpec, state: ProposalState = ProposalState.DISCUSSION) -> Revision:
    """The first revision of a stored proposal."""
    author = PersonFactory()
    number = Proposal.objects.count() + 1
    at = now()
    proposal = Proposal.objects.create(
        key=f"DGP-{number:04}", number=number, kind="bound", title="A change", ask="Agree.",
        author=author, champion=author, state=state, created_at=at, state_since=at,
        last_event_at=at,
    )  # fmt: skip
    revision = Revision.objects.create(
        proposal=proposal, number=1, digest="0" * 64, logic_digest="0" * 64, rationale="So.",
        author=author, created_at=at,
    )  # fmt: skip
    for position, change in enumerate(changes):
        Change.objects.create(
            revision=revision, position=position, op=change.op, kind=change.kind,
            agreement_key=change.key or f"bound:{position}", title="It", digest="0" * 64,
            document=dict(change.document),
        )  # fmt: skip
    Proposal.objects.filter(pk=proposal.pk).update(current=revision)
    proposal.refresh_from_db()
    return revision


def system_named(name: str, **attributes: Any) -> System:
    """A system that people call `name`."""
    return System.objects.create(
        platform=attributes.pop("platform", "postgres"), instance=name.lower(), display_name=name,
        qualified_name=f"postgres://{name.lower()}", lookup_name=f"postgres://{name.lower()}",
        **attributes,
    )  # fmt: skip
