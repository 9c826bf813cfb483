"""A client over a real socket: what it decides, how it follows, and what it does not believe."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from concord_client import Client, DecisionNotKept, FolderInUse, NotReady, following, held
from governance.permissions.bundling import opened, sealed, sealed_word, word_in
from governance.permissions.gateways.clients.signing import public_key, signing_key
from governance.permissions.types import Effect, Mask
from tests.clients.service import RECORD as GATEWAY
from tests.clients.service import Service, narrowed, salaries, serving, until
from tests.governance.permissions.gateways.asking import NOW, person, rule

pytestmark = pytest.mark.django_db(transaction=True)

PAY, PLAN, FREE = (f"trino://lake/memory.hr.{name}" for name in ("salary", "plan", "free"))


@contextmanager
def unheard(client: Client, wait: float = 10.0) -> Iterator[Client]:
    """Started, and stopped at once in the end: nobody is there who would take its decisions."""
    client.start(wait)
    try:
        yield client
    finally:
        client.stop(flush=0)


def may(client: Any, user: str = "ann", name: str = PAY) -> bool | str:
    """True, or why not."""
    decision = client.decide(user, "read", name)
    return decision.allowed or decision.code


def test_a_client_decides_as_the_service_and_follows_it(tmp_path: Path) -> None:
    # given a service and a client of it
    with serving() as service, service.client(tmp_path).started() as client:
        # then it says what the service says
        index = service.standing.index
        assert client.decide("ann", "read", PAY) == index.decide(1, "read", 1)
        assert client.decide("boss", "read", PAY) == index.decide(2, "read", 1)
        assert may(client, "nobody") == "unknown"
        assert may(client, "") == "unknown"
        assert may(client, "ann", PAY.upper().replace("TRINO", "trino")) == "opt_out"
        # and of what is not listed as the engine does of such a name
        assert may(client, "ann", "trino://lake/memory.hr.unlisted") is True
        assert may(client, "ann", "trino://lake/other.hr.salary") == "opt_out"
        assert may(client, "ann", "postgres://other/hr.salary") == held.OUT_OF_SCOPE
        # when opt-outs, people and data move
        mask = rule("part", "hr.free", columns=("id",), effect=Effect.MASK, mask=Mask.LAST4)
        last = service.move(
            rules=(mask,),
            gone_rules=frozenset({"permission_policy:pay"}),
            people=(person(3, "cat"),),
        )
        # then the client has it with the question that waits
        until(lambda: client.standing.version == last.version, 5)
        assert may(client) is True
        found = client.decide("cat", "read", FREE, columns=("id",))
        assert found == last.decide(3, "read", 3, ("id",))
        assert found.effect_on("id").mask is Mask.LAST4
        # and it asked for changes only
        assert [one for one in service.asked if "have=0" in one] == service.asked[:1]
        # and the service knows what it runs
        service.doors.reports.flush_when_due()
        until(lambda: service.doors.reports._waiting[1, "client", "test"].version == last.version)
        assert client.standing.error == ""


def test_an_opt_out_begins_by_the_clock_of_the_service(tmp_path: Path) -> None:
    # given an opt-out that begins in a second by the service's clock, years from this machine's
    later = rule("later", "hr.free")
    when = type(later.when)(begins=NOW + 1.5)
    world = salaries()
    world = type(world)(
        1, world.people, world.datasets, (type(later)(**{**_fields(later), "when": when}),)
    )
    with serving(world) as service, service.client(tmp_path).started() as client:
        assert abs(time.time() - NOW) > 86_400
        assert may(client, name=FREE) is True
        # then it holds a second later, though nothing was told
        until(lambda: may(client, name=FREE) == "opt_out", 5)
        assert client.standing.version == 1


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in type(record).__dataclass_fields__}


# --- what is not believed ----------------------------------------------------------------------


def forged(scope: Any, answer: Any) -> Any:
    """The same words, signed by somebody else."""
    status, headers, body = answer
    other, own = Ed25519PrivateKey.generate(), [signing_key().public_key()]
    if status == 304:
        word = sealed_word(word_in(dict(headers)[b"concord-word"].decode(), own), other)
        return status, [(b"concord-word", word.encode())], body
    header, _ = opened(body, own)
    packed = body[-_body_size(body) :]
    return status, headers, sealed(header, packed, other)


def _body_size(data: bytes) -> int:
    size = int.from_bytes(data[17:21], "big")
    return len(data) - 21 - size - 64


def cut(scope: Any, answer: Any) -> Any:
    status, headers, body = answer
    return status, [(k, v[:-4]) for k, v in headers], body[:-10]


def changed(scope: Any, answer: Any) -> Any:
    status, headers, body = answer
    place = len(body) - 20
    return status, headers, body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


@pytest.mark.parametrize("tamper", [forged, cut, changed])
def test_a_bundle_that_is_not_the_services_is_not_used(tmp_path: Path, tamper: Any) -> None:
    with serving() as service:
        # given whoever answers something else, then nothing is decided from it
        service.tamper = tamper
        with pytest.raises(NotReady, match=r"not signed|cut|changed|none"):
            service.client(tmp_path).start(wait=1.0)
        # given a client that runs, when changes are tampered with, then it stays what it is
        service.tamper = None
        with service.client(tmp_path).started() as client:
            service.tamper = tamper
            service.move(gone_rules=frozenset({"permission_policy:pay"}))
            until(lambda: client.standing.error)
            assert (may(client), client.standing.version) == ("opt_out", 10)
            # and follows again when it is answered honestly
            service.tamper = None
            until(lambda: (client.standing.version, client.standing.error) == (11, ""))
            assert may(client) is True


def test_an_answer_that_was_told_before_is_refused(tmp_path: Path) -> None:
    # given somebody between who keeps what was said
    kept: list[Any] = []

    def again(scope: Any, answer: Any) -> Any:
        if scope["path"].endswith("/bundle"):
            kept.append(answer)
            return kept[0]
        return answer

    with serving() as service:
        service.tamper = again
        with service.client(tmp_path).started() as client:
            # when the opt-out is gone, or another comes, and the old answer is told again
            service.move(rules=(rule("plan", "hr.plan"),))
            until(lambda: "told before" in client.standing.error)
            # then nothing moves, and the age of what runs goes on
            first = client.standing.age
            until(lambda: client.standing.age > first + 0.2)
            assert (client.standing.version, may(client, name=PLAN)) == (10, True)


def test_an_older_version_is_never_taken(tmp_path: Path) -> None:
    now = time.time()
    with serving(at=now) as service, service.client(tmp_path).started() as client:
        service.move(rules=(rule("plan", "hr.plan"),))
        until(lambda: client.standing.version == 11)
    # given a service whose database was restored
    older = Service(salaries(version=9), at=now)
    older.start()
    try:
        client = older.client(tmp_path)
        with client.started():
            # then what lies on disk goes on, and it is said
            until(lambda: "older one is not" in client.standing.error)
            assert (client.standing.version, may(client, name=PLAN)) == (11, "opt_out")

        # given one that hides which version the client has
        def as_if_new(scope: Any, receive: Any, send: Any) -> Any:
            scope["query_string"] = scope["query_string"].replace(b"=11&", b"=0&")
            return doors(scope, receive, send)

        doors, older.doors = older.doors, _Wrapped(as_if_new, older.doors)  # type: ignore[assignment]
        with client.started():
            until(lambda: "older than 11" in client.standing.error)
            assert (client.standing.version, may(client, name=PLAN)) == (11, "opt_out")
    finally:
        older.stop()
    # when whoever answers for it removes the folder, then it begins anew
    with serving(salaries(version=9), at=now) as service:
        (tmp_path / "state").unlink()
        with service.client(tmp_path).started() as client:
            assert (client.standing.version, may(client, name=PLAN)) == (9, True)


class _Wrapped:
    def __init__(self, serve: Any, doors: Any) -> None:
        self._serve, self.publisher, self.reports = serve, doors.publisher, doors.reports

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._serve(scope, receive, send)


# --- while the service is away -----------------------------------------------------------------


def test_a_service_that_is_away_closes_by_class(tmp_path: Path) -> None:
    with serving() as service:
        client = service.client(tmp_path, wait_seconds=0.2, stale_seconds=1.5, open_seconds=3.0)
        with client.started():
            assert (may(client, name=FREE), may(client, name=PLAN)) == (True, True)
            service.stop()
            # then what is not marked open closes first
            until(lambda: may(client, name=FREE) == held.STALE, 5)
            assert may(client, name=PLAN) is True
            assert may(client, name="trino://lake/memory.hr.unlisted") == held.STALE
            assert client.standing.is_stale
            # and then everything
            until(lambda: may(client, name=PLAN) == held.STALE, 5)
            # and it opens when the service is back
            service.start()
            until(lambda: may(client, name=FREE) is True, 20)


def test_a_client_starts_from_its_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a client that followed some changes
    clock = time.time
    with serving(at=clock()) as service, service.client(tmp_path).started() as client:
        service.move(rules=(rule("plan", "hr.plan"),))
        until(lambda: client.standing.version == 11)
        url = service.url

    def started(shift: float, wait: float = 10.0) -> Any:
        """As this machine's clock says by then."""
        monkeypatch.setattr("concord_client.folder.time.time", lambda: clock() + shift)
        service = Service(salaries())
        service.url = url
        return unheard(service.client(tmp_path), wait)

    # when it starts while nobody answers, then it decides as before
    with started(0) as client:
        assert (client.standing.version, may(client, name=PLAN)) == (11, "opt_out")
        assert may(client, name=FREE) is True
        # and no other process takes its folder
        with pytest.raises(FolderInUse):
            started(0).__enter__()
    # when the copy is older than the bound, or this machine's clock is behind the copy's
    for shift in (400, -400):
        with started(shift) as client:
            # then it is closed by class
            assert may(client, name=FREE) == held.STALE
    # when the copy was cut by a crash, what comes before serves
    state = tmp_path / "state"
    whole = state.read_bytes()
    state.write_bytes(whole[:-5])
    with started(0) as client:
        assert (client.standing.version, may(client, name=PLAN)) == (10, True)
    # when it was changed, it serves nothing
    state.write_bytes(whole[:60] + b"x" + whole[61:])
    with pytest.raises(NotReady, match=r"reached|not used"), started(0, 1.0):
        pass
    assert not state.exists()


