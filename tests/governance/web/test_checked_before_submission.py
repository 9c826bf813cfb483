"""What submission would refuse is said by the check, at its field, in the words of the form."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from catalog.models import Person
from governance.agreements.kinds import kinds
from governance.models import Proposal
from governance.proposals.web.findings import placed
from governance.types import Finding, FindingLevel
from tests.governance.proposals.world import World
from tests.governance.web.test_the_whole_way import term_form

Browser = Callable[[str | Person], Client]
pytestmark = pytest.mark.django_db
ADDRESS = "/proposals/new/?kind=term"


@pytest.mark.parametrize(("action", "status"), [("check", 200), ("submit", 400)])
def test_a_check_says_what_submission_refuses(
    world: World, browser: Browser, action: str, status: int
) -> None:
    sent = term_form(world) | {"p-evidence-rows": "0", "d-definition": "", "action": action}
    sent = {name: text for name, text in sent.items() if not name.startswith("p-evidence-0")}

    answer = browser(world.author).post(ADDRESS, sent)

    page = answer.content.decode()
    assert answer.status_code == status
    assert "It cannot be submitted yet" in page
    assert "Nothing stands against submitting it" not in page
    assert page.count("Name the evidence it rests on, or say why there is none.") == 2
    assert '<a href="#p-evidence-field">Evidence</a>' in page
    assert '<a href="#d-definition-field">Definition</a>' in page
    assert re.search(r'field-wrong" id="d-definition-field"', page)
    assert 'value="Qualified lead"' in page
    assert not Proposal.objects.exists()


def test_a_date_that_is_too_early_stands_at_its_field(world: World, browser: Browser) -> None:
    sent = term_form(world) | {"p-effective_on": "2020-01-01", "action": "check"}

    page = browser(world.author).post(ADDRESS, sent).content.decode()

    assert '<a href="#p-effective_on-field">In force from</a>' in page
    assert re.search(
        r'id="p-effective_on-error">.*?The effective date lies in the past', page, re.S
    )


def test_what_submission_needs_is_not_called_optional(world: World, browser: Browser) -> None:
    page = browser(world.author).get(ADDRESS).content.decode()

    assert re.search(r"Evidence</\w+> .{0,40}\(needed to submit, or why there is none\)", page)
    assert re.search(r"no evidence .{0,40}\(needed to submit without evidence\)", page)
    assert re.search(r"Definition .{0,40}\(needed to submit\)", page)


def test_errors_name_fields_as_the_form_does(world: World, browser: Browser) -> None:
    sent = term_form(world) | {
        "d-notation": "Not A Name",
        "d-bound_to-1-dataset": "",
        "p-evidence-0-url": "no address",
        "action": "submit",
    }

    answer = browser(world.author).post(ADDRESS, sent)

    summary = answer.content.decode().split("data-error-summary")[1].split("</ul>")[0]
    assert "Nothing was saved. 3 things need a correction." in summary
    assert "Short name: Write small letters, digits" in summary
    assert "Found in 2, Dataset: Fill this in." in summary
    assert "Evidence 1, Where it is: Write a whole address" in summary


def test_a_finding_of_several_changes_says_of_which(world: World) -> None:
    term = kinds.get("term")
    finding = Finding("term.x", FindingLevel.WARNING, "Hm.", "changes.1.document.examples.2")

    (alone,) = placed([Finding("x", FindingLevel.ERROR, "No.", "changes.0")], [term])
    (second,) = placed([finding], [term, term])

    assert (alone.place, alone.path) == ("", "")
    assert (second.place, second.change, second.path) == (
        "Change 2, Examples 3",
        1,
        "examples.2",
    )
