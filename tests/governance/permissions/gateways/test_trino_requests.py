"""Every request that Trino's plugin makes in its own tests, under three written policies."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from django.conf import settings

from governance.permissions.gateways.trino.operations import (
    GET_COLUMN_MASK,
    GET_ROW_FILTERS,
    OPERATIONS,
)
from tests.governance.permissions.gateways.asking import Door, standing
from tests.governance.permissions.gateways.policies import RULES, expected, world

_SPELLED = {
    "allow": "allow",
    "batch": "batch",
    "rowFilters": "row_filters",
    "columnMask": "column_mask",
    "batchColumnMasks": "batch_column_masks",
}


def requests() -> list[dict[str, Any]]:
    """The 67 requests."""
    path = settings.FIXTURES_DIR / "trino-opa" / "requests.json"
    if not path.exists():
        pytest.skip("The shared fixtures are not here.")
    found: list[dict[str, Any]] = json.loads(path.read_text())
    return found


@pytest.mark.fixtures
@pytest.mark.parametrize("policy", RULES)
def test_every_request_is_answered_as_the_policy_says(policy: str) -> None:
    # Given a policy and the requests of the plugin
    door = Door(standing(world(policy)))
    asked = requests()
    assert len(asked) == 67

    # When each is put to its endpoint
    answers = {}
    for one in asked:
        body = msgspec.json.encode(one["body"])
        status, said = door.trino(_SPELLED[one["endpoint"]], body)
        assert status == 200
        assert said["decision_id"]
        answers[one["name"]] = said["result"]

    # Then each answer is the one stated
    assert answers == {one["name"]: expected(policy, one["name"]) for one in asked}


@pytest.mark.fixtures
@pytest.mark.parametrize("policy", RULES)
def test_who_is_not_known_is_denied_everything(policy: str) -> None:
    door = Door(standing(world(policy)))
    nothing = {"allow": False, "batch": [], "rowFilters": [{"expression": "false"}]}
    for one in requests():
        one["body"]["input"]["context"]["identity"]["user"] = "nobody"
        _, said = door.trino(_SPELLED[one["endpoint"]], msgspec.json.encode(one["body"]))
        if one["endpoint"] in nothing:
            assert said["result"] == nothing[one["endpoint"]], one["name"]
        elif one["endpoint"] == "columnMask":
            assert said["result"] == {"expression": "NULL"}
        else:
            assert [mask["viewExpression"]["expression"] for mask in said["result"]] == ["NULL"] * 2


def test_the_operations_are_all_that_the_plugin_has() -> None:
    assert len({*OPERATIONS, GET_ROW_FILTERS, GET_COLUMN_MASK}) == 64
