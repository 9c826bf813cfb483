"""Jobs and runs on every door: what may be seen of them, and where event and SQL disagree."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator

from catalog.models import Column, Dataset
from lineage.models import Job, JobRun, Statement
from lineage.openlineage.receiving import receive_event
from lineage.selectors.disagreements import disagreements
from lineage.selectors.jobs import projection_state
from lineage.services.run_events.feeding import feed_run_events
from lineage.services.run_events.keeping import keep
from lineage.services.run_events.projecting import memory
from tests.factories import AdministratorFactory, PersonFactory, administrator
from tests.feeding import feed_settled, settle
from tests.lineage.openlineage.sending import column_lineage, dataset, event
from tests.lineage.warehouse import column_edges, dataset_edges, table

pytestmark = pytest.mark.django_db(transaction=True)

SQL = "INSERT INTO b SELECT id, upper(name) AS label FROM a"


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    memory.forget()
    yield
    memory.forget()


@pytest.fixture
def job() -> Job:
    """A job whose event claims that the label comes from the id."""
    facet = column_lineage(
        id=[("shop.public.a", "id", "IDENTITY")],
        label=[("shop.public.a", "id", "TRANSFORMATION")],
    )
    sent = event(
        inputs=[dataset("shop.public.a", "id", "name")],
        outputs=[dataset("shop.public.b", "id", "label", columnLineage=facet)],
        job_facets={"sql": {"query": SQL, "dialect": "postgres"}},
        run_facets={"ours": {"_producer": "x", "_schemaURL": "y", "unknown": "kept"}},
    )
    keep([(receive_event(json.dumps(sent).encode()), None)])
    settle()
    feed_run_events()
    feed_settled()
    return Job.objects.get()


@pytest.fixture
def client() -> Client:
    browser = Client()
    browser.force_login(PersonFactory())
    return browser


def get(client: Client, path: str, status: int = 200) -> Any:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == status, answer.content
    return answer.json()


def ask(client: Client, query: str) -> Any:
    answer = client.post("/graphql/", json.dumps({"query": query}), "application/json")
    return answer.json()


SENTENCES = [
    "a.id → label: the event says so, the SQL does not.",
    "a.name → label: the SQL says so, the event does not.",
]


def test_a_disagreement_is_seen_on_every_door(client: Client, job: Job) -> None:
    found = get(client, f"jobs/{job.pk}/")
    assert [d["sentence"] for d in found["disagreements"]] == SENTENCES
    assert [d["said_by"] for d in found["disagreements"]] == ["facet", "sql"]

    said = ask(client, f"{{ job(id: {job.pk}) {{ disagreements {{ sentence }} }} }}")
    assert [d["sentence"] for d in said["data"]["job"]["disagreements"]] == SENTENCES

    made = Dataset.objects.get(name="b")
    for address in (f"/lineage/jobs/{job.pk}/", f"/datasets/{made.pk}/lineage/"):
        page = client.get(address).content.decode().replace("<wbr>", "")
        assert "The event and the SQL do not say the same" in page
        assert "the SQL says so, the event does not." in page


@pytest.mark.parametrize(("sent", "count"), [("doc", 0), ("doc.city", 0), ("doc.street", 2)])
def test_who_names_the_column_and_who_names_the_field_agree(sent: str, count: int) -> None:
    # Given a table with a struct, of which the SQL reads a field
    source = table("shop.public.a", ("id",), at="postgres://db")
    for path in ("doc", "doc.city", "doc.street"):
        parent, _, name = path.rpartition(".")
        Column.objects.create(dataset=source, path=path, name=name, parent_path=parent, ordinal=1)
    made = table("shop.public.b", ("town",), at="postgres://db")
    # When an event tells of the column, of that field or of another one
    facet = column_lineage(town=[("shop.public.a", sent, "IDENTITY")])
    sent_event = event(
        inputs=[dataset("shop.public.a")],
        outputs=[dataset("shop.public.b", columnLineage=facet)],
        job_facets={
            "sql": {
                "query": "INSERT INTO b SELECT (doc).city AS town FROM a",
                "dialect": "postgres",
            }
        },
    )
    keep([(receive_event(json.dumps(sent_event).encode()), None)])
    settle()
    feed_run_events()
    feed_settled()
    # Then they disagree in the last case alone, where each side tells of a field of its own
    assert len(disagreements(administrator(), [made.pk])) == count


def test_a_job_with_its_runs(client: Client, job: Job) -> None:
    run = JobRun.objects.get()
    listed = get(client, "jobs/?find=load")["results"]
    assert [(row["name"], row["runs_heard"], row["last_state"]) for row in listed] == [
        ("load", 1, "COMPLETE")
    ]
    assert get(client, "jobs/?find=nothing")["results"] == []
    found = get(client, f"jobs/{job.pk}/")
    assert (found["sql"], found["dialect"]) == (SQL, "postgres")
    assert [d["qualified_name"] for d in found["inputs"]] == ["postgres://db/shop.public.a"]
    runs = get(client, f"jobs/{job.pk}/runs/")["results"]
    assert [row["run_id"] for row in runs] == [str(run.pk)]

    # A run has its facets, unknown ones included, and its events as they came
    one = get(client, f"jobs/runs/{run.pk}/")
    assert one["facets"]["ours"]["unknown"] == "kept"
    assert one["events"][0]["job"]["name"] == "load"
    page = client.get(f"/lineage/runs/{run.pk}/").content.decode()
    assert "Events as they came" in page
    assert "Completed" in client.get("/lineage/jobs/").content.decode()
    said = ask(client, '{ jobs(find: "load") { name lastState } }')
    assert said["data"]["jobs"] == [{"name": "load", "lastState": "COMPLETE"}]


def test_what_event_and_sql_say_alike_goes_out_once(client: Client, job: Job) -> None:
    # Given the id, of which the event and the SQL say the same
    made = Dataset.objects.get(name="b")
    assert made.column_edges_in.filter(target_column__path="id").count() == 2

    # When the dataset leaves as an event
    sent = get(client, f"datasets/{made.pk}/lineage/openlineage/")

    # Then its transformation is named once
    (source,) = sent["dataset"]["facets"]["columnLineage"]["fields"]["id"]["inputFields"]
    assert [step["subtype"] for step in source["transformations"]] == ["IDENTITY"]


def test_what_facets_tell_of_a_job_and_its_run(client: Client) -> None:
    # Given a run that is part of another, with everything that runs and jobs can tell
    whole = event(job="nightly", run=7)
    sent = event(
        run=8,
        outputs=[dataset("shop.public.b", "id")],
        job_facets={
            "ownership": {"owners": [{"name": "team:loads", "type": "OWNER"}, {"name": "ann"}]},
            "tags": {"tags": [{"key": "critical", "value": "true"}, {"key": "tier", "value": "1"}]},
        },
        run_facets={
            "parent": {
                "job": {"namespace": "jobs", "name": "nightly"},
                "run": {"runId": whole["run"]["runId"]},
            },
            "nominalTime": {
                "nominalStartTime": "2026-01-01T00:00:00Z",
                "nominalEndTime": "2026-01-02T00:00:00Z",
            },
            "processing_engine": {"name": "Spark", "version": "3.5.1"},
            "executionParameters": {"parameters": [{"key": "k", "name": "day", "value": 3}]},
            "jobDependencies": {
                "upstream": [{"job": {"namespace": "jobs", "name": "nightly"}}],
                "downstream": [{"job": {"namespace": "jobs", "name": "unheard"}}],
            },
            "test": {"tests": [{"name": "rows", "status": "fail", "expected": "9", "actual": "0"}]},
        },
    )
    keep([(receive_event(json.dumps(each).encode()), None) for each in (whole, sent)])
    settle()
    feed_run_events()
    feed_settled()
    load, nightly = Job.objects.get(name="load"), Job.objects.get(name="nightly")
    run = sent["run"]["runId"]

    # When one asks for them on every door
    told = get(client, f"jobs/runs/{run}/")
    owned = get(client, f"jobs/{load.pk}/")
    asked = ask(
        client,
        f"""{{ jobRun(id: "{run}") {{ nominalStart nominalEnd engine parameters {{ name value }}
            waitsFor {{ id name }} awaitedBy {{ id name }} tests {{ name status actual }}
            parent {{ runId }} job {{ name }} }}
            job(id: {load.pk}) {{ owners tags }} }}""",
    )["data"]
    page = client.get(f"/lineage/runs/{run}/").content.decode().replace("<wbr>", "")
    job_page = client.get(f"/lineage/jobs/{load.pk}/").content.decode().replace("<wbr>", "")

    # Then each says the same
    assert (told["nominal_start"], told["engine"]) == ("2026-01-01T00:00:00Z", "Spark 3.5.1")
    assert told["parameters"] == {"day": "3"}
    assert told["waits_for"] == [{"id": nightly.pk, "namespace": "jobs", "name": "nightly"}]
    assert told["awaited_by"] == [{"id": None, "namespace": "jobs", "name": "unheard"}]
    assert told["tests"] == [{"name": "rows", "status": "fail", "expected": "9", "actual": "0"}]
    assert (owned["owners"], owned["tags"]) == (
        ["team:loads (owner)", "ann"],
        ["critical", "tier: 1"],
    )
    assert asked["jobRun"] == {
        "nominalStart": "2026-01-01T00:00:00+00:00",
        "nominalEnd": "2026-01-02T00:00:00+00:00",
        "engine": "Spark 3.5.1",
        "parameters": [{"name": "day", "value": "3"}],
        "waitsFor": [{"id": nightly.pk, "name": "nightly"}],
        "awaitedBy": [{"id": None, "name": "unheard"}],
        "tests": [{"name": "rows", "status": "fail", "actual": "0"}],
        "parent": {"runId": whole["run"]["runId"]},
        "job": {"name": "load"},
    }
    assert asked["job"] == {"owners": owned["owners"], "tags": owned["tags"]}
    for said in (
        "Spark 3.5.1",
        "Meant for",
        "day = 3",
        "Waits for",
        "Awaited by",
        "What it tested",
    ):
        assert said in page
    assert f'href="/lineage/runs/{whole["run"]["runId"]}/"' in page
    assert "team:loads (owner)" in job_page


def test_what_names_a_hidden_dataset_is_not_shown(
    client: Client, job: Job, hide: Callable[..., None]
) -> None:
    run = JobRun.objects.get()
    # Given that one of the two datasets may not be seen
    hide(Dataset.objects.get(name="a"))
    found = get(client, f"jobs/{job.pk}/")
    assert (found["sql"], found["inputs"], found["disagreements"]) == ("", [], [])
    assert [d["qualified_name"] for d in found["outputs"]] == ["postgres://db/shop.public.b"]
    one = get(client, f"jobs/runs/{run.pk}/")
    assert (one["inputs"], one["facets"], one["events"]) == ([], {}, [])
    assert SQL not in client.get(f"/lineage/jobs/{job.pk}/").content.decode()

    # And when neither may be, there is no such job
    hide(*Dataset.objects.all())
    get(client, f"jobs/{job.pk}/", 404)
    get(client, f"jobs/{job.pk}/runs/", 404)
    get(client, f"jobs/runs/{run.pk}/", 404)
    assert get(client, "jobs/")["results"] == []
    assert client.get(f"/lineage/jobs/{job.pk}/").status_code == 404


def test_what_touches_a_hidden_dataset_is_neither_described_nor_counted(
    client: Client, hide: Callable[..., None]
) -> None:
    # Given a job inside another, from one table to another, and the other's own table
    whole = event(job="nightly_secret", run=9, outputs=[dataset("shop.public.whole", "id")])
    counted = {"inputFacets": {"inputStatistics": {"rowCount": 4711}}}
    part = event(
        inputs=[dataset("shop.public.a", "id") | counted],
        outputs=[dataset("shop.public.b", "id")],
        job_facets={
            "documentation": {"description": "From secret a."},
            "sourceCodeLocation": {"url": "https://code.example.org/secret_a.sql"},
        },
        run_facets={"parent": {"job": whole["job"], "run": {"runId": whole["run"]["runId"]}}},
    )
    keep([(receive_event(json.dumps(sent).encode()), None) for sent in (whole, part)])
    settle()
    feed_run_events()
    job = Job.objects.get(name="load")
    run = JobRun.objects.get(job=job)

    def told() -> str:
        question = (
            f'{{ jobs {{ description }} job(id: "{job.pk}") {{ job {{ description }} runs'
            f' {{ rowsRead }} }} jobRun(id: "{run.pk}") {{ run {{ rowsRead }} job {{ description }}'
            " parent { rowsRead runId } } }"
        )
        answers = [
            *(f"/api/v1/jobs/{job.pk}/{rest}" for rest in ("", "runs/", "openlineage/")),
            f"/api/v1/jobs/runs/{run.pk}/",
            f"/lineage/jobs/{job.pk}/",
            f"/lineage/runs/{run.pk}/",
        ]
        texts = [client.get(address).content.decode() for address in answers]
        asked = client.post("/graphql/", {"query": question}, content_type="application/json")
        assert "errors" not in asked.json()
        texts.append(asked.content.decode())
        listed = [one for one in get(client, "jobs/")["results"] if one["id"] == job.pk]
        return "\n".join([*texts, str(listed)]).replace("<wbr>", "").replace("4,711", "4711")

    # When everything may be seen, then all of it is told
    found = told()
    for word in ("From secret a.", "secret_a.sql", "4711", "nightly_secret"):
        assert word in found
    assert get(client, f"jobs/{job.pk}/")["job"]["parent"] is not None
    # And when what it reads and what the other makes are hidden, none of it is
    hide(*Dataset.objects.exclude(name="b"))
    found = told()
    for word in ("From secret a.", "secret_a.sql", "4711", "nightly_secret"):
        assert word not in found
    assert get(client, f"jobs/{job.pk}/")["job"]["parent"] is None


def test_a_statement_that_reads_more_than_its_job_says_is_not_shown(
    client: Client, hide: Callable[..., None]
) -> None:
    # Given a producer that lists no inputs
    secret = table("shop.public.secret_pay", ("id",), at="postgres://db")
    sent = event(
        outputs=[dataset("shop.public.b", "id")],
        job_facets={"sql": {"query": "SELECT id FROM public.secret_pay", "dialect": "postgres"}},
    )
    keep([(receive_event(json.dumps(sent).encode()), None)])
    settle()
    feed_run_events()
    feed_settled()
    job, run = Job.objects.get(), JobRun.objects.get()
    assert "secret_pay" in get(client, f"jobs/{job.pk}/")["sql"]
    # When what the statement reads is hidden
    hide(secret)
    # Then the statement is, and the events that hold it
    assert get(client, f"jobs/{job.pk}/")["sql"] == ""
    assert get(client, f"jobs/runs/{run.pk}/")["events"] == []


def test_a_text_of_which_nobody_knows_what_it_names_is_for_administrators(client: Client) -> None:
    sent = event(job_facets={"sql": {"query": "SELECT 1 FROM secret", "dialect": "postgres"}})
    keep([(receive_event(json.dumps(sent).encode()), None)])
    settle()
    feed_run_events()
    job = Job.objects.get()
    assert get(client, f"jobs/{job.pk}/")["sql"] == ""
    boss = Client()
    boss.force_login(AdministratorFactory())
    assert get(boss, f"jobs/{job.pk}/")["sql"] == "SELECT 1 FROM secret"


def test_an_administrator_sees_how_far_events_are_projected(job: Job) -> None:
    keep([(receive_event(json.dumps(event(run=7)).encode()), None)])
    state = projection_state(administrator())
    assert (state.waiting, state.parked, state.last_error) == (1, 0, "")
    boss = Client()
    boss.force_login(AdministratorFactory())
    for page in ("runeventoffset", "parkedrunevent"):
        assert boss.get(f"/admin/lineage/{page}/").status_code == 200


def test_what_goes_out_comes_in_again(
    client: Client, job: Job, tmp_path: Path, fixtures_folder: Path
) -> None:
    # Given everything as OpenLineage events
    file = tmp_path / "events.ndjson"
    call_command("export_openlineage", output=str(file), stdout=io.StringIO())
    sent = [json.loads(line) for line in file.read_text().splitlines()]
    assert [sorted(one.keys() & {"dataset", "job"}) for one in sent] == [
        ["dataset"], ["dataset"], ["job"],
    ]  # fmt: skip
    assert get(client, f"jobs/{job.pk}/openlineage/") == sent[2]

    # Which fit the schemas of the specification
    spec = json.loads((fixtures_folder / "openlineage/spec/OpenLineage.json").read_text())
    for one, kind in zip(sent, ("DatasetEvent", "DatasetEvent", "JobEvent"), strict=True):
        validator = Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": spec["$defs"]})
        assert list(validator.iter_errors(one)) == []

    # When an empty catalog takes them
    graph = (dataset_edges(), column_edges())
    for model in (Statement, Job, Dataset):
        model.objects.all().delete()
    memory.forget()
    keep([(receive_event(json.dumps(one).encode()), None) for one in sent])
    settle()
    feed_run_events()
    feed_settled()

    # Then the graph is the same
    assert (dataset_edges(), column_edges()) == graph
    assert Job.objects.get().sql == SQL


def test_why_an_edge_leads_to_the_job_and_the_run_that_carry_it(job: Job, client: Client) -> None:
    # Given the edge that an event made
    ends = {name: Dataset.objects.get(name=name).pk for name in ("a", "b")}
    run = JobRun.objects.get()

    # When it is asked why data flows there, on the page, over REST and GraphQL
    page = client.get(f"/datasets/{ends['b']}/lineage/?open={ends['a']}-{ends['b']}")
    rest = client.get(f"/api/v1/lineage/evidence/?source={ends['a']}&target={ends['b']}").json()
    asked = (
        "query ($a: ID!, $b: ID!) { lineageEvidence(source: $a, target: $b)"
        " { jobs { id name lastRun lastState } } }"
    )
    body = {"query": asked, "variables": {"a": ends["a"], "b": ends["b"]}}
    answer = client.post("/graphql/", json.dumps(body), content_type="application/json").json()

    # Then each names the job with its last run, and the page leads to both
    text = page.content.decode()
    assert f'href="/lineage/jobs/{job.pk}/"' in text
    assert f'href="/lineage/runs/{run.run_id}/"' in text
    (told,) = rest["jobs"]
    assert (told["id"], told["name"], told["last_run"]) == (job.pk, job.name, str(run.run_id))
    assert answer["data"]["lineageEvidence"]["jobs"] == [
        {"id": job.pk, "name": job.name, "lastRun": str(run.run_id), "lastState": run.state}
    ]
