"""A new generation of the index is built beside the old one, and nothing is lost on the way."""

from __future__ import annotations

import pytest
from elastic_transport import ConnectionTimeout

from catalog.errors import Conflict
from catalog.models import Dataset, GenerationState, RefusedDocument, SearchGeneration
from catalog.search import indexing
from catalog.search.backends import backend
from catalog.search.backends.elasticsearch import bulk, cluster, generations, layout
from catalog.search.indexing import Subject, position, rebuild, refresh, tend
from catalog.search_documents.datasets import dataset_documents
from catalog.services.search import retry_refused
from tests.catalog.search.conftest import *  # noqa: F403 - the same small company
from tests.catalog.search.conftest import Find, names
from tests.catalog.search.elasticsearch import stored
from tests.factories import administrator

pytestmark = [
    pytest.mark.servers,
    pytest.mark.django_db,
    pytest.mark.parametrize("search_backend", ["elasticsearch_8"], indirect=True),
]


def _holder(part: str = layout.DOCUMENTS) -> str:
    with cluster.asking(patiently=True) as client:
        (name,) = client.indices.get_alias(name=layout.live(part)).body
    return str(name)


def _segments(alias: str) -> int:
    with cluster.asking(patiently=True) as client:
        (index,) = client.indices.segments(index=alias)["indices"].values()
    return sum(
        segment["search"]
        for (shard,) in index["shards"].values()
        for segment in shard["segments"].values()
    )


def _indices() -> set[str]:
    with cluster.asking(patiently=True) as client:
        return set(client.indices.get(index=f"{layout.live(layout.DOCUMENTS)}-*").body)


def test_the_aliases_move_and_the_one_before_is_kept(shop: dict[str, Dataset], find: Find) -> None:
    first = _holder()
    rebuild()
    second = _holder()
    rebuild()
    third = _holder()

    assert len({first, second, third}) == 3
    assert _indices() == {second, third}
    states = SearchGeneration.objects.order_by("pk").values_list("state", flat=True)
    assert list(states)[-2:] == [GenerationState.KEPT, GenerationState.LIVE]
    assert find("kind:dataset").total == len(shop)
    with cluster.asking() as client:
        assert not client.indices.exists_alias(name=layout.coming(layout.DOCUMENTS))


