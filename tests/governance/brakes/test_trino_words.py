"""What a coordinator lists, read without one: sizes, spans, and what is no query of anybody's."""

from __future__ import annotations

import pytest

from governance.brakes.engine import Progress
from governance.brakes.trino.coordinator import _running, seconds_of, size_of


@pytest.mark.parametrize(
    ("text", "size"),
    [("0B", 0), ("12B", 12), ("1.5kB", 1536), ("2GB", 2**31), ("", 0), (None, 0), ("-1B", 0)],
)
def test_sizes_are_read(text: object, size: int) -> None:
    assert size_of(text) == size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1.50s", 1.5), ("2.00m", 120.0), ("250.00ms", 0.25), ("1.00h", 3600.0), ("soon", 0.0)],
)
def test_spans_are_read(text: object, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)


def test_what_runs_is_read_and_what_is_over_or_ours_is_not() -> None:
    one = {
        "queryId": "q1", "state": "RUNNING", "query": "SELECT 1",
        "session": {"user": "ann", "catalog": "tpch", "schema": "tiny"},
        "queryStats": {"rawInputDataSize": "2kB", "physicalInputDataSize": "0B",
                       "rawInputPositions": 7, "elapsedTime": "3.00s"},
    }  # fmt: skip
    found = _running(one, "concord")
    assert found is not None
    assert (found.user, found.catalog, found.schema) == ("ann", "tpch", "tiny")
    assert found.progress == Progress(2048, 7, 3.0)
    assert _running(one | {"state": "FINISHED"}, "concord") is None
    own = {"source": "concord", "user": "concord"}
    assert _running(one | {"session": own}, "concord") is None
    assert _running(one | {"session": own | {"user": "ann"}}, "concord") is not None
    assert _running(one | {"queryId": 7}, "concord") is None
    assert _running(one | {"queryStats": "odd"}, "concord") is not None
