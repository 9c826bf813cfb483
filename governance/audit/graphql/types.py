"""GraphQL types of the log of access decisions."""

from __future__ import annotations

from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphene_django import DjangoObjectType
from graphql import GraphQLResolveInfo

from catalog.graphql.paging import connection
from governance.audit.services.reading import decoded
from governance.models import AuditHold, AuditRow
from governance.proposals.graphql.types import person_at

TEXTS = graphene.List(graphene.NonNull(graphene.String), required=True)


class AuditRecordType(DjangoObjectType):
    """One answer to one call, as it was given."""

    class Meta:
        model = AuditRow
        name = "AuditRecord"
        convert_choices_to_enum = False
        fields = ["id", "at", "keeping", "gateway", "outcome", "action", "purpose"]

    person = person_at("person_id", "Who asked, where the catalog still knows them.")
    username = graphene.String(required=True, description="Who asked, as they were called then.")
    datasets = graphene.List(graphene.NonNull(graphene.ID), required=True)
    rules = TEXTS
    record = GenericScalar(required=True, description="The canonical row, with everything else.")
    digest = graphene.String(required=True, description="Its place in its chain.")

    @staticmethod
    def resolve_username(root: AuditRow, info: GraphQLResolveInfo) -> Any:
        """From the canonical row."""
        return decoded(root)["username"]

    @staticmethod
    def resolve_record(root: AuditRow, info: GraphQLResolveInfo) -> Any:
        """As it was hashed."""
        return decoded(root)

    @staticmethod
    def resolve_digest(root: AuditRow, info: GraphQLResolveInfo) -> str:
        """In hexadecimal."""
        return bytes(root.digest).hex()


class AuditHoldType(DjangoObjectType):
    """Rows that are kept beyond their retention."""

    class Meta:
        model = AuditHold
        name = "AuditHold"
        fields = [
            "id", "reason", "dataset_name", "since", "until", "placed_at", "lifted_at",
        ]  # fmt: skip

    person = person_at("person_id", "Whose rows, where they are of one person.")
    placed_by = person_at("placed_by_id", "Who placed it.")


class AuditReaderType(graphene.ObjectType):
    """What somebody could do."""

    class Meta:
        name = "AuditReader"

    username = graphene.String(required=True)
    answer = graphene.String(required=True, description="whole, part or nothing")
    code = graphene.String(required=True)
    rules = TEXTS
    excepted = TEXTS


class AuditReasonType(graphene.ObjectType):
    """An opt-out that made the answer what it was, in the version of then."""

    class Meta:
        name = "AuditReason"

    key = graphene.String(required=True)
    number = graphene.String(required=True)
    version = graphene.Int(required=True)
    effect = graphene.String(required=True)
    sentence = graphene.String(required=True)


class AuditReadersType(graphene.ObjectType):
    """Who could read a dataset on a day, and why."""

    class Meta:
        name = "AuditReaders"

    dataset = graphene.ID(required=True)
    name = graphene.String(required=True)
    column = graphene.String(required=True)
    at = graphene.DateTime(required=True)
    known_since = graphene.DateTime(description="Where people are known only from later on.")
    whole = graphene.Int(required=True)
    part = graphene.Int(required=True)
    nothing = graphene.Int(required=True)
    readers = graphene.List(graphene.NonNull(AuditReaderType), required=True)
    reasons = graphene.List(graphene.NonNull(AuditReasonType), required=True)

    @staticmethod
    def resolve_whole(root: Any, info: GraphQLResolveInfo) -> int:
        """How many could read all of it."""
        return int(root.count("whole"))

    @staticmethod
    def resolve_part(root: Any, info: GraphQLResolveInfo) -> int:
        """How many could read some of it."""
        return int(root.count("part"))

    @staticmethod
    def resolve_nothing(root: Any, info: GraphQLResolveInfo) -> int:
        """How many could read none of it."""
        return int(root.count("nothing"))


AuditRecordConnection = connection(AuditRecordType)
AuditHoldConnection = connection(AuditHoldType)
