"""From what happened to whom it concerns: the messages that each event of governance makes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from catalog.dates import exact_day
from catalog.events import ConversationHeld, RemarkMade
from catalog.models import Event
from catalog.selectors.principals import principal_of
from governance.addresses import (
    agreement_address,
    conflict_address,
    decision_address,
    meeting_address,
    proposal_address,
)
from governance.events import (
    AgreementAdopted,
    BrakeTripped,
    ConflictChanged,
    DecisionTaken,
    MeetingChanged,
    OptOutExceptionChanged,
    ProposalChanged,
    QueryStopped,
)
from governance.models import (
    Agreement,
    Conflict,
    Decision,
    ImpactSnapshot,
    InterestRuling,
    Meeting,
    Membership,
    Proposal,
    Signer,
    SignRequest,
    Watch,
)
from governance.notifications.conversation import messages_of_talk
from governance.notifications.exceptions import messages_of_exception
from governance.notifications.kinds import (
    ADOPTED,
    BLOCKED,
    COMMENT,
    CONFLICT,
    CONSULTED,
    DECIDED,
    ESCALATION,
    INFORMED,
    MEETING,
    MUST_SIGN,
    TASK,
    MessageKind,
)
from governance.notifications.queries import messages_of_brake, messages_of_stop
from governance.notifications.services.messages import Message
from governance.proposals.selectors.impact import signers_as_seen
from governance.types import ChangeOp, ConflictState, ProposalState, SignerRole

_OPENS = {ProposalState.DISCUSSION.value, ProposalState.FINAL_CALL.value}
_KIND_OF_ROLE: Mapping[str, MessageKind] = {
    SignerRole.MUST_SIGN.value: MUST_SIGN,
    SignerRole.CONSULTED.value: CONSULTED,
    SignerRole.INFORMED.value: INFORMED,
}


def messages_for(events: Sequence[Event]) -> Iterator[Message]:
    """Every message that a batch of events makes, never to whoever caused it."""
    for event in events:
        writer = _WRITERS.get(event.type)
        if writer is not None:
            for message in writer(event):
                if message.person_id != event.actor_id or message.kind in (MUST_SIGN, ESCALATION):
                    yield message


def _of_proposal(event: Event) -> Iterator[Message]:
    proposal = Proposal.objects.filter(pk=event.subject_id).first()
    if proposal is None:
        return
    what, state = event.payload.get("what"), event.payload.get("state")
    if what in ("stepped", "impact") and state in _OPENS:
        yield from _asked(proposal)
    elif what == "escalated":
        yield from _escalated(proposal)
    elif what == "position" and event.payload.get("detail") == "block":
        yield from _to_proposers(
            proposal, BLOCKED, f"{event.actor_name} blocks {proposal.key}: {proposal.title}", event
        )
    elif what == "interest":
        yield from _ruled_on(proposal, event)
    elif what == "appeal" and str(event.payload.get("detail", "")).startswith("against "):
        title = f"{event.actor_name} appeals against a ruling on {proposal.key}: {proposal.title}"
        yield from _to_proposers(proposal, BLOCKED, title, event)
    elif what in ("comment", "concern"):
        yield from _to_proposers(
            proposal,
            COMMENT,
            f"{event.actor_name} wrote on {proposal.key}: {proposal.title}",
            event,
        )
    if what == "stepped":
        title = f"{proposal.key} is {str(state).replace('_', ' ')} now: {proposal.title}"
        for person in _watchers("proposal", proposal.key):
            yield _about(proposal, person, INFORMED, title, f"watch:{event.pk}")


def _asked(proposal: Proposal) -> Iterator[Message]:
    snapshot = (
        ImpactSnapshot.objects.filter(revision=proposal.current_id)
        .order_by("-taken_at", "-pk")
        .first()
    )
    if snapshot is None:
        return
    for signer in _as_they_see(snapshot):
        kind = _KIND_OF_ROLE[signer.role]
        part = "position" if kind is MUST_SIGN else ""
        verb = "Sign or block" if kind is MUST_SIGN else "Have a look"
        yield Message(
            person_id=signer.person_id or 0,
            kind=kind,
            title=f"{verb}: {proposal.ask}",
            body=_affected(signer),
            url=proposal_address(proposal.key, part),
            # A later revision asks again; a recomputed impact of the same one does not.
            dedupe=f"{proposal.key}:r{proposal.current_id}:{signer.role}:{signer.label}",
            subject_type="proposal",
            subject_key=proposal.key,
        )


def _as_they_see(snapshot: ImpactSnapshot) -> Iterator[Signer]:
    """Who is asked, each in words that name only what this person may see: a mail is read by
    them, whoever computed the impact."""
    rows = Signer.objects.filter(snapshot=snapshot, person__isnull=False).select_related("person")
    for _, own in groupby(rows.order_by("person", "pk"), key=lambda row: row.person_id):
        signers = list(own)
        yield from signers_as_seen(principal_of(signers[0].person), snapshot, signers)


def _ruled_on(proposal: Proposal, event: Event) -> Iterator[Message]:
    """To whom the chair ruled to stand aside, or to take part."""
    ruling = InterestRuling.objects.filter(proposal=proposal).order_by("-at", "-pk").first()
    if ruling is not None:
        verb = "stand aside from" if ruling.stands_aside else "take part in"
        title = f"The chair ruled that you {verb} {proposal.key}: {ruling.ruling}"[:300]
        yield _about(proposal, ruling.person_id, INFORMED, title, f"interest:{event.pk}")


def _affected(signer: Signer) -> str:
    """What of theirs is touched, with the way that it is."""
    way = " → ".join(str(step) for step in signer.path)
    return f"{signer.explanation}" + (f"\n{way}" if len(signer.path) > 1 else "")


def _escalated(proposal: Proposal) -> Iterator[Message]:
    for request in SignRequest.objects.filter(proposal=proposal, withdrawn_at__isnull=True):
        steps = (
            (request.reminded_at, request.person_id, "Still waiting for you"),
            (request.delegated_at, request.delegate_id, f"You stand in for {request.person}"),
            (request.manager_at, request.manager_id, f"{request.person} has not answered"),
        )
        for at, person_id, words in steps:
            if at is not None and person_id is not None:
                yield Message(
                    person_id=person_id,
                    kind=ESCALATION,
                    title=f"{words}: {proposal.ask}",
                    body=f"{request.label} was asked on {exact_day(request.requested_at)}.",
                    url=proposal_address(proposal.key, "position"),
                    dedupe=f"{proposal.key}:escalated:{request.pk}:{words[:20]}:{person_id}",
                    subject_type="proposal",
                    subject_key=proposal.key,
                )


def _of_decision(event: Event) -> Iterator[Message]:
    decision = Decision.objects.filter(pk=event.subject_id).select_related("proposal").first()
    if decision is None:
        return
    proposal = decision.proposal
    people = {
        proposal.author_id,
        proposal.champion_id,
        *proposal.positions.values_list("person_id", flat=True),
        *_watchers("proposal", proposal.key),
        *_watchers("council", "decisions"),
    }
    for person in people:
        yield Message(
            person_id=person,
            kind=DECIDED,
            title=f"{decision.key}: {decision.sentence}",
            url=decision_address(decision.key),
            dedupe=f"{decision.key}",
            subject_type="decision",
            subject_key=decision.key,
        )


def _of_adoption(event: Event) -> Iterator[Message]:
    agreement = Agreement.objects.filter(pk=event.subject_id).first()
    decision = Decision.objects.filter(key=event.payload.get("decision")).first()
    if agreement is None or decision is None:
        return
    tasks = decision.proposal.migration_tasks.filter(owner__isnull=False, done_at__isnull=True)
    for task in tasks:
        yield Message(
            person_id=task.owner_id or 0,
            kind=TASK,
            title=f"{task.instruction} Due {exact_day(task.due_on)}.",
            url=proposal_address(decision.proposal.key, "tasks"),
            dedupe=f"task:{task.pk}",
            subject_type="proposal",
            subject_key=decision.proposal.key,
        )
    touched = Signer.objects.filter(
        snapshot__revision=decision.proposal.current_id, person__isnull=False
    ).values_list("person_id", flat=True)
    people = {*touched, *_watchers("agreement", agreement.key)}
    if agreement.domain is not None:
        people |= set(_watchers("domain", agreement.domain.slug))
    words = "No longer in force" if event.payload.get("op") == ChangeOp.RETIRE else "In force"
    for person in people:
        if person is not None:
            yield Message(
                person_id=person,
                kind=ADOPTED,
                title=f"{words}: {agreement.title} ({decision.key})",
                url=agreement_address(agreement.key),
                # Many changes of one decision are one message (bulk rule of 3.4).
                dedupe=f"{decision.key}:adopted",
                subject_type="agreement",
                subject_key=agreement.key,
            )


def _of_conflict(event: Event) -> Iterator[Message]:
    conflict = Conflict.objects.filter(pk=event.subject_id).first()
    if conflict is None or conflict.state != ConflictState.OPEN:
        return
    people = {conflict.owner_id, *conflict.proposals.values_list("champion_id", flat=True)}
    for person in people - {None}:
        yield Message(
            person_id=person or 0,
            kind=CONFLICT,
            title=f"They disagree: {conflict.title}",
            body=conflict.witness,
            url=conflict_address(conflict.pk),
            dedupe=f"conflict:{conflict.pk}:{conflict.state}",
            subject_type="conflict",
            subject_key=str(conflict.pk),
        )


def _of_meeting(event: Event) -> Iterator[Message]:
    meeting = Meeting.objects.filter(pk=event.subject_id).first()
    what = event.payload.get("what")
    if meeting is None or what not in ("agenda_sent", "approved", "canceled", "cancel_offered"):
        return
    words = {
        "agenda_sent": "The agenda",
        "approved": "The minutes",
        "canceled": "Canceled: the meeting",
        "cancel_offered": "Nothing to decide: cancel the meeting",
    }[what]
    for person in {*_sitting(meeting.starts_at), *_watchers("council", "meetings")}:
        yield Message(
            person_id=person,
            kind=MEETING,
            title=f"{words} of {exact_day(meeting.starts_at)}",
            url=meeting_address(meeting.pk),
            dedupe=f"meeting:{meeting.pk}:{what}",
            subject_type="meeting",
            subject_key=str(meeting.pk),
        )


def _to_proposers(
    proposal: Proposal, kind: MessageKind, title: str, event: Event
) -> Iterator[Message]:
    people = {
        proposal.author_id,
        proposal.champion_id,
        *proposal.co_authors.values_list("pk", flat=True),
    }
    for person in people:
        yield _about(proposal, person, kind, title, f"{kind.key}:{event.pk}")


def _about(proposal: Proposal, person: int, kind: MessageKind, title: str, dedupe: str) -> Message:
    return Message(
        person_id=person,
        kind=kind,
        title=title,
        url=proposal_address(proposal.key),
        dedupe=dedupe,
        subject_type="proposal",
        subject_key=proposal.key,
    )


def _sitting(at: dt.datetime) -> Iterable[int]:
    return (
        Membership.objects.filter(since__lte=at, seat__closed_at__isnull=True)
        .exclude(until__lte=at)
        .values_list("person_id", flat=True)
    )


def _watchers(subject_type: str, key: str) -> Iterable[int]:
    return Watch.objects.filter(subject_type=subject_type, subject_key=key).values_list(
        "person_id", flat=True
    )


_WRITERS: Mapping[str, Callable[[Event], Iterator[Message]]] = {
    ConversationHeld.name: messages_of_talk,
    RemarkMade.name: messages_of_talk,
    ProposalChanged.name: _of_proposal,
    DecisionTaken.name: _of_decision,
    AgreementAdopted.name: _of_adoption,
    ConflictChanged.name: _of_conflict,
    MeetingChanged.name: _of_meeting,
    OptOutExceptionChanged.name: messages_of_exception,
    BrakeTripped.name: messages_of_brake,
    QueryStopped.name: messages_of_stop,
}