def test_a_copy_that_was_cut_goes_on(tmp_path: Path) -> None:
    # given a copy whose end a crash cut
    with serving(at=time.time()) as service:
        with service.client(tmp_path).started() as client:
            service.move(rules=(rule("plan", "hr.plan"),))
            until(lambda: client.standing.version == 11)
        state = tmp_path / "state"
        state.write_bytes(state.read_bytes()[:-5])
        # when a client goes on from it
        with service.client(tmp_path).started() as client:
            service.move(rules=(rule("free", "hr.free"),))
            until(lambda: client.standing.version == 12)
    # then the next one starts from all of it, without the service
    with unheard(service.client(tmp_path)) as client:
        assert (client.standing.version, may(client, name=PLAN)) == (12, "opt_out")


def test_a_disk_that_takes_nothing_stops_nobody_from_following(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with serving() as service, service.client(tmp_path, wait_seconds=0.2).started() as client:
        # when nothing can be written any more
        state.unlink()
        state.mkdir()
        service.move(rules=(rule("plan", "hr.plan"),))
        until(lambda: client.standing.version == 11)
        # then it follows, and says what is not kept
        service.move(rules=(rule("free", "hr.free"),))
        until(lambda: client.standing.version == 12)
        assert (may(client, name=PLAN), may(client, name=FREE)) == ("opt_out", "opt_out")
        assert "is not kept" in client.standing.error
        # and when the disk takes it again, everything lies there
        state.rmdir()
        assert client._follower is not None
        client._follower._disk_again = 0.0
        until(lambda: not client.standing.error)
        assert state.is_file()


# --- what is asked of the door -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200),
        ({"have": "10"}, 304),
        ({"have": "ten"}, 400),
        ({"least": "ten"}, 400),
        ({"least": "11"}, 409),
        ({"wait": "-1"}, 400),
        ({"nonce": "short"}, 400),
        ({"instance": "no spaces"}, 400),
        ({"instance": ""}, 400),
        ({"have": "99"}, 409),
    ],
)
def test_questions_that_are_none_are_refused(change: dict[str, str], status: int) -> None:
    with serving() as service:
        query = {"nonce": "n" * 20, "instance": "test", "have": "0", **change}
        reply = service.client(Path("/nonexistent"))._connections[0].get(
            following.PATH, query, 10
        )  # fmt: skip
        assert reply.status == status


