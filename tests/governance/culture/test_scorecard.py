"""A team in one screen (R-013)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.errors import NotFound
from catalog.models import KnownProblem, TeamMembership
from catalog.types import Principal, TestStatus
from governance.culture.selectors.scorecard import scorecard
from governance.culture.services.goals import create_goal
from governance.culture.types import GoalDraft, GoalMeasure, GoalState
from governance.models import Conflict
from governance.types import ConflictKind, ConflictState
from tests.factories import (
    DatasetFactory,
    OwnershipFactory,
    PersonFactory,
    TeamFactory,
    administrator,
)
from tests.governance.api.conftest import cost_of, secret_of

pytestmark = pytest.mark.django_db
ASKING = Principal.system("test")


def conflict(title: str, **more: Any) -> Conflict:
    return Conflict.objects.create(
        kind=ConflictKind.HOMONYM, fingerprint=title, title=title, witness="Two meanings.",
        found_at=timezone.now(), **more,
    )  # fmt: skip


@pytest.fixture
def team() -> Any:
    """Two datasets, one described; three tests, one failed; a question, a problem, a goal, and a
    conflict of a member beside one on a dataset."""
    made, member = TeamFactory(name="Billing"), PersonFactory()
    TeamMembership.objects.create(team=made, person=member)
    told, bare = DatasetFactory(declared_description="Invoices."), DatasetFactory()
    for dataset in (told, bare):
        OwnershipFactory(dataset=dataset, person=None, team=made)
        OwnershipFactory(dataset=dataset, person=None, team=made, kind="steward")
    statuses = (TestStatus.PASSED, TestStatus.PASSED, TestStatus.FAILED, TestStatus.SKIPPED)
    for number, status in enumerate(statuses):
        told.test_results.create(
            name=str(number), status=status, severity="error", executed_at=timezone.now()
        )
    told.questions.create(author=member, text="Why?")
    KnownProblem.objects.create(dataset=bare, author=member, text="Gaps")
    create_goal(
        acting=administrator(),
        draft=GoalDraft(
            text="No gaps", metric="Problems", measure=GoalMeasure.FIGURE, figure="open_problems",
            team_id=made.pk, levers="Look.", baseline=3, target=0,
            due=timezone.localdate() + dt.timedelta(days=30),
        ),
    )  # fmt: skip
    conflict("Ours").datasets.add(told)
    conflict("A member's", owner=member)
    conflict("Settled", owner=member, state=ConflictState.RESOLVED)
    conflict("Another's").datasets.add(DatasetFactory())
    return made


def test_a_team_in_numbers(team: Any) -> None:
    card = scorecard(ASKING, team.pk)

    assert card.goals == {GoalState.ON_TRACK: 1}
    assert (card.datasets, card.described, card.described_share) == (2, 1, 0.5)
    assert (card.tests_passed, card.tests_failed) == (2, 1)
    assert card.passed_share == 2 / 3
    assert (card.open_questions, card.open_problems) == (1, 1)
    assert card.conflict_count == 2
    assert {one.title for one in card.conflicts} == {"Ours", "A member's"}


def test_a_team_without_anything_shares_nothing() -> None:
    card = scorecard(ASKING, TeamFactory().pk)

    assert (card.datasets, card.described_share, card.passed_share) == (0, None, None)
    assert (card.goals, card.conflicts) == ({}, ())
    for principal, pk in ((ASKING, 0), (Principal.anonymous(), card.team.pk)):
        with pytest.raises(NotFound):
            scorecard(principal, pk)


def test_the_card_is_on_the_page_and_at_every_door(team: Any, client: Client) -> None:
    person = PersonFactory()
    client.force_login(person)
    rest = APIClient()
    rest.credentials(HTTP_AUTHORIZATION=f"Bearer {secret_of(person)}")

    page = client.get(f"/teams/{team.pk}/").content.decode()
    found = rest.get(f"/api/v1/teams/{team.pk}/scorecard/").json()
    asked = rest.post(
        "/graphql/",
        {"query": f"""{{ scorecard(team: {team.pk}) {{ goals {{ state count }} datasets described
            describedShare testsPassed testsFailed passedShare openQuestions openProblems
            conflictCount conflicts {{ id title }} }} }}"""},
        format="json",
    ).json()["data"]["scorecard"]  # fmt: skip

    assert "How it stands" in page
    assert "66.7%" in page
    assert "A member&#x27;s" in page
    assert (found["team"], found["goals"]) == ("Billing", [{"state": "on_track", "count": 1}])
    assert found["conflict_count"] == asked["conflictCount"] == 2
    assert asked["goals"] == found["goals"]
    assert (asked["describedShare"], asked["testsFailed"]) == (0.5, 1)
    assert {one["title"] for one in asked["conflicts"]} == {"Ours", "A member's"}
    assert rest.get("/api/v1/teams/0/scorecard/").status_code == 404


def test_a_card_costs_the_same_for_many_datasets(team: Any) -> None:
    few = cost_of(lambda: scorecard(ASKING, team.pk))
    for _ in range(10):
        OwnershipFactory(dataset=DatasetFactory(), person=None, team=team)

    assert cost_of(lambda: scorecard(ASKING, team.pk)) == few
    assert scorecard(ASKING, team.pk).datasets == 12
