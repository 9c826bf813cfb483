"""The catalog's tables. Services write them, selectors read them."""

from catalog.models.conversation import Answer, KnownProblem, Question
from catalog.models.credentials import ApiToken, Invitation
from catalog.models.datasets import Alias, Column, Dataset, Distribution, Relation
from catalog.models.event_log import ConsumerOffset, Event, ParkedEvent
from catalog.models.ingestion import Connection, IngestionProblem, IngestionRun, SourceRecord
from catalog.models.labels import ColumnLabel, DatasetLabel, Label
from catalog.models.measurements import DatasetUse, Profile, TestResult
from catalog.models.media import Media
from catalog.models.ownership import Ownership
from catalog.models.people import (
    Domain,
    DomainGroupObjectPermission,
    DomainUserObjectPermission,
    Person,
    Team,
    TeamMembership,
)
from catalog.models.personal import ExampleQuery, Follow, SavedSearch
from catalog.models.placements import SearchPlacement
from catalog.models.products import DataProduct, ProductPort
from catalog.models.properties import PropertyDefinition
from catalog.models.remarks import Remark
from catalog.models.search import (
    GenerationState,
    RefusedDocument,
    SearchColumn,
    SearchDocument,
    SearchGeneration,
    SearchProfile,
    SearchTerm,
    SearchWord,
)
from catalog.models.systems import Container, System, Technology

__all__ = [
    "Alias",
    "Answer",
    "ApiToken",
    "Column",
    "ColumnLabel",
    "Connection",
    "ConsumerOffset",
    "Container",
    "DataProduct",
    "Dataset",
    "DatasetLabel",
    "DatasetUse",
    "Distribution",
    "Domain",
    "DomainGroupObjectPermission",
    "DomainUserObjectPermission",
    "Event",
    "ExampleQuery",
    "Follow",
    "GenerationState",
    "IngestionProblem",
    "IngestionRun",
    "Invitation",
    "KnownProblem",
    "Label",
    "Media",
    "Ownership",
    "ParkedEvent",
    "Person",
    "ProductPort",
    "Profile",
    "PropertyDefinition",
    "Question",
    "RefusedDocument",
    "Relation",
    "Remark",
    "SavedSearch",
    "SearchColumn",
    "SearchDocument",
    "SearchGeneration",
    "SearchPlacement",
    "SearchProfile",
    "SearchTerm",
    "SearchWord",
    "SourceRecord",
    "System",
    "Team",
    "TeamMembership",
    "Technology",
    "TestResult",
]
