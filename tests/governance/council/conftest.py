"""A council whose next meeting stands at its time."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from governance.council.services.meetings import make_agenda, plan_next
from governance.models import Meeting
from governance.types import ProposalClass, ProposalState
from tests.governance.council.chamber import Chamber, chamber
from tests.governance.council.questions import proposal
from tests.governance.council.sittings import DAY, FRIDAY, MEETING


@pytest.fixture
def here() -> Chamber:
    return chamber()


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(FRIDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def meeting(here: Chamber, clock: Any) -> Meeting:
    """Planned with an agenda: a vote, a final call, new business. The clock stands at its time."""
    planned = plan_next(acting=here.principal("Inés"))[0]
    ines = here.people["Inés"]
    states = ProposalState
    proposal(ines, states.COUNCIL_VOTE, at=FRIDAY, title="Vote", klass=ProposalClass.CONTESTED)
    for title in ("Call", "Second call"):
        proposal(
            ines, states.FINAL_CALL, at=FRIDAY, title=title, final_call_until=MEETING + DAY
        )  # fmt: skip
    proposal(ines, states.TRIAGE, at=FRIDAY, title="New")
    make_agenda(acting=here.principal("Inés"), meeting_id=planned.pk)
    clock.move_to(MEETING)
    return planned
