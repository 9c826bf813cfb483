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
        ("documents.jsonl", '{"id": 1.5}', 'Line 1 of documents.jsonl has no "id"'),
        ("documents.jsonl", "", "documents.jsonl has no documents"),
        ("documents.jsonl", '{"id": "x"}', "No document that has a grade above 0 is in documents"),
        ("queries.jsonl", "[]", "Line 1 of queries.jsonl is no JSON object"),
        ("queries.jsonl", '{"id": "q1", "query": "tide"}', 'Line 1 of queries.jsonl has no "text"'),
        ("qrels.tsv", "q1 0 d1 much\nq2 0 d2 1", "Line 1 of qrels.tsv has no number as its grade"),
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


@pytest.mark.django_db
@pytest.mark.parametrize("content", ["Höhe".encode("latin1"), "tide".encode("utf-16"), b"\xff"])
def test_what_is_no_text_is_named_with_its_line(tmp_path: Path, content: bytes) -> None:
    arguments = write(tmp_path, TREC)
    first = json.dumps(DOCUMENTS[0]).encode()
    (tmp_path / "documents.jsonl").write_bytes(first + b"\n" + content)

    with pytest.raises(CommandError, match=r"Line 2 of documents.jsonl is no text in UTF-8: save"):
        call_command("search_eval", *arguments, stdout=StringIO())


ODD_DOCUMENTS = [
    {"id": "nul\0", "title": "gann\0et"},
    {"id": "half\ud800", "title": "razorbill \ud800"},
    {"id": "deep", "title": "x", "fields": {"a": "NESTED"}},
    {"id": "list", "title": "x", "fields": ["puffin"]},
    {"id": "text", "title": "x", "fields": "guillemot"},
    {"id": "objects", "title": "x", "fields": {"columns": [{"column": "cormorant"}]}},
    {"id": "mapping", "title": "x", "fields": {"columns": {"fulmar_no": "of the skuas"}}},
    {"id": "label", "title": "x", "fields": {"tags": f"kittiwake {'x1y ' * 2_000_000}"}},
]
SOUGHT = (
    *("gann et", "razorbill", "petrel", "puffin", "guillemot", "cormorant", "skuas fulmar"),
    "kittiwake",
)


@pytest.mark.django_db
def test_whatever_a_line_of_json_holds_is_found(search_backend: str, tmp_path: Path) -> None:
    # Given documents with NUL, halves of characters, much nesting and fields of other forms
    arguments = write(tmp_path, "")
    lines = "\r\n".join(map(json.dumps, ODD_DOCUMENTS))
    lines = lines.replace('"NESTED"', "[" * 500 + '"petrel"' + "]" * 500)
    (tmp_path / "documents.jsonl").write_text(f"\ufeff{lines}", encoding="utf-8", newline="")
    asked = [{"id": at, "text": text} for at, text in enumerate(SOUGHT)]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, asked)))
    judged = [f"{at}\t0\t{one['id']}\t1\t" for at, one in enumerate(ODD_DOCUMENTS) if at > 1]
    (tmp_path / "qrels.tsv").write_text("\n".join(judged))

    report = trial.put_to_search(read_collection(*map(Path, arguments[1::2])))

    # Then each that can be judged is the first for its word
    assert (report.queries, report.mrr_10, report.absent) == (6, 1.0, 0)


@pytest.mark.django_db
def test_who_asks_nothing_finds_nothing_and_what_is_not_there_is_told(tmp_path: Path) -> None:
    # Given an empty query, one that is there twice, and judgements of documents that are not there
    arguments = write(tmp_path, "q1 0 d1 1\nq2 0 d2 1\nq2 0 gone 1\nq1 0 away 0\nqx 0 far 1\n")
    queries = [{"id": "q1", "text": ""}, QUERIES[1], {"id": "q2", "text": "tides"}]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    out, told = StringIO(), StringIO()

    call_command("search_eval", *arguments, stdout=out, stderr=told)

    # Then the first finds nothing, of the second the first text holds, and the one is counted
    said = dict(line.split(None, 1) for line in out.getvalue().splitlines())
    assert said["queries"] == "2, of which 1 found nothing"
    assert said["MRR@10"] == "0.5000"
    assert "1 of the judged documents is not in documents.jsonl" in told.getvalue()


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
