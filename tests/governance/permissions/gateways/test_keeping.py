"""What the doors rest on: who may ask, the bundle on disk, and a database that goes away."""

from __future__ import annotations

import datetime as dt
import io
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from catalog.types import EmploymentKind, TokenScope
from governance.models import Gateway
from governance.permissions.gateways import keeping
from governance.permissions.gateways.bundle import load_bundle, save_bundle
from governance.permissions.gateways.keeping import Keeper, NotReady, Standing
from governance.permissions.gateways.registered import mapped
from governance.permissions.gateways.signed import BundleRefused
from governance.permissions.holder import opt_outs
from governance.permissions.services.gateways import add_gateway, revoke_gateway, rotate_gateway
from tests.factories import AdministratorFactory, DatasetFactory, PersonFactory, SystemFactory
from tests.governance.permissions.company import in_force, opt_out
from tests.governance.permissions.gateways.asking import ACTING, Door, table, trino_body
from tests.lineage.openlineage.sending import bearer

pytestmark = pytest.mark.django_db(transaction=True)


class Looking(Keeper):
    """A keeper that looks when it is told to."""

    def start(self) -> None:
        """No thread."""


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Looking]:
    """Holds nothing yet."""
    opt_outs.install(None)
    yield Looking(tmp_path / "gateways" / "bundle")
    opt_outs.install(None)


def made(name: str = "lake", **rest) -> str:
    """The secret of a new gateway."""
    return add_gateway(acting=ACTING, name=name, system="trino://lake", **rest)[1]


def reads(keeper: Keeper, secret: str, user: str, name: str) -> bool | int:
    """The answer, or the status of a refusal."""
    body = trino_body(user, "SelectFromColumns", resource=table(name, "id"))
    status, said = Door(keeper).trino("allow", body, secret=secret)
    return said["result"] if status == 200 else status


