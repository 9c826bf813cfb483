"""Who asks and what there is to ask for where people agree: one proposal before the council."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.models import Person
from catalog.selectors.principals import principal_of
from catalog.services.tokens import create_token
from catalog.types import EmploymentKind, TeamKind, TokenScope
from governance.council.services.appeals import appeal_ruling, vote_on_appeal
from governance.council.services.delegations import delegate
from governance.council.services.flows import register_flow
from governance.council.services.meetings import attend, open_meeting, plan_meeting
from governance.models import Appeal, Concern, Conflict, Delegation, Flow, Proposal, Webhook
from governance.notifications.services.webhooks import add_webhook
from governance.proposals.services.concerns import raise_concern, rule_invalid
from governance.proposals.services.submitting import submit
from governance.types import ChangeOp, ChangeSpec, ConflictKind, PositionValue
from tests.factories import (
    AdministratorFactory,
    OwnershipFactory,
    PersonFactory,
    SystemFactory,
    TeamFactory,
)
from tests.governance.api.terms import bring_to_vote, term_document
from tests.governance.council.questions import conflict
from tests.governance.proposals.world import (
    DAY,
    MONDAY,
    World,
    administrator_principal,
    at,
    block_fields,
    draft,
    in_discussion,
    make_world,
    say,
)
from tests.parity.world import Asker


@dataclass(frozen=True)
class CouncilWorld:
    """`open` is in discussion and Nadia perhaps has an interest in it, `voted` before the council
    with everybody's consent, `blocked` has a block that nobody ruled on, `submitted` waits in
    triage. The chair ruled on `ruled`; `appeal` is before the meeting, which is open. `owner` owns
    an open conflict and a flow; `settled` is a conflict that was, `twofold` one of two texts;
    `given` is a vote that Farid gave to his boss."""

    world: World
    open: Proposal
    voted: Proposal
    blocked: Proposal
    block: Concern
    submitted: Proposal
    ruled: Concern
    appeal: Appeal
    until: dt.datetime
    owner: Person
    conflict: Conflict
    settled: Conflict
    twofold: Conflict
    flow: Flow
    given: Delegation
    webhook: Webhook
    dataset: int
    operators: int

    @property
    def analyst(self) -> int:
        """The seat of the BU Analyst."""
        return self.world.council.seats["BU Analyst"].pk


def term_change(world: World, label: str) -> ChangeSpec:
    document = term_document(world, "Marketing", "Sales", label=label)
    return ChangeSpec(ChangeOp.CREATE, "term", "", document)


def ruled_block(world: World, label: str) -> Concern:
    """A block on a new proposal, which the chair ruled to be none."""
    proposal = in_discussion(world, term_change(world, label))
    say(world.who("Farid"), proposal, PositionValue.BLOCK, **block_fields())
    block = Concern.objects.get(proposal=proposal)
    return rule_invalid(acting=world.who("Inés"), concern_id=block.pk, ruling="It is rare.")


def made_council() -> CouncilWorld:
    at(MONDAY)
    world = make_world()
    voted = in_discussion(world, term_change(world, "Closed deal"))
    for name in world.council.people:
        say(world.who(name), voted)
    bring_to_vote(world, voted)
    blocked = in_discussion(world, term_change(world, "Lost deal"))
    say(world.who("Farid"), blocked, PositionValue.BLOCK, **block_fields())
    submitted = draft(world, term_change(world, "Won deal"))
    submit(acting=world.acting, key=submitted.key)
    ruled = ruled_block(world, "Cold deal")
    appeal_ruling(acting=world.who("Farid"), concern_id=ruled.pk, reason="It is a witness.")
    appeal = Appeal.objects.get()
    ruled = ruled_block(world, "Warm deal")
    meeting = plan_meeting(acting=world.who("Inés"), starts_at=MONDAY + dt.timedelta(minutes=20))
    open_meeting(acting=world.who("Inés"), meeting_id=meeting.pk)
    for name in ("Tomas", "Hugo", "Bram", "Suri", "Nadia", "Peta"):
        attend(acting=world.who(name), meeting_id=meeting.pk)
    vote_on_appeal(acting=world.who("Bram"), appeal_id=appeal.pk, choice="overturn")
    opened = in_discussion(world, term_change(world, "Qualified lead"))
    rival = draft(world, term_change(world, "Rival lead"), acting=world.who("Nadia"))
    conflict(ConflictKind.LOGICAL, opened, rival, at=MONDAY)
    raise_concern(
        acting=world.who("Nadia"), key=opened.key, kind="scope", title="Wide", text="Too wide."
    )
    owner = PersonFactory(display_name="Olga Owner", is_staff=True)
    given = delegate(acting=world.who("Farid"), taker_id=world.boss.pk, until=MONDAY + 9 * DAY)
    Person.objects.update(is_staff=True)  # so that the admin decides by the port, not by the flag
    return CouncilWorld(
        world=world,
        open=Proposal.objects.select_related("current").get(pk=opened.pk),
        voted=voted,
        blocked=blocked,
        block=Concern.objects.get(proposal=blocked),
        submitted=submitted,
        ruled=ruled,
        appeal=appeal,
        until=MONDAY + 9 * DAY,
        owner=owner,
        conflict=_conflict(owner, "open"),
        settled=_conflict(owner, "accepted", resolution="Both stand.", settled_at=MONDAY),
        twofold=_conflict(owner, "open", of=(opened, submitted)),
        flow=_flow(owner),
        given=given,
        webhook=add_webhook(
            acting=administrator_principal(), name="tool", url="https://example.org/"
        ),
        dataset=OwnershipFactory(person=owner).dataset_id,
        operators=TeamFactory(kind=TeamKind.OPERATIONS).pk,
    )


def _conflict(owner: Person, state: str, *, of: Sequence[Proposal] = (), **fields: Any) -> Conflict:
    parties = [
        {"kind": "proposal", "key": one.key, "title": one.title, "text": one.ask, "owner": ""}
        for one in of
    ]
    return Conflict.objects.create(
        kind="homonym", fingerprint=f"{state} {len(of)}", title="Lead and lead",
        witness="Both say lead.", owner=owner, found_at=MONDAY, state=state, parties=parties,
        **fields,
    )  # fmt: skip


def _flow(owner: Person) -> Flow:
    return register_flow(
        acting=administrator_principal(), source_id=SystemFactory().pk,
        target_id=SystemFactory().pk, entity="lead", method="export", cadence="daily",
        owner_id=owner.pk,
    )  # fmt: skip


def _member(name: str) -> Callable[[CouncilWorld], Asker]:
    return lambda made: Asker(made.world.council.people[name])


def _somebody(**attributes: Any) -> Callable[[CouncilWorld], Asker]:
    return lambda made: Asker(PersonFactory(is_staff=True, **attributes))


def _read_only(made: CouncilWorld) -> Asker:
    person: Person = made.world.council.people["Inés"]
    token = create_token(acting=principal_of(person), name="t", scopes=[TokenScope.READ])
    return Asker(person, token[1])


COUNCIL_ASKERS: Mapping[str, Callable[[CouncilWorld], Asker]] = {
    "employee": _somebody(),
    "owner": lambda made: Asker(made.owner),
    "author": lambda made: Asker(made.world.author),
    "signer": _member("Hugo"),
    "chair": _member("Inés"),
    "secretary": _member("Tomas"),
    "administrator": lambda made: Asker(AdministratorFactory()),
    "external": _somebody(employment_kind=EmploymentKind.EXTERNAL),
    "inactive": _somebody(is_active=False),
    "anonymous": lambda made: Asker(None),
    "read-only token": _read_only,
}
