"""Some rows of a dataset, read live from its source for a person who may read the data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from pydantic import ValidationError

from catalog.access import Action, gate, require_on_record
from catalog.errors import CatalogError
from catalog.models import Column, Dataset, SourceRecord
from catalog.names import parse_name
from catalog.registries.connectors import (
    Querier,
    ReadContext,
    ReadLimits,
    Sampler,
    SourceUnreadable,
    connectors,
)
from catalog.selectors.connection_secrets import secret_of
from catalog.types import Principal

ROWS = 20
COLUMNS = 50
SECONDS = 5
MOST_SHOWN = 200  # characters of one value


class NoSample(CatalogError):  # noqa: N818 - reads as the refusal it is
    """No rows can be shown; the message says why and what would make it so."""

    code = "no_sample"
    status = 409


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows as text, None for an empty value. `is_cut` says that there are further columns,
    `is_partial` that opt-outs mask, filter or leave out some of what there is."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    connection: str
    read_at: dt.datetime
    is_cut: bool
    is_partial: bool = False


def sample_rows(principal: Principal, dataset: Dataset) -> Sample:
    """The first rows as the source gives them now: at most 20 rows, 50 columns, 5 seconds.

    Who may read the data in part is given that part, where its source answers SQL. Raises
    AccessRefused for who may not read the data, and NoSample with one plain sentence where no
    source can be asked or it does not answer.
    """
    is_partial = not gate().authorize(principal, Action.READ_WHOLE, dataset).allowed
    if is_partial and gate().authorize(principal, Action.READ, dataset).allowed:
        found = _querier_of(dataset)
        if found is not None:
            return _part(principal, dataset, *found)
    require_on_record(principal, Action.READ_WHOLE, dataset, "show_sample")
    record, sampler = _source_of(dataset)
    listed = list(
        Column.objects.filter(dataset=dataset, disappeared_at__isnull=True, parent_path="")
        .order_by("ordinal", "pk")
        .values_list("name", flat=True)[: COLUMNS + 1]
    )
    names = listed[:COLUMNS]
    if not names:
        raise NoSample("The catalog knows no columns of this dataset, so there is nothing to show.")
    with _reading(record) as (settings, context):
        rows = sampler.sample(settings, context, parse_name(dataset.qualified_name), names, ROWS)
    return _sample(record, names, rows, is_cut=len(listed) > COLUMNS)


def _part(principal: Principal, dataset: Dataset, record: SourceRecord, source: Querier) -> Sample:
    """The first rows of what somebody may see of it, in the words of its own system."""
    sql = gate().partial_query(principal, dataset, ROWS, "show_sample")
    with _reading(record) as (settings, context):
        name = parse_name(dataset.qualified_name)
        names, rows = source.query(settings, context, name, sql)
    return _sample(record, names, rows, is_cut=len(names) > COLUMNS, is_partial=True)


@contextmanager
def _reading(record: SourceRecord) -> Iterator[tuple[Any, ReadContext]]:
    """What a connector needs to read; what goes wrong is said as NoSample."""
    connection = record.connection
    try:
        settings = connectors.get(connection.connector).settings.model_validate(connection.settings)
        limits = ReadLimits(timeout_seconds=SECONDS)
        yield settings, ReadContext(secret=secret_of(connection), limits=limits)
    except SourceUnreadable as error:
        raise NoSample(f"The source could not be read just now. {error.message}") from error
    except (CatalogError, ValidationError) as error:
        raise NoSample(
            f"The connection {connection.name} has to be set up again by an administrator."
        ) from error


def _sample(
    record: SourceRecord,
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    is_cut: bool,
    is_partial: bool = False,
) -> Sample:
    return Sample(
        columns=tuple(names[:COLUMNS]),
        rows=tuple(tuple(_shown(value) for value in row[:COLUMNS]) for row in rows[:ROWS]),
        connection=record.connection.name,
        read_at=timezone.now(),
        is_cut=is_cut,
        is_partial=is_partial,
    )


def _querier_of(dataset: Dataset) -> tuple[SourceRecord, Querier] | None:
    """The source where it answers SQL."""
    try:
        record, source = _source_of(dataset)
    except NoSample:
        return None
    return (record, source) if isinstance(source, Querier) else None


def _source_of(dataset: Dataset) -> tuple[SourceRecord, Sampler]:
    records = list(
        SourceRecord.objects.filter(dataset=dataset, gone_at__isnull=True)
        .select_related("connection")
        .order_by("-connection__is_enabled", "pk")
    )
    for record in records:
        if record.connection.connector in connectors:
            connector = connectors.get(record.connection.connector)
            if isinstance(connector, Sampler):
                return record, connector
    if records:
        raise NoSample(
            "This dataset was imported from a description of the data (such as dbt artifacts), not"
            " from the data itself. Connect its database, and rows can be shown here."
        )
    raise NoSample("No connection brings this dataset, so no source can be asked for rows.")


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value):,} bytes"
    text = str(value).replace("\x00", "\ufffd")
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
