"""Opt-outs: an overt reason, names that resolve, and nobody locked out by mistake."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog.models import Dataset, Person, Team, TeamMembership
from governance.agreements.kinds.permission_policy import KIND
from governance.agreements.kinds.permission_policy.conflicts import covers
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.types import BindingRole, ConflictKind, FindingLevel, VetoClass
from tests.factories import PersonFactory, TeamFactory
from tests.governance.kinds.larkfield import larkfield, seats, text_of
from tests.governance.kinds.setting import NOW, asking, hold

SEATS = ["Legal and privacy", "Security executive", "SalesOps", "FinanceOps", "MarketingOps"]
GROUPS = "exec finance hr hr-comp payroll tax fraud support-qa sales-reps eu-approved".split()
RESOURCES = (
    "hr.compensation", "hr.employee", "hr.position", "billing.customer", "billing.payment",
    "support.call_recording", "product.*", "crm.*", "fin.gl_entry", "mart.arr_monthly",
    "events.device_ping", "core.dim_employee",
)  # fmt: skip

_LAST_DAYS = {"days_before_quarter_end": 5}
_FIRST_DAYS = {"days_after_quarter_end": 3}

pytestmark = pytest.mark.django_db


def opt_out(**fields: Any) -> dict[str, Any]:
    """An opt-out that has nothing against it."""
    return {
        "opt_out": "OO-90",
        "effect": "deny",
        "subjects": {"all": True, "except": {"groups": ["payroll"]}},
        "resources": {"dataset": "hr.compensation"},
        "actions": ["read", "export"],
        "when": {"from": "2026-09-08", "to": "2027-09-01"},
        "category": "personnel",
        "reason": "Pay is private.",
        "owner": "seat:legal-and-privacy",
        "review_by": "2027-06-01",
        **fields,
    }


@pytest.fixture
def company() -> dict[str, Dataset]:
    """The datasets, seats and groups that the opt-outs name; each group has a member."""
    seats(SEATS)
    teams = Team.objects.bulk_create(TeamFactory.build(name=name) for name in GROUPS)
    people = Person.objects.bulk_create(PersonFactory.build_batch(len(GROUPS)))
    TeamMembership.objects.bulk_create(
        TeamMembership(team=team, person=person) for team, person in zip(teams, people, strict=True)
    )
    PersonFactory(username="u-0213")
    return larkfield(*RESOURCES)


def check(document: dict[str, Any], now: dt.datetime = NOW) -> list[tuple[str, str, str, str]]:
    """(check, field, message, fix) of each error and warning."""
    found = KIND.check(OptOut.model_validate(document), asking(key="permission_policy:x", now=now))
    return [
        (f.check.removeprefix("opt_out."), f.field, f.message, f.fix)
        for f in found
        if f.level is not FindingLevel.UNCHECKED
    ]


def codes(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(code, field) for code, field, _, _ in check(document)]


@pytest.mark.usefixtures("company")
def test_a_sound_opt_out_has_nothing_against_it_and_nothing_is_left_unchecked() -> None:
    found = list(KIND.check(OptOut.model_validate(opt_out()), asking()))

    assert found == []
    assert KIND.not_enforced == ""


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("number", range(15))
def test_the_opt_outs_of_larkfield_hold_when_they_were_proposed(number: int) -> None:
    document = text_of("opt_outs.yaml")[number] | {"tests": []}
    begins = dt.date.fromisoformat(document["when"]["from"])
    proposed = dt.datetime.combine(begins, dt.time(9), dt.UTC) - dt.timedelta(days=1)

    found = check(document, proposed)

    expected = {"OO-04": {"stricter"}, "OO-06": {"expr_columns"}}
    assert {code for code, *_ in found} == expected.get(document["opt_out"], set())


@pytest.mark.usefixtures("company")
def test_the_example_of_the_specification_is_read_as_written() -> None:
    document = opt_out(
        effect="row_filter",
        subjects={"all": True, "except": {"groups": ["eu-approved"]},
                  "where": "location NOT IN ('IE','DE','FR')"},
        resources={"dataset": "product.*", "tag": None},
        expr="residency <> 'EU'",
        purposes=["any"],
        category="residency",
        reason_visibility="public",
    )  # fmt: skip

    assert check(document) == [
        ("expr_columns", "expr",
         "5 of 6 datasets have no column residency: postgres://larkspur/product.app_user,"
         " postgres://larkspur/product.feature_flag, postgres://larkspur/product.job_order ….",
         "Name only datasets that have it, or expect the others to be closed whole."),
    ]  # fmt: skip


def test_an_effect_and_its_measure_may_be_said_in_one() -> None:
    for short, field, value in (
        ("mask(last3)", "mask", "last3"),
        ("min_group(10)", "group_of", 10),
        ("row_filter(a > (1))", "expr", "a > (1)"),
    ):
        stored = OptOut.model_validate(opt_out(effect=short)).model_dump(mode="json")
        assert stored["effect"] == short.partition("(")[0]
        assert stored[field] == value
        assert OptOut.model_validate(stored).model_dump(mode="json") == stored


@pytest.mark.parametrize(
    "fields",
    [
        {"effect": "allow"},
        {"effect": "mask"},
        {"effect": "mask(base64)"},
        {"effect": "mask(last3)", "mask": "all"},
        {"effect": "min_group(1)"},
        {"effect": "min_group"},
        {"effect": "row_filter"},
        {"expr": "a > 1"},
        {"group_of": 3},
        {"subjects": {}},
        {"subjects": {"all": True, "groups": ["hr"]}},
        {"resources": {}},
        {"resources": {"columns": ["a"], "where": "kind = 'table'"}},
        {"resources": {"dataset": "a", "datasets": ["b"]}},
        {"resources": {"column": "a"}},
        {"actions": []},
        {"actions": ["think"]},
        {"purposes": ["any", "audit"]},
        {"purposes": []},
        {"when": {"from": "2027-01-01", "to": "2026-01-01"}},
        {"when": {"from": "2027-01-01", "to": "2027-01-01"}},
        {"when": {"from": "2027-01-01", "windows": [{}]}},
        {"when": {"to": "2027-01-01"}},
        {"category": "because"},
        {"category": None},
        {"reason": ""},
        {"reason": "   "},
        {"owner": ""},
        {"review_by": None},
        {"review_by": "soon"},
        {"opt_out": "OO 90"},
        {"colour": "red"},
    ],
)
def test_an_opt_out_is_refused_for_its_form(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OptOut.model_validate(opt_out(**fields))


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"owner": "seat:nobody"}, [("owner", "owner")]),
        ({"domain": "nothing"}, [("domain", "domain")]),
        ({"review_by": "2027-09-08"}, []),
        ({"review_by": "2027-09-09"}, [("review_by", "review_by")]),
        ({"review_by": "2026-09-07"}, [("review_by", "review_by")]),
        ({"when": {"from": "2026-01-01", "to": "2026-09-07"}}, [("when", "when.to")]),
        ({"when": {"from": "2026-09-08"}}, []),
        (
            {"subjects": {"groups": ["nothing", "hr"], "people": ["nobody"]}},
            [("subjects", "subjects.groups.0"), ("subjects", "subjects.people.0")],
        ),
        (
            {"subjects": {"all": True, "except": {"groups": ["hr", "nothing"]}}},
            [("subjects", "subjects.except.groups.1")],
        ),
        ({"resources": {"tag": "nothing"}}, [("resources", "resources.tag")]),
        (
            {"resources": {"datasets": ["hr.compensation", "hr.nothing"]}},
            [("resources", "resources.datasets.1")],
        ),
        (
            {"resources": {"dataset": "hr.compensation", "columns": ["bonus*", "colour"]}},
            [("resources", "resources.columns.1")],
        ),
        (
            {
                "when": {
                    "from": "2026-09-08",
                    "windows": [_LAST_DAYS, {"days_before_quarter_end": 2}],
                }
            },
            [("windows", "when.windows")],
        ),
        ({"when": {"from": "2026-09-08", "windows": [_LAST_DAYS, _FIRST_DAYS]}}, []),
        (
            {"resources": {"datasets": ["hr.compensation"], "domains": ["nowhere"]}},
            [("resources", "resources.domains.0"), ("resources", "resources.datasets.0")],
        ),
        (
            {"resources": {"datasets": ["hr.compensation"], "systems": ["nothing"]}},
            [("resources", "resources.systems.0"), ("resources", "resources.datasets.0")],
        ),
        (
            {"resources": {"datasets": ["hr.compensation"], "where": "owner = 'x'"}},
            [("condition", "resources.where")],
        ),
        ({"condition": "subject.salary > 1"}, [("condition", "condition")]),
        ({"resources": {"regions": ["atlantis"]}}, [("resources", "resources")]),
        (
            {"confidential_metadata": True, "resources": {"datasets": ["hr.*", "hr.compensation"]}},
            [("names_what_it_hides", "resources.datasets.1")],
        ),
        (
            {"confidential_metadata": True, "resources": {"dataset": "hr.*", "column": "bonus*"}},
            [("names_what_it_hides", "resources.columns")],
        ),
        ({"confidential_metadata": True, "resources": {"dataset": "hr.*"}}, []),
    ],
)
def test_names_and_dates_that_do_not_hold_are_refused(
    fields: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert codes(opt_out(**fields)) == expected


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("employment_kind = 'contractor'", ""),
        ("location NOT IN ('IE', 'DE') AND department <> 'Legal'", ""),
        ("employment_kind = 'freelancer'", "Nobody has the employment kind 'freelancer'."),
        ("salary > 1", "Concord knows no salary of a person."),
        ("location = 1", "`location = 1` compares a text with a number: `location` and `1`."),
        ("location", "`location` is a text; a condition is true or false."),
        ("location IN (SELECT 1)", "A query inside a predicate reads other rows."),
        ("random() < 1", "`RAND()` answers differently each time."),
        ("1 = 1; DROP TABLE x", "The text is not exactly one expression."),
        ("pg_sleep(100) IS NULL", "`PG_SLEEP(100)` answers differently each time."),
    ],
)
def test_a_condition_over_people_is_of_the_closed_set(where: str, message: str) -> None:
    found = check(opt_out(subjects={"where": where}))
    exempt = check(opt_out(subjects={"all": True, "except": {"where": where}}))

    assert [said for _, _, said, _ in found] == ([message] if message else [])
    assert [field for _, field, _, _ in exempt] == (["subjects.except.where"] if message else [])


ROWS: list[tuple[str, str, str]] = [
    ("termination_date IS NULL OR termination_date > :as_of - INTERVAL 2 YEAR", "", ""),
    ("location = :subject_location", "", ""),
    ("manager_employee_id IN (SELECT employee_id FROM core.dim_employee"
     " WHERE location = :subject_location)", "", ""),
    ("colour = 'red'", "expr_columns", "None of the datasets has a column colour."),
    ("employee.location = 'x'", "expr_columns",
     "None of the datasets has a column employee.location."),
    ("location > 1", "expr_types",
     "`location > 1` compares a text with a number: `location` and `1`."),
    ("count(*) > 1", "expr", "`COUNT(*)` counts over many rows."),
    ("hire_date < now()", "expr", "`NOW()` answers differently each time."),
    ("location = :password", "expr", "`:password` is no parameter."),
    ("location IN (SELECT location FROM crm.nothing)", "expr_subquery",
     "crm.nothing is no dataset of the catalog."),
    ("location IN (SELECT colour FROM crm.account)", "expr_subquery",
     "crm.account has no column colour."),
    ("location IN (SELECT region FROM crm.account a JOIN crm.lead l ON true)", "expr_subquery",
     "A query in a condition lists one column of one dataset."),
    ("location IN (SELECT region FROM crm.account WHERE random() > 1)", "expr",
     "`RAND()` answers differently each time."),
    ("EXISTS (SELECT 1)", "expr", "A query inside a predicate reads other rows."),
]  # fmt: skip


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(("expr", "code", "message"), ROWS)
def test_a_condition_over_rows_is_of_the_closed_set(expr: str, code: str, message: str) -> None:
    document = opt_out(effect="row_filter", resources={"dataset": "hr.employee"}, expr=expr)

    found = [(code, said) for code, _, said, _ in check(document)]

    assert found == ([(code, message)] if code else [])


@pytest.mark.usefixtures("company")
def test_nobody_is_locked_out_by_mistake() -> None:
    everybody = {"all": True}
    assert check(opt_out(subjects=everybody)) == [
        ("locks_out_everybody", "subjects.except", "Nobody at all could use the data any more.",
         "Exempt the people or groups who need it."),
    ]  # fmt: skip
    # an exemption of a group without members exempts nobody
    Team.objects.get(name="tax").members.clear()
    found = check(opt_out(subjects={"all": True, "except": {"groups": ["tax"]}}))
    assert [message for _, _, message, _ in found] == [
        "Nobody at all could use the data any more; the groups exempt have no members."
    ]
    # for one purpose, in a window, masked, or with somebody exempt it locks nobody out
    for fields in (
        {"purposes": ["ml_training"]},
        {"when": {"from": "2026-09-08", "windows": [{"days_before_quarter_end": 14}]}},
        {"effect": "mask(all)"},
        {"subjects": {"all": True, "except": {"people": ["u-0213"]}}},
        {"subjects": {"all": True, "where": "location = 'IE'"}},
    ):
        assert check(opt_out(**{"subjects": everybody, **fields})) == []


@pytest.mark.usefixtures("company")
def test_it_does_not_close_the_whole_catalog() -> None:
    assert codes(opt_out(resources={"dataset": "*"})) == [("closes_everything", "resources")]
    assert codes(opt_out(resources={"dataset": "*"}, effect="mask(all)")) == []


@pytest.mark.usefixtures("company")
def test_an_opt_out_that_another_says_already_is_told_and_a_conflict() -> None:
    held = opt_out(opt_out="OO-01", when={"from": "2026-05-29"})
    hold(OptOut.model_validate(held), "permission_policy")
    mine = opt_out(
        effect="mask(last3)",
        subjects={"groups": ["hr"], "except": {"groups": ["payroll"]}},
        resources={"dataset": "hr.compensation", "column": "annual_salary"},
        actions=["read"],
    )

    assert check(mine) == [
        ("shadowed", "resources",
         "It changes nothing: OO-01: hr.compensation (permission_policy:oo-01) already says as much"
         " to the same people.",
         "Do without it, or say what it adds."),
    ]  # fmt: skip
    (conflict,) = KIND.conflicts(OptOut.model_validate(mine), asking(key="permission_policy:x"))
    assert conflict.kind is ConflictKind.POLICY_SHADOW
    assert conflict.witness == (
        "OO-90 changes nothing: OO-01 says as much to the same people about the same data."
    )
    # and the other way round, where the new one is the wider
    wider = opt_out(opt_out="OO-91", when={"from": "2026-01-01"}, resources={"dataset": "hr.*"})
    (conflict,) = KIND.conflicts(OptOut.model_validate(wider), asking(key="permission_policy:y"))
    assert [party.key for party in conflict.parties] == [
        "permission_policy:oo-01", "permission_policy:y"
    ]  # fmt: skip


NARROWER: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"effect": "mask(all)"}, True),
    ({"actions": ["read"]}, True),
    ({"actions": ["write"]}, False),
    ({"purposes": ["audit"]}, True),
    ({"subjects": {"groups": ["hr"], "except": {"groups": ["payroll", "tax"]}}}, True),
    ({"subjects": {"groups": ["hr"]}}, False),  # it does not exempt payroll
    ({"subjects": {"all": True, "where": "job_role = 'x'", "except": {"groups": ["payroll"]}}},
     True),
    ({"when": {"from": "2026-09-08", "to": "2027-01-01"}}, True),
    ({"when": {"from": "2026-09-08"}}, False),
    ({"when": {"from": "2026-01-01", "to": "2027-01-01"}}, False),
    ({"confidential_metadata": True}, False),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "expected"), NARROWER)
def test_what_covers_what_follows_from_the_documents(
    fields: dict[str, Any], expected: bool
) -> None:
    wide = OptOut.model_validate(opt_out())

    assert covers(wide, OptOut.model_validate(opt_out(**fields))) is expected


SOME = st.fixed_dictionaries(
    {
        "effect": st.sampled_from(["deny", "mask(all)", "mask(last3)", "min_group(5)"]),
        "actions": st.lists(st.sampled_from(["read", "export"]), min_size=1, unique=True),
        "subjects": st.fixed_dictionaries(
            {"all": st.just(True)},
            optional={
                "where": st.just("location = 'IE'"),
                "except": st.fixed_dictionaries(
                    {"groups": st.lists(st.sampled_from(GROUPS), unique=True, max_size=3)}
                ),
            },
        )
        | st.fixed_dictionaries(
            {"groups": st.lists(st.sampled_from(GROUPS), unique=True, min_size=1, max_size=3)}
        ),
        "when": st.sampled_from(
            [{"from": "2026-09-08"}, {"from": "2026-09-09"},
             {"from": "2026-09-08", "to": "2027-01-01"}]
        ),
    }
)  # fmt: skip


@given(SOME, SOME, SOME)
def test_covering_is_an_order(a: dict[str, Any], b: dict[str, Any], c: dict[str, Any]) -> None:
    first, second, third = (OptOut.model_validate(opt_out(**one)) for one in (a, b, c))

    assert covers(first, first)
    if covers(first, second) and covers(second, third):
        assert covers(first, third)


def test_the_same_subjects_by_condition_alone_and_with_everybody_cover_each_other() -> None:
    alone = OptOut.model_validate(opt_out(subjects={"where": "location = 'IE'"}))
    both = OptOut.model_validate(opt_out(subjects={"all": True, "where": "location = 'IE'"}))

    assert covers(alone, both)
    assert covers(both, alone)


def test_it_is_bound_to_what_it_covers_today(company: dict[str, Dataset]) -> None:
    def bound(**resources: Any) -> list[tuple[int | None, str]]:
        document = OptOut.model_validate(opt_out(resources=resources))
        found = KIND.bindings(document, asking())
        assert {binding.role for binding in found} == {BindingRole.TARGET}
        return [(binding.dataset_id, binding.column_path) for binding in found]

    pay, position = company["hr.compensation"].pk, company["hr.position"].pk
    assert bound(dataset="hr.compensation", column="*") == [(pay, "")]
    assert bound(dataset="hr.compensation", column="annual_salary") == [(pay, "annual_salary")]
    assert bound(tag="hr.comp") == sorted(
        [(pay, "annual_salary"), (pay, "bonus_target"), (pay, "hourly_rate"),
         (position, "band_max"), (position, "band_min")]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("category", "veto"),
    [
        ("personnel", VetoClass.LEGAL),
        ("customer", VetoClass.LEGAL),
        ("legal-hold", VetoClass.LEGAL),
        ("contract", VetoClass.LEGAL),
        ("residency", VetoClass.LEGAL),
        ("financial", VetoClass.SECURITY),
        ("security", VetoClass.SECURITY),
    ],
)
def test_the_category_says_whose_veto_seat_must_sign(category: str, veto: VetoClass) -> None:
    asked = KIND.veto_seats(OptOut.model_validate(opt_out(category=category)))
    assert asked == {veto: f"opt-outs of the category {category}"}  # "Legal for opt-outs of ..."
