"""Some rows of a dataset, read live from its source for a person who may read the data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from pydantic import ValidationError

from catalog.access import Action, require_on_record
from catalog.errors import CatalogError
from catalog.models import Column, Dataset, SourceRecord
from catalog.names import parse_name
from catalog.registries.connectors import (
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
    """Rows as text, None for an empty value. `is_cut` says that there are further columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    connection: str
    read_at: dt.datetime
    is_cut: bool


def sample_rows(principal: Principal, dataset: Dataset) -> Sample:
    """The first rows as the source gives them now: at most 20 rows, 50 columns, 5 seconds.

    Raises AccessRefused for who may not read the data, and NoSample with one plain sentence where
    no source can be asked or it does not answer.
    """
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
    connection = record.connection
    try:
        settings = connectors.get(connection.connector).settings.model_validate(connection.settings)
        context = ReadContext(
            secret=secret_of(connection), limits=ReadLimits(timeout_seconds=SECONDS)
        )
        rows = sampler.sample(settings, context, parse_name(dataset.qualified_name), names, ROWS)
    except SourceUnreadable as error:
        raise NoSample(f"The source could not be read just now. {error.message}") from error
    except (CatalogError, ValidationError) as error:
        raise NoSample(
            f"The connection {connection.name} has to be set up again by an administrator."
        ) from error
    return Sample(
        columns=tuple(names),
        rows=tuple(tuple(_shown(value) for value in row) for row in rows),
        connection=connection.name,
        read_at=timezone.now(),
        is_cut=len(listed) > COLUMNS,
    )


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