@pytest.mark.parametrize(
    ("gateway", "secret", "status"),
    [(GATEWAY, "another", 401), (narrowed(GATEWAY, uses=frozenset({"ask"})), None, 403)],
)
def test_only_a_gateway_made_for_clients_is_answered(
    tmp_path: Path, gateway: Any, secret: str | None, status: int
) -> None:
    with serving(gateways=(gateway,)) as service:
        client = service.client(tmp_path)
        if secret is not None:
            client._connections[0]._headers["Authorization"] = f"Bearer {secret}"
        with pytest.raises(NotReady, match=str(status)):
            client.start(wait=1.0)


def test_a_hundred_versions_miss_nobody(tmp_path: Path) -> None:
    """Clients that wait all come to the last version, whatever they were told between."""
    with serving() as service:
        clients = [
            service.client(tmp_path / str(place), instance=f"c{place}") for place in range(5)
        ]
        for client in clients:
            client.start()
        for number in range(100):
            service.move(rules=(rule("plan", "hr.plan", title=str(number)),))
            time.sleep(0.005)
        last = service.standing.index.version
        for client in clients:
            until(lambda client=client: client.standing.version == last)
            assert client.standing.error == ""
            client.stop()
        # and everything was told when a client began, and when its places had worn out
        assert sum("have=0" in one for one in service.asked) <= 15


