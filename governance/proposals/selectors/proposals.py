"""Reading proposals: the board, one of them in full, what waits for somebody.

A proposal is open to everybody in the company (R-097); what an impact lists is shown to each
reader as far as they may see it, by the room of impact.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet

from catalog.access import Action, gate
from catalog.errors import NotFound
from catalog.models import Person
from catalog.selectors.listing import words_of
from catalog.types import Principal
from governance import clock
from governance.agreements.diff import Difference, difference
from governance.agreements.kinds import kinds
from governance.agreements.models import AgreementVersion
from governance.agreements.selectors.reading_once import reading_once
from governance.agreements.selectors.withholding import as_read, repeats_withheld
from governance.conflicts.models import Conflict
from governance.council.models import Decision
from governance.council.selectors.interests import Interest, interests_in
from governance.proposals.models import (
    Change,
    Comment,
    Concern,
    ImpactSnapshot,
    MigrationTask,
    Position,
    Proposal,
    Revision,
    Signer,
    SignRequest,
    Step,
)
from governance.proposals.rules.abilities import Act, refusal
from governance.proposals.rules.classes import without_prose
from governance.proposals.rules.consent import Signature
from governance.proposals.rules.transitions import OPEN
from governance.proposals.selectors.clocks import ClockLine, clock_lines
from governance.proposals.selectors.impact import as_seen, signers_as_seen
from governance.proposals.selectors.signing import (
    must_sign_rows,
    signatures_of,
    snapshot_of,
)
from governance.proposals.selectors.standing import standing
from governance.proposals.selectors.waiting import Waiting, waiting_for
from governance.types import ChangeOp, Finding, FindingLevel, ProposalState

__all__ = [
    "Ability",
    "ChangeView",
    "PositionView",
    "ProposalDetail",
    "SignerView",
    "Waiting",
    "abilities",
    "changes_as_read",
    "findings_of",
    "get_proposal",
    "proposal_detail",
    "proposal_list",
    "visible_proposals",
    "waiting_for",
]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change beside what it builds on; `before` is empty where nothing holds."""

    change: Change
    kind_label: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    is_editorial: bool

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What differs, field by field and word by word."""
        return difference(self.before, self.after, kinds.get(self.change.kind).document_type)


@dataclass(frozen=True, slots=True)
class SignerView:
    """One signature that is needed: who, why, by which path, how far, and its clock."""

    signer: Signer
    signature: Signature
    position: Position | None
    request: SignRequest | None
    may_sign: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class PositionView:
    """One position; a stale one speaks of another text, a replaced one was followed by another of
    the same voice."""

    position: Position
    is_stale: bool
    is_replaced: bool


@dataclass(frozen=True, slots=True)
class Ability:
    """Whether the reader may do something now; `why_not` is empty when they may."""

    act: Act
    why_not: str

    @property
    def is_possible(self) -> bool:
        """Whether they may."""
        return not self.why_not


@dataclass(frozen=True, slots=True)
class ProposalDetail:
    """Everything a page shows of a proposal, for one reader."""

    proposal: Proposal
    revision: Revision
    revisions: tuple[Revision, ...]
    changes: tuple[ChangeView, ...]
    findings: tuple[Finding, ...]
    snapshot: ImpactSnapshot | None
    signers: tuple[SignerView, ...]
    others: tuple[Signer, ...]
    positions: tuple[PositionView, ...]
    concerns: tuple[Concern, ...]
    interests: tuple[Interest, ...]
    comments: tuple[Comment, ...]
    conflicts: tuple[Conflict, ...]
    steps: tuple[Step, ...]
    decisions: tuple[Decision, ...]
    tasks: tuple[MigrationTask, ...]
    clocks: tuple[ClockLine, ...]
    can: Mapping[str, Ability]
    now: dt.datetime
    follow_ups: tuple[Proposal, ...] = field(default_factory=tuple)

    @property
    def unchecked(self) -> tuple[Finding, ...]:
        """The guards that no engine could answer, which every signer is shown."""
        return tuple(f for f in self.findings if f.level is FindingLevel.UNCHECKED)


def proposal_list(
    principal: Principal,
    state: ProposalState | str | Sequence[str] | None = None,
    kind: str | None = None,
    mine: bool = False,
    query: str = "",
) -> QuerySet[Proposal]:
    """Proposals, the newest first; drafts too, for nothing is prepared in secret.

    `state` is one, several, or `open`; `mine` keeps those that the reader made.
    """
    rows = visible_proposals(principal)
    if state == "open":
        rows = rows.filter(state__in=OPEN)
    elif state:
        rows = rows.filter(state__in=[state] if isinstance(state, str) else list(state))
    if kind:
        rows = rows.filter(kind=kind)
    if mine:
        rows = rows.filter(_made_by(principal))
    for word in words_of(query):
        rows = rows.filter(Q(key__iexact=word) | Q(title__icontains=word) | Q(ask__icontains=word))
    return rows.select_related("author", "champion", "domain", "committee", "current").order_by(
        "-number"
    )


def visible_proposals(principal: Principal) -> QuerySet[Proposal]:
    """The proposals that a reader may see."""
    return gate().scope(principal, Action.SEE, Proposal.objects.all())


def get_proposal(principal: Principal, key: str) -> Proposal:
    """One proposal; raises NotFound alike for what is not there and what may not be seen."""
    proposal = (
        visible_proposals(principal)
        .filter(key=key)
        .select_related("author", "champion", "domain", "committee", "current", "follows_up")
        .first()
    )
    if proposal is None:
        raise NotFound("There is no such proposal.")
    return proposal


def proposal_detail(principal: Principal, key: str) -> ProposalDetail:
    """One proposal in full; raises NotFound."""
    with reading_once():
        return _in_full(principal, key)


def _in_full(principal: Principal, key: str) -> ProposalDetail:
    proposal = get_proposal(principal, key)
    revision = proposal.current
    if revision is None:
        raise NotFound("There is no such proposal.")
    at = clock.now()
    positions = _positions(proposal, revision)
    snapshot = snapshot_of(proposal)
    return ProposalDetail(
        proposal=proposal,
        revision=revision,
        revisions=tuple(proposal.revisions.select_related("author").order_by("-number")),
        changes=changes_as_read(principal, proposal, revision),
        findings=findings_of(revision),
        snapshot=as_seen(principal, snapshot) if snapshot is not None else None,
        signers=_signers(principal, proposal, positions, at),
        others=_others(principal, proposal),
        positions=positions,
        concerns=tuple(
            proposal.concerns.select_related("raiser", "answered_by", "ruled_by").prefetch_related(
                "appeals__raiser"
            )
        ),
        interests=tuple(interests_in(proposal, at)),
        comments=tuple(proposal.comments.select_related("author", "revision")),
        conflicts=tuple(Conflict.objects.filter(proposals=proposal).select_related("owner")),
        steps=tuple(proposal.steps.select_related("actor")),
        decisions=tuple(proposal.decisions.select_related("decided_by", "meeting")),
        tasks=tuple(proposal.migration_tasks.select_related("owner", "owner_team", "dataset")),
        clocks=clock_lines(proposal, at),
        can=abilities(principal, proposal, at),
        now=at,
        follow_ups=tuple(proposal.follow_ups.order_by("number")),
    )


def abilities(principal: Principal, proposal: Proposal, at: dt.datetime) -> Mapping[str, Ability]:
    """What a reader may do with a proposal now, by the name of the act, with why not."""
    verdict = gate().authorize(principal, Action.PROPOSE)
    if not verdict.allowed:
        return {act.value: Ability(act, verdict.sentence) for act in Act}
    found = standing(proposal, principal, at)
    answers = {}
    for act in Act:
        refused = refusal(act, found)
        answers[act.value] = Ability(act, refused.sentence if refused else "")
    return answers


def findings_of(revision: Revision) -> tuple[Finding, ...]:
    """The dry run that a revision stores."""
    return tuple(
        Finding(
            check=row["check"],
            level=FindingLevel(row["level"]),
            message=row["message"],
            field=row["field"],
            fix=row["fix"],
        )
        for row in revision.findings
    )


def _made_by(principal: Principal) -> Q:
    person = principal.person_id
    if person is None:
        return Q(pk__in=[])
    co_authored = Proposal.co_authors.through.objects.filter(person=person).values("proposal")
    return Q(author=person) | Q(champion=person) | Q(pk__in=co_authored)


def _is_asked(principal: Principal, proposal: Proposal) -> bool:
    """Whether a person was asked to sign a proposal."""
    person = principal.person_id
    asked = Q(person=person) | Q(delegate=person) | Q(manager=person)
    return person is not None and proposal.sign_requests.filter(asked).exists()


def changes_as_read(
    principal: Principal, proposal: Proposal, revision: Revision
) -> tuple[ChangeView, ...]:
    """The changes of a revision as a reader may see them.

    Who is asked to sign reads what documents withhold from others; who made the proposal reads
    what they wrote, but not what it leaves as it was.
    """
    is_asked = partial(_is_asked, principal, proposal)
    is_maker = visible_proposals(principal).filter(_made_by(principal), pk=proposal.pk).exists
    changes = list(revision.changes.select_related("agreement").order_by("position"))
    bases = {
        (version.agreement.key, version.number): version
        for version in AgreementVersion.objects.filter(
            agreement__key__in=[change.agreement_key for change in changes]
        ).select_related("agreement")
    }
    views = []
    for change in changes:
        base = bases.get((change.agreement_key, change.base_version))
        before = {} if base is None or base.op == ChangeOp.RETIRE else dict(base.document)
        prose = kinds.get(change.kind).prose
        views.append(
            ChangeView(
                change=change,
                kind_label=kinds.get(change.kind).label,
                before=as_read(principal, change.kind, before, is_party=is_asked),
                after=as_read(
                    principal,
                    change.kind,
                    change.document,
                    is_party=partial(_may_read, change, before, is_asked, is_maker),
                ),
                is_editorial=(
                    change.op == ChangeOp.REPLACE
                    and without_prose(before, prose) == without_prose(change.document, prose)
                ),
            )
        )
    return tuple(views)


def _may_read(
    change: Change,
    before: Mapping[str, Any],
    is_asked: Callable[[], bool],
    is_maker: Callable[[], bool],
) -> bool:
    return is_asked() or (not repeats_withheld(change.kind, change.document, before) and is_maker())


def _positions(proposal: Proposal, revision: Revision) -> tuple[PositionView, ...]:
    rows = list(
        proposal.positions.select_related("person", "on_behalf_of", "seat", "revision").order_by(
            "at", "pk"
        )
    )
    last: dict[int, int] = {}
    for row in rows:
        last[row.on_behalf_of_id or row.person_id] = row.pk
    return tuple(
        PositionView(
            position=row,
            is_stale=row.revision.logic_digest != revision.logic_digest,
            is_replaced=last[row.on_behalf_of_id or row.person_id] != row.pk,
        )
        for row in rows
    )


def _signers(
    principal: Principal, proposal: Proposal, positions: Sequence[PositionView], at: dt.datetime
) -> tuple[SignerView, ...]:
    by_id = {view.position.pk: view.position for view in positions}
    requests = {
        request.label: request
        for request in proposal.sign_requests.select_related("person", "delegate", "manager")
    }
    found = {one.label: one for one in signatures_of(proposal, at)}
    people = Person.objects.in_bulk({pk for one in found.values() for pk in one.may_sign})
    views = []
    rows = must_sign_rows(proposal)
    snapshot = snapshot_of(proposal)
    for row in signers_as_seen(principal, snapshot, rows) if snapshot is not None else rows:
        signature = found[row.label]
        said = signature.said
        views.append(
            SignerView(
                signer=row,
                signature=signature,
                position=by_id.get(said.id) if said is not None else None,
                request=requests.get(row.label),
                may_sign=tuple(people[pk] for pk in sorted(signature.may_sign) if pk in people),
            )
        )
    return tuple(views)


def _others(principal: Principal, proposal: Proposal) -> tuple[Signer, ...]:
    """Who is consulted and informed."""
    snapshot = snapshot_of(proposal)
    if snapshot is None:
        return ()
    rows = snapshot.signers.exclude(role="must_sign").select_related("domain", "person", "team")
    return tuple(signers_as_seen(principal, snapshot, rows.order_by("role", "label", "pk")))
