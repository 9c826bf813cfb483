"""Edges that people draw: who may, what they say, what survives, what the history keeps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from guardian.shortcuts import assign_perm

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Dataset, Person
from catalog.selectors.principals import principal_of
from catalog.types import Principal
from lineage.models import ColumnEdge, DatasetEdge, ManualEdge, Statement
from lineage.selectors.answers import Direction
from lineage.selectors.evidence import evidence
from lineage.selectors.manual import drawn_changes, drawn_edges
from lineage.selectors.walking import walk_datasets
from lineage.services.manual import draw_edge, remove_edge
from lineage.services.rebuilding import rebuild_lineage
from lineage.types import EdgeKind, EdgeSubtype
from tests.factories import DomainFactory, PersonFactory
from tests.lineage.warehouse import READER, column_edges, dataset_edges, read, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> dict[str, Dataset]:
    """raw -> orders by SQL; `sheet` is typed off by hand from orders."""
    domain = DomainFactory()
    made = {
        "raw": table("shop.public.raw", ("id", "amount")),
        "orders": table("shop.public.orders", ("id", "amount"), "SELECT id, amount FROM raw"),
        "sheet": table("shop.public.sheet", ("total", "note")),
    }
    Dataset.objects.filter(pk=made["sheet"].pk).update(domain=domain)
    made["sheet"].refresh_from_db()
    read(*made.values())
    return made


@pytest.fixture
def steward(shop: dict[str, Dataset]) -> Principal:
    person: Person = PersonFactory.create(display_name="Ada Lind")
    assign_perm("catalog.steward_domain", person, shop["sheet"].domain)
    return principal_of(person)


def draw(acting: Principal, shop: dict[str, Dataset], **given: object) -> ManualEdge:
    asked = {
        "source_id": shop["orders"].pk,
        "target_id": shop["sheet"].pk,
        "reason": "Finance types it off every Monday.",
        **given,
    }
    return draw_edge(acting=acting, **asked)  # type: ignore[arg-type]


def test_an_edge_is_drawn_with_author_and_reason_and_is_walked_like_any_other(
    shop: dict[str, Dataset], steward: Principal
) -> None:
    # When a steward of the target says where a column comes from
    draw(
        steward,
        shop,
        source_column="amount",
        target_column="total",
        subtype=EdgeSubtype.AGGREGATION,
        transformation="sum of the week",
    )

    # Then it is in the graph between datasets and columns, and traversals find it
    assert ("orders", "sheet", True) in dataset_edges()
    assert ("orders.amount", "sheet.total", "AGGREGATION") in column_edges()
    walk = walk_datasets(steward, [shop["raw"].pk], Direction.DOWN)
    assert walk.levels[shop["sheet"].pk] == 2

    # And whoever asks why is told who said so
    (drawn,) = drawn_edges(steward, shop["sheet"].pk)
    assert (drawn.author, drawn.reason) == (
        steward.display_name,
        "Finance types it off every Monday.",
    )
    (said,) = evidence(steward, shop["orders"].pk, shop["sheet"].pk).statements
    assert (said.kind, said.confidence_reason) == ("manual", "MANUAL")
    assert [(edge.author, edge.reason) for edge in said.drawn] == [(drawn.author, drawn.reason)]


def test_only_stewards_of_the_target_may_draw_or_remove(
    shop: dict[str, Dataset], steward: Principal
) -> None:
    somebody = principal_of(PersonFactory())
    with pytest.raises(AccessRefused):
        draw(somebody, shop)
    assert ManualEdge.objects.count() == 0
    assert ("orders", "sheet", True) not in dataset_edges()

    edge = draw(steward, shop)
    with pytest.raises(AccessRefused):
        remove_edge(acting=somebody, edge_id=edge.pk, reason="I do not like it.")
    assert ("orders", "sheet", True) in dataset_edges()

    # A steward of the target alone may not draw into the source
    with pytest.raises(AccessRefused):
        draw(steward, shop, source_id=shop["sheet"].pk, target_id=shop["raw"].pk)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 2_001}, "reason"),
        ({"source_column": "amount"}, "target_column"),
        ({"target_column": "total"}, "source_column"),
        ({"source_column": "no", "target_column": "total"}, "source_column"),
        ({"source_column": "amount", "target_column": "no"}, "target_column"),
        ({"subtype": EdgeSubtype.FILTER}, "subtype"),
        ({"transformation": "a\x00b"}, "transformation"),
    ],
)
def test_what_does_not_fit_is_named_and_changes_nothing(
    shop: dict[str, Dataset], steward: Principal, given: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        draw(steward, shop, **given)
    assert refusal.value.field == field
    assert not Statement.objects.filter(kind=Statement.Kind.MANUAL).exists()


def test_the_same_edge_is_drawn_once_and_never_onto_itself(
    shop: dict[str, Dataset], steward: Principal
) -> None:
    draw(steward, shop)
    with pytest.raises(Conflict, match="drew this edge already"):
        draw(steward, shop)
    with pytest.raises(InvalidInput, match="another dataset"):
        draw(steward, shop, source_id=shop["sheet"].pk)
    assert ManualEdge.objects.count() == 1


def test_it_survives_readings_and_rebuilds(shop: dict[str, Dataset], steward: Principal) -> None:
    # Given an edge into a view that SQL defines, drawn by the system's steward
    draw(
        READER,
        shop,
        source_id=shop["sheet"].pk,
        target_id=shop["orders"].pk,
        kind=EdgeKind.INDIRECT,
    )

    # When its definition changes, is read again, goes, and everything is rebuilt
    Dataset.objects.filter(pk=shop["orders"].pk).update(definition_sql="SELECT id FROM raw")
    read(shop["orders"])
    rebuild_lineage(acting=READER)
    Dataset.objects.filter(pk=shop["orders"].pk).update(definition_sql="")
    read(shop["orders"])

    # Then what SQL said is gone, and what the person said stands
    assert dataset_edges() == {("sheet", "orders", False)}


def test_removing_takes_it_out_of_the_graph_and_keeps_the_history(
    shop: dict[str, Dataset], steward: Principal
) -> None:
    kept = draw(steward, shop)
    edge = draw(steward, shop, source_column="amount", target_column="total")
    remove_edge(acting=steward, edge_id=edge.pk, reason="Automated since March.")

    assert ManualEdge.objects.get() == kept
    assert not ColumnEdge.objects.filter(target=shop["sheet"]).exists()
    assert DatasetEdge.objects.filter(target=shop["sheet"]).count() == 1
    assert [(c.verb, c.why, c.by) for c in drawn_changes(steward, shop["sheet"].pk)] == [
        ("delete", "Automated since March.", steward.display_name),
        ("insert", "Finance types it off every Monday.", steward.display_name),
        ("insert", "Finance types it off every Monday.", steward.display_name),
    ]

    # And the last one takes its statement along
    remove_edge(acting=steward, edge_id=kept.pk, reason="Gone.")
    assert not Statement.objects.filter(kind=Statement.Kind.MANUAL).exists()
    with pytest.raises(NotFound):
        remove_edge(acting=steward, edge_id=kept.pk, reason="Again.")


def test_what_is_hidden_is_in_no_list(
    shop: dict[str, Dataset], steward: Principal, hide: Callable[..., None]
) -> None:
    edge = draw(steward, shop)
    hide(shop["orders"])
    assert drawn_edges(steward, shop["sheet"].pk) == []
    assert drawn_changes(steward, shop["sheet"].pk) == []
    with pytest.raises(NotFound):
        remove_edge(acting=steward, edge_id=edge.pk, reason="No.")
    with pytest.raises(NotFound):
        draw(steward, shop, source_column="id", target_column="note")
