"""Missing data over REST and GraphQL: both say the same, with the same refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework.test import APIClient

from governance.models import DataReport, ReportAnswer
from tests.factories import DatasetFactory
from tests.governance.proposals.world import World

Rest = Callable[..., APIClient]
Ask = Callable[..., Any]
REPORTS = "/api/v1/data-reports/"


def test_missing_data_is_reported_read_and_answered_over_rest(world: World, rest: Rest) -> None:
    dataset = DatasetFactory()
    anybody, member, chair = rest(world.colleague), rest("Hugo"), rest("Inés")

    for body in ({"place": "home", "words": "Pay"}, {"place": "dataset", "dataset": dataset.pk}):
        made = anybody.post(REPORTS, body, format="json")
        assert (made.status_code, made.content) == (202, b"")

    asked = member.get(REPORTS).json()["results"]
    assert sorted((one["dataset"] or "", one["words"], one["count"]) for one in asked) == [
        ("", ["Pay"], 1), (dataset.qualified_name, [], 1),
    ]  # fmt: skip
    refused = anybody.get(REPORTS)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_member")
    first = {"report": asked[0]["report"], "subject": "Pay", "text": "Open now."}
    not_chair = member.post(f"{REPORTS}answers/", first, format="json")
    assert (not_chair.status_code, not_chair.json()["code"]) == (403, "not_chair_or_secretary")
    answered = chair.post(f"{REPORTS}answers/", first, format="json")
    assert (answered.status_code, answered.json()["report_count"]) == (201, 1)
    assert anybody.get(f"{REPORTS}counts/").json()["unanswered"] == 1
    assert [one["text"] for one in anybody.get(f"{REPORTS}answers/").json()["results"]] == [
        "Open now."
    ]
    wrong = anybody.post(REPORTS, {"place": "home"}, format="json")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "words")


def test_missing_data_is_reported_read_and_answered_over_graphql(
    world: World, graphql: Ask
) -> None:
    report = 'mutation { reportMissingData(place: "home", words: "Pay") { reported } }'
    assert graphql(world.colleague, report)["data"]["reportMissingData"] == {"reported": True}
    asked = "{ dataReports { report dataset words count firstDay } }"

    refused = graphql(world.colleague, asked)["errors"][0]["extensions"]["code"]
    [one] = graphql("Hugo", asked)["data"]["dataReports"]

    assert refused == "not_member"
    assert (one["dataset"], one["words"], one["count"]) == (None, ["Pay"], 1)
    answer = (
        f'mutation {{ answerDataReports(report: "{one["report"]}", subject: "Pay",'
        ' text: "Open now.") { subject text } }'
    )
    assert graphql("Hugo", answer)["errors"][0]["extensions"]["code"] == "not_chair_or_secretary"
    assert not ReportAnswer.objects.exists()
    assert graphql("Inés", answer)["data"]["answerDataReports"]["text"] == "Open now."
    found = graphql(
        world.colleague,
        "{ dataReportCounts { reported unanswered } dataReportAnswers { edges { node { subject"
        " reportCount dataset { name } answeredBy { username } } } } }",
    )["data"]
    assert found["dataReportCounts"] == {"reported": 1, "unanswered": 0}
    ines = world.council.people["Inés"].username
    assert found["dataReportAnswers"]["edges"][0]["node"] == {
        "subject": "Pay", "reportCount": 1, "dataset": None, "answeredBy": {"username": ines},
    }  # fmt: skip
    wrong = 'mutation { reportMissingData(place: "home") { reported } }'
    extensions = graphql(world.colleague, wrong)["errors"][0]["extensions"]
    assert extensions == {"code": "invalid_input", "field": "words"}
    assert DataReport.objects.count() == 1
