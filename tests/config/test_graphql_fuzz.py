"""Every GraphQL field under hostile input: an answer or a typed refusal, never a failure."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes
from hypothesis_graphql import strategies as graphql_strategies

from catalog.models import Connection
from catalog.selectors.principals import principal_of
from catalog.services import conversation, curation
from catalog.types import LabelKind
from config.graphql.schema import schema
from tests.catalog.api.test_fuzz import filled_council
from tests.factories import (
    AdministratorFactory,
    ColumnFactory,
    ConnectionFactory,
    DomainFactory,
    OwnershipFactory,
    PersonFactory,
)

TEXTS = ["", "a", "gold", "a\x00b", "'; DROP TABLE x", "\u202e\u0000", "x" * 3000, "k:1", "zzz",
         "DGP-0001", "term", "create", "consent", "adopted", "salesops", "open"]  # fmt: skip
IDS = ["1", "2", "3", "0", "-1", "99999999999999999999999", "a", "", "\u0661", "\x00"]
SCALARS: Any = {
    "BigInt": st.sampled_from([0, -1, 10**9, 2**63, 10**30]).map(nodes.Int),
    "Date": st.sampled_from(["2026-11-21", "0001-01-01", "9999-12-31"]).map(nodes.String),
    "DateTime": st.sampled_from(["2026-11-21T08:00:00Z", "0001-01-01T00:00:00", "9999-12-31"]).map(
        nodes.String
    ),
    "GenericScalar": st.sampled_from([nodes.String("x"), nodes.Int(10**20), nodes.Boolean(True)]),
    "ID": st.sampled_from(IDS).map(nodes.String),
    "String": st.sampled_from(TEXTS).map(nodes.String),
    "UUID": st.sampled_from(["7d444840-9dc0-11d1-b245-5ffdce74fad2", "0", ""]).map(nodes.String),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "kind", [graphql_strategies.queries, graphql_strategies.mutations], ids=["query", "mutation"]
)
def test_no_question_makes_the_service_fail(kind: Any) -> None:
    person = PersonFactory()
    dataset = OwnershipFactory(dataset__domain=DomainFactory()).dataset
    ColumnFactory(dataset=dataset, path="a", name="a")
    acting = principal_of(person)
    curation.add_label(acting=acting, dataset_id=dataset.pk, kind=LabelKind.TAG, path="gold")
    conversation.ask(acting=acting, dataset_id=dataset.pk, text="Gross or net?")
    ConnectionFactory(settings={})
    filled_council(person)
    browsers = {"employee": Client(), "administrator": Client()}
    browsers["employee"].force_login(person)
    browsers["administrator"].force_login(AdministratorFactory())
    codes: set[str] = set()
    asked = dict.fromkeys(browsers, 0)

    @settings(
        max_examples=80,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(query=kind(str(schema), custom_scalars=SCALARS))
    def ask(query: str) -> None:
        who = min(asked, key=asked.__getitem__)  # by turns
        asked[who] += 1
        answer = browsers[who].post("/graphql/", {"query": query}, content_type="application/json")
        assert answer.status_code in (200, 400), query
        for error in answer.json().get("errors", []):
            code = error["extensions"]["code"]
            assert code != "internal_error", (query, error)
            codes.add(code)

    ask()

    assert min(asked.values()) >= 20, asked
    assert Connection.objects.count() <= 80
