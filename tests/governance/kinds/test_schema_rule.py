"""Schema rules: what they select, which targets fail today, what contradicts what."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string
from pydantic import ValidationError

from catalog.models import Column, Dataset, Label, Relation
from catalog.types import LabelKind, RelationKind
from governance.agreements.form import form_fields, form_of_document, read_form
from governance.agreements.kinds.data_state.document import Workflow
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.agreements.kinds.schema_rule import KIND
from governance.agreements.kinds.schema_rule.assertions import RuleKind
from governance.agreements.kinds.schema_rule.checks import LOOKS_AT
from governance.agreements.kinds.schema_rule.document import SchemaRule
from governance.agreements.kinds.schema_rule.evaluating import Outcome
from governance.agreements.kinds.schema_rule.types import family_of, is_of_type
from governance.models import Binding
from governance.types import BindingRole, ConflictKind, FindingLevel
from tests.factories import ColumnFactory, DatasetFactory, SystemFactory
from tests.governance.kinds.larkfield import larkfield, seats, text_of
from tests.governance.kinds.setting import asking, hold
from tests.governance.kinds.test_data_state import lead

pytestmark = pytest.mark.django_db


def rule(kind: str, selector: dict[str, Any], demand: dict[str, Any], **fields: Any) -> SchemaRule:
    """A rule that can be evaluated on what its kind looks at first."""
    return SchemaRule.model_validate(
        {
            "rule": "a-rule",
            "kind": kind,
            "purpose": "Because it helps.",
            "selector": selector,
            "assert": demand,
            "evaluate_on": LOOKS_AT[RuleKind(kind)][0],
            **fields,
        }
    )


def naming(pattern: str = "_id$", part: str = "key", **selector: Any) -> SchemaRule:
    return rule("naming", selector or {"type": "bigint"}, {"part": part, "pattern": pattern})


def check(document: SchemaRule) -> list[tuple[str, str, str]]:
    """(check, level, field) of each finding."""
    found = KIND.check(document, asking(key="schema_rule:a-rule"))
    return [(f.check.removeprefix("rule."), f.level.value, f.field) for f in found]


def failing(document: SchemaRule) -> list[tuple[str, str]]:
    """(target, message) of each target that fails today."""
    seen = KIND.preview(document, asking())
    return [
        (f"{one.dataset.rpartition('/')[2]} {one.column}".strip(), one.message)
        for one in seen.failing
    ]


TEXT_KEYS = [
    "product.feature_flag flag_key",
    "fin.budget gl_code",
    "fin.budget period",
    "fin.gl_account gl_code",
    "mktg.ad_spend channel",
    "core.dim_customer customer_key",
    "core.dim_employee employee_key",
    "core.fct_lead_state state",
    "mart.arr_monthly segment",
    "mart.arr_monthly region",
    "mart.customer_retention segment",
    "mart.delinquency_aging bucket",
    "mart.lead_funnel_weekly source",
    "ml.churn_features customer_key",
    "ml.churn_scores customer_key",
]

# --- the whole company: what a steward sees before submitting ------------------------------------


def test_violations_are_seen_before_submitting() -> None:
    """Story S4: 'ids end with _id' over Larkfield's 60 datasets."""
    # given the company, and the rule as its proposal DGP-0009 states it
    schemas = "crm mktg billing product events support hr fin stg core mart ml".split()
    larkfield(*(f"{schema}.*" for schema in schemas))
    (proposed,) = [p for p in text_of("proposals.yaml") if p["key"] == "DGP-0009"]
    document = SchemaRule.model_validate(proposed["document"])

    # when it is previewed
    seen = KIND.preview(document, asking())

    # then the one key of that type with another name is named
    bigints = Column.objects.filter(physical_type="bigint").count()
    assert seen.sentence == f"{bigints:,} columns selected, 1 of them fails today."
    assert failing(document) == [("mart.customer_retention period", "period does not match _id$.")]
    assert check(document) == [("violations", "warning", "assert")]
    # and the same rule over keys of text names fifteen more
    assert [target for target, _ in failing(naming(type="varchar"))] == TEXT_KEYS


@pytest.mark.parametrize("key", ["DGP-0001", "DGP-0009", "DGP-0010"])
def test_the_rules_of_larkfield_can_be_proposed(key: str) -> None:
    larkfield("crm.account", "billing.customer", "core.dim_customer", "events.device_ping")
    (proposed,) = [p for p in text_of("proposals.yaml") if p["key"] == key]

    found = check(SchemaRule.model_validate(proposed["document"]))

    assert [level for _, level, _ in found if level == "error"] == []
    if proposed["document"]["evaluate_on"] == "data":
        assert ("data", "unchecked", "evaluate_on") in found


