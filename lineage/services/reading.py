"""Reading definitions: the SQL of views and models becomes current edges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import F

from catalog.access import Action, require
from catalog.models import Dataset
from catalog.services.transaction import writing
from catalog.types import Principal
from lineage.models import DatasetEdge, Statement
from lineage.places import Place, place_of
from lineage.selectors.catalog_tables import CatalogTables, names_in
from lineage.services.edges import Reading, write_readings
from lineage.services.understanding import definition_digest, schema_digest, understand
from lineage.types import StatementStatus

DATASETS_PER_BATCH = 1_000
DEFINITION_KINDS = (Statement.Kind.VIEW, Statement.Kind.MODEL)
_WRITERS_LOCK = 7_301_551  # one reader of definitions at a time, in whichever process


@dataclass(slots=True)
class ReadingOutcome:
    """What a reading did: definitions read anew, of those how many only in part or not at all,
    definitions that said nothing new, and edges written."""

    read: int = 0
    degraded: int = 0
    unparsed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    edges_added: int = 0
    edges_changed: int = 0
    edges_removed: int = 0


@dataclass(frozen=True, slots=True)
class _Definition:
    dataset: Dataset
    sql: str
    platform: str
    kind: Statement.Kind
    place: Place
    digest: str


def read_definitions(
    dataset_ids: Iterable[int],
    *,
    acting: Principal,
    anew: bool = False,
    note_progress: Callable[[int], None] | None = None,
) -> ReadingOutcome:
    """Read the definitions of these datasets and make their edges current.

    Idempotent: a definition is analyzed again only when its text, the columns of what it reads
    or the meaning of one of its names changed, or always with `anew`. A statement that fails is
    kept with its reason and harms no other. `note_progress` hears how many datasets are done.
    """
    require(acting, Action.INGEST)
    outcome = ReadingOutcome()
    ids = sorted(set(dataset_ids))
    for start in range(0, len(ids), DATASETS_PER_BATCH):
        batch = ids[start : start + DATASETS_PER_BATCH]
        with writing(acting, reason="Lineage read from the definition"):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_WRITERS_LOCK])
            _read_batch(batch, acting, anew, outcome)
        if note_progress is not None:
            note_progress(min(start + DATASETS_PER_BATCH, len(ids)))
    return outcome


def _read_batch(
    batch: Sequence[int], acting: Principal, anew: bool, outcome: ReadingOutcome
) -> None:
    definitions = _definitions(batch)
    stored = {
        (row.dataset_id, row.kind): row
        for row in Statement.objects.filter(dataset__in=batch, kind__in=DEFINITION_KINDS)
    }
    standing = {(definition.dataset.pk, definition.kind) for definition in definitions}
    gone = [row.pk for key, row in stored.items() if key not in standing]
    if gone:
        Statement.objects.filter(pk__in=gone).delete()
        outcome.withdrawn += len(gone)
    tables = CatalogTables(acting)
    if not anew:
        definitions = _only_changed(definitions, stored, tables, outcome)
    tables.prefetch_ids(definition.dataset.pk for definition in definitions)
    tables.prefetch(
        name
        for definition in definitions
        for name in names_in(definition.sql, definition.platform, definition.place)
    )
    readings = [
        understand(
            definition.dataset,
            sql=definition.sql,
            platform=definition.platform,
            kind=definition.kind,
            place=definition.place,
            digest=definition.digest,
            tables=tables,
        )
        for definition in definitions
    ]
    written = write_readings(readings)
    _count(outcome, readings)
    outcome.edges_added += written.added
    outcome.edges_changed += written.changed
    outcome.edges_removed += written.removed


def _definitions(batch: Sequence[int]) -> list[_Definition]:
    rows = (
        Dataset.objects.filter(pk__in=batch)
        .exclude(definition_sql="")
        .annotate(system_platform=F("system__platform"))
        .only(
            "qualified_name",
            "definition_sql",
            "definition_source",
            "definition_platform",
            "definition_defaults",
        )
        .order_by("pk")
    )
    found = []
    for row in rows:
        defaults = row.definition_defaults or {}
        place = place_of(
            row.qualified_name,
            default_database=defaults.get("database"),
            default_schema=defaults.get("schema"),
        )
        # Spans count characters of the text as a page shows it.
        sql = row.definition_sql.replace("\r\n", "\n").replace("\r", "\n")
        platform = row.definition_platform or row.system_platform
        kind = Statement.Kind.MODEL if row.definition_source else Statement.Kind.VIEW
        digest = definition_digest(sql, platform, place)
        found.append(_Definition(row, sql, platform, kind, place, digest))
    return found


def _only_changed(
    definitions: Sequence[_Definition],
    stored: dict[tuple[int, str], Statement],
    tables: CatalogTables,
    outcome: ReadingOutcome,
) -> list[_Definition]:
    """Those whose text, columns or names are not what they were when they were last read."""
    same_text = {
        definition.dataset.pk: row
        for definition in definitions
        if (row := stored.get((definition.dataset.pk, definition.kind))) is not None
        and row.digest == definition.digest
    }
    sources: dict[int, list[int]] = defaultdict(list)
    read = [row.pk for row in same_text.values()]
    edges = DatasetEdge.objects.filter(statement__in=read).order_by()
    for statement_id, source_id in edges.values_list("statement_id", "source_id"):
        sources[statement_id].append(source_id)
    tables.prefetch_ids([*same_text, *(pk for found in sources.values() for pk in found)])
    tables.prefetch(key for row in same_text.values() for key in row.missing)
    changed = []
    for definition in definitions:
        row = same_text.get(definition.dataset.pk)
        if (
            row is not None
            and row.schema_digest == schema_digest(tables, [*sources[row.pk], row.dataset_id])
            and not any(tables.knows(key) for key in row.missing)
        ):
            outcome.unchanged += 1
        else:
            changed.append(definition)
    return changed


def _count(outcome: ReadingOutcome, readings: Sequence[Reading]) -> None:
    outcome.read += len(readings)
    for reading in readings:
        outcome.degraded += reading.status is StatementStatus.DEGRADED
        outcome.unparsed += reading.status is StatementStatus.UNPARSED
