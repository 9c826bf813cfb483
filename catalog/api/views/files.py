"""Files over REST: their form is in their address."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView


class FileView(APIView):
    """A file whose form is in its address, whatever the caller accepts."""

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[JSONRenderer, str]:
        """Refusals are problem details."""
        return JSONRenderer(), JSONRenderer.media_type


def file_response(text: str, media_type: str) -> HttpResponse:
    """The file itself."""
    return HttpResponse(text, content_type=f"{media_type}; charset=utf-8")