def test_masses_of_data_do_not_have_gateways_load_again_where_no_opt_out_holds(
    keeper: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a world without opt-outs that was just loaded
    monkeypatch.setattr("governance.permissions.holder._REST", 1e9)
    monkeypatch.setattr("governance.permissions.holder._SOON", 0.0)
    PersonFactory(username="ann")
    keeper.look()
    index = keeper.standing().index

    # When data comes, the index stays; when a person comes, everything is taken in
    dataset = DatasetFactory()
    keeper.look()
    assert keeper.standing().index is index
    PersonFactory(username="ben")
    keeper.look()
    assert dataset.pk in keeper.standing().index.parts.records


def test_a_gateway_is_made_rotated_and_revoked(keeper: Looking) -> None:
    # Given a gateway, as the command makes it
    PersonFactory(username="ann")
    out = io.StringIO()
    call_command("gateways", "add", "lake", "--system", "trino://lake", "--purpose", "analytics",
                 "--catalog", "crm=postgres://w/larkfield", stdout=out)  # fmt: skip
    lines = dict(one.split("=", 1) for one in out.getvalue().splitlines() if "=" in one)
    former = lines["opa.policy.uri"].split("/gw/")[1].split("/")[0]
    row = Gateway.objects.get()
    assert former not in (row.digest, row.prefix)
    assert row.catalogs == {"crm": "postgres://w/larkfield"}
    keeper.look()
    assert reads(keeper, former, "ann", "a.b.c") is True

    # When it gets another secret
    _, secret = rotate_gateway(acting=ACTING, name="lake")
    keeper.look()

    # Then both hold for an hour, and then the new one alone
    assert reads(keeper, former, "ann", "a.b.c") is reads(keeper, secret, "ann", "a.b.c") is True
    Gateway.objects.update(former_until=timezone.now() - dt.timedelta(seconds=1))
    keeper.look()
    assert reads(keeper, former, "ann", "a.b.c") == 403

    # And none when it is revoked
    call_command("gateways", "revoke", "lake", stdout=io.StringIO())
    keeper.look()
    assert reads(keeper, secret, "ann", "a.b.c") == 403
    with pytest.raises(CommandError, match="already"):
        call_command("gateways", "add", "lake", "--system", "trino://lake")


def test_a_former_secret_ends_in_its_hour_though_the_database_is_away(
    keeper: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a gateway with another secret since a moment, and what was read then
    PersonFactory(username="ann")
    former = made()
    _, secret = rotate_gateway(acting=ACTING, name="lake")
    keeper.look()
    assert reads(keeper, former, "ann", "a.b.c") is True

    # When an hour passes without a database, by the clock that answers go by
    held = keeper.standing()
    monkeypatch.setattr(keeper, "_standing", replace(held, instant=held.instant + 3_601))
    door = Door(keeper)

    # Then the former one is nobody's, however often it was asked for before
    body = trino_body("ann", "SelectFromColumns", resource=table("a.b.c", "id"))
    assert door.trino("allow", body, secret=secret)[0] == 200
    assert door.trino("allow", body, secret=former)[0] == 403
    monkeypatch.setattr(keeper, "_standing", held)
    assert door.trino("allow", body, secret=former)[0] == 200
    monkeypatch.setattr(keeper, "_standing", replace(held, instant=held.instant + 3_601))
    assert door.trino("allow", body, secret=former)[0] == 403
    # And from the bundle of a process that starts without one, too
    keeper.keep_bundle()
    opt_outs.install(None)
    fresh = Looking(keeper.path)
    fresh.load()
    assert fresh.standing().registered == held.registered
    assert reads(fresh, former, "ann", "a.b.c") is True
    assert set(held.registered.ends.values()) == {Gateway.objects.get().former_until.timestamp()}


@pytest.mark.parametrize(
    "broken",
    [
        {"system_name": "nowhere"}, {"catalogs": {"crm": "nowhere"}}, {"catalogs": ["crm"]},
        {"routes": [{"path": "/a", "colour": "red"}]}, {"routes": [7]},
    ],
)  # fmt: skip
def test_a_gateway_that_cannot_be_read_closes_itself_alone(
    keeper: Looking, broken: dict[str, object]
) -> None:
    # Given two gateways, one of which holds what this version does not read
    PersonFactory(username="ann")
    bad, good = made("bad"), made("good")
    Gateway.objects.filter(name="bad").update(**broken)

    # When the database is asked, then the other goes on, and it is said once
    with structlog.testing.capture_logs() as logs:
        keeper.look()
        keeper.look()
    assert reads(keeper, good, "ann", "a.b.c") is True
    assert reads(keeper, bad, "ann", "a.b.c") == 403
    assert [one["gateway"] for one in logs if one["event"] == "gateway_left_out"] == ["bad"]
    # And it is back once it can be read
    Gateway.objects.filter(name="bad").update(
        system_name="trino://lake", catalogs={}, routes=[], uses=["ask"]
    )
    keeper.look()
    assert reads(keeper, bad, "ann", "a.b.c") is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "No Spaces"}, {"system": "lake"}, {"purpose": "because"},
        {"catalogs": {"crm": "nowhere"}},
    ],
)  # fmt: skip
def test_a_gateway_that_cannot_be_used_is_refused(wrong: dict[str, object]) -> None:
    given = {"name": "lake", "system": "trino://lake", **wrong}
    with pytest.raises(Exception, match=r"[Nn]ame|purpose"):
        add_gateway(acting=ACTING, **given)
    assert not Gateway.objects.exists()


def test_what_is_adopted_counts_for_the_next_question(keeper: Looking) -> None:
    # Given a table that is open
    system = SystemFactory(platform="trino", instance="lake", qualified_name="trino://lake",
                           lookup_name="trino://lake")  # fmt: skip
    DatasetFactory(
        system=system, qualified_name="trino://lake/hr.pay.comp",
        lookup_name="trino://lake/hr.pay.comp",
    )  # fmt: skip
    PersonFactory(username="ann")
    secret = made()
    keeper.look()
    assert reads(keeper, secret, "ann", "hr.pay.comp") is True

    # When an opt-out comes into force
    in_force(opt_out(1, resources={"dataset": "hr.pay.comp"}))

    # Then the next question has it, before anybody looked
    assert reads(keeper, secret, "ann", "hr.pay.comp") is False


