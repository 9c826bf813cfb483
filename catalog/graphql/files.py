"""Files inside an answer: the same bytes that REST and the pages give."""

from __future__ import annotations

import graphene


class FileType(graphene.ObjectType):
    """A file to keep under its name."""

    class Meta:
        name = "File"

    name = graphene.String(required=True)
    media_type = graphene.String(required=True)
    text = graphene.String(required=True)
