"""Exceptions: asked for by anybody, decided by the owner seat, never by who benefits."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalog.access import AccessRefused, Action, gate
from catalog.errors import CatalogError, Conflict, InvalidInput, NotFound
from catalog.models import Dataset, Event, Person, Team
from catalog.selectors.principals import principal_of
from catalog.types import Principal
from governance.models import BreakGlassTemplate, Delegation, Membership, OptOutException
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.answering import to_decide
from governance.permissions.services.break_glass import (
    approve_template,
    break_glass,
    end_template,
)
from governance.permissions.services.exceptions import (
    decide_exception,
    end_exception,
    request_exception,
)
from tests.factories import PersonFactory, TeamFactory
from tests.governance.impact.world import seat
from tests.governance.kinds.larkfield import larkfield
from tests.governance.permissions.company import in_force, opt_out

pytestmark = pytest.mark.django_db

KEY = "permission_policy:oo-1"


@pytest.fixture
def pay() -> Dataset:
    """Pay, closed to all but payroll; Lucian holds the owner seat."""
    TeamFactory(name="payroll")
    TeamFactory(name="auditors").members.add(PersonFactory(username="ann"))
    seat("Legal", PersonFactory(username="lucian"))
    PersonFactory(username="bob")
    data = larkfield("hr.compensation")
    in_force(opt_out(1))
    return data["hr.compensation"]


def who(username: str) -> Principal:
    return principal_of(Person.objects.get(username=username))


def asked(by: str = "ann", **fields: Any) -> OptOutException:
    ends = timezone.now() + dt.timedelta(days=10)
    given: dict[str, Any] = {"agreement": KEY, "reason": "The yearly audit.", "ends_at": ends}
    return request_exception(acting=who(by), **(given | fields))


def reads(username: str, dataset: Dataset) -> bool:
    opt_outs.refresh()
    return gate().authorize(who(username), Action.READ, dataset).allowed


@pytest.mark.parametrize("names", [[" "], ["", "hr.compensation"]])
def test_an_empty_name_is_not_all_that_an_opt_out_covers(pay: Dataset, names: list[str]) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        asked(datasets=names)


def test_an_approved_exception_opens_and_a_revoked_one_closes(pay: Dataset) -> None:
    row = asked()
    assert not reads("ann", pay)

    decide_exception(acting=who("lucian"), exception_id=row.pk, approve=True)
    assert reads("ann", pay)
    assert not reads("bob", pay)

    end_exception(acting=who("ann"), exception_id=row.pk, reason="Done.")
    assert not reads("ann", pay)
    told = Event.objects.filter(type="governance.opt_out_exception.changed").order_by("id")
    assert [event.payload["what"] for event in told] == ["requested", "approved", "revoked"]


@pytest.mark.parametrize("subject", [{"username": "lucian"}, {"team": "legal"}])
def test_nobody_approves_an_exception_that_covers_themselves(
    pay: Dataset, subject: dict[str, str]
) -> None:
    # Given an exception for the owner seat's holder, asked for by somebody else
    TeamFactory(name="legal").members.add(Person.objects.get(username="lucian"))
    row = asked("bob", **subject)

    # Then he is refused, and it stays undecided
    with pytest.raises(AccessRefused, match="covers themselves"):
        decide_exception(acting=who("lucian"), exception_id=row.pk, approve=True)
    assert OptOutException.objects.get().state == "requested"


def test_a_delegate_neither_decides_nor_is_decided_for(pay: Dataset) -> None:
    now = timezone.now()
    # Given Bob acts for Lucian, and Lucian for Ann
    for giver, taker in (("lucian", "bob"), ("ann", "lucian")):
        Delegation.objects.create(
            giver=Person.objects.get(username=giver),
            taker=Person.objects.get(username=taker),
            since=now - dt.timedelta(days=1),
            until=now + dt.timedelta(days=1),
            reason="Away.",
        )
    row, for_team = asked(), asked("bob", team="auditors")

    with pytest.raises(AccessRefused, match="Only the holder"):
        decide_exception(acting=who("bob"), exception_id=row.pk, approve=True)
    for one in (row, for_team):
        with pytest.raises(AccessRefused, match="act for somebody"):
            decide_exception(acting=who("lucian"), exception_id=one.pk, approve=True)
        one.refresh_from_db()
        assert one.state == "requested"
    # Nor does what he may not decide wait for him, or a template cover Ann's team
    open_to_him = asked("ann", username="bob")
    assert list(to_decide(who("lucian"), now)) == [open_to_him]
    with pytest.raises(AccessRefused, match="act for somebody"):
        approve_template(
            acting=who("lucian"), agreement=KEY, team="auditors", minutes=30, reason="x",
            ends_at=now + dt.timedelta(days=90),
        )  # fmt: skip
    assert not BreakGlassTemplate.objects.exists()


def test_where_the_seat_is_vacant_the_chair_decides_in_person(pay: Dataset) -> None:
    # Given nobody on the owner seat, a chair who asks for somebody else, and Bob who acts for her
    Membership.objects.update(until=timezone.now())
    seat("Chair", PersonFactory(username="cora"), is_chair=True)
    Delegation.objects.create(
        giver=Person.objects.get(username="cora"),
        taker=Person.objects.get(username="bob"),
        since=timezone.now() - dt.timedelta(days=1),
        until=timezone.now() + dt.timedelta(days=1),
        reason="Away.",
    )
    hers, other = asked("cora", username="ann"), asked("ann")

    # Then Bob decides neither that nor another, and neither waits for him
    for one in (hers, other):
        with pytest.raises(AccessRefused, match="Only the holder"):
            decide_exception(acting=who("bob"), exception_id=one.pk, approve=True)
    assert list(to_decide(who("bob"), timezone.now())) == []

    # And she decides what she did not ask for
    assert list(to_decide(who("cora"), timezone.now())) == [other]
    assert decide_exception(acting=who("cora"), exception_id=other.pk, approve=True)


def test_who_asked_does_not_decide_and_an_administrator_neither(pay: Dataset) -> None:
    row = asked("lucian", username="ann")
    with pytest.raises(AccessRefused, match="Whoever asked"):
        decide_exception(acting=who("lucian"), exception_id=row.pk, approve=True)

    PersonFactory(username="root", is_superuser=True)
    with pytest.raises(AccessRefused, match="Only the holder"):
        decide_exception(acting=who("root"), exception_id=row.pk, approve=True)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"reason": " "}, InvalidInput),
        ({"ends_at": timezone.now() - dt.timedelta(days=1)}, InvalidInput),
        ({"ends_at": timezone.now() + dt.timedelta(days=500)}, InvalidInput),
        ({"agreement": "permission_policy:nothing"}, NotFound),
        ({"username": "nobody"}, InvalidInput),
        ({"team": "nothing"}, InvalidInput),
        ({"team": "auditors", "username": "ann"}, InvalidInput),
    ],
)
def test_a_request_that_means_nothing_is_refused(
    pay: Dataset, fields: dict[str, Any], error: type[CatalogError]
) -> None:
    with pytest.raises(error):
        asked(**fields)
    assert not OptOutException.objects.exists()


def test_a_decision_is_taken_once(pay: Dataset) -> None:
    row = asked()
    with pytest.raises(InvalidInput):
        decide_exception(acting=who("lucian"), exception_id=row.pk, approve=False)
    decide_exception(acting=who("lucian"), exception_id=row.pk, approve=False, note="No need.")
    with pytest.raises(Conflict):
        decide_exception(acting=who("lucian"), exception_id=row.pk, approve=True)


def test_glass_is_broken_for_minutes_by_its_team_alone(pay: Dataset) -> None:
    # Given a template for the auditors
    template = approve_template(
        acting=who("lucian"), agreement=KEY, team="auditors", minutes=30, reason="Payroll fails.",
        ends_at=timezone.now() + dt.timedelta(days=90),
    )  # fmt: skip

    # Then Bob may not use it, Ann may, and it ends by itself
    with pytest.raises(AccessRefused, match="Only members of auditors"):
        break_glass(acting=who("bob"), template_id=template.pk, reason="Curious.")
    row = break_glass(acting=who("ann"), template_id=template.pk, reason="Payroll has failed.")
    assert reads("ann", pay)
    assert row.ends_at - row.begins_at == dt.timedelta(minutes=30)
    later = (timezone.now() + dt.timedelta(minutes=31)).timestamp()
    assert not opt_outs.current().decide(who("ann").person_id, "read", pay.pk, at=later).allowed
    assert Event.objects.filter(payload__what="break_glass").count() == 1


def test_what_was_approved_in_advance_is_ended_by_the_owner_seat(pay: Dataset) -> None:
    # Given a template that Ann has used
    template = approve_template(
        acting=who("lucian"), agreement=KEY, team="auditors", minutes=30, reason="Payroll fails.",
        ends_at=timezone.now() + dt.timedelta(days=90),
    )  # fmt: skip
    break_glass(acting=who("ann"), template_id=template.pk, reason="Payroll has failed.")

    # Then its team may not end it, nor is it ended without a reason
    with pytest.raises(AccessRefused, match="owner seat"):
        end_template(acting=who("ann"), template_id=template.pk, reason="Done.")
    with pytest.raises(InvalidInput):
        end_template(acting=who("lucian"), template_id=template.pk, reason=" ")

    # When Lucian ends it, its glass is broken no more, and what was broken runs out by itself
    end_template(acting=who("lucian"), template_id=template.pk, reason="It was for one outage.")
    with pytest.raises(Conflict, match="has ended"):
        break_glass(acting=who("ann"), template_id=template.pk, reason="Once more.")
    with pytest.raises(Conflict, match="has ended"):
        end_template(acting=who("lucian"), template_id=template.pk, reason="Again.")
    assert reads("ann", pay)
    assert Event.objects.filter(payload__what="template_ended").count() == 1


@pytest.mark.django_db(transaction=True)
def test_no_glass_is_broken_while_its_template_is_being_ended() -> None:
    # Given a template that Lucian has ended in a transaction that is still open
    TeamFactory(name="auditors").members.add(PersonFactory(username="ann"))
    seat("Legal", PersonFactory(username="lucian"))
    in_force(opt_out(1))
    template = approve_template(
        acting=who("lucian"), agreement=KEY, team="auditors", minutes=30, reason="Payroll fails.",
        ends_at=timezone.now() + dt.timedelta(days=90),
    )  # fmt: skip
    said: list[object] = []

    def breaks() -> None:
        try:
            said.append(break_glass(acting=ann, template_id=template.pk, reason="It is down."))
        except Conflict as error:
            said.append(str(error))
        finally:
            connection.close()

    # When Ann breaks the glass meanwhile, then she waits for the end, and is refused
    ann, thread = who("ann"), threading.Thread(target=breaks)
    with transaction.atomic():
        end_template(acting=who("lucian"), template_id=template.pk, reason="Enough.")
        thread.start()
        thread.join(1)
        assert said == []
    thread.join(30)
    assert said == ["This template has ended."]
    assert not OptOutException.objects.exists()


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"ends_at": timezone.now() + dt.timedelta(days=500)}, InvalidInput),
        ({"ends_at": dt.datetime(2099, 1, 1)}, InvalidInput),
        ({"minutes": 241}, InvalidInput),
        ({"agreement": "permission_policy:nothing"}, NotFound),
    ],
)
def test_a_template_without_an_end_in_sight_is_refused(
    pay: Dataset, fields: dict[str, Any], error: type[CatalogError]
) -> None:
    given: dict[str, Any] = {
        "agreement": KEY, "team": "auditors", "minutes": 30, "reason": "Payroll fails.",
        "ends_at": timezone.now() + dt.timedelta(days=90),
    }  # fmt: skip
    with pytest.raises(error):
        approve_template(acting=who("lucian"), **(given | fields))
    assert not BreakGlassTemplate.objects.exists()


def test_who_approved_a_template_and_joined_its_team_breaks_no_glass(pay: Dataset) -> None:
    # Given Lucian, who approved a template and is in its team since
    template = approve_template(
        acting=who("lucian"), agreement=KEY, team="auditors", minutes=30, reason="Incidents.",
        ends_at=timezone.now() + dt.timedelta(days=90),
    )  # fmt: skip
    Team.objects.get(name="auditors").members.add(Person.objects.get(username="lucian"))

    with pytest.raises(AccessRefused, match="covers themselves"):
        break_glass(acting=who("lucian"), template_id=template.pk, reason="An incident.")

    assert not reads("lucian", pay)
    # And others of the team may
    break_glass(acting=who("ann"), template_id=template.pk, reason="An incident.")
    assert reads("ann", pay)


def test_nobody_approves_a_template_for_their_own_team(pay: Dataset) -> None:
    TeamFactory(name="legal").members.add(Person.objects.get(username="lucian"))
    with pytest.raises(AccessRefused):
        approve_template(
            acting=who("lucian"), agreement=KEY, team="legal", minutes=30, reason="x",
            ends_at=timezone.now() + dt.timedelta(days=90),
        )  # fmt: skip
    assert not BreakGlassTemplate.objects.exists()


def test_it_is_asked_for_and_decided_over_rest(pay: Dataset, client: Any) -> None:
    client.force_login(Person.objects.get(username="ann"))
    ends = (timezone.now() + dt.timedelta(days=3)).isoformat()
    made = client.post(
        "/api/v1/opt-out-exceptions/",
        {"agreement": KEY, "reason": "Audit.", "ends_at": ends},
        content_type="application/json",
    )
    assert (made.status_code, made.json()["state"], made.json()["person"]) == (
        201, "requested", "ann",
    )  # fmt: skip
    address = f"/api/v1/opt-out-exceptions/{made.json()['id']}/decide/"
    own = client.post(address, {"approve": True}, content_type="application/json")
    assert own.status_code == 403

    client.force_login(Person.objects.get(username="lucian"))
    decided = client.post(address, {"approve": True}, content_type="application/json")
    assert (decided.status_code, decided.json()["decided_by"]) == (200, "lucian")
    assert reads("ann", pay)
