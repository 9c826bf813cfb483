"""What every connector promises to the pages and commands that run it."""

import pytest
from pydantic import BaseModel

from catalog.registries.connectors import Connector, connectors


def test_the_connectors_that_come_with_the_service() -> None:
    assert {"dbt", "sql", "files", "openlineage", "data_dictionary"} <= set(connectors.names())


@pytest.mark.parametrize("connector", list(connectors), ids=lambda connector: connector.name)
def test_a_form_can_be_drawn_for_its_settings(connector: Connector) -> None:
    schema = connector.settings.model_json_schema()
    assert issubclass(connector.settings, BaseModel)
    assert schema["additionalProperties"] is False
    assert all(field.get("title") for field in schema["properties"].values())
    assert "password" not in " ".join(schema["properties"]).lower()
    assert connector.label
    assert connector.description.endswith(".")
