"""Schema rules: what they select, which targets fail today, what they rest on."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string
from pydantic import ValidationError

from catalog.models import Column, Dataset, Label, Relation
from catalog.types import LabelKind, RelationKind
from governance.agreements.form import form_fields, form_of_document, read_form
from governance.agreements.kinds.schema_rule import KIND
from governance.agreements.kinds.schema_rule.assertions import RuleKind
from governance.agreements.kinds.schema_rule.document import SchemaRule
from governance.agreements.kinds.schema_rule.evaluating import Outcome
from governance.agreements.kinds.schema_rule.types import family_of, is_of_type
from governance.models import Binding
from governance.types import BindingRole
from tests.factories import ColumnFactory, DatasetFactory, SystemFactory
from tests.governance.kinds.larkfield import larkfield, text_of
from tests.governance.kinds.rules import ACCOUNT, CUSTOMER, check, failing, naming, rule
from tests.governance.kinds.setting import asking, hold

pytestmark = pytest.mark.django_db

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