# --- the record --------------------------------------------------------------------------------


def test_decisions_reach_the_audit_alike_ones_counted(tmp_path: Path) -> None:
    with serving() as service, service.client(tmp_path).started() as client:
        for _ in range(3):
            client.decide("ann", "read", PAY, columns=("amount",), purpose="analytics")
        client.decide("boss", "export", FREE)
        assert client.flush()
        assert client.standing.waiting == 0
    refused, allowed = sorted(service.recorded, key=lambda one: one.username)
    assert (refused.gateway, refused.username, refused.person) == ("client:app", "ann", 1)
    assert (refused.outcome, refused.code, refused.asked, refused.allowed) == (
        "refused", "opt_out", refused.asked, 0,
    )  # fmt: skip
    assert sum(one.asked for one in service.recorded if one.username == "ann") == 3
    assert (refused.columns, refused.purpose) == (("amount",), "analytics")
    assert (refused.rules, refused.datasets) == (("permission_policy:pay",), (1,))
    assert (refused.policy_version, refused.keeping) == (10, "restricted")
    assert (allowed.action, allowed.outcome, allowed.keeping) == ("export", "allowed", "open")


def test_no_question_keeps_the_record_of_others_back(tmp_path: Path) -> None:
    with serving() as service, service.client(tmp_path).started() as client:
        odd: tuple[dict[str, Any], ...] = (
            {"user": "half \ud800"}, {"user": None}, {"user": "a\0b"}, {"action": 7},
            {"dataset": FREE + "\udfff"}, {"columns": [["id"], 5]}, {"purpose": "\ud800"},
        )  # fmt: skip
        for one in odd:
            client.decide(**({"user": "nobody", "action": "read", "dataset": PAY} | one))
        client.decide("ann", "read", PAY)
        assert client.flush()
    found = sorted(one.username for one in service.recorded)
    assert found == ["None", "a\0b", "ann", "half ?", *["nobody"] * 4]


def test_decisions_wait_on_disk_for_the_service(tmp_path: Path) -> None:
    # given a service that goes away
    with serving() as service:
        with unheard(service.client(tmp_path)) as client:
            service.is_away = True
            client.decide("ann", "read", PAY)
            assert not client.flush(0.5)
        assert not service.recorded
        # when it is back and the client starts again, then it has them
        service.is_away = False
        with service.client(tmp_path).started() as client:
            assert client.flush(10)
    assert [one.username for one in service.recorded] == ["ann"]


def test_what_cannot_be_recorded_is_not_decided(tmp_path: Path) -> None:
    with serving() as service:
        # given a client that can keep nothing any more
        client = service.client(tmp_path, queued=2, spool_bytes=0)
        with client.started():
            service.is_away = True
            client.decide("ann", "read", FREE)
            client.decide("ann", "read", FREE)
            # then data that nothing covers is decided about and counted
            assert may(client, name=FREE) is True
            assert client.standing.lost == 1
            # and data that an opt-out covers is not
            with pytest.raises(DecisionNotKept):
                client.decide("boss", "read", PAY)
            # and room brings it back
            log = client._log
            assert log is not None
            timer = threading.Timer(0.3, log.entries.clear)
            timer.start()
            assert may(client, "boss") is True
            client.stop(flush=0)


def test_keys_are_pinned() -> None:
    with pytest.raises(ValueError, match="Pin"):
        Service(salaries()).client(Path("x"), public_keys=[])
    with pytest.raises(ValueError, match="no public key"):
        Service(salaries()).client(Path("x"), public_keys=["zz"])
    assert len(public_key()) == 64
