"""Drawn lines, ways, closures and the past through pages, REST and GraphQL alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from graphene.utils.str_converters import to_camel_case
from guardian.shortcuts import assign_perm
from rest_framework.renderers import JSONRenderer

from catalog.models import Column, Dataset, Person
from catalog.types import Principal
from lineage.api import shapes
from lineage.api.rendering import LeanRenderer
from lineage.models import ManualEdge, Statement
from lineage.selectors.traversal import downstream
from tests.factories import DomainFactory, PersonFactory
from tests.lineage.graphs import connect, datasets
from tests.lineage.warehouse import read, table

pytestmark = pytest.mark.django_db

SYSTEM = "postgres://warehouse"


@pytest.fixture
def shop() -> dict[str, Dataset]:
    """raw -> left, right -> report; `sheet` stands alone and has a steward."""
    made = {
        "raw": table("shop.public.raw", ("id", "mail")),
        "left": table("shop.public.left_", ("id", "mail"), "SELECT id, mail FROM raw"),
        "right": table("shop.public.right_", ("id",), "SELECT id FROM raw WHERE mail <> ''"),
        "report": table(
            "shop.public.report",
            ("id", "address"),
            "SELECT l.id, l.mail AS address FROM left_ l JOIN right_ r ON r.id = l.id",
        ),
        "sheet": table("shop.public.sheet", ("total",)),
    }
    Dataset.objects.filter(pk=made["sheet"].pk).update(domain=DomainFactory())
    made["sheet"].refresh_from_db()
    read(*made.values())
    return made


@pytest.fixture
def person() -> Person:
    return PersonFactory.create(display_name="Ada Lind")


@pytest.fixture
def client(person: Person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def graphql(client: Client, query: str) -> Any:
    return client.post("/graphql/", {"query": query}, content_type="application/json").json()


def plain(answer: Any) -> str:
    return str(answer.content.decode()).replace("<wbr>", "")


def test_a_line_is_drawn_shown_and_removed_through_each_door(
    client: Client, person: Person, shop: dict[str, Dataset]
) -> None:
    # Given a steward of the sheet
    assign_perm("catalog.steward_domain", person, shop["sheet"].domain)
    sheet, report = shop["sheet"].pk, shop["report"].pk
    page, rest = f"/datasets/{sheet}/lineage/drawn/", f"/api/v1/datasets/{sheet}/lineage/drawn/"

    # When one line is drawn by form, one by REST, one by GraphQL
    form = {
        "source": f"{SYSTEM}/shop.public.report",
        "source_column": "id",
        "target_column": "total",
        "subtype": "AGGREGATION",
        "reason": "Counted on Mondays.",
    }
    assert client.post(page, form).status_code == 302
    posted = client.post(
        rest,
        {"source": report, "kind": "INDIRECT", "subtype": "FILTER", "reason": "By REST."},
        content_type="application/json",
    )
    drawn = graphql(
        client,
        f'mutation {{ drawLineageEdge(source: "{shop["raw"].pk}", target: "{sheet}",'
        ' reason: "By GraphQL.") { edges { author reason kind } } }',
    )

    # Then all three stand everywhere
    assert posted.status_code == 201
    assert [edge["reason"] for edge in drawn["data"]["drawLineageEdge"]["edges"]] == [
        "By GraphQL.", "By REST.", "Counted on Mondays.",
    ]  # fmt: skip
    shown = plain(client.get(page))
    for words in ("People drew 3 lines", "Counted on Mondays.", "Ada Lind", "drew report.id"):
        assert words in shown, words
    evidence = plain(client.get(f"/datasets/{sheet}/lineage/?open={report}-{sheet}"))
    assert "Counted on Mondays." in evidence
    assert "drawn by a person" in evidence

    # When each is removed through another door
    by_reason = {edge.reason: edge.pk for edge in ManualEdge.objects.all()}
    removed = client.delete(
        f"/api/v1/lineage/drawn/{by_reason['Counted on Mondays.']}/",
        {"reason": "Automated."},
        content_type="application/json",
    )
    client.post(f"{page}{by_reason['By GraphQL.']}/remove/", {"reason": "Wrong."})
    answer = graphql(
        client,
        f'mutation {{ removeLineageEdge(edge: "{by_reason["By REST."]}", reason: "Old.")'
        " { edges { id } } }",
    )

    # Then nothing stands, and the history tells it all
    assert removed.status_code == 204
    assert answer["data"]["removeLineageEdge"]["edges"] == []
    told = client.get(rest).json()
    assert told["edges"] == []
    assert [(change["verb"], change["why"]) for change in told["changes"]][:3] == [
        ("delete", "Old."), ("delete", "Wrong."), ("delete", "Automated."),
    ]  # fmt: skip


def test_who_may_not_draw_is_told_so_by_each_door(client: Client, shop: dict[str, Dataset]) -> None:
    sheet = shop["sheet"].pk
    form = {
        "source": f"{SYSTEM}/shop.public.raw",
        "subtype": "IDENTITY",
        "reason": "Because.",
    }
    page = client.post(f"/datasets/{sheet}/lineage/drawn/", form)
    rest = client.post(
        f"/api/v1/datasets/{sheet}/lineage/drawn/",
        {"source": shop["raw"].pk, "reason": "Because."},
        content_type="application/json",
    )
    answer = graphql(
        client,
        f'mutation {{ drawLineageEdge(source: "{shop["raw"].pk}", target: "{sheet}",'
        ' reason: "Because.") { edges { id } } }',
    )
    assert page.status_code == rest.status_code == 403
    assert "Only the owners and the stewards of this domain may change this." in plain(page)
    assert answer["errors"][0]["extensions"]["code"] == "not_steward"
    assert not ManualEdge.objects.exists()


def test_a_form_with_a_mistake_says_where(
    client: Client, person: Person, shop: dict[str, Dataset]
) -> None:
    assign_perm("catalog.steward_domain", person, shop["sheet"].domain)
    page = f"/datasets/{shop['sheet'].pk}/lineage/drawn/"
    form = {"source": f"{SYSTEM}/shop.public.raw", "subtype": "IDENTITY", "reason": "Because."}
    for change, words in (
        ({"source": "nothing"}, "There is no dataset of that name."),
        ({"source_column": "no", "target_column": "total"}, "raw has no column no."),
        ({"source_column": "id"}, "A value flows into a column"),
        ({"reason": ""}, "This field is required."),
    ):
        answer = client.post(page, {**form, **change})
        assert answer.status_code == 400, words
        assert words in plain(answer)
    assert not ManualEdge.objects.exists()


def test_ways_between_two_datasets(client: Client, shop: dict[str, Dataset]) -> None:
    raw, report = shop["raw"].pk, shop["report"].pk
    ids = [[raw, shop[middle].pk, report] for middle in ("left", "right")]

    page = plain(client.get(f"/datasets/{raw}/lineage/paths/?to={SYSTEM}/shop.public.report"))
    rest = client.get(f"/api/v1/lineage/paths/?source={raw}&target={report}").json()
    told = graphql(
        client,
        f'{{ lineagePaths(source: "{raw}", target: "{report}")'
        " { shortest { id } truncated } }",
    )["data"]["lineagePaths"]

    assert "2 shortest ways of 2 steps, over 4 datasets in all." in page
    assert [[node["id"] for node in path] for path in rest["shortest"]] == ids
    assert [[node["id"] for node in path] for path in told["shortest"]] == ids
    assert not told["truncated"]
    back = plain(
        client.get(f"/datasets/{raw}/lineage/paths/?to={SYSTEM}/shop.public.report&back=1")
    )
    assert "No way that Concord knows leads from the one to the other." in back
    nowhere = client.get(f"/datasets/{raw}/lineage/paths/?to=nothing")
    assert "There is no dataset of that name." in plain(nowhere)


def test_where_the_values_of_a_column_go(client: Client, shop: dict[str, Dataset]) -> None:
    raw = shop["raw"].pk
    mail = Column.objects.get(dataset=raw, path="mail").pk
    base = f"/datasets/{raw}/lineage/column/?column=mail"

    # When only values are followed, then the copies are told
    page = plain(client.get(base))
    told = graphql(
        client,
        f'{{ columnLineage(column: "{mail}") {{ columns {{ column {{ path }} distance }} }} }}',
    )["data"]["columnLineage"]["columns"]
    assert "The values of raw.mail reach 2 columns in 2 datasets." in page
    assert told == [
        {"column": {"path": "mail"}, "distance": 1},
        {"column": {"path": "address"}, "distance": 2},
    ]
    csv = client.get(f"/datasets/{raw}/lineage/column.csv?column=mail").content.decode()
    assert csv.count("\n") == 3

    # And with conditions also the rows that it decides, through every door
    assert "Datasets whose rows it decides" in plain(client.get(f"{base}&indirect=1"))
    rest = client.get(f"/api/v1/columns/{mail}/lineage/?kinds=DIRECT&kinds=INDIRECT").json()
    both = graphql(
        client,
        f'{{ columnLineage(column: "{mail}", kinds: ["DIRECT", "INDIRECT"])'
        " { datasets { id } } }",
    )["data"]["columnLineage"]["datasets"]
    assert {node["id"] for node in rest["datasets"]} == {node["id"] for node in both}
    assert shop["right"].pk in {node["id"] for node in both}

    # And from the other end it is the same story
    up = plain(
        client.get(f"/datasets/{shop['report'].pk}/lineage/column/?column=address&direction=up")
    )
    assert "2 columns in 2 datasets feed report.address." in up


def test_the_past_is_asked_for_through_each_door(client: Client, shop: dict[str, Dataset]) -> None:
    # Given an instant before there was anything
    raw, report = shop["raw"].pk, shop["report"].pk
    mail = Column.objects.get(dataset=raw, path="mail").pk
    at = "2020-01-01T00:00:00Z"
    now = timezone.now().isoformat().replace("+", "%2B")

    for moment, some in ((at, False), (now, True)):
        paths = client.get(
            f"/api/v1/lineage/paths/?source={raw}&target={report}&as_of={moment}"
        ).json()
        closure = client.get(f"/api/v1/columns/{mail}/lineage/?as_of={moment}").json()
        assert bool(paths["shortest"]) is some
        assert bool(closure["columns"]) is some
    told = graphql(
        client,
        f'{{ lineage(dataset: "{raw}", asOf: "{at}") {{ levels {{ id }} }}'
        f' columnLineage(column: "{mail}", asOf: "{at}") {{ columns {{ distance }} }}'
        f' lineagePaths(source: "{raw}", target: "{report}", asOf: "{at}")'
        " { shortest { id } } }",
    )["data"]
    assert told == {
        "lineage": {"levels": []},
        "columnLineage": {"columns": []},
        "lineagePaths": {"shortest": []},
    }


def test_what_is_hidden_is_on_no_way_through_any_door(
    client: Client, shop: dict[str, Dataset], hide: Callable[..., None]
) -> None:
    # Given that nobody may see `left_`
    hide(shop["left"])
    raw, report = shop["raw"].pk, shop["report"].pk
    mail = Column.objects.get(dataset=raw, path="mail").pk
    hidden = Column.objects.get(dataset=shop["left"], path="mail").pk

    # Then ways go round it, values end before it, and it has no page
    paths = client.get(f"/api/v1/lineage/paths/?source={raw}&target={report}")
    closure = client.get(f"/api/v1/columns/{mail}/lineage/?kinds=DIRECT&kinds=INDIRECT")
    page = client.get(f"/datasets/{raw}/lineage/paths/?to={SYSTEM}/shop.public.report")
    column = client.get(f"/datasets/{raw}/lineage/column/?column=mail&indirect=1")
    events = client.get(f"/datasets/{report}/openlineage.json")
    assert len(paths.json()["shortest"]) == 1
    for answer in (paths, closure, page, column, events):
        assert "left_" not in plain(answer)
    assert client.get(f"/api/v1/columns/{hidden}/lineage/").status_code == 404
    there = client.get(f"/datasets/{raw}/lineage/paths/?to={SYSTEM}/shop.public.left_")
    assert "There is no dataset of that name." in plain(there)


def test_each_page_costs_a_bounded_number_of_queries(
    client: Client, shop: dict[str, Dataset], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    raw, report = shop["raw"].pk, shop["report"].pk
    mail = Column.objects.get(dataset=raw, path="mail").pk
    for address, most in (
        (f"/datasets/{raw}/lineage/paths/?to={SYSTEM}/shop.public.report", 40),
        (f"/datasets/{raw}/lineage/column/?column=mail", 40),
        (f"/datasets/{raw}/lineage/drawn/", 40),
        (f"/api/v1/datasets/{raw}/lineage/?direction=down", 12),
        (f"/api/v1/lineage/paths/?source={raw}&target={report}", 16),
        (f"/api/v1/columns/{mail}/lineage/", 12),
    ):
        client.get(address)
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200


def test_an_answer_over_rest_costs_as_many_queries_however_large_it_is(client: Client) -> None:
    # Given a chain of fifty, and one of three beside it
    nodes = datasets(54)
    connect(nodes, [(n, n + 1, True) for n in range(50)])
    connect(nodes[51:], [(0, 1, True), (1, 2, False)])

    # When each is asked for over REST
    counts = []
    for start, reached in ((nodes[0], 20), (nodes[51], 2)):
        address = f"/api/v1/datasets/{start.pk}/lineage/?direction=down"
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            found = client.get(address).json()["traversals"][0]
        assert sum(map(len, found["levels"])) == reached
        counts.append(len(captured))

    # Then both cost the same
    assert counts[0] == counts[1] <= 12


def test_what_is_written_at_once_is_what_the_documented_shapes_write(
    client: Client, shop: dict[str, Dataset]
) -> None:
    # Given the traversal behind an answer
    found = downstream(Principal.system("test"), shop["raw"].pk)

    # Then both ways of writing it give the same
    nodes, links = list(found.nodes), list(found.links)
    documented = {
        "nodes": shapes.NodeSerializer(nodes, many=True).data,
        "links": shapes.LinkSerializer(links, many=True).data,
    }
    written = LeanRenderer().render({"nodes": nodes, "links": links})
    assert written == JSONRenderer().render(documented)
    assert len(links) == 4


READ = """
query (
  $sql: String!, $dialect: String! = "postgres", $system: String! = "", $schema: GenericScalar
) {
  sqlLineage(sql: $sql, dialect: $dialect, system: $system, schema: $schema,
             defaultDb: "shop", defaultSchema: "public") {
    sources targets mentioned outputColumns unresolved assumed errors
    columnEdges { sourceTable sourceColumn targetTable targetColumn kind subtype confidence }
    indirectDataset { table column subtype }
    statements {
      statementType sql status reason confidence outputColumns unresolved temporary calls
      sources { name datasetId qualifiedName } mentioned { name } targets { name datasetId }
      columnEdges {
        sourceTable sourceColumn targetTable targetColumn kind subtype confidence reason masking
        preparations transformation span isRollup
      }
      conditions { sourceTable sourceColumn targetTable subtype confidence reason preparations }
      ambiguous { name tables }
    }
  }
}
"""


def read_in_graphql(client: Client, **variables: Any) -> Any:
    body = {"query": READ, "variables": variables}
    return client.post("/graphql/", body, content_type="application/json").json()


def in_camel_case(value: Any) -> Any:
    """What REST says, in the words of GraphQL."""
    if isinstance(value, list):
        return [in_camel_case(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {to_camel_case(name): in_camel_case(each) for name, each in value.items()}


def test_a_script_is_read_through_rest_and_graphql_alike(
    client: Client, shop: dict[str, Dataset], hide: Callable[..., None]
) -> None:
    # Given a script with values, conditions, a temporary table, a call and a name of two tables
    sql = (
        "create temp table x as select trim(mail) as mail from raw where id = 1;"
        " insert into sheet select x.mail, total, c from x join left_ l on l.mail = x.mail"
        " join u on u.k = l.id join v on v.k = u.k; call p()"
    )
    hide(shop["sheet"])
    before = Statement.objects.count()
    given = {"sql": sql, "dialect": "postgres", "system": SYSTEM}

    # When it is read through both
    rest = client.post(
        "/api/v1/sql/lineage/",
        given | {"default_db": "shop", "default_schema": "public"},
        content_type="application/json",
    ).json()
    found = read_in_graphql(client, **given)["data"]["sqlLineage"]

    # Then both say the same, a table that may not be seen is a mere name, and nothing is kept
    assert [list(edge.values()) for edge in found["columnEdges"]] == rest["column_edges"] != []
    assert [list(d.values()) for d in found["indirectDataset"]] == rest["indirect_dataset"] != []
    for name in ("sources", "targets", "mentioned", "output_columns", "unresolved", "errors"):
        assert found[to_camel_case(name)] == rest[name]
    assert found["assumed"] == rest["assumed"]
    assert found["statements"][1]["ambiguous"] != []
    for one, other in zip(found["statements"], rest["statements"], strict=True):
        ambiguous = {each["name"]: each["tables"] for each in one.pop("ambiguous")}
        assert ambiguous == other.pop("ambiguous")
        wanted = in_camel_case(other)
        wanted["mentioned"] = [{"name": each["name"]} for each in wanted["mentioned"]]
        for target in wanted["targets"]:
            del target["qualifiedName"]
        assert one == wanted
    assert found["statements"][1]["targets"] == [{"name": "shop.public.sheet", "datasetId": None}]
    assert Statement.objects.count() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sql": " "}, "sql"),
        ({"sql": "SELECT 1" + " " * 1_000_000}, "sql"),
        ({"dialect": "klingon"}, "dialect"),
        ({"system": "nowhere"}, "system"),
        ({"schema": ["t"]}, "schema"),
    ],
)
def test_a_wrong_script_is_refused_by_name(
    client: Client, change: dict[str, Any], field: str
) -> None:
    answer = read_in_graphql(client, **({"sql": "SELECT 1"} | change))

    (error,) = answer["errors"]
    assert error["extensions"]["field"] == field


def test_a_question_reads_three_scripts_at_most(client: Client) -> None:
    def ask(count: int) -> Any:
        asked = (f'q{n}: sqlLineage(sql: "select a from t") {{ sources }}' for n in range(count))
        return graphql(client, "{" + " ".join(asked) + "}")

    assert ask(3)["data"]["q2"] == {"sources": ["t"]}
    assert ask(4)["errors"][0]["extensions"]["code"] == "too_costly"
