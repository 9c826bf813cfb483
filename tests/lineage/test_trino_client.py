"""Asking a coordinator tells nobody else the password."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.registries.connectors import SourceUnreadable
from lineage.connectors import trino_client
from lineage.connectors.trino_client import TrinoAddress, query_rows


@pytest.mark.parametrize(
    "following", ["http://trino.example/v1/next", "https://other.example/v1/next"]
)
def test_an_answer_at_another_address_is_not_fetched(
    monkeypatch: pytest.MonkeyPatch, following: str
) -> None:
    asked: list[str] = []

    def answer(address: TrinoAddress, url: str, body: bytes | None, deadline: float) -> Any:
        asked.append(url)
        return {"nextUri": following}

    monkeypatch.setattr(trino_client, "_asked", answer)
    with pytest.raises(SourceUnreadable, match="another address"):
        list(query_rows(TrinoAddress("https://trino.example", "ann", "secret"), "SELECT 1", 5))
    assert asked == ["https://trino.example/v1/statement"]
