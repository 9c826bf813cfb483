"""First steps over REST and GraphQL: both say the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories import AdministratorFactory, ColumnFactory, DatasetFactory
from tests.governance.proposals.world import World

Rest = Callable[..., APIClient]
Ask = Callable[..., Any]
ROOT = "/api/v1/first-steps/"


@pytest.mark.parametrize("door", ["rest", "graphql"])
def test_a_first_word_through_one_door(world: World, rest: Rest, graphql: Ask, door: str) -> None:
    admin, dataset = AdministratorFactory(), DatasetFactory(name="plans")
    ColumnFactory(dataset=dataset, name="price_band", harvested_description="Of three.")
    client, otto = rest(admin), world.colleague.username

    if door == "rest":
        steps = client.get(ROOT).json()
        domain = {"dataset": dataset.pk, "name": "Pricing", "username": otto}
        assert client.post(f"{ROOT}domain/", domain, format="json").status_code == 204
        word = client.get(f"{ROOT}term/?dataset={dataset.pk}&column=price_band").json()
        seconds = word["second_people"]
        given = {"dataset": dataset.pk, "column": "price_band", "label": "Price band"}
        state = client.post(f"{ROOT}term/", given, format="json").json()["proposal"]["state"]
        waiting = client.get(ROOT).json()["waiting"]
    else:
        steps = graphql(admin, "{ firstSteps { has_dataset: hasDataset has_term: hasTerm } }")
        steps = steps["data"]["firstSteps"]
        made = graphql(
            admin,
            f'mutation {{ startDomain(dataset: {dataset.pk}, name: "Pricing",'
            f' username: "{otto}") {{ domain }} }}',
        )
        assert made["data"]["startDomain"] == {"domain": "pricing"}
        word = graphql(
            admin,
            f'{{ suggestedTerm(dataset: {dataset.pk}, column: "price_band") {{ dataset column'
            " document is_local: isLocal sentence secondPeople asked } }",
        )["data"]["suggestedTerm"]
        seconds = word["secondPeople"]
        state = graphql(
            admin,
            f'mutation {{ proposeFirstTerm(dataset: {dataset.pk}, column: "price_band",'
            ' label: "Price band") { key state } }',
        )["data"]["proposeFirstTerm"]["state"]
        waiting = graphql(admin, "{ firstSteps { waiting } }")["data"]["firstSteps"]["waiting"]

    assert (steps["has_dataset"], steps["has_term"]) == (True, False)
    assert (word["dataset"], word["column"]) == (dataset.qualified_name, "price_band")
    assert word["document"]["definition"] == "Of three."
    assert (word["is_local"], seconds) == (True, [otto])
    assert state == "triage"
    assert waiting.startswith("DGP-")
