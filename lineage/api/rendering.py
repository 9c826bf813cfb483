"""Answers of thousands of nodes and links, written out without a step in between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from rest_framework.renderers import BaseRenderer

_encoder = msgspec.json.Encoder(enc_hook=str)


class LeanRenderer(BaseRenderer):
    """JSON of plain values and of the frozen values of selectors, whose fields are the shape that
    the serializers of the same names describe."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The bytes of an answer; nothing for none."""
        return b"" if data is None else _encoder.encode(data)
