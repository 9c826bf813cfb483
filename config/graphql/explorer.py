"""The GraphQL explorer: ask a question on a page, read the answer, look up the schema."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods

from catalog.errors import InvalidInput
from config.graphql.endpoint import answer_body, checked_question
from config.graphql.reference import reference


@dataclass(frozen=True, slots=True)
class Example:
    """A question to start from."""

    key: str
    title: str
    query: str
    variables: str = ""


EXAMPLES = (
    Example(
        "datasets",
        "Datasets with columns and owners",
        """query Datasets($first: Int!) {
  datasets(first: $first) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges {
      node {
        qualifiedName
        kind
        description
        owners { kind origin person { displayName } team { name } }
        columns(first: 20) { path physicalType }
        tags { path }
      }
    }
  }
}
""",
        '{"first": 10}',
    ),
    Example(
        "search",
        "Search, as in the browser",
        """query Search($text: String!) {
  search(text: $text, first: 10) {
    total
    hits { kind qualifiedName explanation snippet { text } lock { reason ask } }
  }
}
""",
        '{"text": "orders"}',
    ),
    Example(
        "facts",
        "The thirteen facts of one dataset",
        """query Facts($name: String!) {
  dataset(name: $name) {
    qualifiedName
    facts { field value origin by at }
  }
}
""",
        '{"name": "postgres://server/database.schema.table"}',
    ),
    Example(
        "describe",
        "Describe a dataset",
        """mutation Describe($dataset: ID!, $text: String!) {
  changeDataset(dataset: $dataset, changes: {description: $text}, reason: "From the explorer") {
    dataset { qualifiedName description }
  }
}
""",
        '{"dataset": "1", "text": "What it holds"}',
    ),
    Example(
        "runs",
        "The newest imports and what they could not use",
        """{
  runs(first: 5) {
    edges {
      node { state createdAt read created updated refused problems(first: 5) { location message } }
    }
  }
}
""",
    ),
)


@require_http_methods(["GET", "POST"])
def explorer(request: HttpRequest) -> HttpResponse:
    """`/graphql/explorer/`: GET shows the form (`?example=` fills it), POST answers in the page."""
    if request.method == "POST":
        query = request.POST.get("query", "")
        variables = request.POST.get("variables", "")
        result, status = _answer(request, query, variables)
        return _page(request, query, variables, result, status)
    chosen = next((e for e in EXAMPLES if e.key == request.GET.get("example")), EXAMPLES[0])
    return _page(request, chosen.query, chosen.variables)


def _answer(request: HttpRequest, query: str, variables: str) -> tuple[Any, int]:
    try:
        given = json.loads(variables) if variables.strip() else None
    except ValueError:
        return _refusal("The variables are no JSON.", "variables"), 400
    try:
        question = checked_question({"query": query, "variables": given})
    except InvalidInput as error:
        return _refusal(error.message, error.field), 400
    body = answer_body(request, *question)
    return body, 200 if "data" in body else 400


def _refusal(message: str, field: str) -> dict[str, Any]:
    return {
        "errors": [{"message": message, "extensions": {"code": "invalid_input", "field": field}}]
    }


def _page(
    request: HttpRequest, query: str, variables: str, result: Any = None, status: int = 200
) -> HttpResponse:
    context = {
        "query": query,
        "variables": variables,
        "result": "" if result is None else json.dumps(result, indent=2, ensure_ascii=False),
        "has_errors": bool(result and result.get("errors")),
        "examples": EXAMPLES,
        "reference": _reference(),
    }
    return render(request, "config/graphql_explorer.html", context, status=status)


@cache
def _reference() -> str:
    """The schema to read, the same for everybody: its thousands of lines are written once."""
    return render_to_string("config/graphql_reference.html", {"types": reference()})
