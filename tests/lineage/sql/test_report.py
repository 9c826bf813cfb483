"""The exchange form: JSON in, JSON out, from a call, from a file, from several processes."""

import io
import json
import sys
from multiprocessing import active_children
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from lineage.sql import report
from lineage.sql.crew import BATCH
from lineage.sql.workers import report_lines, reports

REQUEST = {
    "id": "q1",
    "sql": "insert into V select o.Total, max(c.name) n from Orders o join s2.c on o.id = c.id "
    "group by 1",
    "dialect": "snowflake",
    "schema": {"orders": ["id", "total"], "s2.c": {"id": "int", "name": "text"}},
    "default_db": "D",
    "default_schema": "S",
}
ANSWER = {
    "id": "q1",
    "sources": ["d.s.orders", "d.s2.c"],
    "targets": ["d.s.v"],
    "column_edges": [
        ["d.s.orders", "total", "d.s.v", "total", "DIRECT", "IDENTITY", 1.0],
        ["d.s2.c", "name", "d.s.v", "n", "DIRECT", "AGGREGATION", 1.0],
    ],
    "output_columns": ["total", "n"],
    "indirect_dataset": [
        ["d.s.orders", "id", "JOIN"],
        ["d.s2.c", "id", "JOIN"],
        ["d.s.orders", "total", "GROUP_BY"],
    ],
    "mentioned": ["d.s.orders", "d.s2.c"],
    "unresolved": [],
    "assumed": [],
    "errors": [],
}

LINES = [json.dumps({"id": n, "sql": f"SELECT a FROM t{n}"}) for n in range(2 * BATCH + 2)]


def test_the_answer_has_the_agreed_form() -> None:
    assert report(REQUEST) == ANSWER


def test_a_bare_query_has_no_target() -> None:
    answer = report({"id": 1, "sql": "select a from t", "dialect": "postgres"})

    assert answer["column_edges"] == [["t", "a", None, "a", "DIRECT", "IDENTITY", 0.9]]
    assert answer["targets"] == []


@pytest.mark.parametrize(
    ("dialect", "sql", "table"),
    [
        ("bigquery", "select a from Proj.Data.T", "proj.data.t"),
        ("bigquery", "select a from `Proj.Data.T`", "Proj.Data.T"),
        ("mysql", "select a from Shop.T", "shop.t"),
        ("snowflake", 'select a from "Ab"', "Ab"),
        ("spark", "select a from `Ab`", "ab"),
    ],
)
def test_names_are_in_lower_case_unless_quotes_keep_them(
    dialect: str, sql: str, table: str
) -> None:
    assert report({"sql": sql, "dialect": dialect})["sources"] == [table]


@pytest.mark.parametrize(
    ("dialect", "sql", "table"),
    [
        ("bigquery", "select a from P.Data.T join `P.Data.T` using (a)", "P.Data.T"),
        ("bigquery", "select a from `P`.Data.T join P.Data.T using (a)", "P.data.t"),
        ("bigquery", "select T as `Data` from Data.T", "data.t"),
        ("mysql", "select a from Shop.T join `Shop`.`T` using (a)", "Shop.T"),
        ("clickhouse", "select `Id`, Id from Shop.T join `Shop`.T using (Id)", "Shop.t"),
    ],
)
def test_a_table_written_with_and_without_quotes_is_one(dialect: str, sql: str, table: str) -> None:
    # Given engines in which quotes do not change what a name means
    answer = report({"sql": sql, "dialect": dialect})

    # Then both spellings are one name, and so are those of a column
    assert answer["sources"] == [table]
    assert len({*answer["output_columns"], *(edge[3] for edge in answer["column_edges"])}) == 1


