"""The form that records a vote in a meeting: what was written is not lost when it is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from governance.council.services.meetings import open_meeting
from governance.models import Decision, Meeting, Proposal
from tests.governance.council.chamber import Chamber
from tests.governance.council.sittings import SEVEN, current, there

pytestmark = pytest.mark.django_db


def test_a_refused_vote_keeps_its_outcome_and_its_words(
    here: Chamber, meeting: Meeting, clock: Any
) -> None:
    # Given a meeting that is at its vote, for which nobody has voted yet
    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    there(here, meeting, *SEVEN)
    client = Client()
    client.force_login(here.people["Tomas"])
    item = meeting.items.get(title="DGP-0001 Vote")
    client.post(f"/council/meetings/{meeting.pk}/act/", {"what": "advance", "item": str(item.pk)})
    assert current(meeting) == "DGP-0001 Vote"
    voted = Proposal.objects.get(title="Vote")
    room = client.get(f"/council/meetings/{meeting.pk}/").content.decode()
    assert room.split('class="room-bar"')[1].split("</div>")[0].count("uorum") == 1
    sent = {
        "what": "record_vote",
        "meeting": str(meeting.pk),
        "back": f"/council/meetings/{meeting.pk}/",
        "outcome": "adopted",
        "words": "Each block was answered in writing.",
        "effective_on": "2026-10-01",
    }

    # When the secretary records that it was adopted
    answer = client.post(f"/proposals/{voted.key}/act/", sent)

    # Then the room stands again with the form as it was filled, and says where to look
    page = answer.content.decode()
    assert answer.status_code in (403, 409)
    assert "Nothing was changed." in page
    assert re.search(r'id="outcome-adopted"[^>]* checked>', page)
    assert ">Each block was answered in writing.</textarea>" in page
    assert 'value="2026-10-01"' in page
    assert f'href="/proposals/{voted.key}/#position">What stands against it' in page
    assert not Decision.objects.exists()

    # And a wrong date is told at the date
    undated = client.post(f"/proposals/{voted.key}/act/", sent | {"effective_on": "2026-13-45"})
    assert undated.status_code == 400
    assert 'id="vote-effective-error"' in undated.content.decode()
    assert ">Each block was answered in writing.</textarea>" in undated.content.decode()