# --- selectors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (
            {"column": "legal_entity_id"},
            ["billing.customer legal_entity_id", "crm.account legal_entity_id"],
        ),
        ({"column": "*_entity_id", "system": "LedgerCore"}, ["billing.customer legal_entity_id"]),
        (
            {"type": "bigint", "dataset": "crm.account", "column": "acc*"},
            ["crm.account account_id"],
        ),
        ({"tag": "pii.gov", "type": "*"}, ["billing.customer tax_id"]),
        (
            {"tag": "pii", "type": "*", "domain": "finance"},
            ["billing.customer tax_id", "billing.customer billing_email"],
        ),
        ({"tag": "pii.*", "dataset": "billing.*", "column": "tax*"}, ["billing.customer tax_id"]),
        ({"layer": "billing", "column": "currency"}, ["billing.customer currency"]),
        ({"dataset": "customer", "column": "status"}, ["billing.customer status"]),
        ({"dataset": "ustomer", "column": "status"}, []),
        ({"column": "Legal_Entity_ID", "lifecycle": "curated"}, []),
    ],
)
def test_a_selector_is_a_conjunction_of_names_and_patterns(
    selector: dict[str, Any], expected: list[str]
) -> None:
    larkfield("crm.account", "billing.customer")

    selection = KIND.preview(naming(part="column", **selector), asking()).selection

    assert [c.said.rpartition("/")[2] for c in selection.columns or ()] == expected


def test_a_selector_of_datasets_selects_datasets() -> None:
    found = larkfield("crm.account", "billing.customer")
    Dataset.objects.filter(pk=found["crm.account"].pk).update(
        criticality=2, lifecycle="curated", stage="capture", data_kind="transactional"
    )
    for selector in (
        {"criticality": 2},
        {"lifecycle": "curated"},
        {"stage": "capture"},
        {"data_kind": "transactional"},
        {"layer": "crm"},
        {"dataset": "crm.*"},
        {"tag": "fin", "dataset": "crm.*"},
    ):
        selection = KIND.preview(naming(part="dataset", **selector), asking()).selection
        assert [one.name for one in selection.datasets] == ["postgres://saleshub/crm.account"]
        assert selection.columns is None


def test_a_selector_finds_columns_that_hold_a_term() -> None:
    found = larkfield("billing.customer")
    version = hold(naming(), "schema_rule")
    type(version.agreement).objects.filter(pk=version.agreement_id).update(key="term:currency")
    Binding.objects.create(
        version=version, role="target", dataset=found["billing.customer"], column_path="currency"
    )

    seen = KIND.preview(naming(part="column", term="currency"), asking())

    assert [column.path for column in seen.selection.columns or ()] == ["currency"]


def test_a_rule_about_nothing_is_refused_with_what_does_not_resolve() -> None:
    larkfield("crm.account")

    assert check(naming(system="Nowhere", domain="nothing", tag="x", term="y")) == [
        ("selector_resolves", "error", "selector.system"),
        ("selector_resolves", "error", "selector.domain"),
        ("selector_resolves", "error", "selector.tag"),
        ("selector_resolves", "error", "selector.term"),
        ("selects_nothing", "error", "selector"),
    ]
    with pytest.raises(ValidationError, match="at least one thing"):
        rule("naming", {"type": ""}, {"pattern": "x"})


# --- the fifteen kinds ---------------------------------------------------------------------------

