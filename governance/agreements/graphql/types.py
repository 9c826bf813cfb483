"""GraphQL types of agreements, and what they add to datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphene_django import DjangoObjectType

from catalog.graphql import loaders
from catalog.graphql.extension import extend
from catalog.graphql.paging import connection
from catalog.graphql.relations import principal_of, relation
from catalog.graphql.types import DatasetType, DomainType
from catalog.selectors import directory
from catalog.types import Principal
from governance.agreements.selectors.agreements import (
    versions_of_datasets,
    visible_agreements,
    visible_versions,
)
from governance.agreements.selectors.uses import as_seen, visible_use_counts
from governance.agreements.selectors.withholding import version_as_read
from governance.council.graphql.types import DecisionType
from governance.council.selectors.decisions import decision_list
from governance.models import Agreement, AgreementVersion, UseCount
from governance.proposals.graphql.types import person_at


class UseCountType(DjangoObjectType):
    """How many uses were left of an agreement that goes."""

    class Meta:
        model = UseCount
        name = "UseCount"
        fields = ["id", "counted_at", "number"]

    content = GenericScalar(required=True, description="The first fifty of them, as a list.")


_counts = loaders.many(visible_use_counts, "agreement_id", order=["-counted_at"])


def _counts_seen(
    principal: Principal, parents: Sequence[Any], arguments: Mapping[str, Any]
) -> Mapping[Any, list[Any]]:
    found = _counts(principal, parents, arguments)
    shown = as_seen(principal, [row for rows in found.values() for row in rows])
    by_id = {row.pk: row for row in shown}
    return {pk: [by_id[row.pk] for row in rows] for pk, rows in found.items()}


class AgreementType(DjangoObjectType):
    """One governed object, whatever its kind; `versions` say what it said and says."""

    class Meta:
        model = Agreement
        name = "Agreement"
        convert_choices_to_enum = False
        fields = ["id", "key", "kind", "title", "state", "scope", "sunset_on", "created_at"]

    domain = relation(
        DomainType, loaders.one(directory.domains, "domain_id"), many=False,
        description="The domain it belongs to.",
    )  # fmt: skip
    versions = relation(
        lambda: AgreementVersionType,
        loaders.many(visible_versions, "agreement_id", order=["-number"]),
        description="What it said, the newest first.",
    )
    use_counts = relation(
        UseCountType, _counts_seen,
        description="The weekly counts of what still uses it, where it goes.",
    )  # fmt: skip


class AgreementVersionType(DjangoObjectType):
    """What an agreement said, from when until when, by which decision."""

    class Meta:
        model = AgreementVersion
        name = "AgreementVersion"
        convert_choices_to_enum = False
        fields = [
            "id", "number", "op", "title", "scope", "digest", "valid_from", "valid_to",
            "recorded_at", "epoch",
        ]  # fmt: skip

    document = GenericScalar(required=True, description="It follows the JSON Schema of its kind.")
    agreement = relation(
        AgreementType, loaders.one(visible_agreements, "agreement_id"), many=False,
        description="Whose version it is.",
    )  # fmt: skip
    decision = relation(
        DecisionType, loaders.one(decision_list, "decision_id"), many=False,
        description="Who agreed.",
    )  # fmt: skip
    author = person_at("author_id", "Who wrote it.")

    @staticmethod
    def resolve_document(version: AgreementVersion, info: Any) -> Mapping[str, Any]:
        """As the reader may see it."""
        return version_as_read(principal_of(info), version)


class AgreementKindType(graphene.ObjectType):
    """A kind of agreement; `notEnforced` says what adopting one does not do yet."""

    class Meta:
        name = "AgreementKind"

    name = graphene.String(required=True)
    label = graphene.String(required=True)
    plural = graphene.String(required=True)
    about = graphene.String(required=True)
    not_enforced = graphene.String(required=True)
    document_schema = GenericScalar(required=True, description="JSON Schema of its document.")

    @staticmethod
    def resolve_document_schema(kind: Any, info: Any) -> dict[str, Any]:
        """From the kind's own model."""
        return kind.document_type.model_json_schema()


AgreementConnection = connection(AgreementType)


def _in_force(
    principal: Principal, parents: Sequence[Any], arguments: Mapping[str, Any]
) -> Mapping[Any, list[Any]]:
    found = versions_of_datasets(principal, [parent.pk for parent in parents])
    most = arguments.get("first", 50)
    return {pk: list(versions[:most]) for pk, versions in found.items()}


extend(
    DatasetType,
    "agreements",
    relation(
        AgreementVersionType, _in_force,
        description="What is in force and rests on it, by kind and title.",
    ),
)  # fmt: skip
