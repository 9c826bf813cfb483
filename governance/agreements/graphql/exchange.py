"""The glossary as SKOS in GraphQL: taken along as a file, brought in as a draft."""

from __future__ import annotations

import datetime as dt
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.graphql.arguments import member
from catalog.graphql.files import FileType
from catalog.graphql.relations import principal_of
from governance.agreements.selectors.exchange import SkosFormat, export_glossary
from governance.agreements.services.exchange import import_glossary
from governance.proposals.incoming import instant_from


class GlossaryQuery(graphene.ObjectType):
    """What there is to take along."""

    glossary = graphene.Field(
        FileType,
        form=graphene.String(
            required=True, default_value=SkosFormat.TURTLE.value, description="turtle or json-ld."
        ),
        as_of=graphene.DateTime(description="The terms that held at this instant."), required=True,
        description="The terms in force as SKOS.",
    )  # fmt: skip

    @staticmethod
    def resolve_glossary(
        root: Any, info: GraphQLResolveInfo, form: str, as_of: dt.datetime | None = None
    ) -> Any:
        """See `selectors.exchange.export_glossary`."""
        return export_glossary(
            principal_of(info), member(SkosFormat, form, "form"), at=instant_from(as_of)
        )


class GlossaryPayload(graphene.ObjectType):
    """The draft that was made of a file, and what of the file is not in it."""

    proposal = graphene.String(required=True, description="Its key.")
    changes = graphene.Int(required=True)
    unchanged = graphene.Int(required=True)
    left_out = graphene.List(graphene.NonNull(graphene.String), required=True)


class GlossaryMutation(graphene.ObjectType):
    """What there is to bring in."""

    import_glossary = graphene.Field(
        GlossaryPayload, text=graphene.String(required=True, description="SKOS in Turtle."),
        language=graphene.String(required=True, default_value="en"),
        owner=graphene.String(
            required=True, default_value="",
            description="Who answers for terms that name neither owner nor domain.",
        ),
        required=True,
        description="Make one draft of a SKOS file; nothing holds before it is agreed.",
    )  # fmt: skip

    @staticmethod
    def resolve_import_glossary(root: Any, info: GraphQLResolveInfo, **given: Any) -> Any:
        """See `services.exchange.import_glossary`."""
        proposal, found = import_glossary(acting=principal_of(info), **given)
        return {
            "proposal": proposal.key,
            "changes": len(found.changes),
            "unchanged": found.unchanged,
            "left_out": found.left_out,
        }
