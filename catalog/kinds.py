"""What kinds of data there are, and what is said of it: closed lists of words, no Django.

They are part of `catalog.types`, which hands them on.
"""

from __future__ import annotations

from enum import StrEnum


class ContainerKind(StrEnum):
    """Levels between a system and its datasets."""

    DATABASE = "database"
    SCHEMA = "schema"
    FILE_STORE = "file_store"
    FOLDER = "folder"
    TOPIC_NAMESPACE = "topic_namespace"
    DASHBOARD_TOOL = "dashboard_tool"
    MODEL_REGISTRY = "model_registry"


class DatasetKind(StrEnum):
    """Every kind of thing that holds or shows data (R-002, R-027, R-053, R-107)."""

    TABLE = "table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized_view"
    FILE = "file"
    TOPIC = "topic"
    DASHBOARD = "dashboard"
    METRIC = "metric"
    ML_MODEL = "ml_model"
    APPLICATION = "application"
    NOTEBOOK = "notebook"
    MEDIA = "media"


class DataKind(StrEnum):
    """Transactional or interaction data (R-002)."""

    TRANSACTIONAL = "transactional"
    INTERACTION = "interaction"


class Motion(StrEnum):
    """At rest or in motion (R-004)."""

    AT_REST = "at_rest"
    IN_MOTION = "in_motion"


class Stage(StrEnum):
    """Stages of the data supply chain (R-060)."""

    CAPTURE = "capture"
    INGESTION = "ingestion"
    PREPARATION = "preparation"
    ANALYSIS = "analysis"
    EGRESS = "egress"


class CaptureKind(StrEnum):
    """Where captured data comes from (R-061)."""

    VENDOR_EXTRACT = "vendor_extract"
    EVENT_LOG = "event_log"
    SOCIAL = "social"
    IOT = "iot"
    MANUAL_ENTRY = "manual_entry"


class MediaKind(StrEnum):
    """Kinds of media assets (R-053)."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"


class RemarkKind(StrEnum):
    """What people say about an object (R-113)."""

    COMMENT = "comment"
    QUESTION = "question"
    PROBLEM = "problem"


class Consistency(StrEnum):
    """Strong consistency costs latency, eventual is roughly right at once (R-064)."""

    STRONG = "strong"
    EVENTUAL = "eventual"
