"""GraphQL for plain records, API tokens and changes of many datasets at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphql import GraphQLResolveInfo

from catalog.errors import InvalidInput
from catalog.graphql.arguments import member, number
from catalog.graphql.relations import principal_of
from catalog.services import curation
from catalog.services.record_fields import KINDS, change_record, remove_record
from catalog.services.tokens import create_token, revoke_token
from catalog.types import TokenScope

REASON = graphene.String(required=True, default_value="", description="Why; it is kept.")


class RecordPayload(graphene.ObjectType):
    """The record after the change; null when it was deleted."""

    id = graphene.ID()
    name = graphene.String()


class TokenPayload(graphene.ObjectType):
    """A token, and its secret where it was just made."""

    id = graphene.ID(required=True)
    prefix = graphene.String(required=True)
    secret = graphene.String(description="Shown this once.")


class RefusalType(graphene.ObjectType):
    """A dataset that was not changed, and why."""

    class Meta:
        name = "Refusal"

    dataset = graphene.ID(required=True)
    reason = graphene.String(required=True)


class BulkPayload(graphene.ObjectType):
    """What was changed and what was refused."""

    changed = graphene.List(graphene.NonNull(graphene.ID), required=True)
    refused = graphene.List(graphene.NonNull(RefusalType), required=True)


class RecordMutation(graphene.ObjectType):
    """What there is to change beside datasets, and on many datasets at once."""

    save_record = graphene.Field(
        RecordPayload, required=True, reason=REASON,
        kind=graphene.String(required=True, description=f"One of {', '.join(sorted(KINDS))}."),
        id=graphene.ID(description="Missing makes a new one."),
        fields=GenericScalar(required=True, description="Field name to value; ids for records."),
        description="Make or change a system, domain, team, label, product and the like.",
    )  # fmt: skip
    delete_record = graphene.Field(
        RecordPayload, required=True, kind=graphene.String(required=True),
        id=graphene.ID(required=True), reason=REASON,
        description="Delete a record that nothing rests on.",
    )  # fmt: skip
    create_token = graphene.Field(
        TokenPayload, required=True, name=graphene.String(required=True),
        scopes=graphene.List(graphene.NonNull(graphene.String), required=True),
        expires_at=graphene.DateTime(), description="Make an API token of your own.",
    )  # fmt: skip
    revoke_token = graphene.Field(
        TokenPayload, required=True, token=graphene.ID(required=True),
        description="End a token at once.",
    )  # fmt: skip
    change_datasets = graphene.Field(
        BulkPayload, required=True, reason=REASON, changes=GenericScalar(required=True),
        datasets=graphene.List(graphene.NonNull(graphene.ID), required=True),
        description="The same facts on up to 1,000 datasets; each one on its own.",
    )  # fmt: skip

    @staticmethod
    def resolve_save_record(
        root: Any, info: GraphQLResolveInfo, kind: str, fields: Any, reason: str, id: str = ""
    ) -> Any:
        """See `services.record_fields.change_record`."""
        if not isinstance(fields, dict):
            raise InvalidInput("fields is an object of field name to value.", field="fields")
        saved = change_record(
            acting=principal_of(info),
            kind=kind,
            record_id=number(id, "id") if id else None,
            fields=fields,
            reason=reason,
        )
        return {"id": saved.pk, "name": str(saved)}

    @staticmethod
    def resolve_delete_record(
        root: Any, info: GraphQLResolveInfo, kind: str, id: str, reason: str
    ) -> Any:
        """See `services.record_fields.remove_record`."""
        remove_record(
            acting=principal_of(info), kind=kind, record_id=number(id, "id"), reason=reason
        )
        return {}

    @staticmethod
    def resolve_create_token(
        root: Any,
        info: GraphQLResolveInfo,
        name: str,
        scopes: list[str],
        expires_at: dt.datetime | None = None,
    ) -> Any:
        """See `services.tokens.create_token`."""
        moment = expires_at
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        token, secret = create_token(
            acting=principal_of(info),
            name=name,
            scopes=[member(TokenScope, scope, "scopes") for scope in scopes],
            expires_at=moment,
        )
        return {"id": token.pk, "prefix": token.prefix, "secret": secret}

    @staticmethod
    def resolve_revoke_token(root: Any, info: GraphQLResolveInfo, token: str) -> Any:
        """See `services.tokens.revoke_token`."""
        ended = revoke_token(acting=principal_of(info), token_id=number(token, "token"))
        return {"id": ended.pk, "prefix": ended.prefix}

    @staticmethod
    def resolve_change_datasets(
        root: Any, info: GraphQLResolveInfo, datasets: list[str], changes: Any, reason: str
    ) -> Any:
        """See `services.curation.change_many`."""
        if not isinstance(changes, dict):
            raise InvalidInput("changes is an object of fact name to value.", field="changes")
        principal = principal_of(info)
        report = curation.change_many(
            [number(dataset, "datasets") for dataset in datasets],
            lambda dataset_id: curation.change_dataset(
                acting=principal, dataset_id=dataset_id, changes=changes, reason=reason
            ),
        )
        return {
            "changed": report.changed,
            "refused": [
                {"dataset": dataset_id, "reason": why} for dataset_id, why in report.refused.items()
            ],
        }
