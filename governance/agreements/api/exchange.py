"""The glossary as SKOS over REST: taken along as a file, brought in as a draft."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.views.base import instant, principal_of_request, validated
from catalog.api.views.files import FileView, file_response
from governance.agreements.api.views import AS_OF
from governance.agreements.kinds.term.skos.turtle import MAX_CHARACTERS
from governance.agreements.selectors.exchange import SkosFormat, export_glossary
from governance.agreements.services.exchange import import_glossary


class GlossaryInSerializer(serializers.Serializer[dict[str, str]]):
    """A SKOS file; `owner` answers for terms that name neither owner nor domain."""

    text = serializers.CharField(max_length=MAX_CHARACTERS, trim_whitespace=False)
    language = serializers.CharField(max_length=20, default="en")
    owner = serializers.CharField(max_length=250, default="", allow_blank=True)


class GlossaryDraftSerializer(serializers.Serializer[dict[str, object]]):
    """The draft that was made of it, and what of the file is not in it."""

    proposal = serializers.CharField()
    changes = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    left_out = serializers.ListField(child=serializers.CharField())


class _GlossaryFileView(FileView):
    """The glossary in one form."""

    form: SkosFormat

    def answer(self, request: Request) -> HttpResponse:
        """The terms in force, or those that held at an instant."""
        found = export_glossary(
            principal_of_request(request), self.form, at=instant(request, "as_of")
        )
        return file_response(found.text, found.media_type)


class GlossaryTurtleView(_GlossaryFileView):
    """The glossary in Turtle."""

    form = SkosFormat.TURTLE

    @extend_schema(parameters=[AS_OF], responses={(200, "text/turtle"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        """SKOS, with Concord's own words under urn:concord:glossary#."""
        return self.answer(request)


class GlossaryJsonLdView(_GlossaryFileView):
    """The glossary in JSON-LD."""

    form = SkosFormat.JSON_LD

    @extend_schema(
        parameters=[AS_OF], responses={(200, "application/ld+json"): OpenApiTypes.OBJECT}
    )
    def get(self, request: Request) -> HttpResponse:
        """SKOS with its context in the file."""
        return self.answer(request)


class GlossaryImportView(APIView):
    """Terms from another tool."""

    @extend_schema(request=GlossaryInSerializer, responses={201: GlossaryDraftSerializer})
    def post(self, request: Request) -> Response:
        """Make one draft of a SKOS file in Turtle; nothing holds before it is agreed."""
        given = validated(GlossaryInSerializer, request)
        proposal, found = import_glossary(
            acting=principal_of_request(request),
            text=given["text"],
            language=given["language"],
            owner=given["owner"],
        )
        answer = {
            "proposal": proposal.key,
            "changes": len(found.changes),
            "unchanged": found.unchanged,
            "left_out": found.left_out,
        }
        return Response(GlossaryDraftSerializer(answer).data, status=status.HTTP_201_CREATED)
