"""What the pages offer, REST and GraphQL offer: no act is left to one door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from config.graphql.schema import schema
from governance.council.offered import MEETING_STEPS
from governance.council.web.meetings import _ACTS as PAGE_OF_MEETING
from governance.models import (
    ActionItem,
    Agreement,
    Conflict,
    Delegation,
    Meeting,
    Membership,
    Notification,
    UseCount,
)
from governance.proposals.offered import APPEAL_STEPS, CONCERN_STEPS, STEPS
from governance.proposals.web.acting import _ACTS as PAGE_OF_PROPOSAL
from governance.types import ConflictKind, ConflictState
from tests.governance.proposals.world import DAY, HOUR, MONDAY, World, at

Rest = Callable[..., APIClient]
Ask = Callable[..., Any]
ROOT = "/api/v1"
# Acts of a proposal's page that are no step: each has an address and a mutation of its own.
SPOKEN = {"take_position", "raise_concern", "comment", "record_vote", "rule_on_interest"}
OF_CONCERNS = {
    "answer_concern", "resolve_concern", "withdraw_concern", "rule_valid", "rule_invalid",
    "appeal_ruling",
}  # fmt: skip
OF_APPEALS = {"vote_on_appeal", "decide_appeal"}
# The page's word where REST and GraphQL say more plainly what is meant.
PLAINER = {
    "approve": "approve-minutes",
    "object": "object-to-minutes",
    "correct": "correct-minutes",
}


def test_no_act_of_a_page_is_missing_elsewhere() -> None:
    steps = {name.replace("-", "_") for name in STEPS}
    assert set(PAGE_OF_PROPOSAL) - SPOKEN - OF_CONCERNS - OF_APPEALS == steps
    assert len(CONCERN_STEPS) == len(OF_CONCERNS)
    assert len(APPEAL_STEPS) == len(OF_APPEALS)
    of_meetings = {PLAINER.get(name, name.replace("_", "-")) for name in PAGE_OF_MEETING}
    assert of_meetings - {"add-item"} == set(MEETING_STEPS) - {"cancel"}  # which another page has


def test_every_step_is_a_mutation() -> None:
    mutation = schema.graphql_schema.mutation_type
    assert mutation is not None
    told = {
        name for name, field in mutation.fields.items()
        if str(field.type) in ("ProposalPayload!", "RoomPayload!")
    }  # fmt: skip
    of_steps = len(STEPS) + len(CONCERN_STEPS) + len(APPEAL_STEPS) + len(MEETING_STEPS)
    assert len(told) == of_steps + 8 + 1 + 1 + 1  # an emergency opt-out, a merge
    assert {"createProposal", "reviseProposal", "recordVote", "ruleOnInterest"} <= told
    assert "addAgendaItem" in told


def meeting_planned(chair: APIClient) -> int:
    made = chair.post(f"{ROOT}/council/meetings/plan/", format="json")
    assert made.status_code == 201
    return int(made.json()[0]["id"])


def test_a_meeting_is_planned_run_and_minuted_over_rest(world: World, rest: Rest) -> None:
    chair = rest("Inés")
    pk = meeting_planned(chair)
    at(Meeting.objects.get(pk=pk).starts_at)

    def go(step: str, client: APIClient = chair, **given: Any) -> Any:
        answer = client.post(f"{ROOT}/council/meetings/{pk}/{step}/", given, format="json")
        assert answer.status_code in (200, 201), answer.content
        return answer.json()

    go("items", title="A guest speaks")
    assert go("open")["meeting"]["state"] == "open"
    room = go("attend")
    seat = next(one["seat"] for one in room["chairs"] if one["name"] == "VP Data")
    assert [one["attends"] for one in room["chairs"] if one["is_present"]] == [
        world.council.people["Inés"].username
    ]
    assert not room["has_quorum"]
    go("note", words="All were on time.")
    go("add-action", username=world.colleague.username, words="Send the list")
    go("leave", seat=seat)
    assert go("close")["meeting"]["state"] == "closed"
    assert "All were on time." in go("draft-minutes")["minutes_text"]
    assert go("object-to-minutes", rest("Peta"), words="One is missing.")["objection"]
    assert go("write-minutes", words="We met.")["objection"] == ""
    assert go("approve-minutes")["meeting"]["state"] == "approved"
    go("correct-minutes", rest("Peta"), words="It was Tuesday.")
    action = ActionItem.objects.get()
    done = rest(world.colleague).post(f"{ROOT}/council/actions/{action.pk}/finish/")
    assert done.json()["done_at"]
    assert chair.get(f"{ROOT}/council/actions/").json()["results"] == []


def test_a_meeting_is_run_over_graphql(world: World, rest: Rest, graphql: Ask) -> None:
    planned = graphql("Inés", "mutation { planMeetings { meetings { id state } } }")
    pk = planned["data"]["planMeetings"]["meetings"][0]["id"]
    at(Meeting.objects.get(pk=pk).starts_at)
    opened = graphql(
        "Inés",
        "mutation O($id: ID!) { openMeeting(meeting: $id) { room { meeting { state }"
        " items { title proposal { key } } hasQuorum mayRun } } }",
        id=pk,
    )
    assert opened["data"]["openMeeting"]["room"]["meeting"] == {"state": "open"}
    joined = graphql(
        "Hugo",
        "mutation A($id: ID!) { attendMeeting(meeting: $id) { room { chairs { attends }"
        " mayRun mayAttend } } }",
        id=pk,
    )["data"]["attendMeeting"]["room"]
    assert (joined["mayRun"], joined["mayAttend"]) == (False, True)
    assert world.council.people["Hugo"].username in [one["attends"] for one in joined["chairs"]]
    refused = graphql(
        "Hugo", "mutation C($id: ID!) { closeMeeting(meeting: $id) { room { minutes } } }", id=pk
    )["errors"][0]
    assert refused["extensions"]["code"] == "not_chair_or_secretary"
    assert Meeting.objects.get(pk=pk).state == "open"


def test_votes_are_given_and_taken_back(world: World, rest: Rest, graphql: Ask) -> None:
    hugo = rest("Hugo")
    until = (MONDAY + 9 * DAY).isoformat()
    made = hugo.post(
        f"{ROOT}/council/delegations/",
        {"username": world.colleague.username, "until": until},
        format="json",
    )
    assert made.status_code == 201
    seats = {one["name"]: one for one in hugo.get(f"{ROOT}/council/seats/").json()}
    assert seats["SalesOps"]["delegate"] == world.colleague.username
    shown = graphql("Peta", "{ delegations(first: 5) { edges { node { giver { username } } } } }")
    assert shown["data"]["delegations"]["edges"] == [
        {"node": {"giver": {"username": world.council.people["Hugo"].username}}}
    ]
    at(MONDAY + HOUR)
    ended = graphql(
        "Hugo",
        "mutation E($id: ID!) { endDelegation(delegation: $id) { delegation { endedAt } } }",
        id=made.json()["id"],
    )
    assert ended["data"]["endDelegation"]["delegation"]["endedAt"]
    assert Delegation.objects.get().ended_at is not None


def test_a_seat_changes_hands(world: World, rest: Rest) -> None:
    chair = rest("Inés")
    at(MONDAY + DAY)

    seated = chair.put(
        f"{ROOT}/council/seats/bu-analyst/sitter/",
        {"username": world.colleague.username},
        format="json",
    )
    past = chair.get(f"{ROOT}/council/seats/?as_of=2026-02-01T00:00:00Z").json()
    at(MONDAY + 2 * DAY)
    vacated = chair.delete(f"{ROOT}/council/seats/bu-analyst/sitter/?reason=Left")

    assert seated.json()["sitter"] == world.colleague.username
    assert {one["slug"]: one["sitter"] for one in past}["bu-analyst"] == (
        world.council.people["Peta"].username
    )
    assert vacated.json()["sitter"] is None
    history = chair.get(f"{ROOT}/council/seats/bu-analyst/memberships/").json()["results"]
    assert [one["person"] for one in history] == [
        world.colleague.username,
        world.council.people["Peta"].username,
    ]
    assert Membership.objects.filter(seat__slug="bu-analyst", until__isnull=True).count() == 0


def conflict(owner: Any) -> Conflict:
    return Conflict.objects.create(
        kind=ConflictKind.HOMONYM, fingerprint="f", title="Lead and lead", witness="Both say lead.",
        owner=owner, found_at=MONDAY,
    )  # fmt: skip


def test_a_conflict_is_settled_and_opened_again(world: World, rest: Rest, graphql: Ask) -> None:
    row = conflict(world.colleague)
    settle = """mutation S($id: ID!) { settleConflict(conflict: $id, state: "accepted",
        resolution: "Both stand.") { conflict { state resolvedBy { username } } } }"""

    refused = graphql("Peta", settle, id=row.pk)["errors"][0]["extensions"]["code"]
    by_rest = rest("Peta").post(
        f"{ROOT}/conflicts/{row.pk}/settle/",
        {"state": "accepted", "resolution": "Both stand."},
        format="json",
    )
    # neither a party nor an administrator: no scope of a token would change that
    assert (refused, by_rest.json()["code"]) == ("not_administrator", "not_administrator")
    row.refresh_from_db()
    assert row.state == ConflictState.OPEN
    settled = graphql(world.colleague, settle, id=row.pk)["data"]["settleConflict"]["conflict"]
    assert settled == {"state": "accepted", "resolvedBy": {"username": world.colleague.username}}
    again = rest("Peta").post(
        f"{ROOT}/conflicts/{row.pk}/reopen/", {"reason": "It hurts."}, format="json"
    )
    assert again.json()["state"] == "open"
    given = rest("Peta").post(
        f"{ROOT}/conflicts/{row.pk}/assign/",
        {"username": world.council.people["Farid"].username},
        format="json",
    )
    assert given.json()["owner"] == world.council.people["Farid"].username


def test_messages_are_read_and_preferences_kept(world: World, rest: Rest, graphql: Ask) -> None:
    for number in range(2):
        Notification.objects.create(
            person=world.author, kind="sign", title=f"Sign {number}", url="/", dedupe=str(number),
            created_at=MONDAY,
        )  # fmt: skip
    author = rest(world.author)

    shown = graphql(world.author, "{ messages(first: 1) { totalCount edges { node { id } } } }")
    newest = shown["data"]["messages"]["edges"][0]["node"]["id"]
    left = graphql(world.author, "mutation R($ids: [ID!]) { markRead(ids: $ids) { unread } }",
                   ids=[newest])  # fmt: skip
    foreign = graphql("Peta", "mutation { markRead { unread } }")
    kept = author.put(
        f"{ROOT}/messages/preferences/",
        {"mail": False, "time_zone": "Europe/Dublin", "chat_url": "https://chat.example.org/x"},
        format="json",
    )

    assert shown["data"]["messages"]["totalCount"] == 2
    assert left["data"]["markRead"] == {"unread": 1}
    assert foreign["data"]["markRead"] == {"unread": 0}
    assert len(author.get(f"{ROOT}/messages/?unread=1").json()["results"]) == 1
    assert (kept.json()["mail"], kept.json()["has_chat"]) == (False, True)
    assert "chat.example.org" not in author.get(f"{ROOT}/messages/preferences/").content.decode()


@pytest.mark.parametrize("subject_type", ["proposal", "nonsense"])
def test_following_says_what_can_be_followed(
    world: World, rest: Rest, graphql: Ask, subject_type: str
) -> None:
    question = """mutation W($t: String!) { watch(subjectType: $t, subjectKey: "DGP-0001")
        { watched { subjectKey } } }"""
    answer = graphql("Peta", question, t=subject_type)
    by_rest = rest("Peta").put(
        f"{ROOT}/watches/", {"subject_type": subject_type, "subject_key": "DGP-0001"},
        format="json",
    )  # fmt: skip

    if subject_type == "proposal":
        assert answer["data"]["watch"]["watched"] == [{"subjectKey": "DGP-0001"}]
        assert by_rest.status_code == 204
    else:
        assert answer["errors"][0]["message"] == by_rest.json()["detail"]
        assert answer["errors"][0]["extensions"]["field"] == "subject_type"


def test_counts_of_uses_are_read_over_rest_and_graphql(
    world: World, rest: Rest, graphql: Ask
) -> None:
    going = Agreement.objects.create(
        key="term:lead", kind="term", title="Lead", state="deprecated", created_at=MONDAY
    )
    use = {"what": "agreement", "name": "Deal", "key": "term:deal"}
    for week, number in ((0, 2), (1, 1)):
        UseCount.objects.create(
            agreement=going, counted_at=MONDAY + 7 * week * DAY, number=number, content=[use]
        )

    shown = rest("Peta").get(f"{ROOT}/agreements/term:lead/uses/").json()["results"]
    asked = graphql(
        "Peta",
        '{ agreements(first: 1, state: "deprecated") { edges { node {'
        " useCounts(first: 1) { number content } } } } }",
    )["data"]["agreements"]["edges"][0]["node"]["useCounts"]

    assert [(one["number"], one["content"]) for one in shown] == [(1, [use]), (2, [use])]
    assert asked == [{"number": 1, "content": [use]}]
    assert rest("Peta").get(f"{ROOT}/agreements/term:none/uses/").status_code == 404
