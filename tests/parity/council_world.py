"""Who asks and what there is to ask for where people agree: one proposal before the council."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.models import Person
from catalog.selectors.principals import principal_of
from catalog.services.tokens import create_token
from catalog.types import EmploymentKind, TokenScope
from governance.models import Concern, Proposal
from governance.proposals.services.concerns import raise_concern
from governance.proposals.services.submitting import submit
from governance.types import ChangeOp, ChangeSpec, PositionValue
from tests.factories import AdministratorFactory, PersonFactory
from tests.governance.api.terms import bring_to_vote, term_document
from tests.governance.proposals.world import (
    DAY,
    MONDAY,
    World,
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
    """`open` is in discussion, `voted` before the council with everybody's consent, `blocked` has
    a block that nobody ruled on, `submitted` waits in triage."""

    world: World
    open: Proposal
    voted: Proposal
    blocked: Proposal
    block: Concern
    submitted: Proposal
    until: dt.datetime


def term_change(world: World, label: str) -> ChangeSpec:
    document = term_document(world, "Marketing", "Sales", label=label)
    return ChangeSpec(ChangeOp.CREATE, "term", "", document)


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
    opened = in_discussion(world, term_change(world, "Qualified lead"))
    raise_concern(
        acting=world.who("Nadia"), key=opened.key, kind="scope", title="Wide", text="Too wide."
    )
    return CouncilWorld(
        world=world,
        open=Proposal.objects.select_related("current").get(pk=opened.pk),
        voted=voted,
        blocked=blocked,
        block=Concern.objects.get(is_blocking=True),
        submitted=submitted,
        until=MONDAY + 9 * DAY,
    )


def _member(name: str) -> Callable[[CouncilWorld], Asker]:
    return lambda made: Asker(made.world.council.people[name])


def _somebody(**attributes: Any) -> Callable[[CouncilWorld], Asker]:
    return lambda made: Asker(PersonFactory(**attributes))


def _read_only(made: CouncilWorld) -> Asker:
    person: Person = made.world.council.people["Inés"]
    token = create_token(acting=principal_of(person), name="t", scopes=[TokenScope.READ])
    return Asker(person, token[1])


COUNCIL_ASKERS: Mapping[str, Callable[[CouncilWorld], Asker]] = {
    "employee": _somebody(),
    "author": lambda made: Asker(made.world.author),
    "signer": _member("Hugo"),
    "chair": _member("Inés"),
    "secretary": _member("Tomas"),
    "administrator": lambda made: Asker(AdministratorFactory()),
    "external": _somebody(employment_kind=EmploymentKind.EXTERNAL),
    "inactive": _somebody(is_active=False),
    "read-only token": _read_only,
}