@pytest.mark.parametrize(
    ("sql", "columns"),
    [("SELECT * FROM t", ["id", "nr"]), ('SELECT t.* FROM t WHERE "Nr" > 1', ["id", "Nr"])],
)
def test_a_schema_in_capitals_is_read_as_the_text_writes_it(sql: str, columns: list[str]) -> None:
    # Given columns as an engine lists them that writes all in capitals, or as quotes keep them
    answer = report({"sql": sql, "dialect": "postgres", "schema": {"T": ["ID", "Nr"]}})

    # Then they are in lower case, but for those that the text quotes
    assert answer["output_columns"] == columns
    assert {edge[6] for edge in answer["column_edges"]} == {1.0}
    assert answer["unresolved"] == []


@pytest.mark.parametrize(
    "request_", [{}, {"sql": 7}, {"sql": "select 1", "schema": {"t": 3}}, {"sql": None}]
)
def test_a_wrong_request_is_answered_with_an_error(request_: dict[str, object]) -> None:
    answer = report(request_)

    assert len(answer["errors"]) == 1
    assert answer["sources"] == []


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("schema", [1], "The field schema must map tables to columns: it was left out."),
        ("schema", {"t": 5}, "The field schema must map tables to columns: it was left out."),
        ("dialect", "klingon", "No SQL dialect is called 'klingon': the text was read without."),
        ("dialect", 5, "No SQL dialect is called '5': the text was read without."),
        ("default_db", ["d"], "The field default_db must be a text."),
    ],
)
def test_what_is_wrong_beside_the_text_costs_no_lineage(
    field: str, value: object, complaint: str
) -> None:
    answer = report({"id": 1, "sql": "select a from t", field: value})

    assert answer["errors"] == [complaint]
    assert answer["column_edges"] == [["t", "a", None, "a", "DIRECT", "IDENTITY", 0.9]]


def test_the_standard_is_no_unknown_dialect() -> None:
    assert report({"sql": "select a from t", "dialect": "ansi"})["errors"] == []


def test_without_a_dialect_it_is_found_out() -> None:
    answer = report({"sql": "select top 5 [a b] from [s].[t] with (nolock)"})

    assert answer["sources"] == ["s.t"]
    assert answer["output_columns"] == ["a b"]


def test_what_a_template_leaves_open_lowers_the_confidence() -> None:
    answer = report({"sql": "select {{ m('a') }} as b from {{ ref('t') }}", "dialect": "postgres"})

    assert answer["column_edges"] == [["t", "a", None, "b", "DIRECT", "TRANSFORMATION", 0.5]]
    assert answer["errors"] == ["The template's 'm' is not known."]


def test_a_macro_of_a_known_package_is_no_error() -> None:
    sql = "select {{ dbt_utils.safe_add(['a', 'b']) }} as c from {{ ref('t') }}"
    answer = report({"sql": sql, "dialect": "postgres", "schema": {"t": ["a", "b"]}})

    assert [edge[1:] for edge in answer["column_edges"]] == [
        ["a", None, "c", "DIRECT", "TRANSFORMATION", 0.9],
        ["b", None, "c", "DIRECT", "TRANSFORMATION", 0.9],
    ]
    assert answer["errors"] == []
    assert answer["assumed"] == [
        "The template's 'dbt_utils_safe_add' was read as its package writes it."
    ]


def written(folder: Path, lines: list[str]) -> tuple[Path, Path]:
    source = folder / "in.jsonl"
    source.write_text("\n".join(lines), encoding="utf-8")
    return source, folder / "out.jsonl"


def test_the_command_answers_line_by_line(tmp_path: Path) -> None:
    source, sink = written(tmp_path, [json.dumps(REQUEST), "", "no json", "[]"])

    call_command("sql_lineage", input=str(source), output=str(sink))

    answers = [json.loads(line) for line in sink.read_text(encoding="utf-8").splitlines()]
    assert answers[0] == ANSWER
    assert [a["errors"] for a in answers[1:]] == [
        ["Line 3 is not a JSON object."],
        ["Line 4 is not a JSON object."],
    ]


