"""Goals on pages: set, followed, changed, and seen where the team and the council look."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from catalog.models import Person, TeamMembership
from catalog.types import DatasetKind
from governance.models import Goal
from tests.factories import DatasetFactory, TeamFactory
from tests.governance.proposals.world import World

Browser = Callable[[str | Person], Client]
PAGE = "/council/goals/"


def test_a_goal_from_the_form_to_the_council(world: World, browser: Browser) -> None:
    client, team = browser("Hugo"), TeamFactory(name="Sales operations")
    TeamMembership.objects.create(team=team, person=world.council.people["Hugo"])
    metric = DatasetFactory(kind=DatasetKind.METRIC, name="unanswered")
    typed = {
        "team": team.pk, "text": "Every lead is answered", "metric": "Unanswered leads",
        "measured_by": metric.qualified_name, "levers": "A rota.", "baseline": "40", "target": "0",
        "unit": "leads", "due": "2027-01-31",
    }  # fmt: skip

    for missing, said in (
        ("text", "Write what the team wants to reach first."),
        ("measured_by", "Bind the goal to what measures it"),
        ("levers", "Write what the team can do about it (its levers) first."),
        ("baseline", "Say where the team stands today."),
        ("due", "Say by which day the target is to be reached."),
    ):
        answer = client.post(PAGE, {**typed, missing: ""})
        assert answer.status_code == 400
        assert said in answer.content.decode()
    assert not Goal.objects.exists()
    client.post(PAGE, typed)

    goal = Goal.objects.get()
    assert (goal.dataset, goal.measure) == (metric, "metric")
    change = f"{PAGE}{goal.pk}/change/"
    client.post(change, {"what": "record", "value": "10", "note": "By hand"})
    page = client.get(f"{PAGE}{goal.pk}/").content.decode()
    assert "75% of the way" in page
    assert "By hand" in page
    for address in (PAGE, f"{PAGE}?state=on_track", "/council/", f"/teams/{team.pk}/"):
        assert "On track" in client.get(address).content.decode(), address
    assert "Every lead is answered" in client.get(f"/teams/{team.pk}/").content.decode()
    assert "No goal here" in client.get(f"{PAGE}?state=behind").content.decode()
    wrong = client.post(change, {"what": "record", "value": "ten"}, follow=True).content.decode()
    assert "Nothing was changed. &#x27;ten&#x27; is no number: write 12.5." in wrong
    client.post(
        change,
        {"what": "change", "text": goal.text, "levers": "Two rotas.", "target": "5",
         "due": "2027-01-31", "reason": "Weekends"},
    )  # fmt: skip
    assert Goal.objects.get().target == 5
    client.post(change, {"what": "withdraw", "reason": "Done elsewhere"})
    assert "Done elsewhere" in client.get(f"{PAGE}{goal.pk}/").content.decode()


def test_figures_and_queries_are_chosen_by_what_is_typed(world: World, browser: Browser) -> None:
    client, team = browser("Hugo"), TeamFactory()
    TeamMembership.objects.create(team=team, person=world.council.people["Hugo"])
    dataset = DatasetFactory()
    typed = {
        "team": team.pk, "text": "It grows", "metric": "Rows", "levers": "Import more.",
        "baseline": "1", "target": "2", "due": "2027-01-31",
    }  # fmt: skip

    client.post(PAGE, {**typed, "measured_by": f"rows: {dataset.qualified_name}"})
    client.post(PAGE, {**typed, "measured_by": "open_questions"})
    nowhere = client.post(PAGE, {**typed, "measured_by": "rows: nowhere"}).content.decode()

    assert [(one.figure, one.dataset) for one in Goal.objects.order_by("pk")] == [
        ("rows", dataset), ("open_questions", None),
    ]  # fmt: skip
    assert "There is no dataset &#x27;nowhere&#x27;" in nowhere
