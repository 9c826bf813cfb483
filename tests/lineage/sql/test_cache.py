"""A statement that comes again is answered from memory, and never with another's answer."""

from lineage.sql import LineageCache, Session
from lineage.sql.dialects import rules_of
from lineage.types import ScriptLineage
from tests.lineage.sql.reading import Tables, lines


class Counting(Tables):
    """A schema that counts how often it is asked."""

    @property
    def times(self) -> int:
        return len(self.asked)


def lineage(script: ScriptLineage) -> list[str]:
    return [line for statement in script.statements for line in lines(statement)]


def test_the_same_text_is_read_once() -> None:
    cache, schema = LineageCache(), Counting({"t": "a b"})
    first = cache.analyze("select a from t", dialect="postgres", schema=schema)

    again = cache.analyze("select a from t", dialect="postgres", schema=schema)

    assert again is first
    assert schema.times == 1


def test_a_text_that_differs_in_a_compared_literal_is_read_once() -> None:
    cache, schema = LineageCache(), Counting({"t": "a b"})
    cache.analyze("select a from t where b = 1", dialect="postgres", schema=schema)

    script = cache.analyze("SELECT a  FROM t WHERE b = 22", dialect="postgres", schema=schema)

    assert schema.times == 1
    assert lineage(script) == ["(rows) <- t.b FILTER", "a <- t.a IDENTITY"]
    (statement,) = script.statements
    assert statement.sql == "SELECT a  FROM t WHERE b = 22"
    assert [edge.span for edge in statement.column_edges] == [None]


def test_all_that_decides_the_answer_is_in_the_key() -> None:
    cache, sql = LineageCache(), "select A from T"

    def table(**options: object) -> str:
        (statement,) = cache.analyze(sql, **options).statements  # type: ignore[arg-type]
        return statement.sources_read[0].text

    assert table(dialect="postgres") == "t"
    assert table(dialect="bigquery") == "T"
    assert table(dialect="bigquery", portable=True) == "t"
    assert table(dialect="postgres", default_schema="s") == "s.t"
    assert table(dialect="postgres", default_schema="s", default_database="d") == "d.s.t"


def test_a_new_version_of_the_schema_is_asked() -> None:
    cache, sql = LineageCache(), "select a from t, u"
    cache.analyze(sql, dialect="postgres", schema=Tables({"t": "a", "u": "b"}), schema_version=1)

    script = cache.analyze(
        sql, dialect="postgres", schema=Tables({"t": "b", "u": "a"}), schema_version=2
    )

    assert lineage(script) == ["a <- u.a IDENTITY"]


def test_a_session_that_moved_on_gets_another_answer() -> None:
    cache, session = LineageCache(), Session(rules_of("snowflake"))
    sql = "insert into v select a from t"
    before = cache.read(sql, session)

    cache.read("use schema s", session)
    cache.read("create temp table t as select b as a from w", session)

    assert lineage(before) == ["v.a <- t.a IDENTITY"]
    assert lineage(cache.read(sql, session)) == ["s.v.a <- s.w.b IDENTITY"]


def test_what_changes_a_session_is_done_every_time() -> None:
    cache = LineageCache()
    for _ in range(2):
        session = Session(rules_of("snowflake"))

        cache.read("use schema s", session)

        assert session.schema_name == "s"


def test_literals_that_name_something_are_no_less_than_the_text() -> None:
    cache = LineageCache()
    sessions = [Session(rules_of("postgres")), Session(rules_of("postgres"))]

    for session, name in zip(sessions, ("one", "two"), strict=True):
        cache.read(f"set search_path = '{name}'", session)

    assert [session.schema_name for session in sessions] == ["one", "two"]


def test_what_was_not_asked_for_longest_is_forgotten_first() -> None:
    cache, schema = LineageCache(entries=1), Counting({"t": "a b"})
    for column in "aabba":
        cache.analyze(f"select {column} from t", dialect="postgres", schema=schema)

    assert schema.times == 3


def test_the_result_of_a_statement_that_came_again_is_nobody_elses() -> None:
    cache = LineageCache()
    schema = Tables({"s": "a", "u": "a"})
    session = Session(rules_of("snowflake"), schema)
    scan = "create or replace table t as select a from table(result_scan(last_query_id()))"
    cache.read("select a from s", session)
    assert lineage(cache.read(scan, session)) == ["t.a <- s.a IDENTITY"]
    cache.read("select a from u", session)
    assert lineage(cache.read(scan, session)) == ["t.a <- u.a IDENTITY"]

    cache.read("select a from s", session)  # answered from memory: what it showed is not known

    assert "t.a <- u.a IDENTITY" not in lineage(cache.read(scan, session))


def test_the_number_of_a_result_is_no_mere_literal() -> None:
    cache, schema = LineageCache(), Tables({"s": "a", "u": "a"})
    script = (
        "select a from s; select a from u; select a from table(result_scan(last_query_id(-{})))"
    )

    def last(back: int) -> list[str]:
        read = cache.analyze(script.format(back), dialect="snowflake", schema=schema)
        return lines(read.statements[-1])

    assert last(1) == ["a <- u.a IDENTITY"]
    assert last(2) == ["a <- s.a IDENTITY"]
