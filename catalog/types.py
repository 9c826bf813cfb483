"""Values that cross the catalog's borders: enums and frozen dataclasses, no Django.

Enum values are stored in the database and spoken over REST and GraphQL, so they never change
meaning; the human wording of each lives in the templates.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from catalog.kinds import (  # noqa: F401 - handed on
    CaptureKind,
    Consistency,
    ContainerKind,
    DataKind,
    DatasetKind,
    MediaKind,
    Motion,
    RemarkKind,
    Stage,
)

# --- people and principals -------------------------------------------------------------------


class EmploymentKind(StrEnum):
    """How a person belongs to the company; people who are not employees get their own default."""

    EMPLOYEE = "employee"
    CONTRACTOR = "contractor"
    EXTERNAL = "external"
    SERVICE = "service"


class JobRole(StrEnum):
    """The roles of R-011 and R-015; a role orders a home page, it never grants anything."""

    ARCHITECT = "architect"
    DEVELOPER = "developer"
    DATA_ENGINEER = "data_engineer"
    DATA_SCIENTIST = "data_scientist"
    ANALYST = "analyst"
    STEWARD = "steward"
    BUSINESS_USER = "business_user"
    OPERATIONS = "operations"
    EXECUTIVE = "executive"


class TeamKind(StrEnum):
    """The five groups that share a data supply chain (R-014), and everybody else."""

    DEVELOPMENT = "development"
    OPERATIONS = "operations"
    SECURITY_GOVERNANCE = "security_governance"
    DATA_SCIENCE = "data_science"
    DATA_ENGINEERING = "data_engineering"
    BUSINESS = "business"


class PrincipalKind(StrEnum):
    """Who is asking: a person, a service account, Concord's own jobs, or nobody we know."""

    PERSON = "person"
    SERVICE = "service"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


class TokenScope(StrEnum):
    """What an API token may be used for, never more than its person may do."""

    READ = "read"
    WRITE = "write"
    INGEST = "ingest"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts, built once at each edge and handed down to every service and selector.

    `scopes` is None for a browser session (everything the person may do) and the token's scopes
    for an API token, which ends at `ends_at` if at all. `request_id` ties history, event log and
    audit together (law 1).
    """

    kind: PrincipalKind
    person_id: int | None
    username: str
    display_name: str
    is_active: bool
    employment_kind: EmploymentKind | None = None
    is_administrator: bool = False
    department: str = ""
    location: str = ""
    teams: frozenset[str] = frozenset()
    scopes: frozenset[TokenScope] | None = None
    ends_at: dt.datetime | None = None
    request_id: uuid.UUID = field(default_factory=uuid.uuid4)

    @classmethod
    def anonymous(cls) -> Self:
        """Nobody we know; the access port denies everything to this principal."""
        return cls(PrincipalKind.ANONYMOUS, None, "", "Anonymous", is_active=False)

    @classmethod
    def system(cls, job: str) -> Self:
        """Concord itself, running the job named (an import, a consumer, a schedule)."""
        return cls(PrincipalKind.SYSTEM, None, f"system:{job}", f"Concord ({job})", is_active=True)

    @property
    def is_authenticated(self) -> bool:
        """Whether we know who this is."""
        return self.kind is not PrincipalKind.ANONYMOUS

    def may_use(self, scope: TokenScope) -> bool:
        """Whether the credential that was presented covers `scope`."""
        return self.scopes is None or scope in self.scopes or TokenScope.ADMIN in self.scopes

    def during(self, request_id: uuid.UUID) -> Self:
        """The same principal inside the request named."""
        return replace(self, request_id=request_id)


# --- what data there is ----------------------------------------------------------------------


class Lifecycle(StrEnum):
    """Curation as a lifecycle with gates between its steps (R-054)."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CURATED = "curated"
    DEPRECATED = "deprecated"
    ARCHIVED = "archived"


class Environment(StrEnum):
    """Where a system stands between development and production (R-083)."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"
    TEST = "test"


class Origin(StrEnum):
    """Where a shown value comes from (R-050, law 5); these are never mixed in storage."""

    HARVESTED = "harvested"
    DECLARED = "declared"
    DERIVED = "derived"
    DEMONSTRATION = "demonstration"


class MetadataField(StrEnum):
    """The thirteen first-class facts about any dataset (R-050), in S4's order."""

    MEANING = "meaning"
    OWNER = "owner"
    CONTENTS = "contents"
    PUBLISHED_AT = "published_at"
    RELATIONS = "relations"
    ORGANISATION = "organisation"
    KEY = "key"
    SORT_ORDER = "sort_order"
    CREATED_AT = "created_at"
    MODIFIED_AT = "modified_at"
    ARCHIVED_AT = "archived_at"
    ACCESS = "access"
    SIZE = "size"


class OwnershipKind(StrEnum):
    """What an owner answers for."""

    BUSINESS_OWNER = "business_owner"
    TECHNICAL_OWNER = "technical_owner"
    STEWARD = "steward"
    CURATOR = "curator"
    ON_CALL = "on_call"


class LabelKind(StrEnum):
    """A tag is free; a classification is a hierarchical statement about sensitivity or meaning."""

    TAG = "tag"
    CLASSIFICATION = "classification"


class RelationKind(StrEnum):
    """Relations between datasets beyond containment (R-041)."""

    FOREIGN_KEY = "foreign_key"
    MEMBER_OF = "member_of"
    RESPONSIBLE_FOR = "responsible_for"
    SAME_AS = "same_as"
    CUSTOM = "custom"


class TestStatus(StrEnum):
    """Outcome of a data test that some tool ran."""

    __test__ = False  # not a pytest class

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    ERRORED = "errored"
    SKIPPED = "skipped"


