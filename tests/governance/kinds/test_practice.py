"""Practices: who answers, how one can tell, when it is looked at again."""

import datetime as dt
from typing import Any

import pytest
from django.template.loader import render_to_string
from pydantic import ValidationError

from governance.agreements.kinds import kinds
from governance.agreements.kinds.practice import KIND
from governance.agreements.kinds.practice.document import PracticeDocument
from governance.agreements.selectors.reading_once import reading_once
from governance.types import BindingRole, BindingSpec, ChangeOp, ConflictKind
from tests.factories import DomainFactory, SystemFactory
from tests.governance.kinds.setting import NOW, asking, found, hold

pytestmark = pytest.mark.django_db
NEXT_YEAR = str(NOW.date() + dt.timedelta(days=365))


def practice(**fields: Any) -> PracticeDocument:
    """A practice of the domain `data` that lacks nothing."""
    base = {
        "practice": "owner-on-call",
        "statement": "Every model names who is called when it fails.",
        "checked_by": "The data domain, every quarter.",
        "review_on": NEXT_YEAR,
        "domain": "data",
    }
    return PracticeDocument.model_validate(base | fields)


@pytest.fixture(autouse=True)
def _domain() -> None:
    DomainFactory(slug="data", name="Data")


def test_a_complete_practice_has_nothing_against_it() -> None:
    assert found(KIND, practice(), asking()) == []


@pytest.mark.parametrize(
    ("fields", "check", "level", "field"),
    [
        ({"domain": "none"}, "unknown_domain", "error", "domain"),
        ({"concerns_domains": ["data", "none"]}, "unknown_domain", "error", "concerns_domains.1"),
        ({"systems": ["postgres://none"]}, "unknown_system", "error", "systems.0"),
        ({"owner": "team:None"}, "unknown_owner", "error", "owner"),
        ({"domain": ""}, "owner_missing", "error", "owner"),
        ({"checked_by": ""}, "check_missing", "warning", "checked_by"),
        ({"review_on": None}, "review_missing", "warning", "review_on"),
        ({"review_on": str(NOW.date())}, "review_past", "error", "review_on"),
        ({"review_on": "2029-01-01"}, "review_far", "warning", "review_on"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(
    fields: dict[str, Any], check: str, level: str, field: str
) -> None:
    assert found(KIND, practice(**fields), asking()) == [(f"practice.{check}", level, field)]


def test_a_day_of_review_that_was_agreed_may_come() -> None:
    past = {"review_on": "2026-09-01"}
    context = asking(op=ChangeOp.REPLACE, base=practice(**past).model_dump(mode="json"))

    assert found(KIND, practice(**past, why="Clearer."), context) == []


def test_it_goes_without_questions() -> None:
    assert found(KIND, practice(domain="none"), asking(op=ChangeOp.RETIRE)) == []


def test_it_rests_on_the_systems_it_is_about() -> None:
    system = SystemFactory()
    document = practice(systems=[system.qualified_name, "postgres://none"])

    assert list(KIND.bindings(document, asking())) == [
        BindingSpec(BindingRole.TARGET, system_id=system.pk)
    ]


def test_the_same_practice_under_another_name_is_a_duplicate() -> None:
    hold(practice(), "practice")
    again = practice(practice="on-call", statement="every model names who is called when it fails")

    (conflict,) = KIND.conflicts(again, asking(key="practice:on-call"))

    assert conflict.kind is ConflictKind.DUPLICATE
    assert [party.key for party in conflict.parties] == [
        "practice:on-call", "practice:owner-on-call",
    ]  # fmt: skip
    assert list(KIND.conflicts(practice(), asking(key="practice:owner-on-call"))) == []


def test_many_practices_are_compared_in_time_by_their_number(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    """Each practice in force is read once, however many are compared with them."""
    many = 60
    for number in range(many):
        hold(practice(practice=f"rule-{number}", statement=f"Rule {number}."), "practice")
    again = [practice(practice=f"new-{n}", statement=f"rule {n}") for n in range(many)]
    read: list[Any] = []
    whole = PracticeDocument.model_validate
    monkeypatch.setattr(
        PracticeDocument, "model_validate", lambda document: read.append(1) or whole(document)
    )

    asked = [asking(key=f"practice:{one.practice}") for one in again]

    with django_assert_max_num_queries(3), reading_once():  # the mark of what holds, and what holds
        found = [list(KIND.conflicts(one, ask)) for one, ask in zip(again, asked, strict=True)]

    assert len(read) == many
    assert [len(conflicts) for conflicts in found] == [1] * many
    assert list(KIND.conflicts(practice(statement="Something else."), asking(key="x"))) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"practice": "No Plain Name", "statement": "x"},
        {"practice": "x", "statement": ""},
        {"practice": "x", "statement": "x", "concerns_roles": ["king"]},
        {"practice": "x", "statement": "x", "review_on": "soon"},
        {"practice": "x", "statement": "x", "text": "y"},
    ],
)
def test_what_is_no_practice_never_becomes_one(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PracticeDocument.model_validate(wrong)


def test_it_is_named_told_and_shown() -> None:
    document = practice(why="Sleep.", concerns_roles=["data_engineer"])

    assert (KIND.slug(document), KIND.title(document)) == ("owner-on-call", "Owner on call")
    assert KIND.sentence(document) == "Every model names who is called when it fails."
    assert KIND.domain(document) == "data"
    assert kinds.get("practice") is KIND
    page = render_to_string(KIND.template, {"document": document, "agreement": None})
    for shown in ("names who is called", "Sleep.", "data engineer", "every quarter", "2027"):
        assert shown in page
