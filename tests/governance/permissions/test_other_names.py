"""Data goes by several names, and an opt-out holds whichever of them a door is asked by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise

import pytest

from catalog.models import Alias, Dataset
from catalog.names import lookup_key
from catalog.types import Principal
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.agreements.kinds.permission_policy.resources import resources_covered
from governance.permissions import engine
from governance.permissions.bundling import (
    Terms,
    changes_between,
    changes_in,
    followed,
    packed,
    unpacked,
)
from governance.permissions.engine import Delta, Index, World, compile_index, next_index
from governance.permissions.gateways.ranger.tables import EngineTable, tables_of
from governance.permissions.holder import opt_outs
from governance.permissions.types import Effect, Mask
from tests.factories import PersonFactory, TeamFactory
from tests.governance.permissions.company import in_force, opt_out
from tests.governance.permissions.gateways.asking import (
    NOW,
    Door,
    person,
    rule,
    standing,
    table,
    trino_body,
)
from tests.lineage.warehouse import table as listed

ANN, BOSS = person(1, "ann"), person(2, "boss", "admins")
LAKE, SALES = "trino://lake", "postgres://sales"
PAY = engine.Dataset(
    1, f"{SALES}/hr.pay", system=SALES, columns={"id": frozenset(), "amount": frozenset()},
    aliases={f"{LAKE}/sales.hr.pay": LAKE, f"{LAKE}/sales.hr.wages": LAKE},
)  # fmt: skip
OTHER = engine.Dataset(2, f"{LAKE}/sales.hr.other", system=LAKE)
CLOSED = rule("pay", f"{SALES}/hr.pay")


def index_of(*datasets: engine.Dataset, version: int = 1) -> Index:
    world = World(version, (ANN, BOSS), datasets, (CLOSED,))
    return compile_index(world, clock=lambda: NOW)


def named(index: Index) -> Mapping[str, int]:
    return dict(index.parts.by_name)


def test_a_door_that_is_asked_by_another_name_answers_the_same() -> None:
    # Given pay of another system, which the lake calls by names of its own
    masked = rule("mask", f"{SALES}/hr.pay", effect=Effect.MASK, mask=Mask.ALL, columns=("amount",))
    for opted, reads, masks in ((CLOSED, False, None), (masked, True, 1)):
        door = Door(standing(World(1, (ANN, BOSS), (PAY, OTHER), (opted,))))
        for name in ("sales.hr.pay", "sales.hr.wages"):
            # When Trino asks by them
            asked = trino_body("ann", "SelectFromColumns", resource=table(name, "amount"))
            assert door.trino("allow", asked)[1]["result"] is reads

            # Then the column is masked there, too
            column = {**table(name)["table"], "columnName": "amount", "columnType": "bigint"}
            asked = trino_body("ann", "GetColumnMask", filterResources=[{"column": column}])
            if masks:
                assert len(door.trino("batch_column_masks", asked)[1]["result"]) == masks

            # And so it is for whoever asks by AuthZEN, by the whole name or by its end
            for said in (f"{LAKE}/{name}", name.removeprefix("sales.")):
                question = {
                    "subject": {"type": "user", "id": "ann"}, "action": {"name": "read"},
                    "resource": {"type": "dataset", "id": said},
                }  # fmt: skip
                answer = door.authzen("evaluation", question)[1]
                assert answer["decision"] is reads
                assert not reads or answer["context"]["obligations"][0]["id"] == "mask"


def test_an_opt_out_holds_whichever_name_it_says() -> None:
    # Given opt-outs that name pay by another name, by one that the lake has, and by a pattern
    for said in (f"{LAKE}/sales.hr.wages", "hr.wages", "sales.hr.*"):
        world = World(1, (ANN, BOSS), (PAY,), (rule("pay", said),))

        # Then pay is closed by each, as a dataset by itself and among all
        index = compile_index(world, clock=lambda: NOW)
        assert not index.decide(ANN.id, "read", PAY.id).allowed
        assert set(index.denied_datasets(ANN.id, "read")) == {PAY.id}


def test_an_opt_out_holds_on_after_its_dataset_was_renamed() -> None:
    # Given pay, closed by its name
    index = index_of(PAY)
    assert not index.decide(ANN.id, "read", PAY.id).allowed

    # When it is called otherwise, and keeps its former name as another
    renamed = replace(PAY, name=f"{SALES}/hr.salaries", aliases={PAY.name: SALES})
    later = next_index(index, Delta(2, datasets=(renamed,)))

    # Then it is closed as before, however the index came to be
    for found in (later, index_of(renamed)):
        assert not found.decide(ANN.id, "read", PAY.id).allowed


def test_what_a_dataset_is_called_itself_is_no_alias_of_another() -> None:
    # Given data that is called as pay's alias
    wages = replace(OTHER, name=f"{LAKE}/sales.hr.wages")
    for datasets in ((PAY, wages), (wages, PAY)):
        assert named(index_of(*datasets))[wages.name] == wages.id


STEPS: list[tuple[engine.Dataset, ...]] = [
    (PAY, OTHER),
    (PAY, replace(OTHER, name=f"{LAKE}/sales.hr.wages")),
    (PAY,),
    (replace(PAY, aliases={f"{LAKE}/sales.hr.pay": LAKE}), OTHER),
    (replace(PAY, name=f"{SALES}/hr.salaries", aliases={f"{SALES}/hr.pay": SALES}), OTHER),
    (replace(OTHER, aliases={f"{LAKE}/sales.hr.wages": LAKE}),),
    (PAY, OTHER),
]


def delta(version: int, before: Iterable[engine.Dataset], now: Iterable[engine.Dataset]) -> Delta:
    former, later = ({one.id: one for one in some} for some in (before, now))
    return Delta(
        version,
        datasets=tuple(one for pk, one in later.items() if former.get(pk) != one),
        gone_datasets=frozenset(former.keys() - later.keys()),
    )


@pytest.mark.parametrize("systems", [frozenset(), frozenset({LAKE})])
def test_names_move_with_deltas_as_if_everything_were_loaded_anew(systems: frozenset[str]) -> None:
    # Given an index and a client that has all of it, or what is in the lake
    terms = Terms(systems=systems)
    index = index_of(*STEPS[0])
    client = unpacked(packed(index, terms), lambda: NOW)
    for version, (before, now) in enumerate(pairwise(STEPS), start=2):
        # When data gets, loses or takes over names
        former, index = index, next_index(index, delta(version, before, now))

        # Then the next index knows what one that is made anew knows
        anew = index_of(*now, version=version)
        assert named(index) == named(anew)

        # And so does the client, by the same names
        changes = changes_between(former, index, terms)
        assert changes is not None
        client = followed(client, changes_in(changes))
        held, whole = client.index, unpacked(packed(anew, terms), lambda: NOW).index
        assert held.parts.by_name.keys() == whole.parts.by_name.keys()
        for name, pk in held.parts.by_name.items():
            expected = anew.decide(ANN.id, "read", anew.parts.by_name[name])
            assert held.decide(ANN.id, "read", pk).allowed is expected.allowed


def test_an_engine_is_told_of_a_table_by_a_name_that_it_has() -> None:
    gateway = next(iter(standing(World(1, (ANN,), (PAY,), ())).registered.gateways.values()))
    assert tables_of(gateway, index_of(PAY, OTHER)) == {
        1: EngineTable("sales", "hr", "pay"), 2: EngineTable("sales", "hr", "other"),
    }  # fmt: skip


@pytest.mark.django_db
def test_a_name_that_is_added_is_known_at_once() -> None:
    # Given pay that an opt-out closes, in an index that is loaded
    TeamFactory(name="payroll")
    ann = PersonFactory(username="ann")
    pay: Dataset = listed("hr.compensation", ["id"], at="postgres://people")
    in_force(opt_out(1))
    name = "duckdb://lake/hr.Pay"
    assert lookup_key(name) not in opt_outs.current().parts.by_name

    # When somebody attaches it elsewhere
    Alias.objects.create(dataset=pay, qualified_name=name, lookup_name=lookup_key(name))
    opt_outs.refresh()

    # Then it is found by that name, which is in another system, and closed
    index = opt_outs.current()
    found = index.parts.by_name[lookup_key(name)]
    assert found == pay.pk
    assert index.parts.records[found].system_of(lookup_key(name)) == "duckdb://lake"
    assert not index.decide(ann.pk, "read", found).allowed


@pytest.mark.django_db
def test_an_opt_out_and_its_check_agree_on_other_names() -> None:
    # Given pay that a warehouse calls by a name of its own, and an opt-out that says that name
    TeamFactory(name="payroll")
    ann = PersonFactory(username="ann")
    pay: Dataset = listed("hr.compensation", ["id"], at="postgres://people")
    name = "duckdb://lake/people.Wages"
    Alias.objects.create(dataset=pay, qualified_name=name, lookup_name=lookup_key(name))
    document = opt_out(1, resources={"dataset": "people.wages"})

    # When it is checked, and when it is in force
    meant = OptOut.model_validate(document).resources
    found = resources_covered(meant, Principal.system("test"))
    in_force(document)

    # Then it means pay
    assert dict(found.datasets) == {pay.pk: pay.qualified_name}
    assert dict(found.by_pattern) == {"people.wages": 1}
    assert not opt_outs.current().decide(ann.pk, "read", pay.pk).allowed
