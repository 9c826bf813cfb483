"""Brakes as agreements: their form, what is wrong with them, what they say in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.template.loader import render_to_string
from pydantic import ValidationError

from catalog.models import Label
from catalog.types import LabelKind
from governance.agreements.kinds import kinds
from governance.agreements.kinds.brake import KIND
from governance.agreements.kinds.brake.document import BrakeDocument
from governance.brakes.selectors.in_force import brake_of, brakes_in_force
from governance.models import Seat
from governance.permissions.holder import opt_outs
from governance.types import BindingRole, BindingSpec, ChangeOp, ConflictKind
from tests.factories import DomainFactory, PersonFactory, TeamFactory
from tests.governance.kinds.setting import NOW, asking, found, hold
from tests.lineage.warehouse import table

pytestmark = pytest.mark.django_db
IN_SPRING = str(NOW.date() + dt.timedelta(days=200))
BYTES = {"max_bytes": "1_000_000_000_000"}


def brake(**fields: Any) -> BrakeDocument:
    """A brake that lacks nothing."""
    base = {
        "brake": "at-most-a-terabyte",
        "subjects": {"all": True},
        "limits": BYTES,
        "reason": "A query over everything keeps everybody else waiting.",
        "owner": "seat:platform",
        "review_by": IN_SPRING,
    }
    return BrakeDocument.model_validate({k: v for k, v in (base | fields).items() if v != ""})


@pytest.fixture(autouse=True)
def _company() -> None:
    Seat.objects.create(slug="platform", name="Platform administrator", kind="hub")
    TeamFactory(name="Marketing").members.add(PersonFactory(username="ann"))
    DomainFactory(slug="data", name="Data")
    table("shop.events.ping", ["id", "at"])
    Label.objects.create(kind=LabelKind.CLASSIFICATION, name="email", path="pii / email")


def test_a_complete_brake_has_nothing_against_it() -> None:
    assert found(KIND, brake(), asking()) == []
    assert found(KIND, brake(form={"no_functions": ["random", "pg_sleep"],
                                   "no_star_over": ["pii.email"]}, limits=""),
                 asking()) == []  # fmt: skip


FORM = {"limits": "", "partitioned_by": ["at"]}


@pytest.mark.parametrize(
    ("fields", "check", "field"),
    [
        ({"subjects": {"groups": ["Nobody"]}}, "unknown_group", "subjects.groups.0"),
        ({"subjects": {"people": ["zoe"]}}, "unknown_person", "subjects.people.0"),
        ({"subjects": {"all": True, "except": {"groups": ["None"]}}}, "unknown_group",
         "subjects.except.groups.0"),
        ({"subjects": {"where": "salary > 3"}}, "condition", "subjects.where"),
        ({"resources": {"dataset": "events.nothing"}}, "unknown_dataset", "resources.datasets.0"),
        ({"resources": {"tag": "secret"}}, "unknown_label", "resources.tag"),
        ({"resources": {"domains": ["none"]}}, "unknown_domain", "resources.domains.0"),
        ({"resources": {"systems": ["kafka://none"]}}, "unknown_system", "resources.systems.0"),
        (FORM | {"form": {"partition_filter": True}, "partitioned_by": ["day"]}, "unknown_column",
         "partitioned_by.0"),
        (FORM | {"form": {"no_star_over": ["pii.salary"]}}, "unknown_label", "form.no_star_over.0"),
        (FORM | {"form": {"no_functions": ["make_coffee"]}}, "unknown_function",
         "form.no_functions.0"),
        ({"owner": "seat:nobody"}, "unknown_owner", "owner"),
        ({"domain": "none"}, "unknown_domain", "domain"),
        ({"review_by": str(NOW.date())}, "review_past", "review_by"),
        ({"review_by": "2027-12-01"}, "review_far", "review_by"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_field_and_the_fix(
    fields: dict[str, Any], check: str, field: str
) -> None:
    findings = list(KIND.check(brake(**fields), asking()))
    assert [(f.check, f.level.value, f.field) for f in findings] == [
        (f"brake.{check}", "error", field)
    ]
    assert findings[0].fix


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"brake": "Not Plain"}, "brake"),
        ({"limits": {"max_bytes": -1}}, "max_bytes"),
        ({"limits": {"max_bytes": 0}}, "max_bytes"),
        ({"limits": {"max_bytes": 2**61}}, "max_bytes"),
        ({"limits": {"max_rows": "many"}}, "max_rows"),
        ({"limits": {"max_cost": 5.0}}, "needs cost_per_terabyte"),
        ({"limits": {"max_seconds": 300, "refuse_unknown": True}}, "refuse_unknown needs"),
        ({"limits": {"max_partitions": 31}}, "Name in partitioned_by"),
        ({"limits": {"max_memory": 5}}, "max_memory"),
        ({"limits": {}}, "Say one thing"),
        ({"form": {"no_cross_join": True}}, "Say one thing"),
        ({"limits": {}, "form": {"partition_filter": True}}, "Name in partitioned_by"),
        ({"limits": {}, "form": {"limit_rows": 0}}, "limit_rows"),
        ({"limits": {}, "quota": {"bytes_per_day": 5}}, "A quota is of teams"),
        ({"limits": {}, "quota": {"cost_per_day": 5}, "subjects": {"groups": ["Marketing"]}},
         "needs cost_per_terabyte"),
        ({"effect": "explode"}, "effect"),
        ({"subjects": {}}, "Say whom it concerns"),
        ({"resources": {}}, "Name datasets"),
        ({"asked": {"environments": ["moon"]}}, "environments"),
    ],
)  # fmt: skip
def test_what_is_no_brake_never_becomes_one(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        brake(**wrong)


def test_it_rests_on_the_data_that_it_names() -> None:
    ping = table("shop.events.event", ["id", "at"])
    document = brake(resources={"dataset": "events.*"})
    bound = [spec.dataset_id for spec in KIND.bindings(document, asking())]
    assert ping.pk in bound
    assert len(bound) == 2
    assert KIND.bindings(document, asking())[0].role is BindingRole.TARGET
    assert list(KIND.bindings(brake(), asking())) == []
    assert isinstance(KIND.bindings(document, asking())[0], BindingSpec)
    today = KIND.targets_today(document, asking())
    assert today is not None
    assert today.sentence == "It is about 2 datasets today."


def test_the_same_under_another_name_is_a_duplicate() -> None:
    hold(brake(), "brake")
    (conflict,) = KIND.conflicts(brake(brake="another"), asking(key="brake:another"))
    assert conflict.kind is ConflictKind.DUPLICATE
    other = brake(brake="another", limits={"max_bytes": 5})
    assert list(KIND.conflicts(other, asking(key="brake:another"))) == []


def test_it_goes_without_questions_and_a_day_that_was_agreed_may_come() -> None:
    past = brake(review_by="2026-09-01")
    assert found(KIND, brake(owner="seat:nobody"), asking(op=ChangeOp.RETIRE)) == []
    base = past.model_dump(mode="json")
    assert found(KIND, past, asking(op=ChangeOp.REPLACE, base=base)) == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Queries of everybody: at most 1 TB are read. Others do not run."),
        ({"effect": "tell", "subjects": {"groups": ["Marketing"]}},
         "Queries of Marketing: at most 1 TB are read. Others are told."),
        (FORM | {"form": {"partition_filter": True}, "resources": {"dataset": "events.*"}},
         "Queries of everybody over events.*: they have a condition on at with a beginning."
         " Others do not run."),
        ({"limits": "", "subjects": {"groups": ["Marketing"]},
          "quota": {"cost_per_day": 50, "cost_per_terabyte": 5}},
         "Marketing: at most 50 are spent a day, at 5 a terabyte. Others do not run."),
        ({"limits": "", "asked": {"gateways": ["notebook"]}, "form": {"limit_rows": 100}},
         "Queries of everybody through notebook: they end with LIMIT 100 or less where they show"
         " rows. Others do not run."),
    ],
)  # fmt: skip
def test_it_is_told_in_a_sentence(fields: dict[str, Any], sentence: str) -> None:
    reason = "A query over everything keeps everybody else waiting."
    assert KIND.sentence(brake(**fields)) == f"{sentence} {reason}"


def test_it_is_named_and_shown() -> None:
    document = brake(resources={"dataset": "events.*"}, asked={"gateways": ["notebook"]})
    assert (KIND.slug(document), KIND.title(document)) == (
        "at-most-a-terabyte", "At most a terabyte",
    )  # fmt: skip
    assert kinds.get("brake") is KIND
    page = render_to_string(KIND.template, {"document": document, "agreement": None})
    for shown in ("At most 1 TB are read", "Everybody", "events.", "notebook", "<dd>platform</dd>"):
        assert shown in page


def test_the_versions_in_force_are_read() -> None:
    hold(brake(), "brake")
    odd = hold(brake(brake="odd", limits={"max_rows": 5}), "brake")
    hold(brake(brake="odd", limits={"max_rows": 6}), "brake", key=odd.agreement.key, since=NOW)
    opt_outs.install(None)
    opt_outs.refresh()
    assert [one.name for one in brakes_in_force()] == ["at-most-a-terabyte", "odd"]
    assert brakes_in_force()[1].limits.rows == 6


def test_labels_and_owners_are_looked_up() -> None:
    document = brake(limits="", form={"no_star_over": ["pii"], "no_functions": ["RANDOM"]})
    found_brake = brake_of("brake:x", 1, document)
    label = Label.objects.get(path="pii / email")
    assert found_brake.form.labels == {str(label.pk)}
    assert found_brake.form.functions == {"random"}
    assert found_brake.ask == "platform"
