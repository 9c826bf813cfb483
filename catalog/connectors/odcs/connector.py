"""The ODCS connector: data contracts of the Open Data Contract Standard to datasets.

What Concord itself exports comes back with the same facts; a contract of somebody else becomes a
dataset for each object of its schema.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from catalog.connectors.odcs.contracts import ContractRefused, records_of
from catalog.connectors.source_files import source_files
from catalog.registries.connectors import ReadContext, SourceUnreadable, Yielded
from catalog.types import ProblemRecord, Severity

_ENDINGS = (".yaml", ".yml", ".json")
MOST_ALIASES = 100  # of YAML anchors in one file
MOST_BROUGHT = 200_000  # values that the aliases of one file stand for
MOST_NESTED = 200  # lists and mappings in each other
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class OdcsSettings(BaseModel):
    """Where the contracts are, and what holds where one does not say it."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        "",
        title="File or folder",
        description="Contract or folder of them on the server; empty for an upload.",
        max_length=1000,
    )
    platform: str = Field(
        "contract",
        title="Platform",
        description="Of contracts without a server, such as postgres.",
        max_length=50,
    )
    instance: str = Field(
        "contracts",
        title="Instance",
        description="Name of the system of contracts without a server.",
        max_length=200,
    )


class OdcsConnector:
    """Datasets as their contracts describe them."""

    name = "odcs"
    label = "Data contracts (ODCS)"
    description = (
        "Reads data contracts of the Open Data Contract Standard (YAML or JSON, versions 2.2 to"
        " 3.2): datasets, columns, keys, relations, owners, tags and the thirteen facts."
    )
    settings: type[BaseModel] = OdcsSettings
    accepts = (*_ENDINGS, *(f"{ending}.gz" for ending in _ENDINGS), ".zip")
    needs_files = False
    is_complete = False  # a contract tells of its own datasets and of no others
    uploads_are_complete = False

    def read(self, settings: OdcsSettings, context: ReadContext) -> Iterator[Yielded]:
        """Yield the datasets of every contract; one that cannot be read costs only itself."""
        files = source_files(context, settings.path, lambda name: name.endswith(_ENDINGS))
        found = False
        for file in files:
            found = True
            try:
                document = _document(file.read())
                yield from records_of(document, settings.platform, settings.instance)
            except (ContractRefused, yaml.YAMLError, ValueError, RecursionError) as error:
                said = str(error).split("\n", 1)[0][:300] or "it cannot be read"
                yield ProblemRecord(
                    file.name, f"This contract was left out: {said}", Severity.ERROR
                )
        if not found:
            raise SourceUnreadable("There is no .yaml, .yml or .json file among the files.")


def _document(content: bytes) -> Any:
    """The contract's plain values; raises what YAML raises. JSON is YAML, too."""
    _check_structure(content)
    return _plain(yaml.load(content, Loader=_LOADER))  # noqa: S506 - plain values only


def _check_structure(content: bytes) -> None:
    """Raises ContractRefused before anything is built: where aliases stand for too much, each one
    for what its anchor holds with what the aliases in there bring, and where values are nested so
    deeply that building them would exhaust the process's stack."""
    sizes: dict[str | None, int | None] = {}  # by anchor; none while it is open
    open_nodes: list[tuple[str | None, int]] = []
    nodes = aliases = brought = 0
    for event in yaml.parse(content, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            aliases += 1
            if aliases > MOST_ALIASES:
                raise ContractRefused(f"It has more than {MOST_ALIASES} YAML aliases.")
            size = sizes.get(event.anchor, 0)
            if size is None:
                raise ContractRefused(
                    f"Its YAML alias *{event.anchor} stands for what it is a part of: write it out."
                )
            nodes += size
            brought += size
            if brought > MOST_BROUGHT:
                raise ContractRefused(
                    f"Its YAML aliases stand for more than {MOST_BROUGHT:,} values: write out what"
                    " is meant, or split the contract."
                )
        elif isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, nodes))
            if len(open_nodes) > MOST_NESTED:
                raise ContractRefused(f"Its values are nested more than {MOST_NESTED} deep.")
            nodes += 1
            if event.anchor is not None:
                sizes[event.anchor] = None
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor is not None:
                sizes[anchor] = nodes - before
        elif isinstance(event, yaml.ScalarEvent):
            nodes += 1
            if event.anchor is not None:
                sizes[event.anchor] = 1


def _plain(value: Any) -> Any:
    """YAML dates as the text they were."""
    if isinstance(value, dict):
        return {str(key): _plain(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_plain(held) for held in value]
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return value