class RunState(StrEnum):
    """State of an ingestion run."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    SUCCEEDED_WITH_PROBLEMS = "succeeded_with_problems"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Severity(StrEnum):
    """How much a problem of an ingestion run matters."""

    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"


class PropertyType(StrEnum):
    """Types of custom properties."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    URL = "url"


# --- what a connector yields -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SystemRecord:
    """The platform and instance that a batch describes, such as postgres / warehouse."""

    platform: str
    instance: str
    description: str | None = None
    environment: Environment | None = None


@dataclass(frozen=True, slots=True)
class ContainerRecord:
    """A level between system and datasets, where the source says more than its name.

    Levels that no record describes are derived from the names of their datasets.
    """

    qualified_name: str
    kind: ContainerKind
    description: str | None = None


@dataclass(frozen=True, slots=True)
class OwnerRecord:
    """An owner named by the source: a team or a person, by name and, where known, e-mail."""

    name: str
    email: str | None = None
    is_team: bool = True
    kind: OwnershipKind = OwnershipKind.TECHNICAL_OWNER


@dataclass(frozen=True, slots=True)
class ColumnRecord:
    """One column as the source states it; a nested field has a dotted path of quoted parts.

    None means that the source says nothing, so that an earlier value stays.
    """

    path: tuple[str, ...]
    physical_type: str | None = None
    nullable: bool | None = None
    description: str | None = None
    default: str | None = None
    key_position: int | None = None
    tags: tuple[str, ...] = ()
    classifications: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RelationRecord:
    """A relation to another dataset; both column tuples have the same length."""

    target: str
    kind: RelationKind = RelationKind.FOREIGN_KEY
    columns: tuple[str, ...] = ()
    target_columns: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class ProfileRecord:
    """A measurement of a dataset (R-003): rows, bytes, per-column statistics, at a time.

    `estimated` is True where the source's planner statistics stand in for a count.
    Column statistics map a column path to those that `catalog.models.Profile` names.
    """

    taken_at: dt.datetime
    rows: int | None = None
    size_bytes: int | None = None
    arrival_rate: float | None = None
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class TestRecord:
    """The latest result of one data test."""

    __test__ = False

    name: str
    status: TestStatus
    executed_at: dt.datetime
    column: str | None = None
    severity: Severity = Severity.ERROR
    failures: int | None = None
    message: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class DefinitionRecord:
    """The SQL that makes a dataset, in the platform's dialect; `compiled` where templated."""

    sql: str
    platform: str
    source_sql: str = ""
    default_database: str | None = None
    default_schema: str | None = None


@dataclass(frozen=True, slots=True)
class MediaRecord:
    """What an image, sound, film or document says of itself (R-053); None says nothing."""

    kind: MediaKind
    format: str | None = None
    duration_seconds: int | None = None
    pages: int | None = None
    width: int | None = None
    height: int | None = None
    language: str | None = None
    transcript: str | None = None


@dataclass(frozen=True, slots=True)
class DatasetRecord:
    """One dataset as a source states it; `qualified_name` is the normaliser's text form.

    `columns` is None when the source knows nothing of columns. `columns_complete` says whether
    a column missing from it has disappeared at the source.
    `upstream` names datasets that this one is declared to be made from.
    `topic`, `retention`, `lateness` and `watermark` are facts of what is in motion (R-004).
    `metadata` holds harvested values of the thirteen fields that are no column of their own.
    `describes_only` says that another source lists the dataset and this one only adds
    descriptions, owners and labels where it is known: `kind` then says nothing, nothing is made,
    brought back or kept from disappearing, and other sources' descriptions stay.
    """

    qualified_name: str
    kind: DatasetKind
    description: str | None = None
    columns: tuple[ColumnRecord, ...] | None = None
    columns_complete: bool = True
    owners: tuple[OwnerRecord, ...] = ()
    tags: tuple[str, ...] = ()
    classifications: tuple[str, ...] = ()
    relations: tuple[RelationRecord, ...] = ()
    definition: DefinitionRecord | None = None
    profile: ProfileRecord | None = None
    tests: tuple[TestRecord, ...] = ()
    upstream: tuple[str, ...] = ()
    stage: Stage | None = None
    capture_kind: CaptureKind | None = None
    data_kind: DataKind | None = None
    motion: Motion | None = None
    topic: str | None = None
    retention: str | None = None
    lateness: str | None = None
    watermark: dt.datetime | None = None
    media: MediaRecord | None = None
    url: str | None = None
    display_name: str | None = None
    source_created_at: dt.datetime | None = None
    source_modified_at: dt.datetime | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    custom: Mapping[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    lineage: tuple[LineageRecord, ...] = ()
    describes_only: bool = False


@dataclass(frozen=True, slots=True)
class LineageRecord:
    """A column edge that the source itself states (an OpenLineage facet, a contract)."""

    source: str
    source_column: str
    target_column: str
    kind: str
    subtype: str
    transformation: str = ""
    masking: bool = False


@dataclass(frozen=True, slots=True)
class ProblemRecord:
    """Something a run could not use: where, what, and how to mend it, in plain sentences."""

    location: str
    message: str
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, slots=True)
class SourceUsage:
    """How often a dataset was read on a day, as a source counted it."""

    qualified_name: str
    day: dt.date
    reads: int


@dataclass(frozen=True, slots=True)
class FurtherRecord:
    """A record that an upper package stores; it registers a sink for each type of its own.

    `location` says where in the source it stands, for the sentence that refuses it.
    """

    location: str

    @property
    def bytes_held(self) -> int:
        """About how much memory it takes while it waits to be stored."""
        return 0


@dataclass(frozen=True, slots=True)
class ExpectedTotal:
    """How many datasets a run will yield, as soon as the connector knows."""

    datasets: int
