"""The chain of decisions: whole, or it says where it is not."""

import json
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from governance.council.rules.chain import GENESIS, Head, Link, faults, hash_of, salted, written
from governance.council.selectors.decision_export import (
    as_text,
    export_chain,
    export_json,
    export_madr,
    export_prov,
)
from governance.council.selectors.decisions import chain_head, verify_chain
from governance.models import Decision
from tests.governance.proposals.world import DAY, MONDAY, World, adopted, note


def chain(length: int) -> list[Link]:
    links, before = [], GENESIS
    for number in range(1, length + 1):
        record = written(
            {
                "number": number,
                "outcome": "adopted",
                "salt": "s",
                "sentence": salted("s", "Yes."),
            }
        )
        link = Link(
            key=f"DR-{number:04d}",
            number=number,
            record=record,
            prev_hash=before,
            hash=hash_of(before, record),
            columns={"number": number, "outcome": "adopted"},
            texts={"sentence": "Yes."},
        )
        links.append(link)
        before = link.hash
    return links


def replaced(link: Link, **fields: object) -> Link:
    values = {name: getattr(link, name) for name in Link.__dataclass_fields__} | fields
    return Link(**values)


def test_a_whole_chain_has_no_fault_and_is_extended_without_one() -> None:
    links = chain(50)
    head = Head(50, links[-1].hash)

    assert list(faults(links)) == []
    assert list(faults(links, head)) == []
    assert list(faults(chain(60), head)) == []
    assert list(faults([])) == []


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda links: links.pop(3), "Number 4 is missing"),
        (lambda links: links.pop(0), "Number 1 is missing"),
        (lambda links: links.insert(2, links.pop(5)), "does not follow"),
        (
            lambda links: links.__setitem__(
                4, replaced(links[4], record=links[4].record.replace("adopted", "rejected"))
            ),
            "was changed",
        ),
        (
            lambda links: links.__setitem__(
                4, replaced(links[4], columns={"number": 5, "outcome": "rejected"})
            ),
            "another outcome",
        ),
        (
            lambda links: links.__setitem__(4, replaced(links[4], texts={"sentence": "No."})),
            "another sentence",
        ),
        (lambda links: links.pop(), "ends before number 10"),
        (lambda links: links.clear(), "ends before number 10"),
        (lambda links: links.__setitem__(4, replaced(links[4], record="{")), "is no JSON"),
        (lambda links: links.__setitem__(4, replaced(links[4], record="[]")), "is no object"),
    ],
)
def test_what_was_changed_left_out_moved_or_cut_off_is_found(
    damage: Callable[[list[Link]], object], words: str
) -> None:
    links = chain(10)
    head = Head(10, links[-1].hash)

    damage(links)

    assert any(words in fault.sentence for fault in faults(links, head))


def test_a_chain_written_anew_is_not_the_one_that_was_remembered() -> None:
    head = Head(10, chain(10)[-1].hash)
    forged = [replaced(link) for link in chain(10)]
    record = forged[0].record.replace("adopted", "rejected")
    before = GENESIS
    for position, link in enumerate(forged):
        text = record if position == 0 else link.record
        columns = link.columns | ({"outcome": "rejected"} if position == 0 else {})
        forged[position] = replaced(
            link, record=text, prev_hash=before, hash=hash_of(before, text), columns=columns
        )
        before = forged[position].hash

    assert list(faults(forged)) == []
    assert [fault.key for fault in faults(forged, head)] == ["DR-0010"]


@pytest.mark.django_db
def test_the_chain_in_the_database_verifies_and_refuses_to_be_touched(world: World) -> None:
    adopted(world)
    adopted(world, note("b"), start=MONDAY + 14 * DAY)
    state = verify_chain()
    assert (state.length, state.is_whole, state.head) == (2, True, chain_head())

    for statement in (
        "UPDATE governance_decision SET sentence = 'No.'",
        "DELETE FROM governance_decision",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with connection.cursor() as cursor:
        # An administrator of the database can; then the chain tells.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE governance_decision DISABLE TRIGGER USER")
        cursor.execute("UPDATE governance_decision SET sentence = 'No.' WHERE number = 1")
        cursor.execute("ALTER TABLE governance_decision ENABLE TRIGGER USER")

    found = verify_chain()
    assert [fault.sentence for fault in found.faults] == [
        "DR-0001 shows another sentence than its record."
    ]


@pytest.mark.django_db
def test_the_record_names_people_by_id_and_quotes_nobody(world: World) -> None:
    adopted(world)

    record = Decision.objects.get().record

    assert "Ada" not in record
    assert "Mia" not in record
    assert "A lead is a lead" not in record


@pytest.mark.django_db
def test_a_decision_leaves_as_json_madr_and_prov(world: World) -> None:
    adopted(world, note(unproved=True, datasets=world.ids("Marketing", "Sales")))
    reader, decision = world.acting, Decision.objects.get()

    whole = export_chain(reader)
    one = export_json(reader, "DR-0001")
    text = export_madr(reader, "DR-0001")
    provenance = export_prov(reader, "DR-0001")

    entry = whole["decisions"][0]
    assert hash_of(entry["prev_hash"], entry["record"]) == entry["hash"] == decision.hash
    assert whole["head"] == {"number": 1, "hash": decision.hash}
    assert one["record"]["proposal"] == "DGP-0001"
    assert json.loads(as_text(one)) == one
    assert text.startswith("---\nstatus: accepted\ndate: 2026-03-12\n")
    assert "# A lead is a lead\n" in text
    assert "- Evidence: Counts differ by a third." in text
    assert "- Not yet checked: No engine proves this yet. (`note.proof`)" in text
    assert "concord:note:lead/v1" in provenance["entity"]
    mia = world.council.people["Mia"].pk
    assert f"concord:person/{mia}" in provenance["agent"]
