"""Servers that restart, die, fill up or are not there: nothing is lost, and the rest goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from django.test import Client
from pytest_django import Settings

from catalog.errors import Unavailable
from catalog.events import DatasetChanged, RecordChanged
from catalog.models import (
    ConsumerOffset,
    Dataset,
    GenerationState,
    ParkedEvent,
    SearchGeneration,
)
from catalog.registries.consumers import consumers
from catalog.search import indexing
from catalog.search.backends.elasticsearch import bulk, cluster, layout, writing
from catalog.search.indexing import BATCH, heal, rebuild
from catalog.selectors.search import SearchQuery, search, suggest
from catalog.services.consumers import feed
from catalog.services.event_log import record
from catalog.services.transaction import writing as writing_transaction
from catalog.types import Principal
from tests.catalog.search.elasticsearch import forget_backend, stored, use_elasticsearch
from tests.factories import ColumnFactory, DatasetFactory, SystemFactory, principal
from tests.feeding import feed_settled, settle
from tests.servers.elasticsearch import PLAIN, Node, running_cluster, running_node
from tests.servers.running import free_port

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]

SEARCH = "search"


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """A server that these tests may do anything to."""
    with running_node(settings=PLAIN) as started:
        yield started


@pytest.fixture
def employee(transactional_db: None) -> Principal:
    """Somebody who may see everything."""
    return principal(display_name="Searching Person")


@pytest.fixture
def index(
    node: Node, settings: Settings, employee: Principal, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Node]:
    """The server, with an index of a catalog without datasets."""
    if not node.is_running:
        node.start()
    use_elasticsearch(settings, node.url)
    monkeypatch.setattr(writing, "PATIENCE", 0.5)
    rebuild()
    feed_settled(consumers.get(SEARCH))
    yield node
    forget_backend()


def _datasets(count: int, acting: Principal, word: str = "measure") -> list[Dataset]:
    """Datasets of two columns each, and the events that say so."""
    with writing_transaction(acting):
        system = SystemFactory()
        record(RecordChanged(fields=("instance",)), system, acting=acting)
        made = [
            DatasetFactory(
                name=f"{word}_{number}",
                system=system,
                qualified_name=f"{system.qualified_name}/db.public.{word}_{number}",
            )
            for number in range(count)
        ]
        for dataset in made:
            for name in ("id", "amount"):
                ColumnFactory(dataset=dataset, name=name, path=name)
            record(DatasetChanged(fields=("name",)), dataset, acting=acting)
    return made


def _feed_until_done(seconds: float = 60) -> None:
    """Feed as the clock does, without waiting for the pauses between two attempts."""
    deadline = time.monotonic() + seconds
    settle()
    while ConsumerOffset.objects.filter(consumer=SEARCH, attempts__gt=0).exists() or feed(
        consumers.get(SEARCH)
    ):
        assert time.monotonic() < deadline
        ConsumerOffset.objects.filter(consumer=SEARCH).update(retry_at=None)
        feed(consumers.get(SEARCH))


@contextmanager
def _without_writes(part: str) -> Iterator[None]:
    """One of the two indices takes no writes, as a cluster whose disk filled up closes them."""
    for is_closed in (True, False):
        with cluster.asking(patiently=True) as client:
            client.indices.put_settings(
                index=layout.live(part), settings={"index.blocks.write": is_closed}
            )
        if is_closed:
            yield


def _columns() -> set[str]:
    return {hit["_source"]["display"]["name"] for hit in stored(layout.COLUMNS).values()}


def test_columns_that_could_not_be_written_come_with_the_next_attempt(
    index: Node, employee: Principal
) -> None:
    # Given a dataset that is written while the index of columns takes nothing
    with _without_writes(layout.COLUMNS):
        (made,) = _datasets(1, employee)
        settle()
        feed(consumers.get(SEARCH))
        assert _columns() == set()

    # When the index takes them again
    _feed_until_done()
    assert _columns() == {"id", "amount"}

    # And so it is with a column that comes and one that goes, and with what is gone as a whole
    with _without_writes(layout.COLUMNS):
        made.columns.get(name="amount").delete()
        ColumnFactory(dataset=made, name="price", path="price")
        with suppress(Unavailable):
            indexing.refresh([indexing.Subject("dataset", made.pk)])
    indexing.refresh([indexing.Subject("dataset", made.pk)])
    assert _columns() == {"id", "price"}
    pk = made.pk
    made.delete()
    with _without_writes(layout.COLUMNS), suppress(Unavailable):
        indexing.refresh([indexing.Subject("dataset", pk)])
    indexing.refresh([indexing.Subject("dataset", pk)])

    # Then the index of columns is as it would be without all that
    assert _columns() == set()
    assert heal() == 0


def test_a_restart_in_the_middle_of_a_rebuild(
    index: Node, employee: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given more datasets than one piece of a rebuild holds
    monkeypatch.setattr(indexing, "REBUILT_AT_ONCE", BATCH)
    _datasets(BATCH + 100, employee)
    restarts: list[int] = []

    def restart(done: int) -> None:
        if not restarts:
            restarts.append(done)
            index.stop()
            index.start()

    # When the server is restarted while they are written
    rebuild(restart)

    # Then they are all there
    assert restarts
    kinds = [hit["_source"]["kind"] for hit in stored().values()]
    assert kinds.count("dataset") == BATCH + 100
    assert len(stored(layout.COLUMNS)) == 2 * (BATCH + 100)
    assert SearchGeneration.objects.latest("pk").state == GenerationState.LIVE
    assert heal() == 0


def test_a_server_killed_between_two_pieces_loses_nothing(
    index: Node, employee: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given changes that take several requests
    made = _datasets(200, employee)
    monkeypatch.setattr(bulk, "PIECE_OPERATIONS", 60)
    settle()
    real, sent = bulk._sent, []

    def dying(*arguments, **options):  # type: ignore[no-untyped-def]
        if len(sent) == 2:
            index.kill()
        sent.append(1)
        return real(*arguments, **options)

    # When the power goes in the middle of them
    monkeypatch.setattr(bulk, "_sent", dying)
    fed = feed(consumers.get(SEARCH))
    monkeypatch.setattr(bulk, "_sent", real)

    # Then the events wait, none of them counts as poison, and pages answer from the database
    assert fed == 0
    offset = ConsumerOffset.objects.get(consumer=SEARCH)
    assert "does not answer" in offset.last_error
    for _ in range(8):
        ConsumerOffset.objects.filter(consumer=SEARCH).update(retry_at=None)
        cluster.forget()
        assert feed(consumers.get(SEARCH)) == 0
    assert not ParkedEvent.objects.exists()
    answer = search(employee, SearchQuery("measure_7"))
    assert answer.hits[0].id == made[7].pk
    assert [notice.code for notice in answer.notices] == ["search_unavailable"]
    assert suggest(employee, "measure_7")[0].id == made[7].pk

    # And when the server is back, everything is found
    index.start()
    cluster.forget()
    _feed_until_done()
    assert heal() == 0
    assert search(employee, SearchQuery("measure kind:dataset")).total == 200
    assert not ParkedEvent.objects.exists()


def test_a_disk_that_is_full_loses_nothing(index: Node, employee: Principal) -> None:
    def watermark(value: str | None, *, is_watched: bool) -> None:
        disk = "cluster.routing.allocation.disk"
        answer = index.ask(
            "PUT",
            "/_cluster/settings",
            json={
                "persistent": {
                    "cluster.info.update.interval": "10s",
                    f"{disk}.threshold_enabled": is_watched,
                    f"{disk}.watermark.low": value,
                    f"{disk}.watermark.high": value,
                    f"{disk}.watermark.flood_stage": value,
                }
            },
        )
        assert answer.status_code == 200, answer.text

    def is_blocked() -> bool:
        answer = index.ask("GET", f"/{layout.live(layout.DOCUMENTS)}/_settings").json()
        (settings,) = answer.values()
        return "blocks" in settings["settings"]["index"]

    # Given a server that thinks its disk is full
    rebuild()
    watermark("0.001%", is_watched=True)
    _wait_for(is_blocked)

    # When datasets are made
    made = _datasets(30, employee, "late")
    settle()
    assert feed(consumers.get(SEARCH)) == 0
    assert not ParkedEvent.objects.exists()
    assert search(employee, SearchQuery("late")).total == 0  # it is still searched

    # Then nothing is lost once there is room again
    watermark("99.999%", is_watched=True)
    _wait_for(lambda: not is_blocked())
    watermark(None, is_watched=False)
    _feed_until_done()
    assert heal() == 0
    assert search(employee, SearchQuery("late kind:dataset")).total == len(made)


def test_without_a_server_names_are_looked_up_and_pages_say_so(
    settings: Settings, employee: Principal, client: Client
) -> None:
    # Given an address where nobody answers
    use_elasticsearch(settings, f"http://127.0.0.1:{free_port()}")
    made = _datasets(3, employee)

    # When somebody searches on the page and over REST
    person = employee.person_id
    from catalog.models import Person

    client.force_login(Person.objects.get(pk=person))
    page = client.get("/search/?q=measure_1").content.decode()
    answer = client.get("/api/v1/search/?q=measure_1").json()
    forget_backend()

    # Then both find the name and say what is missing
    assert "Search does not answer in full" in page
    assert "measure_1" in page
    assert [hit["id"] for hit in answer["hits"]] == [made[1].pk]
    assert [notice["code"] for notice in answer["notices"]] == ["search_unavailable"]


def test_one_of_three_servers_dies_and_nobody_notices(
    settings: Settings, employee: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_cluster(size=3) as nodes:
        # Given a cluster of three, with a copy of everything
        use_elasticsearch(settings, ",".join(node.url for node in nodes))
        monkeypatch.setattr(writing, "PATIENCE", 60.0)
        _datasets(60, employee, "early")
        rebuild()
        assert nodes[0].ask(
            "GET", "/_cluster/health?wait_for_status=green&wait_for_nodes=3&timeout=60s"
        ).json()["status"] == "green"  # fmt: skip
        feed_settled(consumers.get(SEARCH))

        # When one is killed while people search and datasets are made
        failures: list[str] = []
        found: list[int] = []
        ended = threading.Event()

        def keep_searching() -> None:
            while not ended.is_set():
                answer = search(employee, SearchQuery("early kind:dataset"))
                failures.extend(notice.code for notice in answer.notices)
                found.append(answer.total)

        searching = threading.Thread(target=keep_searching)
        searching.start()
        with_primary = _node_of_primary(nodes)
        for number in range(6):
            _datasets(20, employee, f"late_{'abcdef'[number]}")
            if number == 2:
                with_primary.kill()
            settle()
            feed(consumers.get(SEARCH))
        _feed_until_done(seconds=120)
        ended.set()
        searching.join()

        # Then no search failed, and nothing is lost
        assert failures == []
        assert set(found) == {60}
        assert heal() == 0
        assert search(employee, SearchQuery("late kind:dataset")).total == 120
        assert not ParkedEvent.objects.exists()
        forget_backend()


def _node_of_primary(nodes: list[Node] | tuple[Node, ...]) -> Node:
    """The one that holds the documents that are written to."""
    shards = nodes[0].ask("GET", f"/_cat/shards/{layout.live(layout.DOCUMENTS)}?format=json").json()
    (name,) = [shard["node"] for shard in shards if shard["prirep"] == "p"]
    return next(node for node in nodes if node.folder.name == name)


def _wait_for(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.5)
