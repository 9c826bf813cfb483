"""How the OpenAPI document names the ways to sign in, the refusals and the enums."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import ChoiceField

from catalog.api.serializers.problems import ProblemSerializer

PROBLEM = "application/problem+json"
_REFUSALS = {
    "400": "Something in the request is wrong; `field` or `fields` says what.",
    "401": "Nobody is signed in, or the token is not valid.",
    "403": "The access policy refuses; `ask` says whom to ask.",
    "404": "There is no such object, or it may not be seen.",
    "409": "The object changed meanwhile, or its state does not allow this.",
    "default": "Every other refusal.",
}


class TokenScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer cat_…`."""

    target_class = "catalog.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer"}


class ProblemSchema(AutoSchema):
    """Every operation says what its refusals look like: RFC 9457 problem details."""

    def _map_serializer_field(
        self, field: Any, direction: Any, bypass_extensions: bool = False
    ) -> dict[str, Any]:
        """What may be empty in the table may be empty in the answer."""
        if isinstance(field, ChoiceField) and field.read_only:
            field.allow_blank = field.allow_blank or _may_be_blank(field)
        mapped: dict[str, Any] = super()._map_serializer_field(field, direction, bypass_extensions)
        return mapped

    def _get_response_bodies(
        self, direction: Literal["request", "response"] = "response"
    ) -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if direction != "response":
            return bodies
        problem = self.resolve_serializer(ProblemSerializer, direction).ref
        for status, description in _REFUSALS.items():
            if status == "409" and self.method == "GET":
                continue
            bodies.setdefault(
                status, {"description": description, "content": {PROBLEM: {"schema": problem}}}
            )
        return bodies


def _may_be_blank(field: Any) -> bool:
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    if model is None or field.source not in {held.name for held in model._meta.concrete_fields}:
        return False
    return bool(model._meta.get_field(field.source).blank)


def forget_choice_words(
    result: dict[str, Any], generator: object, request: object, public: bool
) -> dict[str, Any]:
    """A postprocessing hook: an enum is known by its values, whatever words stand beside them."""

    def forget(node: Any) -> None:
        if isinstance(node, dict):
            node.pop("x-spec-enum-id", None)
            for value in node.values():
                forget(value)
        elif isinstance(node, list):
            for value in node:
                forget(value)

    forget(result)
    return result
