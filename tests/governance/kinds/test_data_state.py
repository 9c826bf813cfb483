"""Data states: what is refused with field and fix, what is not yet checked, what they rest on."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from django.template.loader import render_to_string
from pydantic import ValidationError

from catalog.models import Dataset, System
from governance.agreements.form import form_of_document, read_form
from governance.agreements.kinds import kinds
from governance.agreements.kinds.data_state import KIND
from governance.agreements.kinds.data_state.document import Workflow
from governance.types import BindingRole, ChangeOp, ConflictKind, FindingLevel
from tests.factories import DatasetFactory, SystemFactory
from tests.governance.kinds.larkfield import larkfield, seats, text_of
from tests.governance.kinds.setting import asking, hold

pytestmark = pytest.mark.django_db

UNCHECKED = [
    "Not yet checked: that no case is in two states at once, beyond the examples.",
    "Not yet checked: that every case is in some state.",
    "Not yet checked: that no condition to leave holds while its condition to be in does,"
    " beyond the examples.",
    "Not yet checked: that each event log received an event in the time it promises (R-021).",
]

ROW = {"status": "new", "score": 10, "demo_requested": False}


def lead(**fields: Any) -> dict[str, Any]:
    """A small workflow over `crm.lead` that has nothing against it."""
    return {
        "workflow": "lead",
        "entity": "lead",
        "system_of_record": "SalesHub",
        "context": "Acquisition",
        "owner": "seat:salesops",
        "view": "SELECT lead_id, status, score, demo_requested, created_at, email FROM crm.lead",
        "states": [
            state("raw", "score < 50", "score >= 50", {"score": 1}, {"score": 50}),
            state("mql", "score >= 50", "score < 50", {"score": 50}, {"score": 49}),
        ],
        "transitions": [
            {"from": "raw", "to": "mql", "requires": [transformation()]},
            {"from": "mql", "to": "raw", "requires": [transformation()]},
        ],
        "initial": ["raw"],
        **fields,
    }


def state(
    key: str, entry: str, leaves: str, example: dict[str, Any], counter: dict[str, Any]
) -> dict[str, Any]:
    return {
        "key": key,
        "definition": f"A lead that is {key}.",
        "entry": entry,
        "exit": leaves,
        "examples": [example, example],
        "counterexamples": [counter, counter],
        "event_log": {"api": True, "expect_every": "P7D"},
    }


def transformation(**fields: Any) -> dict[str, Any]:
    return {"type": "deterministic", "name": "scoring", "system": "SalesHub", **fields}


@pytest.fixture(autouse=True)
def _company() -> None:
    larkfield("crm.lead", "billing.customer", "billing.subscription", "billing.invoice",
              "product.tenant", "billing.subscription_event", "billing.dunning_event",
              "billing.payment", "mktg.lead_score_log", "mktg.form_submission", "crm.opportunity",
              "crm.opportunity_stage_log")  # fmt: skip
    seats(["SalesOps", "FinanceOps", "MarketingOps"])


def check(document: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """(check, field, message, fix) of each error and warning."""
    workflow = Workflow.model_validate(document)
    found = KIND.check(workflow, asking(key="data_state:lead"))
    return [
        (f.check.removeprefix("state."), f.field, f.message, f.fix)
        for f in found
        if f.level is not FindingLevel.UNCHECKED
    ]


def codes(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(code, field) for code, field, _, _ in check(document)]


def entry(text: str, **fields: Any) -> dict[str, Any]:
    """The workflow with another condition for its first state."""
    document = lead(**fields)
    document["states"][0]["entry"] = text
    return document


def test_a_sound_workflow_has_nothing_against_it_and_says_what_nobody_checked() -> None:
    workflow = Workflow.model_validate(lead())

    found = list(KIND.check(workflow, asking(key="data_state:lead")))

    assert [finding.level for finding in found] == [FindingLevel.UNCHECKED] * 4
    assert [finding.message for finding in found] == UNCHECKED
    assert KIND.not_enforced


@pytest.mark.parametrize(
    ("name", "seat"),
    [
        ("customer_v1", "FinanceOps"),
        ("customer_v2", "FinanceOps"),
        ("lead", "MarketingOps"),
        ("lead_enterprise_mql", "MarketingOps"),
    ],
)
def test_the_workflows_of_larkfield_hold(name: str, seat: str) -> None:
    document = text_of(f"workflows/{name}.yaml")

    assert document["owner"] == f"seat:{seat}"
    assert {code for code, _ in codes(document)} <= {"few_examples"}


OUTSIDE = [
    ("score <", "parses", "It cannot be read near '<' (line 1, column 7)."),
    ("score < 50; DROP TABLE x", "parses", "The text is not exactly one expression."),
    ("SELECT 1", "parses", "The text is a statement, not an expression."),
    ("score", "types", "`score` is a number; a condition is true or false."),
    ("score + 1", "not_boolean",
     "`score + 1` is a value and no condition: it is neither true nor false."),
    ("COUNT(*) > 3", "aggregate", "`COUNT(*)` counts over many rows."),
    ("RANK() OVER (PARTITION BY score) = 1", "window",
     "`RANK() OVER (PARTITION BY score)` looks at other rows."),
    ("score IN (SELECT 1)", "subquery", "A query inside a predicate reads other rows."),
    ("created_at < NOW()", "volatile", "`CURRENT_TIMESTAMP()` answers differently each time."),
    ("RANDOM() < 0.5", "volatile", "`RAND()` answers differently each time."),
    ("pg_read_file('/etc/passwd') = ''", "function",
     "`PG_READ_FILE('/etc/passwd')` is nothing that Concord can check."),
    ("REPEAT('x', 1000000000) = 'x'", "function",
     "`REPEAT('x', 1000000000)` is nothing that Concord can check."),
    ("created_at < :yesterday", "parameter", "`:yesterday` is no parameter."),
    ("colour = 'red'", "columns_resolve", "The view gives no column colour."),
    ("lead.score < 50", "columns_resolve",
     "lead.score names a table; a condition reads the columns of the view."),
    ("score < 'fifty'", "types",
     "`score < 'fifty'` compares a number with a text: `score` and `'fifty'`."),
    ("demo_requested = 1", "types",
     "`demo_requested = 1` compares true or false with a number: `demo_requested` and `1`."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "message"), OUTSIDE)
def test_a_condition_outside_the_language_is_refused(text: str, code: str, message: str) -> None:
    ((found, field, said, fix),) = check(entry(text))

    assert (found, field, said) == (code, "states.0.entry", message)
    assert fix


def test_the_fix_names_what_to_write() -> None:
    assert [fix for *_, fix in check(entry("colour = 'red'"))] == [
        "It gives lead_id, status, score, demo_requested, created_at, email; add the column to the"
        " view."
    ]
    assert [fix for *_, fix in check(entry("created_at < NOW()"))] == [
        "Write `:as_of` for the instant."
    ]


def test_a_condition_as_of_an_instant_is_evaluated_at_it() -> None:
    document = entry("score < 50 AND created_at > :as_of - INTERVAL 30 DAY")
    document["states"][0]["examples"] = [{"score": 1, "created_at": "2026-09-01"}] * 2
    document["states"][0]["counterexamples"] = [{"score": 1, "created_at": "2026-01-01"}] * 2

    assert codes(document) == []
    assert codes({**document, "as_of_param": False}) == [("parameter", "states.0.entry")]


def test_examples_are_in_their_state_and_counter_examples_are_not() -> None:
    document = lead()
    document["states"][0]["examples"] = [{"score": 50}, {"score": None}]
    document["states"][0]["counterexamples"] = [{"score": 1}, {"score": 60}]

    assert check(document) == [
        ("example_holds", "states.0.examples.0",
         "This example of 'raw' is not in it: its condition says false.",
         "Correct the example or the condition."),
        ("example_holds", "states.0.examples.1",
         "This example of 'raw' is not in it: its condition says neither true nor false, because a"
         " value is missing.",
         "Correct the example or the condition."),
        ("counterexample_fails", "states.0.counterexamples.0",
         "This counter-example of 'raw' is in it.",
         "Correct the counter-example or the condition."),
    ]  # fmt: skip


def test_values_that_a_column_cannot_have_are_refused() -> None:
    document = lead()
    document["states"][0]["counterexamples"] = [
        {"score": 50, "colour": "red"}, {"score": 50, "created_at": "soon", "demo_requested": 1}
    ]  # fmt: skip

    assert codes(document) == [
        ("example_columns", "states.0.counterexamples.0.colour"),
        ("example_values", "states.0.counterexamples.1.created_at"),
        ("example_values", "states.0.counterexamples.1.demo_requested"),
    ]


def test_a_row_that_is_in_a_state_and_leaves_it_at_once_is_shown() -> None:
    document = lead()
    document["states"][0]["exit"] = "score >= 1"

    assert check(document) == [
        ("exit_excludes_entry", "states.0.exit",
         "A row is in 'raw' and leaves it at once: score = 1.",
         "Let the two conditions never be true together."),
    ]  # fmt: skip


def test_a_row_in_two_states_is_shown_unless_precedence_decides() -> None:
    document = entry("score < 60")
    document["states"][0]["counterexamples"] = [{"score": 60}, {"score": 61}]
    document["states"][0]["exit"] = "score >= 60"

    assert check(document) == [
        ("disjoint", "states.1.entry", "A row is both 'raw' and 'mql': score = 50.",
         "Tell the states apart, or let precedence decide."),
    ]  # fmt: skip
    document["overlap_policy"] = "precedence"
    assert codes(document) == [("precedence", "states.1.precedence")]
    document["states"][1]["precedence"] = 10
    assert codes(document) == []


def test_states_can_be_reached_and_left() -> None:
    document = lead(transitions=[], terminal=["mql", "gone"])

    assert codes(document) == [
        ("unknown_state", "terminal.1"),
        ("has_a_way_out", "states.0.key"),
        ("reachable", "states.1.key"),
    ]
    document = lead(terminal=["mql"])
    assert codes(document) == [("terminal_ends", "terminal.0")]


def test_every_transition_requires_what_somebody_or_some_system_does() -> None:
    document = lead()
    document["transitions"] = [
        {"from": "raw", "to": "mql"},
        {"from": "mql", "to": "raw", "requires": [
            transformation(system=""),
            transformation(name="other", system="Nowhere", evidence="crm.nothing"),
        ]},
    ]  # fmt: skip

    assert codes(document) == [
        ("transformation_required", "transitions.0.requires"),
        ("transformation_actor", "transitions.1.requires.0.system"),
        ("transformation_system", "transitions.1.requires.1.system"),
        ("transformation_evidence", "transitions.1.requires.1.evidence"),
    ]
    with pytest.raises(ValidationError, match="diagnostic"):
        Workflow.model_validate(
            lead(transitions=[{"from": "raw", "to": "mql", "requires": [{"type": "magic"}]}])
        )


def test_every_state_has_an_event_log_that_can_be_read() -> None:
    document = lead()
    document["states"][0]["event_log"] = None
    document["states"][1]["event_log"] = {
        "dataset": "crm.opportunity_stage_log", "case_column": "opportunity_id",
        "state_column": "stage", "time_column": "changed_at",
    }  # fmt: skip

    assert check(document) == [
        ("event_log", "states.0.event_log", "No event log says who comes into 'raw' (R-021).",
         "Let systems send the events to Concord, or name the dataset that holds them."),
        ("event_log_columns", "states.1.event_log.state_column",
         "Which column tells the state: crm.opportunity_stage_log has no column stage.",
         "Write one of changed_at, changed_by, from_stage, log_id, opportunity_id, reason,"
         " source_system, to_stage."),
    ]  # fmt: skip


VIEWS = [
    ("DELETE FROM crm.lead", "parses", "The view is no SELECT."),
    ("SELECT 1; SELECT 2", "parses", "The view is not exactly one statement."),
    ("SELECT score FROM crm.nothing", "tables", "crm.nothing is no dataset of the catalog."),
    ("SELECT l.colour, score FROM crm.lead l", "columns",
     "l.colour is no column of the view's tables."),
    ("SELECT score, score FROM crm.lead", "columns", "The view gives two columns score."),
]  # fmt: skip


@pytest.mark.parametrize(("view", "code", "message"), VIEWS)
def test_a_view_that_does_not_resolve_is_refused(view: str, code: str, message: str) -> None:
    found = [(code, said) for code, field, said, _ in check(lead(view=view)) if field == "view"]

    assert found == [(f"view_{code}", message)]


def test_a_short_name_of_two_datasets_is_refused_unless_the_system_of_record_decides() -> None:
    for instance in ("one", "two"):
        DatasetFactory(
            system=SystemFactory(instance=instance),
            name="lead",
            qualified_name=f"postgres://{instance}/crm.lead",
        )

    assert check(lead()) == []
    found = check(lead(system_of_record="LedgerCore"))
    assert found[0][2:] == (
        "crm.lead may mean postgres://one/crm.lead or postgres://saleshub/crm.lead or"
        " postgres://two/crm.lead.",
        "Write its whole name.",
    )


def test_restricted_columns_are_said_and_names_have_to_resolve() -> None:
    document = entry("score < 50 AND email <> ''")
    document["states"][0]["examples"] = [{"score": 1, "email": "a@example.org"}] * 2
    document.update(system_of_record="Nowhere", owner="seat:nobody", domain="nothing", dialect="x")

    assert codes(document) == [
        ("dialect", "dialect"),
        ("system_of_record", "system_of_record"),
        ("domain", "domain"),
        ("owner", "owner"),
        ("restricted_column", "view"),
    ]


def test_one_example_is_not_enough_to_show_a_border() -> None:
    document = lead()
    document["states"][0]["examples"] = [{"score": 1}]

    assert check(document) == [
        ("few_examples", "states.0.examples", "'raw' has one example; two show where it ends.",
         "Add an example close to the border."),
    ]  # fmt: skip


def test_it_rests_on_the_columns_of_its_conditions_and_its_system_of_record() -> None:
    document = text_of("workflows/customer_v2.yaml")
    workflow = Workflow.model_validate(document)

    bindings = KIND.bindings(workflow, asking(key="data_state:customer_lifecycle"))

    names = dict(Dataset.objects.values_list("pk", "qualified_name"))
    assert [
        (b.role, names.get(b.dataset_id or 0, "").rpartition("/")[2], b.column_path)
        for b in bindings
    ] == [
        (BindingRole.INPUT, "billing.subscription", "cancel_requested_at"),
        (BindingRole.INPUT, "billing.customer", "closed_at"),
        (BindingRole.INPUT, "billing.invoice", "days_overdue"),
        (BindingRole.INPUT, "billing.subscription", "cancelled_at"),
        (BindingRole.INPUT, "billing.subscription", "paused_at"),
        (BindingRole.INPUT, "product.tenant", "launched_at"),
        (BindingRole.INPUT, "billing.customer", "signed_at"),
        (BindingRole.SYSTEM_OF_RECORD, "", ""),
    ]
    assert System.objects.get(pk=bindings[-1].system_id).display_name == "LedgerCore"


def test_a_second_source_of_truth_is_a_conflict() -> None:
    hold(Workflow.model_validate(lead()), "data_state")
    other = lead(workflow="lead_again", system_of_record="LedgerCore", owner="seat:financeops")

    (found,) = KIND.conflicts(Workflow.model_validate(other), asking(key="data_state:lead_again"))

    assert found.kind is ConflictKind.SOURCE_OF_TRUTH
    assert found.witness == (
        "Two systems claim the truth about lead in Acquisition: LedgerCore and SalesHub."
    )
    assert [party.key for party in found.parties] == ["data_state:lead_again", "data_state:lead"]


def test_one_state_with_two_meanings_is_a_conflict_whatever_the_spelling() -> None:
    hold(Workflow.model_validate(lead()), "data_state")
    same = copy.deepcopy(lead(workflow="lead_again", context="Sales"))
    same["states"][1]["entry"] = "(SCORE >= 50)"
    context = asking(key="data_state:lead_again")

    assert list(KIND.conflicts(Workflow.model_validate(same), context)) == []

    same["states"][1].update(entry="score >= 80", examples=[{"score": 80}] * 2)
    (found,) = KIND.conflicts(Workflow.model_validate(same), context)
    assert found.kind is ConflictKind.HOMONYM
    assert found.witness == (
        "Mql means one thing in Sales and another in Acquisition: score >= 80 and score >= 50."
    )


def test_a_document_is_refused_for_its_form() -> None:
    for wrong in (
        {"states": []},
        {"unknown": 1},
        {"states": [lead()["states"][0]] * 2},
        {"transitions": [lead()["transitions"][0]] * 2},
        {"workflow": "Not A Key"},
    ):
        with pytest.raises(ValidationError):
            Workflow.model_validate(lead(**wrong))


def test_the_form_of_a_whole_workflow_comes_back_the_same() -> None:
    workflow = Workflow.model_validate(text_of("workflows/customer_v2.yaml"))
    document = workflow.model_dump(mode="json")

    read = read_form(Workflow, form_of_document(Workflow, document).data)

    assert read.errors == ()
    assert read.document == workflow


def test_it_says_itself_in_one_sentence_and_shows_every_state_as_a_card() -> None:
    workflow = Workflow.model_validate(lead())
    page = render_to_string(KIND.template, {"document": workflow, "agreement": None})

    assert KIND.sentence(workflow) == (
        "In Acquisition a lead is raw or mql; the truth is kept in SalesHub."
    )
    assert KIND.slug(workflow) == "lead"
    assert KIND.domain(workflow) == "sales"
    assert kinds.get("data_state") is KIND
    for text in ("A lead that is mql.", "Is one", "Is none", "7 days", "Leaves it when"):
        assert text in page


def test_taking_it_away_asks_nothing_of_the_catalog() -> None:
    broken = Workflow.model_validate(lead(view="SELECT score FROM crm.nothing"))

    assert list(KIND.check(broken, asking(key="data_state:lead", op=ChangeOp.RETIRE))) == []


@pytest.mark.parametrize("row", [{"sco\x00re": 1}, {"status": "new\x00"}, {"status": "a\x1b[2J"}])
def test_an_example_holds_nothing_that_cannot_be_stored(row: dict[str, Any]) -> None:
    document = lead()
    document["states"][0]["examples"][0] = row

    with pytest.raises(ValidationError, match="Take out the characters that cannot be seen"):
        Workflow.model_validate(document)
