"""Schema rules that cannot both be kept, and those that say the same."""

from __future__ import annotations

import pytest

from governance.agreements.kinds.schema_rule import KIND
from governance.agreements.kinds.schema_rule.document import SchemaRule
from governance.types import ConflictKind
from tests.governance.kinds.larkfield import larkfield
from tests.governance.kinds.rules import ACCOUNT, CUSTOMER, naming, rule
from tests.governance.kinds.setting import asking, hold

pytestmark = pytest.mark.django_db

AGAINST: list[tuple[SchemaRule, SchemaRule, str]] = [
    (
        rule(
            "identity",
            {"column": "legal_entity_id"},
            {"entity": "customer", "key": "legal_entity_id"},
        ),
        rule("identity", {"dataset": CUSTOMER}, {"entity": "Customer", "key": "customer_id"}),
        "A Customer is told by customer_id, and legal_entity_id. Both are about",
    ),
    (
        rule("type_consistency", {"column": "currency"}, {"type": "text"}),
        rule("type_consistency", {"column": "curr*"}, {"type": "integer"}),
        "The type is integer, and text.",
    ),
    (
        rule("type_consistency", {"column": "currency"}, {"unit": "EUR"}),
        rule("type_consistency", {"column": "curr*"}, {"unit": "USD"}),
        "The unit is USD, and EUR.",
    ),
    (
        rule("key", {"dataset": CUSTOMER}, {"columns": "customer_id"}),
        rule("key", {"dataset": "*"}, {"columns": "tax_id"}),
        "The key is tax_id, and customer_id.",
    ),
    (
        rule("retention", {"dataset": CUSTOMER}, {"column": "closed_at", "keep": "P90D"}),
        rule(
            "retention",
            {"layer": "billing"},
            {"column": "closed_at", "keep": "P7Y", "then": "archive"},
        ),
        "Rows are kept for P7Y and then archived, and for P90D and then deleted.",
    ),
    (
        rule("allowed_values", {"column": "currency"}, {"values": ["EUR"]}),
        rule("allowed_values", {"column": "currency"}, {"values": ["USD"]}),
        "No value is allowed by both lists.",
    ),
    (
        rule("compatibility", {"dataset": CUSTOMER}, {"mode": "full"}),
        rule("compatibility", {"dataset": CUSTOMER}, {"mode": "backward"}),
        "Schemas change backward, and full.",
    ),
    (
        rule("cardinality", {"dataset": CUSTOMER}, {"per": "tax_id", "at_most": 1}),
        rule("cardinality", {"dataset": CUSTOMER}, {"per": "TAX_ID", "at_least": 2}),
        "There are at most 1 rows for each, and at least 2.",
    ),
    (
        rule("hierarchy", {"column": "tax_id"}, {"record": "customer"}),
        rule("hierarchy", {"column": "tax_id"}, {"record": "account"}),
        "The record is account, and customer.",
    ),
    (
        naming("_id$", "column", column="tax_id"),
        naming("^id_", "column", column="tax_id"),
        "Names match ^id_, and _id$; none does both.",
    ),
]


@pytest.mark.parametrize(("held", "proposed", "sentence"), AGAINST)
def test_rules_that_cannot_both_be_kept_are_a_conflict(
    held: SchemaRule, proposed: SchemaRule, sentence: str
) -> None:
    larkfield(CUSTOMER)
    hold(held, "schema_rule", key="schema_rule:other")

    (found,) = KIND.conflicts(proposed, asking(key="schema_rule:a-rule"))

    assert found.kind is ConflictKind.RULE_CONTRADICTION
    assert found.witness.startswith(sentence)
    assert [party.key for party in found.parties] == ["schema_rule:a-rule", "schema_rule:other"]


def test_rules_about_other_targets_or_that_agree_are_no_conflict() -> None:
    larkfield(CUSTOMER, ACCOUNT)
    hold(
        rule("key", {"dataset": ACCOUNT}, {"columns": "account_id"}),
        "schema_rule",
        key="schema_rule:b",
    )
    hold(
        rule("type_consistency", {"column": "currency"}, {"type": "text"}),
        "schema_rule",
        key="schema_rule:c",
    )
    context = asking(key="schema_rule:a-rule")

    for document in (
        rule("key", {"dataset": CUSTOMER}, {"columns": "customer_id"}),
        rule("type_consistency", {"column": "currency"}, {"type": "varchar(3)"}),
        rule("retention", {"dataset": CUSTOMER}, {"column": "closed_at", "keep": "P90D"}),
    ):
        assert list(KIND.conflicts(document, context)) == []


def test_the_same_demand_of_the_same_targets_is_a_duplicate() -> None:
    larkfield(CUSTOMER)
    hold(naming("_id$", "column", column="tax_id"), "schema_rule", key="schema_rule:other")

    (found,) = KIND.conflicts(
        naming("_id$", "column", column="tax_*"), asking(key="schema_rule:a-rule")
    )

    assert found.kind is ConflictKind.DUPLICATE
    # and the rule itself, replaced, is none
    assert list(KIND.conflicts(naming(), asking(key="schema_rule:other"))) == []
