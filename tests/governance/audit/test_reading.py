"""Who may read the log, how it is searched and exported, and that reading is in it, too."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Alias, Dataset, Person
from catalog.selectors.principals import principal_of
from catalog.types import Principal
from governance.audit.chain import following
from governance.audit.selectors import past
from governance.audit.selectors.records import Search, audit_rows, holds, is_auditor, search_of
from governance.audit.selectors.verifying import verify
from governance.audit.services.holding import lift_hold, place_hold
from governance.audit.services.pruning import prune
from governance.audit.services.reading import (
    export_cells,
    export_json_lines,
    open_readers,
    open_row,
    open_rows,
)
from governance.audit.types import AccessOutcome, AccessRecord
from governance.audit.writer import AuditWriter
from governance.models import AuditHold, AuditRow, OptOutException, Seat
from governance.permissions.holder import opt_outs
from governance.permissions.types import ExceptionState
from governance.types import VetoClass
from tests.factories import DatasetFactory, PersonFactory, TeamFactory
from tests.governance.api.conftest import cost_of
from tests.governance.impact.world import seat
from tests.governance.kinds.larkfield import larkfield
from tests.governance.permissions.company import in_force, opt_out

pytestmark = pytest.mark.django_db

Make = Callable[..., AccessRecord]
KEY = "permission_policy:oo-1"


@pytest.fixture
def pay() -> Dataset:
    """Pay, closed to all but payroll; Sina sits on the seat of security."""
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    PersonFactory(username="ann")
    seat("Security", PersonFactory(username="sina"))
    Seat.objects.filter(name="Security").update(veto_classes=[VetoClass.SECURITY])
    return larkfield("hr.compensation")["hr.compensation"]


@pytest.fixture
def log(pay: Dataset, writer: AuditWriter, record: Make) -> dict[str, str]:
    """Three decisions: Ann refused pay over Trino, Paul allowed, Ann allowed another."""

    def by(username: str, **changes: Any) -> str:
        person = Person.objects.get(username=username).pk
        return writer.record(record(username=username, person=person, **changes))

    ids = {
        "refused": by("ann", datasets=(pay.pk,), outcome=AccessOutcome.REFUSED, rules=(KEY,),
                      query_id="q-1", resources=("=cmd|'/c calc'!A1",)),
        "allowed": by("paul", datasets=(pay.pk,), purpose="operations"),
        "other": by("ann", datasets=(pay.pk + 1,), gateway="authzen", action="export"),
    }  # fmt: skip
    assert writer.flush()
    return ids


def who(username: str) -> Principal:
    return principal_of(Person.objects.get(username=username))


def found(username: str, log: dict[str, str], **search: Any) -> set[str]:
    names = {pk: name for name, pk in log.items()}
    rows = [str(row.pk) for row in audit_rows(who(username), search_of(search))]
    return {names[pk] for pk in rows if pk in names}


def test_everybody_reads_their_own_rows_and_security_all(log: dict[str, str]) -> None:
    assert found("ann", log) == {"refused", "other"}
    assert found("paul", log) == {"allowed"}
    assert found("sina", log) == {"refused", "allowed", "other"}
    assert (is_auditor(who("sina")), is_auditor(who("ann"))) == (True, False)
    with pytest.raises(NotFound):
        open_row(who("paul"), log["refused"])


def test_the_log_is_searched_by_all_that_it_tells(pay: Dataset, log: dict[str, str]) -> None:
    today = timezone.now().date().isoformat()
    for search, wanted in [
        ({"person": "ann"}, {"refused", "other"}),
        ({"dataset": str(pay.pk)}, {"refused", "allowed"}),
        ({"dataset": pay.name}, {"refused", "allowed"}),
        ({"dataset": "hr.compensation"}, {"refused", "allowed"}),
        ({"rule": "OO-1"}, {"refused"}),
        ({"rule": KEY}, {"refused"}),
        ({"outcome": "refused"}, {"refused"}),
        ({"gateway": "authzen"}, {"other"}),
        ({"action": "export"}, {"other"}),
        ({"purpose": "operations"}, {"allowed"}),
        ({"query_id": "q-1"}, {"refused"}),
        ({"since": today, "until": today}, {"refused", "allowed", "other"}),
        ({"until": "2026-01-01"}, set()),
        ({"since": "2100-01-01"}, set()),
        ({"person": "ann", "gateway": "trino"}, {"refused"}),
    ]:
        assert found("sina", log, **search) == wanted, search


def test_a_dataset_is_found_and_held_wherever_it_stands_in_a_long_list(
    pay: Dataset, writer: AuditWriter, record: Make, settings: Any
) -> None:
    # Given lists of a thousand datasets, one of them with pay as its last
    others = tuple(pk for pk in range(pay.pk + 2_000, pay.pk + 2_999))
    log = {
        "with": writer.record(record(datasets=(*others, pay.pk))),
        "without": writer.record(record(datasets=(*others, pay.pk + 10_000))),
    }
    assert writer.flush()

    # Then it is found by it, and by no other
    assert found("sina", log, dataset=pay.name) == {"with"}
    assert found("sina", log, dataset=str(others[500])) == {"with", "without"}
    chain = AuditRow.objects.get(pk=log["with"]).chain  # other tests leave theirs
    assert verify(chains=[chain]).faults == []

    # And a hold of it keeps the month, which one of another does not
    settings.AUDIT_DAYS = dict.fromkeys(("restricted", "open", "listing"), -60)
    for dataset, is_held in ((DatasetFactory(), False), (pay, True)):
        hold = AuditHold.objects.create(
            reason="A lawsuit.", dataset=dataset, dataset_name=dataset.name,
            placed_by=Person.objects.get(username="sina"), placed_at=timezone.now(),
        )  # fmt: skip
        pruned = prune(Principal.system("test"), pretend=True)
        assert any(one.held_by for one in pruned) is is_held
        AuditHold.objects.filter(pk=hold.pk).update(lifted_at=timezone.now())


@pytest.mark.parametrize(
    ("search", "field"),
    [({"person": "nobody"}, "person"), ({"dataset": "no.such"}, "dataset"),
     ({"person": "a\x00"}, "person"), ({"query_id": "\ud800"}, "query_id"),
     ({"since": "yesterday"}, "since"), ({"outcome": "maybe"}, "outcome")],
)  # fmt: skip
def test_a_search_that_means_nothing_names_its_field(
    log: dict[str, str], search: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        found("sina", log, **search)
    assert refused.value.field == field


def test_no_reader_breaks_on_what_somebody_was_called(
    pay: Dataset, writer: AuditWriter, record: Make
) -> None:
    # Given a call by a name that PostgreSQL cannot hold, for a purpose and with an id alike
    bad = "x\x00\ud800\x1b\r\n\t\u2028"
    key = writer.record(
        record(username=bad, gateway=bad, purpose=bad, action=bad, query_id=bad, resources=(bad,),
               rules=(f"{bad}:",), person=Person.objects.get(username="ann").pk)
    )  # fmt: skip
    assert writer.flush()
    # Then it is found, exported, read as JSON by the database, and its chain is whole
    said = "x\N{SYMBOL FOR NULL}?\x1b\r\n\t\u2028"
    search = Search(query_id=said, purpose=said, action=said, gateway=said, rule=f"{said}:")
    row = audit_rows(who("ann"), search).get(UUID(key))
    assert row is not None
    lines = [json.loads(one) for one in export_json_lines(who("ann"), Search(purpose=said))]
    assert [one["row"]["username"] for one in lines if one["row"]["id"] == key] == [said]
    assert any(said in cells for cells in export_cells(who("ann"), Search(purpose=said)))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT body::jsonb ->> 'note', body::jsonb ->> 'username' FROM governance_auditrow"
            " WHERE id = %s", [key],
        )  # fmt: skip
        assert cursor.fetchone() == (None, said)
    assert verify(chains=[row.chain]).is_whole


def test_a_search_of_one_s_own_rows_does_not_tell_that_a_hidden_dataset_exists(
    log: dict[str, str],
) -> None:
    # Given pay hidden from Ann, and a name that nothing has
    in_force(opt_out(1, resources={"dataset": "hr.*"}, confidential_metadata=True))
    said = []
    for name in ("hr.compensation", "hr.nothing"):
        with pytest.raises(InvalidInput) as refused:
            found("ann", log, dataset=name)
        said.append(str(refused.value).replace(name, "it"))

    # Then both are answered alike, and security finds the one there is
    assert said[0] == said[1]
    assert found("sina", log, dataset="hr.compensation") == {"refused", "allowed"}


def test_reading_the_log_is_in_the_log(log: dict[str, str]) -> None:
    # When security looks for Ann
    list(open_rows(who("sina"), Search(person="ann")))
    # Then that is recorded, with what was looked for, before it was shown
    row = AuditRow.objects.get(person=who("sina").person_id, action="read_audit")
    assert (row.keeping, row.gateway) == ("restricted", "concord")
    assert json.loads(json.loads(row.body)["note"]) == {"person": "ann"}


def test_pages_show_search_explain_and_export(log: dict[str, str], client: Client) -> None:
    client.force_login(Person.objects.get(username="sina"))
    page = client.get("/audit/", {"person": "ann"})
    assert page.status_code == 200
    assert log["refused"] in page.content.decode()
    assert log["allowed"] not in page.content.decode()

    one = client.get(f"/audit/{log['refused']}/").content.decode()
    assert f"/agreements/{KEY}/" in one
    assert "Refused: read" in one

    bad = client.get("/audit/", {"since": "x"})
    assert bad.status_code == 400
    assert "no day such as" in bad.content.decode()

    saved = b"".join(client.get("/audit/audit.csv", {"rule": "OO-1", "person": "ann"}))
    lines = list(csv.reader(io.StringIO(saved.decode("utf-8-sig"))))
    row = dict(zip(lines[0], lines[1], strict=True))
    assert row["id"] == log["refused"]
    assert row["resources"] == "'=cmd|'/c calc'!A1"  # harmless in a spreadsheet

    exported = b"".join(client.get("/audit/audit.jsonl", {"person": "paul"})).splitlines()
    told = {json.loads(line)["row"]["id"]: line for line in exported}
    assert log["allowed"] in told

    # And each export is itself on the record as a reading, with what was looked for
    sina = who("sina").person_id
    rows = AuditRow.objects.filter(action="export_audit", person=sina).order_by("at")
    assert [json.loads(json.loads(row.body)["note"]) for row in rows] == [
        {"person": "ann", "rule": "OO-1"},
        {"person": "paul"},
    ]
    assert {row.keeping for row in rows} == {"restricted"}


def test_a_row_that_was_exported_proves_itself(log: dict[str, str], client: Client) -> None:
    client.force_login(Person.objects.get(username="sina"))
    exported = b"".join(client.get("/audit/audit.jsonl")).splitlines()
    bodies = {}
    for line in exported:
        text, _, digest = line[len(b'{"row":') : -len(b'"}')].rpartition(b',"digest":"')
        bodies[json.loads(text)["id"]] = (text, bytes.fromhex(digest.decode()))
    first, second = bodies[log["refused"]], bodies[log["allowed"]]
    assert following(first[1], second[0]) == second[1]


def test_rest_and_graphql_answer_alike(log: dict[str, str], client: Client) -> None:
    client.force_login(Person.objects.get(username="ann"))
    rest = client.get("/api/v1/audit/records/", {"page_size": 1, "gateway": "trino"}).json()
    assert [row["id"] for row in rest["results"]] == [log["refused"]]
    assert rest["results"][0]["record"]["query_id"] == "q-1"
    assert client.get(f"/api/v1/audit/records/{log['allowed']}/").status_code == 404
    # And page by page everything of one's own is there once, the newest first
    told, address = [], f"/api/v1/audit/records/?page_size=1&until={rest['results'][0]['at'][:10]}"
    while address and len(told) < 50:
        part = client.get(address).json()
        told += [row["id"] for row in part["results"]]
        address = part["next"]
    assert [one for one in told if one in log.values()] == [log["other"], log["refused"]]
    assert client.get("/api/v1/audit/records/?cursor=x").status_code == 404

    query = """query($after: String!) { auditRecords(first: 1, after: $after, outcome: "allowed",
      gateway: "authzen") { totalCount edges { cursor node { id rules username } } } }"""
    answer = client.post(
        "/graphql/",
        json.dumps({"query": query, "variables": {"after": ""}}),
        content_type="application/json",
    ).json()
    assert answer["data"]["auditRecords"]["totalCount"] == 1
    (edge,) = answer["data"]["auditRecords"]["edges"]
    assert edge["node"] == {"id": log["other"], "rules": [], "username": "ann"}
    again = client.post(
        "/graphql/",
        json.dumps({"query": query, "variables": {"after": edge["cursor"]}}),
        content_type="application/json",
    ).json()
    assert again["data"]["auditRecords"]["edges"] == []


def test_a_page_costs_the_same_however_many_rows_it_has(
    log: dict[str, str], writer: AuditWriter, record: Make, client: Client
) -> None:
    client.force_login(Person.objects.get(username="sina"))
    client.get("/audit/")
    few = cost_of(lambda: client.get("/audit/", {"purpose": "operations"}))
    person = who("ann").person_id
    for _ in range(30):
        writer.record(record(person=person, purpose="operations", rules=(KEY,)))
    assert writer.flush()
    assert cost_of(lambda: client.get("/audit/", {"purpose": "operations"})) == few


def test_a_day_before_the_catalog_is_answered_by_its_first_day(
    pay: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given people who are known for long, and data that the catalog knows from today on
    in_force(opt_out(1))
    begun: dict[Any, dt.datetime] = {Person: dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}
    first = past._beginning
    monkeypatch.setattr(past, "_beginning", lambda model: begun.get(model) or first(model))

    # Then a day before it is asked about as it was at the end of the first day
    told = open_readers(who("sina"), dataset="hr.compensation", day="2026-08-20")
    assert {one.username: one.answer for one in told.readers}["ann"] == "nothing"
    assert told.known_since is not None

    # But where the catalog knew other data then, this was not there
    begun[Dataset] = begun[Person]
    with pytest.raises(NotFound, match="no such dataset on that day"):
        open_readers(who("sina"), dataset="hr.compensation", day="2026-08-20")


def test_who_could_read_then_and_who_did(pay: Dataset, log: dict[str, str], client: Client) -> None:
    # Given an opt-out on pay since 8 August, and Ann excepted from 1 to 10 September
    in_force(opt_out(1))
    agreement = OptOutException._meta.get_field("agreement").related_model.objects.get(key=KEY)
    begins = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
    OptOutException.objects.create(
        agreement=agreement, person=Person.objects.get(username="ann"), reason="Audit.",
        begins_at=begins, ends_at=begins + dt.timedelta(days=10), state=ExceptionState.APPROVED,
        requested_at=begins, decided_at=begins,
    )  # fmt: skip

    def answers(day: str) -> dict[str, str]:
        told = open_readers(who("sina"), dataset="hr.compensation", day=day)
        return {one.username: one.answer for one in told.readers if one.username in ("ann", "paul")}

    # Then each day has its own answer
    assert answers("2026-08-01") == {"ann": "whole", "paul": "whole"}
    assert answers("2026-08-20") == {"ann": "nothing", "paul": "whole"}
    assert answers("2026-09-05") == {"ann": "whole", "paul": "whole"}
    assert answers("2026-09-20") == {"ann": "nothing", "paul": "whole"}
    told = open_readers(who("sina"), dataset="hr.compensation", day="2026-09-05")
    ann = next(one for one in told.readers if one.username == "ann")
    assert (ann.rules, ann.excepted) == ((), (KEY,))
    assert [(one.number, one.version) for one in told.reasons] == [("OO-1", 1)]
    assert told.known_since is not None  # people are known from today on

    # And the page says who did
    client.force_login(Person.objects.get(username="sina"))
    today = timezone.now().date().isoformat()
    page = client.get("/audit/readers/", {"dataset": "hr.compensation", "day": today})
    assert page.status_code == 200
    assert log["allowed"] in page.content.decode()
    assert log["other"] not in page.content.decode()
    # and not who looked that up
    again = client.get("/audit/readers/", {"dataset": "hr.compensation", "day": today})
    assert log["allowed"] in again.content.decode()
    assert "asked who could read" not in again.content.decode()
    # with names that lead to people, and sentences instead of codes
    Person.objects.filter(username="ann").update(
        display_name="Ann Gray", employment_kind="external"
    )
    shown = client.get("/audit/readers/", {"dataset": "hr.compensation", "day": today})
    assert '<a class="quiet-link" href="/people/ann/">Ann Gray</a>' in shown.content.decode()
    assert "Accounts of this kind are denied all data by default." in shown.content.decode()
    assert "not_by_default" not in shown.content.decode()
    over_rest = client.get(
        "/api/v1/audit/readers/", {"dataset": "hr.compensation", "day": "2026-08-20"}
    ).json()
    assert over_rest["counts"]["nothing"] >= 2
    query = """{ auditReaders(dataset: "hr.compensation", day: "2026-08-20")
      { nothing reasons { number sentence } } }"""
    answer = client.post(
        "/graphql/", json.dumps({"query": query}), content_type="application/json"
    ).json()["data"]["auditReaders"]
    assert answer["nothing"] == over_rest["counts"]["nothing"]
    assert answer["reasons"][0]["number"] == "OO-1"
    # And nobody else may ask
    with pytest.raises(AccessRefused):
        open_readers(who("ann"), dataset="hr.compensation", day=today)
    with pytest.raises(InvalidInput):
        open_readers(who("sina"), dataset="hr.compensation", day="x")


def test_who_could_read_by_an_opt_out_from_a_former_name(pay: Dataset) -> None:
    # Given an opt-out from a name that the dataset gave up since
    in_force(opt_out(1))
    Alias.objects.create(
        dataset=pay, qualified_name=pay.qualified_name, lookup_name=pay.lookup_name
    )
    moved = pay.qualified_name.replace("compensation", "wages")
    Dataset.objects.filter(pk=pay.pk).update(qualified_name=moved, lookup_name=moved.lower())
    opt_outs.refresh()
    ann = Person.objects.get(username="ann")
    assert not opt_outs.current().decide(ann.pk, "read", pay.pk).allowed

    # When security asks who could read it today, then it is closed to Ann, as it is
    today = timezone.now().date().isoformat()
    told = open_readers(who("sina"), dataset=str(pay.pk), day=today)
    answers = {one.username: one.answer for one in told.readers}
    assert (answers["ann"], answers["paul"]) == ("nothing", "whole")


@pytest.mark.parametrize("place", ["", "readers/", "holds/"])
def test_the_log_is_a_part_of_access(log: dict[str, str], client: Client, place: str) -> None:
    client.force_login(Person.objects.get(username="sina"))

    page = client.get(f"/audit/{place}").content.decode()

    assert '<a class="nav-link" href="/access/" aria-current="page">' in page
    assert '<a class="nav-link" href="/council/">' in page
    assert '<a class="tab" href="/audit/" aria-current="page">Access log</a>' in page


def test_holds_are_placed_and_lifted_by_who_answers_for_the_log(
    pay: Dataset, client: Client
) -> None:
    with pytest.raises(AccessRefused):
        place_hold(acting=who("ann"), reason="A lawsuit.")
    with pytest.raises(InvalidInput):
        place_hold(acting=who("sina"), reason=" ")
    hold = place_hold(acting=who("sina"), reason="A lawsuit.", person="ann", dataset=str(pay.pk))
    assert list(holds(who("ann"))) == []
    assert list(holds(who("sina"))) == [hold]
    client.force_login(Person.objects.get(username="sina"))
    assert "A lawsuit." in client.get("/audit/holds/").content.decode()
    client.post(f"/audit/holds/{hold.pk}/lift/")
    with pytest.raises(Conflict):
        lift_hold(acting=who("sina"), hold_id=hold.pk)
    made = client.post("/api/v1/audit/holds/", {"reason": "Another."}, "application/json")
    assert made.status_code == 201
    query = 'mutation { placeAuditHold(reason: "Third.") { hold { reason } } }'
    answer = client.post(
        "/graphql/", json.dumps({"query": query}), content_type="application/json"
    ).json()
    assert answer["data"]["placeAuditHold"]["hold"]["reason"] == "Third."
    assert holds(who("sina")).count() == 3
