"""A judged collection is put to search in a place of its own."""

from __future__ import annotations

import json
import signal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import Dataset, SearchDocument, SearchTerm, SearchWord
from catalog.search.backends import backend
from catalog.search.judged import measures, trial
from catalog.search.judged.collection import read_collection
from tests.catalog.search.conftest import Find, names

DOCUMENTS = [
    {"id": "d1", "title": "Tides", "text": "High and low water in the harbor, by hour."},
    {"id": "d2", "title": "Wages", "text": "What is paid to employees.", "fields": {"tags": "pay"}},
    {"id": "d3", "title": "trips", "text": "", "fields": {"columns": ["vessel_id", "berthed_at"]}},
    {"_id": "d4", "text": "An untitled note about lighthouses.", "metadata": {"url": "x"}},
    {"id": "d1", "title": "Tides", "text": "The same id again: left out."},
]
QUERIES = [
    {"id": "q1", "text": "when is the water high?"},
    {"id": "q2", "text": 'payments to an "employee'},
    {"_id": "q3", "text": "which vessels berthed (AND where"},
    {"id": "q4", "text": "lighthouse"},
    {"id": "q5", "text": "nobody judged this"},
    {"id": "q6", "text": "when is the water high? " * 100},
]


def write(folder: Path, qrels: str) -> list[str]:
    documents, queries = folder / "documents.jsonl", folder / "queries.jsonl"
    documents.write_text("\n".join(json.dumps(one) for one in DOCUMENTS) + "\n\n")
    queries.write_text("\n".join(json.dumps(one) for one in QUERIES))
    (folder / "qrels.tsv").write_text(qrels)
    return [
        *("--documents", str(documents), "--queries", str(queries)),
        *("--qrels", str(folder / "qrels.tsv")),
    ]


TREC = "q1 0 d1 2\nq2\t0\td2\t1\nq3 0 d3 1\nq4 0 d4 1\nq4 0 d1 0\nq6 0 d1 1\n"
HEADED = (
    "\nquery-id\titer\tdoc\tgrade\n"
    "q1\t0\td1\t2\nq2\t0\td2\t1\nq3\t0\td3\t1\nq4\t0\td4\t1\nq6\t0\td1\t1\n"
)
BEIR = (
    "query-id\tcorpus-id\tscore\nq1\td1\t2\nq2\td2\t1\nq3\td3\t1\nq4\td4\t1\nq4\td1\t0\nq6\td1\t1\n"
)


SLIPS = ["when is the watter high?", "what is piad to emploiees", "vesssel", "lighthuose"]


@pytest.mark.django_db
def test_a_slip_in_a_judged_query_is_met_by_the_word_that_is_there(tmp_path: Path) -> None:
    # Given queries with a word each that no document of the collection has, and a catalog with
    # words of its own
    SearchWord.objects.create(word="watter", documents=3)
    arguments = write(tmp_path, "q1 0 d1 1\nq2 0 d2 1\nq3 0 d3 1\nq4 0 d4 1\n")
    queries = [{"id": f"q{at}", "text": text} for at, text in enumerate(SLIPS, 1)]
    Path(arguments[3]).write_text("\n".join(map(json.dumps, queries)))

    report = trial.put_to_search(read_collection(*map(Path, arguments[1::2])))

    # Then each is answered, by the words of the collection, and the catalog's are as they were
    assert (report.mrr_10, report.zero_hits) == (1.0, 0)
    assert list(SearchWord.objects.values_list("word", flat=True)) == ["watter"]


