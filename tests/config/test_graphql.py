"""GraphQL: one question, few queries, typed refusals."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from graphql import GraphQLObjectType, get_named_type, parse

from catalog.graphql.limits import check_limits
from catalog.graphql.relations import RelationField
from catalog.models import Dataset, Event
from catalog.search.indexing import Subject, refresh
from catalog.selectors.principals import principal_of
from catalog.services import curation
from catalog.services.tokens import create_token
from catalog.types import EmploymentKind, TokenScope
from config.graphql.schema import schema
from tests.factories import (
    ColumnFactory,
    DatasetFactory,
    DomainFactory,
    OwnershipFactory,
    PersonFactory,
    administrator,
)

pytestmark = pytest.mark.django_db


class GraphQLClient:
    """A stock HTTP client with a bearer token."""

    def __init__(self, person: Any, *scopes: TokenScope) -> None:
        _, secret = create_token(
            acting=principal_of(person),
            name="test",
            scopes=scopes or (TokenScope.READ, TokenScope.WRITE),
        )
        self._headers = {"Authorization": f"Bearer {secret}"}

    def post(self, body: Any) -> Any:
        text = body if isinstance(body, str) else json.dumps(body)
        return Client().post(
            "/graphql/", text, content_type="application/json", headers=self._headers
        )

    def ask(self, query: str, **variables: Any) -> Any:
        return self.post({"query": query, "variables": variables}).json()


@pytest.fixture
def employee() -> GraphQLClient:
    return GraphQLClient(PersonFactory())


def rich_datasets(count: int) -> None:
    for n in range(count):
        dataset = OwnershipFactory(dataset__domain=DomainFactory()).dataset
        ColumnFactory(dataset=dataset)
        ColumnFactory(dataset=dataset)
        curation.set_tags(acting=administrator(), dataset_id=dataset.pk, tags=["gold", f"t{n}"])


PAGE_OF_DATASETS = """
query Page($first: Int!) {
  datasets(first: $first) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { cursor node {
      qualifiedName
      system { qualifiedName }
      domain { slug }
      columns(first: 100) { path physicalType }
      owners { kind origin person { displayName } team { name } }
      tags { path }
    } }
  }
}
"""


@pytest.mark.parametrize("count", [3, 50])
def test_a_page_of_datasets_costs_few_queries_whatever_its_size(
    employee: GraphQLClient, count: int, django_assert_max_num_queries: Any
) -> None:
    rich_datasets(count)

    with django_assert_max_num_queries(13):
        answer = employee.ask(PAGE_OF_DATASETS, first=50)

    nodes = [edge["node"] for edge in answer["data"]["datasets"]["edges"]]
    assert len(nodes) == count
    assert all(len(node["columns"]) == 2 for node in nodes)
    assert all(node["owners"][0]["person"]["displayName"] for node in nodes)
    assert all("gold" in [tag["path"] for tag in node["tags"]] for node in nodes)


def test_fragments_may_ask_for_parts_of_one_relation(employee: GraphQLClient) -> None:
    rich_datasets(2)
    asked = """
    fragment Labels on Dataset { columns(first: 5) { labels { name } } owners { person { id } } }
    fragment Edges on Dataset {
        columns(first: 5) { upstreamEdges { confidence } } owners { team { id } }
    }
    { datasets(first: 5) { edges {
        node { ...Labels ...Edges columns(first: 5) { path } few: columns(first: 1) { path } }
        other: node { few: columns(first: 2) { path } }
    } } }
    """

    answer = employee.ask(asked)

    assert "errors" not in answer
    for edge in answer["data"]["datasets"]["edges"]:
        assert [set(one) for one in edge["node"]["columns"]] == [
            {"labels", "upstreamEdges", "path"}
        ] * 2
        assert (len(edge["node"]["few"]), len(edge["other"]["few"])) == (1, 2)
        assert [set(one) for one in edge["node"]["owners"]] == [{"person", "team"}]


def test_paging_reaches_every_dataset_once(employee: GraphQLClient) -> None:
    wanted = [DatasetFactory().qualified_name for _ in range(7)]
    question = """query P($after: String!) { datasets(first: 3, after: $after) {
        pageInfo { hasNextPage endCursor } edges { node { qualifiedName } } } }"""

    seen: list[str] = []
    after, more = "", True
    while more:
        page = employee.ask(question, after=after)["data"]["datasets"]
        seen += [edge["node"]["qualifiedName"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert seen == wanted


def test_a_mutation_writes_through_the_service_and_returns_what_stands(
    employee: GraphQLClient,
) -> None:
    dataset = DatasetFactory()

    answer = employee.ask(
        """mutation C($id: ID!) { changeDataset(dataset: $id, changes: {description: "New"},
        reason: "It was empty") { dataset { description facts { field value origin } } } }""",
        id=dataset.pk,
    )

    shown = answer["data"]["changeDataset"]["dataset"]
    assert shown["description"] == "New"
    assert {"field": "meaning", "value": "New", "origin": "declared"} in shown["facts"]
    assert Event.objects.get(subject_type="dataset").payload["reason"] == "It was empty"


def test_a_refusal_is_typed_and_changes_nothing(employee: GraphQLClient) -> None:
    dataset = DatasetFactory()
    question = """mutation C($id: ID!, $changes: GenericScalar!) {
        changeDataset(dataset: $id, changes: $changes) { dataset { id } } }"""

    not_steward = employee.ask(question, id=dataset.pk, changes={"criticality": 1})
    wrong_value = employee.ask(question, id=dataset.pk, changes={"display_name": "x" * 501})
    missing = employee.ask(question, id=987654321, changes={"description": "x"})

    assert not_steward["errors"][0]["extensions"] == {
        "code": "not_steward",
        "ask": "the domain's steward",
    }
    assert wrong_value["errors"][0]["extensions"]["field"] == "display_name"
    assert missing["errors"][0]["extensions"] == {"code": "not_found"}
    assert Dataset.objects.get().criticality is None
    assert Event.objects.filter(subject_type="dataset").count() == 0


def test_the_past_and_the_changes_can_be_asked_for(employee: GraphQLClient) -> None:
    dataset = ColumnFactory(path="old", name="old").dataset
    answer = employee.ask(
        """query H($id: ID!) { changes(dataset: $id) { what verb subject fields { field after } }
        datasetAsOf(id: $id, at: "2100-01-01T00:00:00Z") { columns } }""",
        id=dataset.pk,
    )

    assert [change["what"] for change in answer["data"]["changes"]] == ["dataset", "column"]
    assert answer["data"]["datasetAsOf"]["columns"][0]["path"] == "old"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{", ""),
        ([{"query": "{me{id}}"}], "one JSON object"),
        ({"query": ""}, "text of a GraphQL question"),
        ({"query": "{me{id}}", "variables": []}, "variables is an object"),
        ({"query": "x" * 50_001}, "50,000 characters"),
    ],
)
def test_rubbish_is_refused_as_a_problem(employee: GraphQLClient, body: Any, words: str) -> None:
    answer = employee.post(body)

    assert answer.status_code == 400
    assert words in json.dumps(answer.json())


TOO_DEAR = (
    "{ datasets(first: 100) { edges { node { "
    + " ".join(f"a{n}: columns(first: 100) {{ labels {{ id path }} }}" for n in range(5))
    + " } } } }"
)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (TOO_DEAR, "too_costly"),
        ("{ nothing }", "invalid_question"),
        ("{ datasets(first: 101) { edges { cursor } } }", "invalid_input"),
        ('{ datasets(after: "zzz") { edges { cursor } } }', "invalid_input"),
        ("{ dataset { id } }", "invalid_input"),
        ("{ systems(first: null) { totalCount } }", "invalid_question"),
        ("subscription { x }", "invalid_question"),
        ("{ me { ...A } } fragment A on Person { ...A }", "invalid_question"),
    ],
)
def test_a_question_beyond_the_limits_is_refused_with_its_code(
    employee: GraphQLClient, query: str, code: str
) -> None:
    answer = employee.ask(query)

    assert answer["errors"][0]["extensions"]["code"] == code


def test_fragments_that_ask_for_each_other_twice_are_counted_once() -> None:
    # Given fragments of which each asks twice for the next one, where nothing costs more
    doubled = "".join(
        f"fragment F{n} on SqlLineage {{ ...F{n + 1} ...F{n + 1} }} " for n in range(60)
    )
    told = '{ sqlLineage(sql: "x") { ...F0 } } fragment F60 on SqlLineage { __typename } '

    # Then the question is measured at once, and may run
    assert check_limits(parse(told + doubled), None) == []


@pytest.mark.parametrize(
    "question",
    [
        "{ " + " ".join(f"a{n}: lineageImage(dataset: 1) {{ svg }}" for n in range(70)) + " }",
        "query ($n: Int = 1000) { datasets(first: $n) { edges { node {"
        " a: columns { id } b: columns { id } } } } }",
    ],
)
def test_what_is_dear_is_counted_as_such(question: str) -> None:
    (error,) = check_limits(parse(question), {})
    assert error.extensions == {"code": "too_costly"}


def test_a_value_that_its_type_cannot_read_is_a_fault_of_the_question(
    employee: GraphQLClient,
) -> None:
    answer = employee.ask('mutation { endLease(id: "no uuid") { decision } }')
    (error,) = [error for error in answer["errors"] if "UUID" in error["message"]]
    assert error["extensions"] == {"code": "invalid_question"}


def test_strangers_and_externals_learn_nothing() -> None:
    DatasetFactory(qualified_name="postgres://a/secret")
    introspection = json.dumps({"query": "{__schema{types{name}}}"})
    stranger = Client().post("/graphql/", introspection, content_type="application/json")
    browser = Client()
    browser.force_login(PersonFactory(employment_kind=EmploymentKind.EXTERNAL))
    body = json.dumps({"query": "{datasets{totalCount edges{node{id}}}}"})
    seen = browser.post("/graphql/", body, content_type="application/json").json()

    assert stranger.status_code == 401
    assert seen["data"]["datasets"] == {"totalCount": 0, "edges": []}


def test_every_field_that_leads_to_objects_is_planned() -> None:
    """N+1 cannot come back: a field between object types is a relation or stands at the root."""
    models = {"Dataset", "Column", "System", "Container", "Domain", "Person", "Team", "Label",
              "Owner", "Question", "Answer", "KnownProblem", "ExampleQuery", "Profile",
              "TestResult", "Relation", "Run", "Source",
              "RunProblem", "Invitation", "DatasetLineageEdge", "ColumnLineageEdge",
              "Proposal", "Revision", "Signer", "Position", "Concern", "Comment", "Step",
              "MigrationTask", "Agreement", "AgreementVersion", "Decision", "Delegation",
              "Membership", "Meeting", "AgendaItem", "ActionItem", "Conflict", "Flow", "Committee",
              "Webhook", "WebhookDelivery",
              "Message"}  # fmt: skip
    walked = 0
    for name, graphql_type in schema.graphql_schema.type_map.items():
        if name not in models or not isinstance(graphql_type, GraphQLObjectType):
            continue
        graphene_type = graphql_type.graphene_type  # type: ignore[attr-defined]
        for python_name, field in graphene_type._meta.fields.items():
            camel = "".join(
                word if n == 0 else word.capitalize()
                for n, word in enumerate(python_name.split("_"))
            )
            output = get_named_type(graphql_type.fields[camel].type)
            if output.name in models:
                assert isinstance(field, RelationField), (name, python_name)
                walked += 1
    assert walked >= 55


def test_datasets_are_asked_for_by_their_kind_of_data(employee: GraphQLClient) -> None:
    clicks = DatasetFactory(data_kind="interaction")
    DatasetFactory(data_kind="transactional")

    answer = employee.ask(
        '{ datasets(dataKind: ["interaction"]) { edges { node { name dataKind } } } }'
    )

    assert [edge["node"] for edge in answer["data"]["datasets"]["edges"]] == [
        {"name": clicks.name, "dataKind": "interaction"}
    ]


def test_a_search_tells_what_it_tells_over_rest() -> None:
    # Given a dataset that somebody owns, known to search
    person = PersonFactory()
    owned = OwnershipFactory(dataset__name="orders", dataset__domain=DomainFactory()).dataset
    refresh([Subject("dataset", owned.pk)])

    # When the same is asked over both
    answer = GraphQLClient(person).ask(SEARCH)["data"]["search"]
    browser = Client()
    browser.force_login(person)
    over_rest = browser.get("/api/v1/search/?q=orders&facets=kind,lifecycle").json()

    # Then both say what every result shows, and the same of the facets
    (hit,), (stated,) = answer["hits"], over_rest["hits"]
    assert hit["facts"]["owners"] == stated["facts"]["owners"] != []
    assert {_snake(name): value for name, value in hit["facts"].items()} == stated["facts"]
    assert [
        {
            **{_snake(name): value for name, value in facet.items()},
            "values": [{_snake(n): v for n, v in value.items()} for value in facet["values"]],
        }
        for facet in answer["facets"]
    ] == over_rest["facets"]


SEARCH = """
{ search(text: "orders", facets: ["kind", "lifecycle"]) {
    hits { facts { type platform system domain owners labels lifecycle stage isDemoted modifiedAt
                   usage rows physicalType } }
    facets { field label hasMore values { value label count isLowerBound isChosen } }
} }
"""


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def test_the_committed_schema_is_the_one_served() -> None:
    """Changes of the interface are seen in review: `manage.py graphql_schema` writes the file."""
    committed = Path(settings.BASE_DIR, "docs", "schema.graphql").read_text()

    assert committed.strip() == str(schema).strip()


@pytest.mark.parametrize(
    ("query", "variables", "message", "field"),
    [
        (
            "query($a: String!) { dataset(name: $a) { name } }",
            {"a": 5},
            "Variable '$a' got invalid value 5; String cannot represent a non string value: 5",
            "a",
        ),
        (
            "query($n: Int) { datasets(first: $n) { totalCount } }",
            {"n": 2**40},
            "Variable '$n' got invalid value 1099511627776; Int cannot represent non 32-bit signed"
            " integer value: 1099511627776",
            "n",
        ),
        (
            "query($a: String!) { dataset(name: $a) { name } }",
            {"a": "x\x00"},
            "a holds a NUL character: remove it.",
            "a",
        ),
        (
            '{ dataset(name: "x\\u0000") { name } }',
            None,
            "name holds a NUL character: remove it.",
            "name",
        ),
    ],
)
def test_a_value_that_no_type_takes_is_told_by_its_name(
    employee: GraphQLClient,
    caplog: pytest.LogCaptureFixture,
    query: str,
    variables: dict[str, Any] | None,
    message: str,
    field: str,
) -> None:
    # when
    body = {"query": query, "variables": variables}
    answer = employee.post(body)

    # then
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["message"]) == (400, message)
    assert error["extensions"] == {"code": "invalid_input", "field": field}
    assert not any(record.exc_info for record in caplog.records)


def test_an_id_beyond_64_bits_is_told_as_too_large(employee: GraphQLClient) -> None:
    # when
    query = '{ dataset(id: "99999999999999999999") { name } }'
    answer = employee.post({"query": query})

    # then
    [error] = answer.json()["errors"]
    assert error["message"] == "id is too large: the largest number is 9223372036854775807."
    assert error["extensions"] == {"code": "invalid_input", "field": "id"}


def test_the_name_of_an_operation_is_a_text(employee: GraphQLClient) -> None:
    # when
    body = {"query": "query A { datasets { totalCount } }", "operationName": 5}
    answer = employee.post(body)

    # then
    assert (answer.status_code, answer.json()["detail"]) == (400, "operationName is a text.")
    assert answer.json()["field"] == "operationName"


@pytest.mark.parametrize("escaped", ["\\ud800", "x\\udc00\\ud800"])
def test_half_a_surrogate_pair_is_told_by_its_place(employee: GraphQLClient, escaped: str) -> None:
    # when
    query = "query($a: String!) { dataset(name: $a) { name } }"
    answer = employee.post(f'{{"query": "{query}", "variables": {{"a": "{escaped}"}}}}')

    # then
    assert (answer.status_code, answer.json()["field"]) == (400, "variables.a")