RUBBISH = [
    b'{"id": 1, "sql": "select \xff, a from t"}',
    b'{"id": 2, "sql": "select a from \\ud800"}',
    b'{"id": NaN, "sql": "select a from t"}',
    b'{"sql": "select b from u"}',
    b'{"id": 5, "sql": "select a from t" , "deep": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    b'{"id": 6, "sql": "select \'' + b"x" * 1_000_000 + b"' as x, a from t\"}",
    b'{"id": 7, "sql": "select ' + b"(" * 3_000 + b"a" + b")" * 3_000 + b' as a from t"}',
    b'{"id": 8, "sql": "{% for i in range(100000000) %}x{% endfor %}"}',
    b'{"id": 9, "sql": ""}',
]


def test_rubbish_costs_its_own_line_only(tmp_path: Path) -> None:
    # Given a file that begins with a byte order mark and goes on worse
    source, sink = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"\xef\xbb\xbf" + b"\n".join(RUBBISH))

    # When it is read
    call_command("sql_lineage", input=str(source), output=str(sink))

    # Then every line has its answer
    lines = sink.read_text(encoding="utf-8").splitlines()
    answers = [json.loads(line) for line in lines]
    read = {
        answer["id"]: [edge[:2] for edge in answer["column_edges"] if edge[1] == "a"]
        for answer in answers
    }
    assert read == {
        1: [["t", "a"]],
        2: [["\ud800", "a"]],
        None: [],
        6: [["t", "a"]],
        7: [["t", "a"]],
        8: [],
        9: [],
    }
    assert [bool(answer["errors"]) for answer in answers] == [
        True, False, True, False, True, False, False, True, False,
    ]  # fmt: skip
    assert answers[0]["errors"] == ["Line 1 is not UTF-8: what is no character was replaced."]
    assert answers[3]["sources"] == ["u"]


def test_a_file_is_not_written_over_itself(tmp_path: Path) -> None:
    source, _ = written(tmp_path, [json.dumps(REQUEST)])

    with pytest.raises(CommandError, match="are the same file"):
        call_command("sql_lineage", input=str(source), output=str(source))

    assert json.loads(source.read_text(encoding="utf-8")) == REQUEST


def test_the_command_reads_and_writes_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(REQUEST) + "\n"))
    monkeypatch.setattr(sys, "stdout", io.StringIO())

    call_command("sql_lineage")

    assert json.loads(sys.stdout.getvalue()) == ANSWER  # type: ignore[attr-defined]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.jsonl cannot be opened"):
        call_command("sql_lineage", input=str(tmp_path / "nowhere.jsonl"))


def test_a_worker_that_is_gone_is_replaced() -> None:
    # Given a worker that was ended between two batches
    answers = report_lines(enumerate(LINES, start=1), workers=1, seconds=60)
    first = [json.loads(next(answers)) for _ in range(BATCH)]
    for process in active_children():
        process.kill()
        process.join()

    # When the rest is asked for
    rest = [json.loads(answer) for answer in answers]

    # Then every text is answered, all but the one it was at by its tree
    assert [answer["id"] for answer in (*first, *rest)] == list(range(len(LINES)))
    assert sum(bool(answer["errors"]) for answer in rest) <= 1


def test_workers_answer_in_order() -> None:
    requests = [{"id": n, "sql": f"select a{n} from t", "dialect": "duckdb"} for n in range(70)]

    answers = list(reports(requests, workers=2, seconds=60))

    assert answers == [report(request) for request in requests]


SLOW = "select " + "(" * 300 + "a" + ")" * 300 + " from slow.t"


def test_a_text_that_takes_too_long_is_scanned_and_the_others_are_answered() -> None:
    slow = {"id": "slow", "sql": f"{SLOW} where b in ({','.join(['(1+1)'] * 60_000)})"}
    requests = [{"id": n, "sql": f"select a{n} from t"} for n in range(3)]

    answers = list(reports([*requests[:2], slow, requests[2]], workers=1, seconds=0.3))

    assert [answer["id"] for answer in answers] == [0, 1, "slow", 2]
    assert answers[0]["output_columns"] == ["a0"]
    assert answers[2]["sources"] == ["slow.t"]
    assert answers[2]["errors"] == ["Reading it took more than 0.3 seconds."]
    assert answers[3]["output_columns"] == ["a2"]
