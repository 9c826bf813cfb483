"""The GraphQL endpoint: one question per request, signed in, within limits, with typed errors."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import DataError
from django.http import HttpRequest
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationType,
    VariableDefinitionNode,
    execute,
    get_operation_ast,
    parse,
    validate,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.access import AccessRefused
from catalog.api.parsers import JSONParser, refuse_half_characters
from catalog.errors import UNSTORABLE, CatalogError, InvalidInput
from catalog.graphql.limits import check_limits
from catalog.log_lines import log_unstorable
from config.graphql.characters import holding_nul
from config.graphql.schema import schema

log = structlog.get_logger(__name__)
MAX_CHARACTERS = 50_000
MAX_TOKENS = 5_000


class GraphQLView(APIView):
    """`POST {"query", "variables", "operationName"}`; batches are not taken."""

    parser_classes = [JSONParser]
    schema = None  # it has a schema of its own

    def post(self, request: Request) -> Response:
        """Answer a question; 200 with `data`, 400 when it could not be run at all."""
        body = answer_body(request._request, *checked_question(request.data))
        return Response(body, status=200 if "data" in body else 400)


def answer_body(
    request: HttpRequest,
    query: str,
    variables: dict[str, Any] | None = None,
    operation: str | None = None,
) -> dict[str, Any]:
    """What goes out: `errors` where there are any, `data` when the question could be run."""
    result = answer(request, query, variables, operation)
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [described(error) for error in result.errors]
    if result.data is not None or not result.errors:
        body["data"] = result.data
    return body


def answer(
    request: HttpRequest,
    query: str,
    variables: dict[str, Any] | None = None,
    operation: str | None = None,
) -> ExecutionResult:
    """Parse, validate, check the limits, execute; `request.principal` is who asks."""
    graphql_schema = schema.graphql_schema
    try:
        document = parse(query, max_tokens=MAX_TOKENS)
    except GraphQLError as error:
        return ExecutionResult(None, [error])
    found = validate(graphql_schema, document, max_errors=20)
    errors = [_of_the_question(error) for error in found] or check_limits(document, variables)
    errors = errors or _wrong_operation(document, operation) or holding_nul(document, variables)
    if errors:
        return ExecutionResult(None, errors)
    result = execute(
        graphql_schema,
        document,
        context_value=request,
        variable_values=variables,
        operation_name=operation,
    )
    assert isinstance(result, ExecutionResult)
    return result


def _of_the_question(error: GraphQLError) -> GraphQLError:
    """Validation reads the question alone, so whatever a type raises at a value that it cannot
    read is a fault of the question, and no failure of ours."""
    return GraphQLError(error.message, error.nodes) if error.original_error else error


def described(error: GraphQLError) -> dict[str, Any]:
    """An error with its code, field and whom to ask; what is not ours to tell stays in the log."""
    cause = error.original_error
    shown = error.formatted
    if isinstance(cause, GraphQLError) and error.path is None:  # before anything was run
        return {**shown, "extensions": {"code": "invalid_input", **_variable_of(error)}}
    if cause is None:
        return {**shown, "extensions": {"code": "invalid_question", **(error.extensions or {})}}
    if isinstance(cause, AccessRefused):
        extensions = {"code": cause.verdict.code, "ask": cause.verdict.ask}
    elif isinstance(cause, CatalogError):
        extensions = {"code": cause.code, "field": cause.field}
    elif isinstance(cause, DataError):
        log_unstorable(cause)
        return {
            "message": UNSTORABLE, "path": error.path, "extensions": {"code": "invalid_input"},
        }  # fmt: skip
    else:
        log.error("graphql_failed", exc_info=cause)
        return {
            "message": "Concord could not answer this part; the failure was logged.",
            "path": error.path,
            "extensions": {"code": "internal_error"},
        }
    return {**shown, "extensions": {key: value for key, value in extensions.items() if value}}


def checked_question(data: Any) -> tuple[str, dict[str, Any] | None, str | None]:
    """Query, variables and operation name from a request's body; raises InvalidInput."""
    if not isinstance(data, dict):
        raise InvalidInput("Send one JSON object with query and variables.", field="query")
    query, variables = data.get("query"), data.get("variables")
    if not isinstance(query, str) or not query.strip():
        raise InvalidInput("query is the text of a GraphQL question.", field="query")
    if len(query) > MAX_CHARACTERS:
        raise InvalidInput(f"query has more than {MAX_CHARACTERS:,} characters.", field="query")
    if variables is not None and not isinstance(variables, dict):
        raise InvalidInput("variables is an object.", field="variables")
    operation = data.get("operationName")
    if operation is not None and not isinstance(operation, str):
        raise InvalidInput("operationName is a text.", field="operationName")
    refuse_half_characters(variables)
    return query, variables, operation


def _variable_of(error: GraphQLError) -> dict[str, str]:
    """Which variable its type could not read."""
    for node in error.nodes or ():
        if isinstance(node, VariableDefinitionNode):
            return {"field": node.variable.name.value}
    return {}


def _wrong_operation(document: DocumentNode, operation: str | None) -> list[GraphQLError]:
    node = get_operation_ast(document, operation)
    if node is None:
        return [GraphQLError("Name the operation to run: operationName.")]
    if node.operation is OperationType.SUBSCRIPTION:
        return [GraphQLError("Subscriptions are not offered; follow the event log instead.")]
    return []
