"""What a principal may not see is absent from hits, counts, facets and suggestions alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from catalog.access import Action, Verdict, gate, install_gate
from catalog.models import Dataset
from catalog.search.backends.elasticsearch import asking
from catalog.selectors.search import ALL_FACETS, Page, SearchQuery, search, suggest
from catalog.types import EmploymentKind, Principal
from tests.catalog.search.conftest import Find, dataset_names
from tests.factories import principal

pytestmark = pytest.mark.django_db


class _HidingGate:
    """The gate in force, but for one dataset that nobody may see and one that nobody may read."""

    def __init__(self, inner: Any, hidden: int, locked: int) -> None:
        self._inner, self._hidden, self._locked = inner, hidden, locked

    def authorize(self, principal: Principal, action: Action, subject: Any = None) -> Verdict:
        if isinstance(subject, Dataset) and subject.pk == self._locked and action is Action.READ:
            return Verdict(allowed=False, code="opt_out", reason="Opted out.", ask="its steward")
        return self._inner.authorize(principal, action, subject)  # type: ignore[no-any-return]

    def scope(self, principal: Principal, action: Action, queryset: QuerySet[Any]) -> QuerySet[Any]:
        scoped = self._inner.scope(principal, action, queryset)
        return scoped.exclude(pk=self._hidden) if queryset.model is Dataset else scoped


@pytest.fixture
def hiding(shop: dict[str, Dataset]) -> Iterator[dict[str, Dataset]]:
    """`customers` hidden from everybody, `orders` locked."""
    before = gate()
    install_gate(_HidingGate(before, shop["customers"].pk, shop["orders"].pk))
    yield shop
    install_gate(before)


@pytest.mark.parametrize(
    "attributes",
    [{"employment_kind": EmploymentKind.EXTERNAL}, {"is_active": False}],
)
def test_who_is_no_employee_finds_nothing_at_all(
    shop: dict[str, Dataset], attributes: dict[str, Any]
) -> None:
    stranger = principal(**attributes)

    for text in ("orders", "", "customer_id", "shipmetns", "tag:pii"):
        answer = search(stranger, SearchQuery(text), Page(), ALL_FACETS)
        assert (answer.hits, answer.column_hits, answer.total) == ((), (), 0)
        assert [value for facet in answer.facets for value in facet.values] == []
        assert answer.did_you_mean is None
        assert [notice.code for notice in answer.notices] == ["refused"]
        assert suggest(stranger, text or "o") == ()
    assert suggest(stranger, "tag:p") == ()


def test_anonymous_finds_nothing(shop: dict[str, Dataset]) -> None:
    nobody = Principal.anonymous()

    assert search(nobody, SearchQuery("orders"), Page(), ALL_FACETS).total == 0
    assert suggest(nobody, "ord") == ()


def test_a_hidden_dataset_leaves_no_trace(
    hiding: dict[str, Dataset], find: Find, employee: Principal
) -> None:
    assert "customers" not in dataset_names(find("customers"))
    assert find("tag:pii kind:dataset").total == 0
    assert find("email_address").total == 0
    assert find("email_address").column_hits == ()
    assert find("email address kind:column").total == 0
    everything = find("", facets=ALL_FACETS)
    assert [v for f in everything.facets if f.field == "tag" for v in f.values if v.count] == []
    assert "customers" not in [s.name.text for s in suggest(employee, "customers")]
    assert suggest(employee, "tag:pi") == ()


def test_a_hidden_name_is_never_offered_as_a_correction(
    hiding: dict[str, Dataset], find: Find
) -> None:
    answer = find("emial_adress")

    assert answer.did_you_mean is None
    assert answer.hits == ()


def test_a_locked_dataset_is_found_with_its_reason(hiding: dict[str, Dataset], find: Find) -> None:
    hit = find("orders").hits[0]

    assert hit.id == hiding["orders"].pk
    assert hit.lock is not None
    assert (hit.lock.reason, hit.lock.ask) == ("Opted out.", "its steward")
    assert find("shipments").hits[0].lock is None


def test_what_is_asked_beside_knows_what_its_own_search_knows(
    hiding: dict[str, Dataset], find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a cluster that is asked by other threads, each with a connection that sees nothing of
    # what this one is writing, and quicker than this one
    def at_once(asked: Callable[[], Any]) -> Callable[[], Any]:
        with ThreadPoolExecutor(1) as other:
            answer = other.submit(copy_context().run, asked).result()
            assert other.submit(lambda: connection.connection).result() is None
        return lambda: answer

    monkeypatch.setattr(asking, "beside", at_once)

    # When somebody searches from whom something is hidden
    answer = find("orders", facets=ALL_FACETS)

    # Then the columns and counts are there, and no other connection was opened for them
    assert "orders" in dataset_names(answer)
    assert "order_id" in {hit.name.text for hit in answer.column_hits}
    assert any(value.count for facet in answer.facets for value in facet.values)
