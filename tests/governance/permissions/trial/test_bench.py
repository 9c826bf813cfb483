"""Tests of opt-outs: stored with the text, run on every draft, and asked for before signatures."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import yaml

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput
from governance.agreements.kinds.permission_policy import KIND as OPT_OUTS
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.models import Conflict as RegisteredConflict
from governance.models import Proposal
from governance.permissions.trial.selectors.trial import trial_of
from governance.permissions.trial.services.suggesting import suggest_tests
from governance.proposals.services.drafting import revise
from governance.proposals.services.dry_run import dry_run
from governance.proposals.services.submitting import submit
from governance.types import ChangeOp, ChangeSpec, ConflictKind, FindingLevel, ProposalState
from tests.governance.permissions.company import in_force
from tests.governance.permissions.trial.company import (
    KIND,
    TESTS,
    TODAY,
    company,
    denial,
    proposed,
    who,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _company() -> None:
    company()


def stored(proposal: Proposal) -> list[tuple[str, str, str]]:
    """The findings that a revision keeps of the bench."""
    proposal.refresh_from_db()
    return [
        (row["level"], row["message"], row["field"])
        for row in proposal.current.findings
        if row["check"] == "opt_out.test_bench"
    ]


def test_tests_are_read_and_written_as_yaml_and_a_text_without_any_stays_as_it_was() -> None:
    with_tests, without = OptOut.model_validate(denial()), OptOut.model_validate(denial(tests=[]))

    written = yaml.safe_dump(with_tests.model_dump(mode="json", by_alias=True))

    assert OptOut.model_validate(yaml.safe_load(written)) == with_tests
    assert [case.who for case in with_tests.tests] == ["bob", "pat"]
    assert "tests" not in without.model_dump(mode="json")
    assert "tests" in OptOut.model_json_schema()["properties"]


def test_tests_that_hold_say_nothing_and_the_page_shows_them() -> None:
    proposal = proposed(denial())

    assert stored(proposal) == []
    found = trial_of(who("ann"), proposal.key)
    assert [(one.who, one.expected, one.got, one.passed) for one in found.tests] == [
        ("bob", "denied", "denied", True), ("pat", "open", "open", True),
    ]  # fmt: skip
    assert found.tests[0].why == "OO-9: Pay is private."
    assert found.failed == 0


def test_a_test_that_fails_is_stored_with_the_revision_and_stops_submission() -> None:
    wrong = [dict(TESTS[0], who="pat"), dict(TESTS[1])]
    proposal = proposed(denial(tests=wrong))

    sentence = "pat would get hr.compensation open, not denied."
    assert stored(proposal) == [("error", sentence, "changes.0.document.tests.0.expect")]
    with pytest.raises(InvalidInput, match=sentence):
        submit(acting=who("ann"), key=proposal.key)

    # When the draft is changed the bench is run again
    revise(
        acting=who("ann"), key=proposal.key,
        changes=[ChangeSpec(ChangeOp.CREATE, KIND, "", denial())],
    )  # fmt: skip
    assert stored(proposal) == []
    submit(acting=who("ann"), key=proposal.key)
    proposal.refresh_from_db()
    assert (proposal.klass, proposal.state) == ("P", ProposalState.FINAL_CALL)


@pytest.mark.parametrize(
    ("tests", "sentence"),
    [
        ([], "It has no test."),
        ([TESTS[0]], "No test says who reads on as before."),
        ([TESTS[1]], "No test says whom it closes something to."),
    ],
)
def test_nobody_is_asked_to_sign_before_both_sides_are_tested(
    tests: list[dict[str, Any]], sentence: str
) -> None:
    proposal = proposed(denial(tests=tests))

    with pytest.raises(InvalidInput, match=sentence) as refused:
        submit(acting=who("ann"), key=proposal.key)

    assert refused.value.field == "changes.0.document.tests"
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.DRAFT
    ran = dry_run(
        acting=who("ann"), changes=[ChangeSpec(ChangeOp.CREATE, KIND, "", denial(tests=tests))]
    )
    assert [one.message for one in ran.errors] == [sentence]


def test_a_text_that_people_sign_cannot_lose_its_tests() -> None:
    proposal = proposed(denial())
    submit(acting=who("ann"), key=proposal.key)

    with pytest.raises(InvalidInput, match="It has no test"):
        revise(
            acting=who("ann"), key=proposal.key,
            changes=[ChangeSpec(ChangeOp.CREATE, KIND, "", denial(tests=[]))],
        )  # fmt: skip


def test_a_test_names_people_and_data_that_there_are() -> None:
    strangers = [dict(TESTS[0], who="nobody"), dict(TESTS[1], dataset="no.such")]

    assert stored(proposed(denial(tests=strangers))) == [
        ("error", "Nobody has the user name nobody.", "changes.0.document.tests.0.who"),
        ("error", "no.such is no dataset of the catalog.", "changes.0.document.tests.1.dataset"),
    ]


def test_a_test_asks_for_columns_purposes_and_the_place_it_is_asked_from() -> None:
    columns = {"dataset": "core.dim_employee", "columns": ["location"]}
    marketing = denial(
        effect="mask(sha256)",
        resources=columns,
        purposes=["marketing"],
        when={"from": TODAY.isoformat(), "environments": ["test"]},
        tests=[
            {"who": "bob", **columns, "purpose": "marketing", "environment": "test",
             "expect": "restricted"},
            {"who": "bob", **columns, "purpose": "audit", "environment": "test", "expect": "open"},
            {"who": "bob", **columns, "purpose": "marketing", "expect": "open"},
            {"who": "bob", "dataset": "core.dim_employee", "columns": ["employee_id"],
             "purpose": "marketing", "environment": "test", "expect": "open"},
        ],
    )  # fmt: skip

    got = [one.got for one in trial_of(who("ann"), proposed(marketing).key).tests]

    assert got[:2] == ["restricted", "open"]
    assert got[3] == "open"


def test_a_draft_that_breaks_a_test_of_another_opt_out_contradicts_it() -> None:
    # Given an opt-out in force that says who reads on
    held = denial(1, resources={"dataset": "crm.contact"}, tests=[
        {"who": "bob", "dataset": "crm.contact", "expect": "denied"},
        {"who": "pat", "dataset": "crm.contact", "expect": "open"},
    ], when={"from": (TODAY - dt.timedelta(days=30)).isoformat()})  # fmt: skip
    in_force(held)

    # When a draft closes it to them
    two = {"all": False, "people": ["pat", "ann"]}
    proposal = proposed(denial(2, resources={"dataset": "crm.*"}, subjects=two,
        tests=[{"who": "pat", "dataset": "crm.contact", "expect": "denied"},
               {"who": "bob", "dataset": "hr.compensation", "expect": "open"}]))  # fmt: skip

    # Then it is told, shown, and stands in the register once it is asked for
    sentence = (
        "A test of OO-1 would fail: pat would get crm.contact denied, not open."
        " OO-2: Pay is private."
    )
    told = [
        row["message"] for row in proposal.current.findings if row["check"] == "opt_out.regression"
    ]
    assert told == [sentence]
    shown = trial_of(who("ann"), proposal.key).regressions
    assert [(one.opt_out, one.who, one.got) for one in shown] == [
        ("permission_policy:oo-1", "pat", "denied")
    ]
    submit(acting=who("ann"), key=proposal.key)
    (conflict,) = RegisteredConflict.objects.filter(kind=ConflictKind.RULE_CONTRADICTION)
    assert conflict.witness == sentence
    assert [one.key for one in conflict.proposals.all()] == [proposal.key]


def test_ending_an_opt_out_that_another_counts_on_is_told() -> None:
    first = denial(1, when={"from": (TODAY - dt.timedelta(days=30)).isoformat()})
    second = {
        **first,
        "opt_out": "OO-2",
        "resources": {"dataset": "crm.contact"},
        "tests": first["tests"],
    }
    in_force(first, second)

    found = dry_run(
        acting=who("ann"), changes=[ChangeSpec(ChangeOp.RETIRE, KIND, "permission_policy:oo-1")]
    )

    assert [(one.check, one.level) for one in found.findings] == [
        ("opt_out.regression", FindingLevel.WARNING)
    ]
    assert found.findings[0].message == (
        "A test of OO-2 would fail: bob would get hr.compensation open, not denied."
    )


def test_the_engine_writes_tests_of_what_the_draft_does_today() -> None:
    proposal = proposed(denial(tests=[]))

    suggest_tests(acting=who("ann"), key=proposal.key)

    found = trial_of(who("ann"), proposal.key).tests
    assert [(one.who, one.expected, one.passed) for one in found] == [
        ("ann", "denied", True), ("bob", "denied", True), ("pat", "open", True),
    ]  # fmt: skip
    submit(acting=who("ann"), key=proposal.key)
    with pytest.raises(Conflict, match="on both sides already"):
        suggest_tests(acting=who("ann"), key=proposed(denial(8)).key)
    with pytest.raises(AccessRefused):
        suggest_tests(acting=who("bob"), key=proposed(denial(7, tests=[])).key)


def test_where_everybody_is_concerned_other_data_stays_open_in_the_suggestion() -> None:
    proposal = proposed(denial(effect="mask(all)", subjects={"all": True},
        resources={"dataset": "core.dim_employee", "column": "location"}, tests=[]))  # fmt: skip

    suggest_tests(acting=who("ann"), key=proposal.key)

    found = trial_of(who("ann"), proposal.key).tests
    assert [one.expected for one in found] == ["restricted", "restricted", "open", "open"]
    assert found[0].columns == ("location",)
    assert "dim_employee" not in found[2].dataset
    assert all(one.passed for one in found)


def test_an_emergency_is_asked_for_no_test() -> None:
    assert (
        list(
            OPT_OUTS.before_signing(
                OptOut.model_validate(denial(tests=[])), _context(ChangeOp.RETIRE)
            )
        )
        == []
    )


def _context(op: ChangeOp) -> Any:
    from tests.governance.kinds.setting import asking

    return asking(key="permission_policy:oo-9", op=op)