CUSTOMER, ACCOUNT = "billing.customer", "crm.account"
EVALUATED: list[tuple[str, dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = [
    (
        "hierarchy",
        {"column": "tax_id"},
        {"record": "customer", "file": "billing", "database": "LedgerCore"},
        [],
    ),
    (
        "hierarchy",
        {"column": "tax_id"},
        {"record": "client", "file": "crm", "database": "SalesHub"},
        [
            (
                f"{CUSTOMER} tax_id",
                "It lies in the record customer, not client; it lies in the file billing, not crm;"
                " it does not lie in saleshub.",
            )
        ],
    ),
    ("hierarchy", {"dataset": "crm.account"}, {"parent": "parent_account_id"}, []),
    (
        "hierarchy",
        {"dataset": CUSTOMER},
        {"parent": "parent_id"},
        [(CUSTOMER, "It has no column parent_id.")],
    ),
    ("relation", {"dataset": CUSTOMER}, {"target": "crm.account", "columns": "account_id"}, []),
    (
        "relation",
        {"dataset": CUSTOMER},
        {"target": "crm.account", "relation": "same_as"},
        [(CUSTOMER, "It declares no relation same_as to crm.account.")],
    ),
    (
        "identity",
        {"column": "legal_entity_id"},
        {"entity": "customer", "key": "legal_entity_id"},
        [],
    ),
    (
        "identity",
        {"layer": "billing"},
        {"entity": "customer", "key": ["vat_id"]},
        [(CUSTOMER, "It has no column vat_id.")],
    ),
    (
        "cardinality",
        {"layer": "billing"},
        {"per": ["plan"], "at_most": 1},
        [(CUSTOMER, "It has no column plan.")],
    ),
    (
        "required",
        {"dataset": "crm.account"},
        {"columns": ["website", "status", "nope"]},
        [(ACCOUNT, "It has no column nope; website may be null.")],
    ),
    (
        "required",
        {"dataset": "crm.account"},
        {"fields": ["meaning", "key"]},
        [(ACCOUNT, "It does not say meaning.")],
    ),
    (
        "naming",
        {"dataset": "crm.account", "column": "*_at"},
        {"pattern": "_at$", "types": ["date"]},
        [
            (f"{ACCOUNT} created_at", "created_at is named like one and has the type timestamp."),
            (f"{ACCOUNT} updated_at", "updated_at is named like one and has the type timestamp."),
        ],
    ),
    (
        "naming",
        {"dataset": "crm.*"},
        {"part": "dataset", "pattern": "^dim_"},
        [(ACCOUNT, "account does not match ^dim_.")],
    ),
    (
        "type_consistency",
        {"column": "currency"},
        {"type": "decimal"},
        [(f"{CUSTOMER} currency", "currency has the type varchar, not decimal.")],
    ),
    ("type_consistency", {"column": "account_id"}, {}, []),
    ("key", {"dataset": "*"}, {}, [("support.notes", "It declares no key.")]),
    ("key", {"dataset": CUSTOMER}, {"columns": "tax_id"}, [(CUSTOMER, "Its key is customer_id.")]),
    ("allowed_values", {"column": "currency"}, {"values": ["EUR", "USD"]}, []),
    ("classification", {"column": "tax_id"}, {"label": "pii.gov"}, []),
    ("classification", {"column": "tax_id"}, {"label": "pii"}, []),
    (
        "classification",
        {"column": "legal_name"},
        {"label": "pii.name"},
        [(f"{CUSTOMER} legal_name", "It is not classified as pii.name.")],
    ),
    (
        "classification",
        {"column": "tax_id"},
        {"opt_out": True},
        [(f"{CUSTOMER} tax_id", "No opt-out in force names its class.")],
    ),
    (
        "retention",
        {"dataset": CUSTOMER},
        {"column": "closed_at", "keep": "P7Y", "then": "archive"},
        [],
    ),
    (
        "retention",
        {"dataset": CUSTOMER},
        {"column": "status", "keep": "P90D"},
        [(CUSTOMER, "Status holds no date or timestamp.")],
    ),
    ("compatibility", {"dataset": CUSTOMER}, {"mode": "full_transitive"}, []),
    (
        "freshness",
        {"dataset": CUSTOMER},
        {"states_finality": True},
        [(CUSTOMER, "It does not say when it is final.")],
    ),
    ("freshness", {"dataset": CUSTOMER}, {"by": "06:00"}, []),
    ("reconcile", {"dataset": CUSTOMER}, {"left": "SELECT 1", "right": "SELECT 1"}, []),
    (
        "query_guard",
        {"dataset": CUSTOMER},
        {"time_column": "opened_at", "max_range": "P31D"},
        [(CUSTOMER, "It has no column opened_at.")],
    ),
]


@pytest.mark.parametrize(("kind", "selector", "demand", "expected"), EVALUATED)
def test_targets_that_fail_are_named_with_the_reason(
    kind: str, selector: dict[str, Any], demand: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    found = larkfield(ACCOUNT, CUSTOMER)
    Relation.objects.create(
        source=found[CUSTOMER],
        target=found[ACCOUNT],
        kind=RelationKind.FOREIGN_KEY,
        source_columns=["account_id"],
        target_columns=["account_id"],
    )
    DatasetFactory(name="notes", qualified_name="mysql://helpline/support.notes")

    assert failing(rule(kind, selector, demand)) == expected


def test_every_kind_has_a_case_a_sentence_a_form_and_a_page() -> None:
    assert {kind for kind, *_ in EVALUATED} == {kind.value for kind in RuleKind}
    (variant,) = [field for field in form_fields(SchemaRule) if field.name == "assert"]
    assert [one.value for one in variant.variants] == [kind.value for kind in RuleKind]
    for kind, selector, demand, _ in EVALUATED:
        document = rule(kind, selector, demand)
        stored = document.model_dump(mode="json")
        read = read_form(SchemaRule, form_of_document(SchemaRule, stored).data)
        assert (read.errors, read.document) == ((), document)
        assert "kind" not in stored["assert"]
        assert KIND.sentence(document).endswith(".")
        assert "Demands" in render_to_string(KIND.template, {"document": document})


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (
            naming(),
            "Every column of the type bigint: its name, if it is part of a key, matches _id$.",
        ),
        (
            rule(
                "identity",
                {"column": "legal_entity_id"},
                {"entity": "customer", "key": "legal_entity_id"},
            ),
            "Every column named legal_entity_id: one customer is one legal_entity_id.",
        ),
        (
            rule(
                "retention",
                {"dataset": "events.device_ping"},
                {"column": "occurred_at", "keep": "P90D"},
            ),
            "Every dataset named events.device_ping: keeps rows for P90D from occurred_at,"
            " then deletes them.",
        ),
        (
            rule(
                "required", {"lifecycle": "curated"}, {"fields": ["meaning", "owner", "sort_order"]}
            ),
            "Every dataset that is curated: says meaning, owner and sort order.",
        ),
    ],
)
def test_a_rule_says_itself_in_one_sentence(document: SchemaRule, sentence: str) -> None:
    assert KIND.sentence(document) == sentence


def test_consistency_without_a_type_asks_for_what_most_have() -> None:
    for kind in ("bigint", "integer", "varchar(20)"):
        ColumnFactory(name="region_id", physical_type=kind)

    assert [
        message for _, message in failing(rule("type_consistency", {"column": "region_id"}, {}))
    ] == ["region_id has the type varchar(20), not integer."]


@pytest.mark.parametrize(
    ("written", "family"),
    [
        ("BIGINT", "integer"),
        ("int4", "integer"),
        ("numeric(18,2)", "decimal"),
        ("double precision", "float"),
        ("character varying(20)", "text"),
        ("timestamp with time zone", "timestamp"),
        ("geometry", ""),
        ("datetime64", "timestamp"),
        ("jsonb", "json"),
    ],
)
def test_types_of_platforms_are_families(written: str, family: str) -> None:
    assert family_of(written) == family
    assert is_of_type("Decimal( 18, 2 )", "decimal(18,2)")
    assert not is_of_type("decimal(18,4)", "decimal(18,2)")


# --- what is refused ------------------------------------------------------------------------------

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


# --- contradictions -------------------------------------------------------------------------------

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


# --- what it rests on -----------------------------------------------------------------------------


def test_it_is_bound_to_the_columns_or_datasets_that_it_selects() -> None:
    found = larkfield(CUSTOMER, ACCOUNT)

    columns = KIND.bindings(naming(column="legal_entity_id"), asking())
    whole = KIND.bindings(
        rule("retention", {"dataset": CUSTOMER}, {"column": "closed_at", "keep": "P1D"}), asking()
    )

    assert [(b.role, b.dataset_id, b.column_path) for b in columns] == [
        (BindingRole.SELECTED, found[CUSTOMER].pk, "legal_entity_id"),
        (BindingRole.SELECTED, found[ACCOUNT].pk, "legal_entity_id"),
    ]
    assert [(b.dataset_id, b.column_path) for b in whole] == [(found[CUSTOMER].pk, "")]


def test_very_many_columns_are_bound_by_their_datasets(monkeypatch: pytest.MonkeyPatch) -> None:
    found = larkfield(CUSTOMER)
    monkeypatch.setattr("governance.agreements.kinds.schema_rule.selection.MOST_COLUMN_BINDINGS", 3)

    bindings = KIND.bindings(naming(column="*"), asking())

    assert [(b.dataset_id, b.column_path) for b in bindings] == [(found[CUSTOMER].pk, "")]


def test_what_may_not_be_seen_is_not_selected() -> None:
    larkfield(CUSTOMER)
    nobody = asking()
    hidden = KIND.preview(
        naming(column="*"), type(nobody)(type(nobody.acting).anonymous(), nobody.now, "", nobody.op)
    )

    assert hidden.selection.count == 0
    assert hidden.results == ()
    assert Outcome.FAIL.value == "fail"


def test_a_tag_is_found_with_dots_and_slashes() -> None:
    column = ColumnFactory(dataset=DatasetFactory(system=SystemFactory()), name="x")
    label = Label.objects.create(kind=LabelKind.CLASSIFICATION, name="email", path="pii / email")
    column.labels.create(label=label, origin="declared")

    for tag in ("pii.email", "pii / email", "pii/email", "PII", "pii.*"):
        assert KIND.preview(naming(part="column", tag=tag), asking()).selection.count == 1
    assert KIND.preview(naming(part="column", tag="pii.em"), asking()).selection.count == 0