def test_what_was_built_is_merged_before_it_answers(
    shop: dict[str, Dataset], find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a build whose every document comes as a segment of its own
    monkeypatch.setattr(generations, "SEGMENTS", 1)
    monkeypatch.setattr(indexing, "REBUILT_AT_ONCE", 1)
    before: list[int] = []

    def show(_: int) -> None:
        with cluster.asking(patiently=True) as client:
            client.indices.refresh(index=layout.coming(layout.DOCUMENTS))
        before.append(_segments(layout.coming(layout.DOCUMENTS)))

    # When it has ended
    rebuild(show)

    # Then all of them are one
    assert max(before) > 1
    assert [_segments(layout.live(part)) for part in layout.PARTS] == [1, 1]
    assert find("kind:dataset").total == len(shop)


def test_what_a_cluster_has_no_time_to_merge_answers_as_it_is(
    shop: dict[str, Dataset], find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a cluster that takes longer than anybody waits
    first = _holder()

    def late(*_: object, **__: object) -> None:
        raise ConnectionTimeout("too late")

    with cluster.asking(patiently=True) as client:
        monkeypatch.setattr(type(client.indices), "forcemerge", late)

    # When the index is built, then it is whole and in use
    rebuild()
    assert _holder() != first
    assert find("kind:dataset").total == len(shop)


def test_a_build_of_which_the_database_knows_nothing_is_in_nobodys_way(
    shop: dict[str, Dataset], find: Find
) -> None:
    with cluster.asking(patiently=True) as client:
        for part in layout.PARTS:
            name = layout.physical(part, "of-another-database")
            client.indices.create(index=name, aliases={layout.coming(part): {}})

    rebuild()

    assert find("kind:dataset").total == len(shop)
    assert layout.physical(layout.DOCUMENTS, "of-another-database") not in _indices()


def test_a_write_during_a_rebuild_reaches_both_generations(
    shop: dict[str, Dataset], find: Find
) -> None:
    orders = shop["orders"]
    seen_before_the_swap: list[list[str]] = []

    def write_meanwhile(done: int) -> None:
        Dataset.objects.filter(pk=orders.pk).update(declared_description="written meanwhile")
        shop["GE"].delete() if shop["GE"].pk else None
        refresh([Subject("dataset", orders.pk)])
        seen_before_the_swap.append(names(find("meanwhile")))

    rebuild(write_meanwhile)

    assert seen_before_the_swap[0] == ["orders"]
    assert names(find("meanwhile")) == ["orders"]


def test_what_is_gone_during_a_rebuild_stays_gone(shop: dict[str, Dataset], find: Find) -> None:
    pk = shop["customers"].pk

    def delete_meanwhile(done: int) -> None:
        if Dataset.objects.filter(pk=pk).exists():
            Dataset.objects.filter(pk=pk).delete()
            refresh([Subject("dataset", pk)])

    rebuild(delete_meanwhile)

    assert names(find("customers")) == names(find("customers -zzzz"))
    assert f"dataset:{pk}" not in stored()
    assert find("email_address kind:column").total == 0


def test_a_generation_that_is_not_what_was_sent_is_not_taken(
    shop: dict[str, Dataset], find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _holder()
    real = bulk.send

    def losing(operations, **options):  # type: ignore[no-untyped-def]
        kept = [one for one in operations if one.alias != layout.coming(layout.COLUMNS)]
        return real(kept, **options)

    monkeypatch.setattr(generations, "send", losing)
    with pytest.raises(Conflict, match="the old one stays"):
        rebuild()

    assert _holder() == before
    assert SearchGeneration.objects.latest("pk").state == GenerationState.FAILED
    assert names(find("orders"))[0] == "orders"
    assert _indices() == {before}


def test_a_generation_left_by_a_process_that_died_is_taken_away(
    shop: dict[str, Dataset], find: Find
) -> None:
    class Died(BaseException):
        """Nothing of ours runs any more."""

    def die(done: int) -> None:
        raise Died

    with pytest.raises(Died):
        rebuild(die)
    # As if it had not even come to say so
    SearchGeneration.objects.filter(state=GenerationState.FAILED).update(
        state=GenerationState.BUILDING
    )
    refresh([Subject("dataset", shop["orders"].pk)])  # writers are not held up by it
    assert names(find("orders"))[0] == "orders"

    rebuild()

    assert find("kind:dataset").total == len(shop)
    assert not SearchGeneration.objects.filter(state=GenerationState.BUILDING).exists()


def test_another_layout_or_history_is_built_anew(
    shop: dict[str, Dataset], find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tend() is False
    monkeypatch.setattr(layout, "VERSION", layout.VERSION + 1)
    assert tend() is True
    assert tend() is False

    # A database from a backup is behind what the index knows, so its writes would all lose
    (document,) = dataset_documents([shop["orders"].pk])
    backend().write([document], [], version=position() + 1_000_000)
    assert tend() is True
    assert max(hit["_version"] for hit in stored().values()) <= position()


def test_a_refused_document_is_kept_for_the_administrator_and_holds_up_nobody(
    shop: dict[str, Dataset], find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an index that takes no number above 127, and a dataset that has one
    monkeypatch.setitem(layout.PROPERTIES, "usage", {"type": "byte"})
    Dataset.objects.filter(usage_score__gt=100).update(usage_score=100)
    rebuild()
    Dataset.objects.filter(pk=shop["GE"].pk).update(usage_score=1000)
    Dataset.objects.filter(pk=shop["orders"].pk).update(declared_description="fresh words")

    # When both are written
    refresh([Subject("dataset", shop["GE"].pk), Subject("dataset", shop["orders"].pk)])

    # Then the good one is found, and the other one is told of
    assert names(find("fresh words")) == ["orders"]
    refused = RefusedDocument.objects.get()
    assert (refused.kind, refused.object_id, refused.attempts) == ("dataset", shop["GE"].pk, 1)
    assert "usage" in refused.error
    with pytest.raises(Conflict, match="refused again"):
        retry_refused(acting=administrator(), refused_id=refused.pk)
    assert RefusedDocument.objects.get().attempts == 2

    # And a rebuild takes everything else
    rebuild()
    assert find("kind:dataset").total == len(shop) - 1

    # And once it is mended it is found
    Dataset.objects.filter(pk=shop["GE"].pk).update(usage_score=1)
    retry_refused(acting=administrator(), refused_id=refused.pk)
    assert not RefusedDocument.objects.exists()
    assert names(find("GE"))[0] == "GE"

    # The next test finds an index of the usual layout
    monkeypatch.undo()
    rebuild()


def test_columns_are_rewritten_only_when_they_changed(shop: dict[str, Dataset]) -> None:
    orders = shop["orders"]

    def versions() -> dict[str, int]:
        return {
            pk: hit["_version"]
            for pk, hit in stored(layout.COLUMNS).items()
            if hit["_source"]["parent_id"] == orders.pk
        }

    (document,) = dataset_documents([orders.pk])
    before, now = versions(), position()
    backend().write([document], [], version=now + 5)
    assert versions() == before

    orders.columns.get(name="placed_at").delete()
    (document,) = dataset_documents([orders.pk])
    backend().write([document], [], version=now + 6)
    assert set(versions()) < set(before)
    assert set(versions().values()) == {now + 6}


def test_an_index_that_refuses_nearly_everything_is_given_up_with_one_message(
    shop: dict[str, Dataset], find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _holder()
    monkeypatch.setitem(layout.PROPERTIES, "standing", {"type": "byte"})

    with pytest.raises(Conflict, match=r"refuses .* the old one stays: .*standing"):
        rebuild()

    assert not RefusedDocument.objects.exists()
    assert _holder() == before
    assert names(find("orders"))[0] == "orders"
