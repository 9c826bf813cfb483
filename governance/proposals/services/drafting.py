"""Writing proposals: drafts, and the revisions that follow what others said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection
from django.db.models import Max

from catalog.access import Action, require
from catalog.errors import Conflict, InvalidInput
from catalog.models import Domain, Person
from catalog.services.actors import person_id_of
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.agreements.kinds.charter import rules_in_force
from governance.proposals.models import Proposal, Revision
from governance.proposals.rules.abilities import Act
from governance.proposals.rules.deadlines import discussion_ends
from governance.proposals.selectors.signing import makers_of, must_sign_rows
from governance.proposals.services.completeness import missing
from governance.proposals.services.describing import describe, people_named
from governance.proposals.services.dry_run import DryRun
from governance.proposals.services.impact import give_time, grown, take_snapshot
from governance.proposals.services.opening import compute_class, register_conflicts
from governance.proposals.services.preparing import prepare
from governance.proposals.services.revisions import (
    RevisionText,
    specs_of,
    text_of,
    write_revision,
)
from governance.proposals.services.routing import require_committee
from governance.proposals.services.sign_requests import sync_sign_requests
from governance.proposals.services.steps import step, take_for, tell, touch
from governance.proposals.services.texts import evidence_rows, line, optional
from governance.types import ChangeSpec, Evidence, ProposalClass, ProposalState, Scope

NUMBERING_LOCK = 3_310_001


def create_draft(
    *,
    acting: Principal,
    title: str,
    ask: str,
    changes: Sequence[ChangeSpec],
    rationale: str = "",
    evidence: Sequence[Evidence] = (),
    no_evidence_reason: str = "",
    wanted_effective_at: dt.datetime | None = None,
    champion_id: int | None = None,
    co_author_ids: Collection[int] = (),
    domain_id: int | None = None,
    committee_id: int | None = None,
    number: int | None = None,
) -> Proposal:
    """Start a proposal; any active employee may (R-026).

    `ask` is one line: what is asked of the reader. `wanted_effective_at` is checked at submission.
    `number` is for imports by an administrator that keep the numbers of another register.
    Raises InvalidInput naming the field.
    """
    require(acting, Action.PROPOSE)
    author_id = person_id_of(acting)
    text = RevisionText(
        rationale=optional(rationale, field="rationale"),
        evidence=tuple(evidence_rows(evidence)),
        no_evidence_reason=optional(no_evidence_reason, field="no_evidence_reason"),
        wanted_effective_at=_instant(wanted_effective_at),
    )
    people = people_named(champion_id or author_id, co_author_ids)
    at = clock.now()
    with writing(acting):
        proposal = new_proposal(
            author_id=author_id,
            at=at,
            number=_chosen_number(acting, number),
            kind=changes[0].kind if changes else "",
            title=line(title, field="title"),
            ask=line(ask, field="ask"),
            champion_id=champion_id or author_id,
            domain_id=_domain(domain_id, changes),
            committee_id=_committee(committee_id, changes),
        )
        proposal.co_authors.set(people - {author_id, proposal.champion_id})
        write_revision(proposal, changes, text, acting=acting, author_id=author_id, at=at)
        tell(proposal, "created", acting=acting)
    return proposal


def revise(
    *,
    acting: Principal,
    key: str,
    title: str | None = None,
    ask: str | None = None,
    changes: Sequence[ChangeSpec] | None = None,
    rationale: str | None = None,
    evidence: Sequence[Evidence] | None = None,
    no_evidence_reason: str | None = None,
    wanted_effective_at: dt.datetime | None = None,
    champion_id: int | None = None,
    co_author_ids: Collection[int] | None = None,
) -> Revision:
    """Write the next revision; what is left out stays as it is.

    Positions on an older digest are stale from then on, unless nothing but prose changed. Before
    the council and in conflict a changed rule goes back into discussion; one that makes it a
    proposal of another class is discussed for the whole time of that class.
    """
    at = clock.now()
    with writing(acting):
        proposal = take_for(key, Act.REVISE, acting=acting, at=at)
        before = proposal.current
        if before is None:
            raise Conflict("This proposal has no text yet.")
        makers = makers_of(proposal)
        is_described = describe(proposal, title, ask, champion_id, co_author_ids)
        _require_no_signer(proposal, makers)
        old = text_of(before)
        text = RevisionText(
            rationale=(
                old.rationale if rationale is None else optional(rationale, field="rationale")
            ),
            evidence=old.evidence if evidence is None else tuple(evidence_rows(evidence)),
            no_evidence_reason=(
                old.no_evidence_reason
                if no_evidence_reason is None
                else optional(no_evidence_reason, field="no_evidence_reason")
            ),
            wanted_effective_at=_instant(wanted_effective_at) or old.wanted_effective_at,
        )
        revision, found = write_revision(
            proposal,
            specs_of(before) if changes is None else changes,
            text,
            acting=acting,
            author_id=person_id_of(acting),
            at=at,
            repeats=proposal.follows_up_id is not None,  # it may keep what holds word for word
            signing=proposal.state != ProposalState.DRAFT,
        )
        if revision.pk == before.pk and not is_described:
            return revision
        if revision.pk != before.pk and proposal.state != ProposalState.DRAFT:
            _continue(proposal, before, revision, found, acting=acting, at=at)
            _require_no_signer(proposal, makers)
        touch(proposal, "revised", acting=acting, at=at)
    return revision


def new_proposal(
    *, author_id: int, at: dt.datetime, number: int | None = None, **fields: Any
) -> Proposal:
    """A proposal row with the next number, which two writers never share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING_LOCK])
    if number is None:
        number = (Proposal.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    return Proposal.objects.create(
        key=f"DGP-{number:04d}",
        number=number,
        author_id=author_id,
        created_at=at,
        state_since=at,
        last_event_at=at,
        **fields,
    )


def _continue(
    proposal: Proposal,
    before: Revision,
    revision: Revision,
    found: DryRun,
    *,
    acting: Principal,
    at: dt.datetime,
) -> None:
    """What follows from a new text of a proposal that others look at already: whom it touches, who
    decides it and how, and what it contradicts are those of the new text."""
    if found.errors:
        first = found.errors[0]
        raise InvalidInput(f"{first.message} {first.fix}".strip(), field=first.field)
    last = before.impacts.order_by("-taken_at", "-pk").first()
    snapshot = take_snapshot(acting=acting, revision=revision)
    changed = before.logic_digest != revision.logic_digest
    proposal.scope = Scope.ENTERPRISE if proposal.scope_raised else snapshot.scope
    was = ProposalClass(proposal.klass)
    klass = _class_of_discussed(proposal, found) if changed else was
    proposal.klass = klass
    window = at
    if klass is not was:
        _require_complete(revision, klass, at)
        window = discussion_ends(klass, at, rules_in_force(at))
        if proposal.state == ProposalState.DISCUSSION:
            # It is another question now, and everybody has the whole time for it.
            proposal.discussion_until = window
    proposal.save(update_fields=["scope", "klass", "discussion_until"])
    if changed and proposal.state in (
        ProposalState.FINAL_CALL,
        ProposalState.COUNCIL_VOTE,
        ProposalState.CONFLICTED,
    ):
        step(
            proposal,
            ProposalState.DISCUSSION,
            acting=acting,
            at=at,
            reason=f"Revision {revision.number} changes what was asked.",
            discussion_until=window,
            final_call_until=None,
        )
    growth = grown(proposal, last, snapshot) if last is not None and not changed else None
    if growth is not None:
        give_time(growth, at, acting=acting)
    register_conflicts(proposal, found, acting=acting)
    sync_sign_requests(proposal, snapshot, at=at)


def _class_of_discussed(proposal: Proposal, found: DryRun) -> ProposalClass:
    """The class of a new text; what everybody discusses becomes neither local nor editorial, and
    what came before the council as contested stays so."""
    contested = proposal.klass == ProposalClass.CONTESTED
    klass = ProposalClass(compute_class(proposal, found, is_contested=contested))
    short_way = klass in (ProposalClass.LOCAL, ProposalClass.EDITORIAL)
    return ProposalClass.STANDARD if short_way else klass


def _require_complete(revision: Revision, klass: ProposalClass, at: dt.datetime) -> None:
    """Raise InvalidInput for what another class asks for, as submission does."""
    for finding in missing(
        klass,
        specs_of(revision),
        is_founded=bool(revision.evidence or revision.no_evidence_reason),
        wanted_effective_at=revision.wanted_effective_at,
        at=at,
    ):
        raise InvalidInput(f"{finding.message} {finding.fix}".strip(), field=finding.field)


def _require_no_signer(proposal: Proposal, before: frozenset[int]) -> None:
    """Whoever has to sign is not made a maker of what others look at already: that would take their
    signature away. `before` are those who were its makers."""
    if proposal.state == ProposalState.DRAFT:
        return
    signers = {row.person_id: row.label for row in must_sign_rows(proposal) if row.person_id}
    for person in Person.objects.filter(pk__in=signers.keys() & (makers_of(proposal) - before)):
        raise InvalidInput(
            f"{person} has to sign this for {signers[person.pk]}, so they are not named among its"
            " makers after it was submitted.",
            field="champion" if person.pk == proposal.champion_id else "co_authors",
        )


def _domain(domain_id: int | None, changes: Sequence[ChangeSpec]) -> int | None:
    """The domain named, else that of the first change's document."""
    if domain_id is not None:
        if not Domain.objects.filter(pk=domain_id).exists():
            raise InvalidInput("There is no such domain.", field="domain")
        return domain_id
    for one in prepare(changes):
        slug = one.kind.domain(one.document) if one.document is not None else ""
        if slug:
            return Domain.objects.filter(slug=slug).values_list("pk", flat=True).first()
    return None


def _committee(committee_id: int | None, changes: Sequence[ChangeSpec]) -> int | None:
    """The committee named, which has to be one for these changes; the text routes the others."""
    if committee_id is not None:
        require_committee(committee_id, prepare(changes))
    return committee_id


def _chosen_number(acting: Principal, number: int | None) -> int | None:
    if number is None:
        return None
    require(acting, Action.ADMINISTER)
    if not 0 < number < 100_000_000 or Proposal.objects.filter(number=number).exists():
        raise InvalidInput(f"The number {number} is taken or no number.", field="number")
    return number


def _instant(value: dt.datetime | None) -> dt.datetime | None:
    if value is not None and value.tzinfo is None:
        raise InvalidInput(
            "Say in which time zone: end the time with Z or +02:00.", field="wanted_effective_at"
        )
    return value
