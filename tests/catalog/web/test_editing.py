"""Changing a dataset in place: with and without a script, allowed and refused, and undone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Dataset, DatasetLabel, Event, KnownProblem, Ownership, Question
from catalog.types import Lifecycle
from tests.factories import PersonFactory, TeamFactory

pytestmark = pytest.mark.django_db

SCRIPT = {"HX-Request": "true"}


def version_in(client: Client, address: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', client.get(address).content.decode())
    assert found
    return found[1]


def undo_in(page: str) -> tuple[str, dict[str, str]]:
    """Where the Undo of a confirmation is sent and what with."""
    form = re.search(r'<form class="notice-actions"[^>]*action="([^"]+)"(.*?)</form>', page, re.S)
    assert form
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[2])
    return form[1], {name: value for name, value in fields if name != "csrfmiddlewaretoken"}


def test_a_description_is_saved_confirmed_and_undone_without_a_script(
    reader: Client, dataset: Dataset
) -> None:
    address = f"/datasets/{dataset.pk}/edit/description/"

    saved = reader.post(
        address,
        {
            "description": "One row per **order**.",
            "reason": "New here",
            "version": version_in(reader, address),
        },
        follow=True,
    )

    page = saved.content.decode()
    dataset.refresh_from_db()
    assert dataset.declared_description == "One row per **order**."
    assert "<strong>order</strong>" in page
    assert "Description: saved." in page
    target, fields = undo_in(page)

    undone = reader.post(target, fields, follow=True)

    dataset.refresh_from_db()
    assert dataset.declared_description == ""
    assert "Taken back" in undone.content.decode()


def test_a_script_gets_the_changed_place_alone(reader: Client, dataset: Dataset) -> None:
    address = f"/datasets/{dataset.pk}/edit/description/"

    form = reader.get(address, headers=SCRIPT).content.decode()
    saved = reader.post(
        address,
        {"description": "Orders", "version": version_in(reader, address)},
        headers=SCRIPT,
    )

    page = saved.content.decode()
    assert "<html" not in form
    assert 'id="part-description"' in form
    assert "<html" not in page
    assert 'id="part-description"' in page
    assert 'id="agreement-line" hx-swap-oob="true"' in page
    assert undo_in(page)[0] == f"/datasets/{dataset.pk}/revert/"


def test_a_preview_shows_the_words_and_saves_nothing(reader: Client, dataset: Dataset) -> None:
    response = reader.post(
        f"/datasets/{dataset.pk}/edit/description/",
        {"description": "*Soon* <script>x</script>", "preview": "1"},
    )

    page = response.content.decode()
    dataset.refresh_from_db()
    assert "<em>Soon</em>" in page
    assert "<script>x" not in page
    assert dataset.declared_description == ""


def test_two_editors_do_not_overwrite_each_other(
    reader: Client, steward: Client, dataset: Dataset
) -> None:
    address = f"/datasets/{dataset.pk}/edit/description/"
    seen = version_in(reader, address)
    steward.post(address, {"description": "The steward's words", "version": seen})

    late = reader.post(address, {"description": "The reader's words", "version": seen})

    page = late.content.decode()
    dataset.refresh_from_db()
    assert late.status_code == 409
    assert dataset.declared_description == "The steward's words"
    assert "Somebody changed this dataset meanwhile" in page
    assert "The reader&#x27;s words" in page
    assert "What stands there now" in page


def test_an_undo_that_came_too_late_takes_nothing_back(
    reader: Client, steward: Client, dataset: Dataset
) -> None:
    address = f"/datasets/{dataset.pk}/edit/description/"
    page = reader.post(
        address, {"description": "One", "version": version_in(reader, address)}, follow=True
    ).content.decode()
    target, fields = undo_in(page)
    steward.post(address, {"description": "Two", "version": version_in(steward, address)})

    late = reader.post(target, fields)

    dataset.refresh_from_db()
    assert late.status_code == 409
    assert dataset.declared_description == "Two"


def test_a_wrong_duration_is_said_at_the_field_and_on_top(
    steward: Client, dataset: Dataset
) -> None:
    address = f"/datasets/{dataset.pk}/edit/promises/"

    response = steward.post(
        address, {"expected_latency": "soon", "version": version_in(steward, address)}
    )

    page = response.content.decode()
    dataset.refresh_from_db()
    assert response.status_code == 400
    assert "Nothing was saved. One thing needs a correction." in page
    assert page.count("is not an ISO 8601 duration: write PT15M, PT6H or P3D.") == 2
    assert dataset.expected_latency == ""


@pytest.mark.parametrize(
    ("part", "data", "field", "value"),
    [
        ("promises", {"consistency": "eventual", "finality_lag": "P3D"}, "finality_lag", "P3D"),
        ("nature", {"motion": "in_motion", "stage": "capture"}, "declared_stage", "capture"),
        ("protection", {"residency": "EU"}, "residency", "EU"),
        ("importance", {"criticality": "2"}, "criticality", 2),
        ("operations", {"runbook": "https://r"}, "operations", {"runbook": "https://r"}),
    ],
)
def test_stewards_change_what_readers_may_not(
    reader: Client,
    steward: Client,
    dataset: Dataset,
    part: str,
    data: dict[str, str],
    field: str,
    value: Any,
) -> None:
    address = f"/datasets/{dataset.pk}/edit/{part}/"
    before = getattr(dataset, field)

    refused = reader.post(address, data)
    dataset.refresh_from_db()
    assert refused.status_code == 403
    assert "Ask the domain&#x27;s steward" in refused.content.decode()
    assert getattr(dataset, field) == before

    allowed = steward.post(address, {**data, "version": version_in(steward, address)})
    dataset.refresh_from_db()
    assert allowed.status_code == 302
    assert getattr(dataset, field) == value


def test_one_of_the_thirteen_facts_is_declared(steward: Client, dataset: Dataset) -> None:
    address = f"/datasets/{dataset.pk}/edit/fact-sort_order/"

    steward.post(address, {"value": "by id", "version": version_in(steward, address)})

    page = steward.get(f"/datasets/{dataset.pk}/").content.decode()
    assert "by id" in page
    assert "declared by Stella Steward" in re.sub(r"\s+", " ", page)


def test_an_owner_is_found_named_and_released(
    reader: Client, steward: Client, dataset: Dataset
) -> None:
    team = TeamFactory(name="Finance operations")
    before = set(Ownership.objects.values_list("pk", flat=True))
    data = {"owner": f"team:{team.pk}", "kind": "steward"}

    found = steward.get(f"/datasets/{dataset.pk}/edit/owners/", {"find": "finance"})
    refused = reader.post(f"/datasets/{dataset.pk}/owners/name/", data)
    assert refused.status_code == 403
    assert set(Ownership.objects.values_list("pk", flat=True)) == before

    named = steward.post(f"/datasets/{dataset.pk}/owners/name/", data, follow=True)
    target, fields = undo_in(named.content.decode())

    assert f'value="team:{team.pk}"' in found.content.decode()
    assert "Finance operations is steward now." in named.content.decode()
    steward.post(target, fields)
    assert set(Ownership.objects.values_list("pk", flat=True)) == before


@pytest.mark.parametrize("owner", ["", "nobody", "team:", "person:999999999", "team:x;drop"])
def test_an_owner_that_is_nobody_is_refused_in_words(
    steward: Client, dataset: Dataset, owner: str
) -> None:
    before = Ownership.objects.count()

    response = steward.post(
        f"/datasets/{dataset.pk}/owners/name/", {"owner": owner, "kind": "steward"}, headers=SCRIPT
    )

    assert response.status_code == 400
    assert "Nothing was changed" in response.content.decode()
    assert Ownership.objects.count() == before


def test_tags_are_a_wiki_and_undo_takes_them_off(reader: Client, dataset: Dataset) -> None:
    page = reader.post(
        f"/datasets/{dataset.pk}/labels/put/", {"kind": "tag", "path": "core"}, follow=True
    ).content.decode()
    assert list(DatasetLabel.objects.values_list("label__path", flat=True)) == ["core"]

    target, fields = undo_in(page)
    reader.post(target, fields)

    assert not DatasetLabel.objects.exists()


def test_the_lifecycle_explains_its_gate(steward: Client, dataset: Dataset) -> None:
    address = f"/datasets/{dataset.pk}/edit/lifecycle/"

    form = steward.get(address).content.decode()
    refused = steward.post(address, {"to": "curated"}, headers=SCRIPT)
    no_reason = steward.post(address, {"to": "deprecated"}, headers=SCRIPT)

    needs = "It still needs: its kind of data (transactional or interaction), whom to call"
    assert needs in form
    assert refused.status_code == 400
    assert "Before it can be curated it needs" in refused.content.decode()
    assert "Say why it is deprecated" in no_reason.content.decode()
    dataset.refresh_from_db()
    assert dataset.lifecycle == Lifecycle.PUBLISHED

    page = steward.post(
        address, {"to": "deprecated", "reason": "Use v2"}, follow=True
    ).content.decode()
    dataset.refresh_from_db()
    assert dataset.lifecycle == Lifecycle.DEPRECATED

    target, fields = undo_in(page)
    steward.post(target, fields)
    dataset.refresh_from_db()
    assert dataset.lifecycle == Lifecycle.PUBLISHED


def test_a_question_is_asked_and_answered(
    reader: Client, steward: Client, dataset: Dataset
) -> None:
    empty = reader.post(f"/datasets/{dataset.pk}/questions/", {"text": "  "}, headers=SCRIPT)
    assert empty.status_code == 400
    assert not Question.objects.exists()

    reader.post(f"/datasets/{dataset.pk}/questions/", {"text": "Are refunds in it?"})
    question = Question.objects.get()
    waiting = steward.get("/").content.decode()
    steward.post(
        f"/datasets/{dataset.pk}/questions/{question.pk}/answer/", {"text": "No, see refunds."}
    )

    assert "Are refunds in it?" in waiting
    assert "No, see refunds." in reader.get(f"/datasets/{dataset.pk}/").content.decode()
    assert "Are refunds in it?" not in steward.get("/").content.decode()


def test_a_problem_is_a_banner_until_it_is_solved(reader: Client, dataset: Dataset) -> None:
    reader.post(f"/datasets/{dataset.pk}/problems/", {"text": "Amounts are doubled"})
    problem = KnownProblem.objects.get()
    assert "Amounts are doubled" in reader.get(f"/datasets/{dataset.pk}/columns/").content.decode()

    reader.post(f"/datasets/{dataset.pk}/problems/{problem.pk}/solve/")

    page = reader.get(f"/datasets/{dataset.pk}/columns/").content.decode()
    assert "Amounts are doubled" not in page


def test_an_example_query_needs_both_parts(reader: Client, dataset: Dataset) -> None:
    address = f"/datasets/{dataset.pk}/examples/"

    incomplete = reader.post(address, {"question": "How many?", "sql": ""})
    complete = reader.post(address, {"question": "How many?", "sql": "select count(*) from t"})

    assert incomplete.status_code == 400
    assert complete.status_code == 302
    assert [e.question for e in dataset.example_queries.all()] == ["How many?"]


def test_somebody_elses_example_query_stays(
    reader: Client, dataset: Dataset, browser_of: Any
) -> None:
    author = PersonFactory()
    example = dataset.example_queries.create(author=author, question="Whose?", sql="select 1")
    address = f"/datasets/{dataset.pk}/examples/{example.pk}/remove/"

    refused = reader.post(address)
    assert refused.status_code == 403
    assert dataset.example_queries.count() == 1

    assert browser_of(author).post(address).status_code == 302
    assert dataset.example_queries.count() == 0


def test_a_steward_puts_a_dataset_first_in_searches_and_takes_it_back(
    steward: Client, reader: Client, dataset: Dataset
) -> None:
    address = f"/datasets/{dataset.pk}/search/"
    today = f"{timezone.now():%Y-%m-%d}"
    given = {"query": "Net Amounts", "reason": "Refunds are out", "ends_on": today}

    assert reader.post(address, given).status_code == 403
    assert steward.post(address, {**given, "reason": ""}).status_code == 400
    assert steward.post(address, {**given, "ends_on": "2020-01-01"}).status_code == 400
    assert dataset.placements.count() == 0

    assert steward.post(address, given).status_code == 302
    placement = dataset.placements.get()
    page = reader.get(address).content.decode()

    assert (placement.query, placement.reason) == ("net amount", "Refunds are out")
    assert "Refunds are out" in page
    assert "Take back" not in page

    assert steward.post(f"{address}{placement.pk}/end/").status_code == 302
    assert dataset.placements.count() == 0


def test_following_is_one_press_each_way(reader: Client, dataset: Dataset) -> None:
    followed = reader.post(f"/datasets/{dataset.pk}/follow/", headers=SCRIPT).content.decode()
    assert dataset.followers.count() == 1
    assert 'aria-pressed="true"' in followed

    reader.post(f"/datasets/{dataset.pk}/unfollow/")
    assert dataset.followers.count() == 0


@pytest.mark.parametrize(
    "address",
    ["edit/nothing/", "part/nothing/", "columns/edit/?path=nothing", "columns/row/?path=nothing"],
)
def test_what_is_not_there_is_not_found(reader: Client, dataset: Dataset, address: str) -> None:
    assert reader.get(f"/datasets/{dataset.pk}/{address}").status_code == 404


@pytest.mark.parametrize("history_id", ["", "x", "0", "999999999999999999999999"])
def test_a_version_that_is_not_there_changes_nothing(
    reader: Client, dataset: Dataset, history_id: str
) -> None:
    before = Event.objects.count()

    response = reader.post(f"/datasets/{dataset.pk}/revert/", {"history_id": history_id})

    assert response.status_code == 404
    assert Event.objects.count() == before


def test_a_form_from_another_site_is_refused(dataset: Dataset) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(PersonFactory())

    response = strict.post(f"/datasets/{dataset.pk}/edit/description/", {"description": "x"})

    assert response.status_code == 403
    dataset.refresh_from_db()
    assert dataset.declared_description == ""