@pytest.mark.django_db
@pytest.mark.parametrize("qrels", [TREC, BEIR, HEADED])
def test_every_answer_is_found_and_the_catalog_untouched(
    shop: dict[str, Dataset], find: Find, tmp_path: Path, qrels: str
) -> None:
    before = [
        list(model.objects.order_by("pk").values_list("pk", flat=True))
        for model in (SearchDocument, SearchTerm, SearchWord)
    ]
    out = StringIO()

    call_command("search_eval", *write(tmp_path, qrels), stdout=out)

    said = dict(line.split(None, 1) for line in out.getvalue().splitlines())
    assert said["documents"].startswith("4 in ")
    assert said["queries"] == "5, of which 0 found nothing"
    assert [said[name] for name in ("recall@5", "recall@10", "nDCG@10", "MRR@10")] == ["1.0000"] * 4
    assert said["latency"].startswith("p50 ")
    assert before == [
        list(model.objects.order_by("pk").values_list("pk", flat=True))
        for model in (SearchDocument, SearchTerm, SearchWord)
    ]
    assert names(find("tides")) == []
    assert names(find("orders"))[0] == "orders"


@pytest.mark.django_db
def test_nothing_is_left_of_it(
    search_backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = write(tmp_path, TREC)
    call_command("search_eval", *arguments, stdout=StringIO())
    assert left_behind() == (0, "public")

    monkeypatch.setattr(trial, "ranked", lambda *_: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(SystemExit):
        call_command("search_eval", *arguments, stdout=StringIO())

    assert left_behind() == (0, "public")
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert backend() is backend()


def left_behind() -> tuple[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), current_schema() FROM pg_class"
            " WHERE relpersistence = 't' AND relname LIKE 'catalog_search%'"
        )
        return cursor.fetchone()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("documents.jsonl", '{"title": "x"}', 'Line 1 of documents.jsonl has no "id"'),
        ("documents.jsonl", "no json", "Line 1 of documents.jsonl is no JSON object"),
        ("queries.jsonl", "[]", 'Line 1 of queries.jsonl has no "id"'),
        ("qrels.tsv", "q1 d1", "Line 1 of qrels.tsv has neither three nor four values"),
        ("qrels.tsv", "q1 0 d1 1\nq1 0 d2 much", "Line 2 of qrels.tsv has no number as its grade"),
        ("qrels.tsv", "q1 0 d1 nan", "Line 1 of qrels.tsv has no number as its grade"),
        ("qrels.tsv", "q1 0 d1 inf", "Line 1 of qrels.tsv has no number as its grade"),
        ("qrels.tsv", "", "No query of queries.jsonl has a grade above 0 in qrels.tsv"),
        ("qrels.tsv", "other 0 d1 1", "No query of queries.jsonl has a grade above 0"),
        ("documents.jsonl", "[" * 9_000, "Line 1 of documents.jsonl is no JSON object"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(
    search_backend: str, tmp_path: Path, file: str, text: str, sentence: str
) -> None:
    arguments = write(tmp_path, TREC)
    (tmp_path / file).write_text(text)

    with pytest.raises(CommandError, match=sentence):
        call_command("search_eval", *arguments, stdout=StringIO())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    write(tmp_path, TREC)
    with pytest.raises(Exception, match=r"gone.tsv cannot be read: No such file"):
        read_collection(
            tmp_path / "documents.jsonl", tmp_path / "queries.jsonl", tmp_path / "gone.tsv"
        )


def test_measures_are_those_of_trec_eval() -> None:
    grades = {"a": 3, "b": 1, "c": 0}

    assert measures.ndcg(["a", "b"], grades, 5) == 1
    assert measures.ndcg(["b", "a"], grades, 5) == pytest.approx(0.7967, abs=1e-4)
    assert measures.ndcg(["x", "c"], grades, 5) == 0
    assert measures.ndcg(["x", "x", "a"], grades, 2) == 0
    assert measures.recall(["c", "b"], grades, 5) == 0.5
    assert measures.reciprocal_rank(["c", "x", "b"], grades, 10) == pytest.approx(1 / 3)
    assert measures.reciprocal_rank(["c", "x", "b"], grades, 2) == 0
    assert (measures.success(["a"], grades), measures.success(["b"], grades)) == (1, 0)
    assert (measures.mean([]), measures.percentile([], 0.5)) == (0, 0)
    assert measures.percentile([5, 1, 3, 4, 2], 0.95) == 5
