"""Conflicts of interest are suggested; whoever declares one is recused (3.3)."""

import datetime as dt

import pytest

from governance.council.selectors.interests import suggested_recusals
from governance.council.selectors.meetings import votes_on
from governance.models import AgendaItem, Meeting
from governance.types import (
    AgendaSection,
    ConflictKind,
    ConflictState,
    PositionValue,
    ProposalClass,
    ProposalState,
)
from tests.governance.council.chamber import chamber
from tests.governance.council.questions import conflict, proposal, say

pytestmark = pytest.mark.django_db

FRIDAY = dt.datetime(2026, 9, 4, 9, 0, tzinfo=dt.UTC)


def test_mia_wrote_the_competing_definition_until_she_recuses_herself() -> None:
    """Larkfield 5.7: Mia is the author of marketing's MQL, which DGP-0003 would replace."""
    here = chamber()
    mia, seun = here.people["Mia"], here.people["Seun"]
    asked = proposal(
        seun, ProposalState.COUNCIL_VOTE, at=FRIDAY, klass=ProposalClass.CONTESTED
    )  # fmt: skip
    own = proposal(mia, ProposalState.DISCUSSION, at=FRIDAY)
    between = conflict(ConflictKind.LOGICAL, asked, own, at=FRIDAY)

    assert [(one.person, one.why) for one in suggested_recusals(asked)] == [
        (mia, f"proposed {own.key}, which competes with it")
    ]
    meeting = Meeting.objects.create(starts_at=FRIDAY)
    item = AgendaItem.objects.create(
        meeting=meeting, section=AgendaSection.DECISIONS, position=1, title="MQL", proposal=asked
    )
    [table] = votes_on(meeting, item, FRIDAY)
    assert [one.person for one in table.interests] == [mia]

    say(asked, mia, PositionValue.RECUSED, at=FRIDAY)
    assert suggested_recusals(asked) == []
    [table] = votes_on(meeting, item, FRIDAY)
    assert (table.tally.recused, table.tally.present) == (1, 1)
    assert [one.person for one in suggested_recusals(own)] == [seun]
    between.state = ConflictState.RESOLVED
    between.save()
    assert suggested_recusals(own) == []
