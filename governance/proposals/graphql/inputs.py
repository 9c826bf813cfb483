"""What GraphQL takes for proposals; the shapes are those of REST."""

from __future__ import annotations

import graphene
from graphene.types.generic import GenericScalar


class ChangeInput(graphene.InputObjectType):
    """One change: `key` is the agreement's, empty to create one; `document` is the whole new
    document, left out to retire."""

    op = graphene.String(required=True, description="create, replace, deprecate or retire.")
    kind = graphene.String(required=True)
    key = graphene.String(default_value="")
    document = GenericScalar()


class EvidenceInput(graphene.InputObjectType):
    """What a proposal or a block rests on."""

    title = graphene.String(required=True)
    url = graphene.String(default_value="")
    query = graphene.String(default_value="")
    result_digest = graphene.String(default_value="")
    as_of = graphene.Date()


CHANGES = graphene.List(graphene.NonNull(ChangeInput), required=True)
EVIDENCE = graphene.List(graphene.NonNull(EvidenceInput), required=True, default_value=())
KEY = graphene.String(required=True, description="Of the proposal, such as DGP-0001.")
REASON = graphene.String(required=True, default_value="", description="Why.")
