"""How the tests of connectors read a source: everything it yields, sorted by kind."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from catalog.registries.connectors import Connector, ReadContext, Yielded
from catalog.types import (
    ContainerRecord,
    DatasetRecord,
    ExpectedTotal,
    ProblemRecord,
    SystemRecord,
)


@dataclass
class Read:
    """What one run yielded; `error` is the exception that ended it early."""

    datasets: dict[str, DatasetRecord] = field(default_factory=dict)
    problems: list[ProblemRecord] = field(default_factory=list)
    systems: list[SystemRecord] = field(default_factory=list)
    containers: dict[str, ContainerRecord] = field(default_factory=dict)
    expected: int | None = None

    def dataset(self, name: str) -> DatasetRecord:
        return self.datasets[name]

    def columns(self, name: str) -> list[str]:
        return [".".join(column.path) for column in self.datasets[name].columns or ()]


def read_all(connector: Connector, context: ReadContext | None = None, **settings: Any) -> Read:
    """Run a connector to its end; two datasets of one name are an error of the connector."""
    records = connector.read(connector.settings(**settings), context or ReadContext())
    return sort_records(records)


def sort_records(records: Iterable[Yielded] | Iterator[Yielded]) -> Read:
    found = Read()
    for record in records:
        match record:
            case DatasetRecord():
                assert record.qualified_name not in found.datasets
                found.datasets[record.qualified_name] = record
            case ProblemRecord():
                found.problems.append(record)
            case SystemRecord():
                found.systems.append(record)
            case ContainerRecord():
                found.containers[record.qualified_name] = record
            case ExpectedTotal():
                found.expected = record.datasets
    return found