def test_an_answer_that_began_before_a_look_does_not_take_it_back(
    keeper: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an answer that found another index than stood, and was overtaken by a look
    PersonFactory(username="ann")
    secret = made()
    keeper.look()
    in_force(opt_out(1, resources={"dataset": "hr.pay.comp"}))
    before = keeper._standing.looked_at

    def overtaken(standing: Standing, **changed: object) -> Standing:
        if keeper._standing is standing and standing.looked_at == before:
            revoke_gateway(acting=ACTING, name="lake")
            keeper.look()
        return replace(standing, **changed)

    monkeypatch.setattr(keeping, "replace", overtaken)
    keeper.standing()

    # Then what the look found stands
    assert keeper._standing.looked_at > before
    assert reads(keeper, secret, "ann", "a.b.c") == 403


def test_the_bundle_carries_on_when_the_database_is_away(
    keeper: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a bundle on disk, private
    PersonFactory(username="ann")
    administrator = AdministratorFactory()
    bearer(TokenScope.READ, person=PersonFactory(employment_kind=EmploymentKind.SERVICE))
    in_force(opt_out(1, resources={"dataset": "hr.pay.comp"}, reason="Größe 'n' pay"))
    secret = made()
    keeper.look()
    keeper.keep_bundle()
    mode = stat.S_IMODE(keeper.path.stat().st_mode)
    folder = stat.S_IMODE(keeper.path.parent.stat().st_mode)
    assert (mode, folder) == (0o600, 0o700)

    # When a process starts without a database
    def away() -> None:
        raise OperationalError("no server")

    opt_outs.install(None)
    monkeypatch.setattr(opt_outs, "refresh", away)
    fresh = Looking(keeper.path)
    with pytest.raises(NotReady):
        fresh.standing()
    fresh.load()

    # Then it answers as before
    assert reads(fresh, secret, "ann", "hr.pay.comp") is False
    assert reads(fresh, secret, "ann", "hr.pay.open") is True
    held = fresh.standing()
    assert held.registered.administrators == {administrator.pk}
    assert len(held.registered.tokens) == 1
    assert held.registered == keeper.standing().registered
    # And not for ever: an old bundle closes by class and then altogether
    save_bundle(held.index, held.registered, keeper.path, at=time.time() - 301)
    older = Looking(keeper.path)
    older.load()
    assert reads(older, secret, "ann", "hr.pay.open") is False
    save_bundle(held.index, held.registered, keeper.path, at=time.time() - 3_700)
    oldest = Looking(keeper.path)
    oldest.load()
    assert reads(oldest, secret, "ann", "hr.pay.open") == 503
    # And one that lies in the future is as good as none
    save_bundle(held.index, held.registered, keeper.path, at=time.time() + 3_700)
    future = Looking(keeper.path)
    future.load()
    assert reads(future, secret, "ann", "hr.pay.open") == 503


def test_a_process_that_ends_while_the_database_is_away_makes_nothing_fresh(
    keeper: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a process that has not heard from its database for ten minutes
    PersonFactory(username="ann")
    keeper.look()
    keeper.keep_bundle()
    now = time.monotonic() + 600
    monkeypatch.setattr(time, "monotonic", lambda: now)
    wall = time.time() + 600
    monkeypatch.setattr(time, "time", lambda: wall)

    # When it ends, and another starts from what it left
    keeper._leave()
    opt_outs.install(None)
    fresh = Looking(keeper.path)
    fresh.load()

    # Then that one does not take it for what holds now
    assert fresh._standing is not None
    assert fresh._standing.age > 590


def test_a_process_takes_over_what_was_read_from_the_same_file(keeper: Looking) -> None:
    # Given a bundle that a process had read before it made another one
    PersonFactory(username="ann")
    in_force(opt_out(1, resources={"dataset": "hr.pay.comp"}))
    secret = made()
    keeper.look()
    held = keeper.standing()
    save_bundle(held.index, held.registered, keeper.path, at=time.time() - 100)
    opt_outs.install(None)
    parent = Looking(keeper.path)
    parent.load()
    index = parent.standing().index

    # Then that one decides from it, as old as it is by now
    parent.take_over()
    assert parent.standing().index is index
    assert 99 < parent.standing().age < 110
    parent.load()
    assert parent.standing().index is index
    assert reads(parent, secret, "ann", "hr.pay.comp") is False

    # And from nothing where another file has taken its place, until it has read that
    save_bundle(index, parent.standing().registered, keeper.path)
    parent.take_over()
    with pytest.raises(NotReady):
        Keeper.standing(parent)
    parent.load()
    assert parent.standing().index is not index


def test_a_bundle_that_was_changed_or_cut_is_refused(keeper: Looking, settings) -> None:
    PersonFactory(username="ann")
    keeper.look()
    standing = keeper.standing()
    save_bundle(standing.index, standing.registered, keeper.path)
    whole = keeper.path.read_bytes()
    assert load_bundle(keeper.path).world.people[0].name == "ann"
    for data in (whole[:-1], whole[:200], b"", whole.replace(b"ann", b"bob"), whole + b"x"):
        keeper.path.write_bytes(data)
        with pytest.raises(BundleRefused):
            load_bundle(keeper.path)
        fresh = Looking(keeper.path)
        fresh.load()
        with pytest.raises(NotReady):
            (fresh._standing and fresh.standing()) or Keeper(keeper.path).standing()
    keeper.path.write_bytes(whole)
    settings.SECRET_KEY = "another"
    with pytest.raises(BundleRefused):
        load_bundle(keeper.path)


def test_what_was_agreed_meanwhile_is_obeyed_before_everything_is_loaded(
    keeper: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a bundle, and what the council and the directory said while no process was here
    PersonFactory(username="ann")
    left = PersonFactory(username="ben")
    in_force(opt_out(1, resources={"dataset": "hr.pay.old"}))
    secret = made()
    keeper.look()
    keeper.keep_bundle()
    opt_outs.install(None)
    system = SystemFactory(platform="trino", instance="lake")
    DatasetFactory(system=system, name="pay", qualified_name="trino://lake/hr.pay.comp")
    in_force(opt_out(2, resources={"dataset": "hr.pay.comp", "column": "id"}))
    opt_outs.install(None)
    left.is_active = False
    left.save()
    PersonFactory(username="cem")

    # When a process starts that is not done with loading everything
    def takes_for_ever(*, may_rest: bool = False) -> None:
        raise OperationalError("not yet")

    monkeypatch.setattr(opt_outs, "refresh", takes_for_ever)
    fresh = Looking(keeper.path)
    fresh.load()
    assert reads(fresh, secret, "ann", "hr.pay.comp") is True
    with pytest.raises(OperationalError):
        fresh.look()

    # Then opt-outs and people are those of now, under the version of the bundle
    assert reads(fresh, secret, "ann", "hr.pay.comp") is False
    assert reads(fresh, secret, "ben", "hr.pay.other") is False
    assert reads(fresh, secret, "cem", "hr.pay.other") is True
    assert fresh.standing().index.version == keeper._standing.index.version


def test_what_moved_is_on_disk_when_a_process_ends(tmp_path: Path) -> None:
    # Given a process that answers
    PersonFactory(username="ann")
    secret = made()
    path = tmp_path / "bundle"
    opt_outs.install(None)
    running = Keeper(path)
    running.start()
    until = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    time.sleep(0.1)  # it looks again in half a second

    # When an opt-out comes into force and the process ends before it looks again
    in_force(opt_out(1, resources={"dataset": "hr.pay.comp"}))
    running.stop()
    opt_outs.install(None)

    # Then one that starts without the database obeys it
    fresh = Looking(path)
    fresh.load()
    assert reads(fresh, secret, "ann", "hr.pay.comp") is False


def test_what_fails_after_a_look_keeps_nothing_else_from_being_done(tmp_path: Path) -> None:
    # Given a process in which one of the things done after each look fails
    PersonFactory(username="ann")
    opt_outs.install(None)
    running, done = Keeper(tmp_path / "bundle"), threading.Event()

    def fails() -> None:
        raise RuntimeError("not this one")

    running.on_look += [fails, done.set]
    running.start()

    # Then the others are done, and the bundle is kept
    assert done.wait(20)
    until = time.monotonic() + 20
    while not running.path.exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    assert running._failure == "RuntimeError: not this one"
    running.stop()
    opt_outs.install(None)


def test_names_begin_with_their_system_or_with_more() -> None:
    lake, crm = mapped("trino://Lake"), mapped("postgres://warehouse/Larkfield")
    assert (lake.prefix, lake.system) == ("trino://Lake/", "trino://lake")
    assert (crm.prefix, crm.system) == ("postgres://warehouse/Larkfield.", "postgres://warehouse")
