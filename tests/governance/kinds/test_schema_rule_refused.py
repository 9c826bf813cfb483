"""Schema rules that cannot hold: what is refused or warned of, and at which field."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from governance.agreements.kinds.data_state.document import Workflow
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.agreements.kinds.schema_rule import KIND
from governance.agreements.kinds.schema_rule.document import SchemaRule
from governance.types import FindingLevel
from tests.factories import ColumnFactory
from tests.governance.kinds.larkfield import larkfield, seats, text_of
from tests.governance.kinds.rules import CUSTOMER, check, failing, naming, rule
from tests.governance.kinds.setting import asking, hold
from tests.governance.kinds.test_data_state import lead

pytestmark = pytest.mark.django_db


REFUSED: list[tuple[SchemaRule, list[tuple[str, str]]]] = [
    (
        rule("naming", {"dataset": CUSTOMER}, {"pattern": "x"}, evaluate_on="data"),
        [("evaluate_on", "evaluate_on")],
    ),
    (
        rule("relation", {"dataset": CUSTOMER}, {"target": "crm.nothing"}),
        [("target", "assert.target")],
    ),
    (
        rule(
            "relation",
            {"dataset": CUSTOMER},
            {"target": CUSTOMER, "columns": "a", "target_columns": ["b", "c"]},
        ),
        [("target_columns", "assert.target_columns")],
    ),
    (
        rule("hierarchy", {"dataset": CUSTOMER}, {"database": "Nowhere"}),
        [("database", "assert.database")],
    ),
    (
        rule(
            "cardinality",
            {"dataset": CUSTOMER},
            {"per": "status", "at_most": 1, "where": "count(*) > 1"},
        ),
        [("where", "assert.where")],
    ),
    (
        rule(
            "cardinality",
            {"dataset": CUSTOMER},
            {"per": "status", "at_most": 1, "where": "1 = 1); DROP TABLE x"},
        ),
        [("where", "assert.where")],
    ),
    (
        rule("allowed_values", {"column": "status"}, {"workflow": "customer"}),
        [("workflow", "assert.workflow")],
    ),
    (
        rule("classification", {"column": "status"}, {"label": "nothing"}),
        [("label", "assert.label")],
    ),
    (
        rule(
            "reconcile",
            {"dataset": CUSTOMER},
            {"left": "DROP TABLE x", "right": "SELECT 1 FROM nowhere.t", "dialect": "klingon"},
        ),
        [("dialect", "assert.dialect"), ("query", "assert.left"), ("query_tables", "assert.right")],
    ),
    (
        rule(
            "naming",
            {"dataset": CUSTOMER},
            {"pattern": "i"},
            owner="seat:x",
            domain="y",
            waiver={"until": "2026-09-07", "reason": "Later.", "owner": "person:x"},
        ),
        [
            ("domain", "domain"),
            ("owner", "owner"),
            ("waiver_until", "waiver.until"),
            ("owner", "waiver.owner"),
        ],
    ),
]


@pytest.mark.parametrize(("document", "expected"), REFUSED)
def test_a_rule_that_cannot_hold_is_refused_at_its_field(
    document: SchemaRule, expected: list[tuple[str, str]]
) -> None:
    larkfield(CUSTOMER)

    found = check(document)

    assert [(code, field) for code, level, field in found if level == "error"] == expected


@pytest.mark.parametrize(
    ("kind", "demand"),
    [
        ("naming", {"pattern": "(a"}),
        ("naming", {"pattern": "(?=a)"}),
        ("naming", {"pattern": r"(a)\1"}),
        ("naming", {"pattern": "a{999999999}"}),
        ("retention", {"column": "x", "keep": "a while"}),
        ("retention", {"column": "x", "keep": "P"}),
        ("cardinality", {"per": "x"}),
        ("cardinality", {"per": "x", "at_least": 2, "at_most": 1}),
        ("hierarchy", {}),
        ("required", {}),
        ("required", {"fields": ["colour"]}),
        ("allowed_values", {}),
        ("allowed_values", {"values": ["a"], "workflow": "b"}),
        ("classification", {}),
        ("freshness", {}),
        ("query_guard", {}),
        ("query_guard", {"max_rows": 1, "max_range": "P1D"}),
        ("key", {"kind": "naming"}),
        ("key", {"colour": "red"}),
        ("identity", {"entity": "customer", "key": []}),
    ],
)
def test_a_demand_is_refused_for_its_form(kind: str, demand: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rule(kind, {"dataset": "*"}, demand)


def test_a_kind_that_does_not_exist_is_refused() -> None:
    stored = naming().model_dump(mode="json")

    with pytest.raises(ValidationError, match="hierarchy"):
        SchemaRule.model_validate({**stored, "kind": "magic"})


def test_a_pattern_never_takes_long() -> None:
    ColumnFactory(name="a" * 400)

    assert len(failing(naming("(a|a)*(a*)*(a+)+b$", part="column", column="a*"))) == 1


def test_what_only_data_or_queries_can_tell_is_said() -> None:
    larkfield(CUSTOMER)
    asked = [
        (
            rule(
                "identity", {"column": "legal_entity_id"}, {"entity": "c", "key": "legal_entity_id"}
            ),
            "the data of 1 column against this rule",
        ),
        (rule("query_guard", {"dataset": CUSTOMER}, {"max_rows": 1}), "queries against this rule"),
        (
            rule("compatibility", {"dataset": CUSTOMER}, {"mode": "backward"}),
            "changes of schemas against this mode",
        ),
        (
            rule("allowed_values", {"column": "currency"}, {"values": ["EUR"]}),
            "1 target of which the catalog alone cannot tell",
        ),
    ]
    for document, sentence in asked:
        (found,) = KIND.check(document, asking())
        assert (found.level, found.message) == (
            FindingLevel.UNCHECKED,
            f"Not yet checked: {sentence}.",
        )


def test_a_workflow_in_force_or_beside_gives_the_values() -> None:
    larkfield("crm.lead")
    seats(["SalesOps"])
    hold(Workflow.model_validate(lead()), "data_state")

    found = check(rule("allowed_values", {"column": "status"}, {"workflow": "lead"}))

    assert [code for code, level, _ in found if level == "error"] == []


def test_an_opt_out_in_force_counts_for_its_class() -> None:
    larkfield(CUSTOMER)
    document = rule("classification", {"column": "tax_id"}, {"opt_out": True})
    assert len(failing(document)) == 1

    (opted_out,) = [one for one in text_of("opt_outs.yaml") if one["opt_out"] == "OO-03"]
    hold(OptOut.model_validate(opted_out), "permission_policy")

    assert failing(document) == []
