"""The events the catalog emits: each a frozen dataclass with a name and a version.

Upper packages declare theirs the same way. A consumer is told *that* something happened and
reads the database for how things are; payloads hold only what the row no longer tells.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class EventType:
    """Base of every event; `name` and `version` identify its schema."""

    name: ClassVar[str]
    version: ClassVar[int] = 1

    def payload(self) -> dict[str, Any]:
        """The JSON object stored in the log."""
        return asdict(self)

    @classmethod
    def schema(cls) -> dict[str, str]:
        """Field names and their types in words, for the documentation page."""
        return {field.name: str(field.type) for field in fields(cls)}


@dataclass(frozen=True, slots=True)
class DatasetCreated(EventType):
    """A dataset appeared in the catalog."""

    name: ClassVar[str] = "catalog.dataset.created"
    source: str = ""


@dataclass(frozen=True, slots=True)
class DatasetChanged(EventType):
    """Facts of a dataset changed; `fields` names them, `columns` says whether any column did."""

    name: ClassVar[str] = "catalog.dataset.changed"
    fields: tuple[str, ...] = ()
    columns: bool = False
    source: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DatasetDisappeared(EventType):
    """No source knows this dataset any more; it stays in the catalog, marked."""

    name: ClassVar[str] = "catalog.dataset.disappeared"
    source: str = ""


@dataclass(frozen=True, slots=True)
class LifecycleChanged(EventType):
    """A dataset moved in its lifecycle."""

    name: ClassVar[str] = "catalog.dataset.lifecycle_changed"
    before: str = ""
    after: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConversationHeld(EventType):
    """A question, an answer or a known problem was written or solved."""

    name: ClassVar[str] = "catalog.dataset.conversation_held"
    what: str = ""
    text: str = ""
    mentions: tuple[str, ...] = ()  # user names


@dataclass(frozen=True, slots=True)
class RemarkMade(EventType):
    """Somebody commented, asked, reported a problem, replied (`what` is reply) or solved one."""

    name: ClassVar[str] = "catalog.remark.made"
    what: str = ""
    text: str = ""
    about: str = ""  # the type of the object
    about_id: int = 0
    mentions: tuple[str, ...] = ()  # user names


@dataclass(frozen=True, slots=True)
class RecordChanged(EventType):
    """A system, container, domain, team, person, label or other record of the catalog changed.

    `change` is created, changed or deleted.
    """

    name: ClassVar[str] = "catalog.record.changed"
    change: str = "changed"
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunFinished(EventType):
    """An ingestion run ended in `state`."""

    name: ClassVar[str] = "catalog.ingestion.run_finished"
    state: str = ""
    created: int = 0
    updated: int = 0
    disappeared: int = 0
    refused: int = 0


EVENT_TYPES: tuple[type[EventType], ...] = (
    DatasetCreated,
    DatasetChanged,
    DatasetDisappeared,
    LifecycleChanged,
    ConversationHeld,
    RemarkMade,
    RecordChanged,
    RunFinished,
)
