"""Files written here by DuckDB and by hand, in folders that try to lead elsewhere."""

import gzip
import os
from pathlib import Path
from typing import Any

import duckdb
import pytest

from catalog.connectors.files.connector import FilesConnector
from catalog.registries.connectors import ReadContext, ReadLimits, SourceUnreadable
from catalog.types import ContainerKind, DatasetKind, Severity
from tests.catalog.connectors.reading import Read, read_all


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "lake"
    (root / "daily" / "eu").mkdir(parents=True)
    return root


def read(folder: Path, context: ReadContext | None = None, **settings: Any) -> Read:
    return read_all(FilesConnector(), context, path=str(folder), **settings)


class TestFormats:
    def test_csv_with_types_and_statistics(self, folder: Path) -> None:
        text = "id,name,seen\n1,ann,2020-01-01\n2,,2021-05-05\n3,ann,\n"
        (folder / "people.csv").write_text(text)
        found = read(folder)
        people = found.dataset('file://lake/"people.csv"')
        assert people.kind is DatasetKind.FILE
        assert [(c.path[0], c.physical_type) for c in people.columns or ()] == [
            ("id", "BIGINT"),
            ("name", "VARCHAR"),
            ("seen", "DATE"),
        ]
        assert people.profile is not None
        assert (people.profile.rows, people.profile.size_bytes) == (3, len(text))
        assert people.profile.estimated is False
        assert people.profile.columns == {
            "id": {"nulls": 0, "distinct": 3, "min": "1", "max": "3"},
            "name": {
                "nulls": 1,
                "distinct": 1,
                "min": "ann",
                "max": "ann",
                "formats": {"values": 2},
            },
            "seen": {"nulls": 1, "distinct": 2, "min": "2020-01-01", "max": "2021-05-05"},
        }
        assert found.problems == []

    def test_measuring_can_be_switched_off(self, folder: Path) -> None:
        (folder / "people.csv").write_text("name\nann\n")
        people = read(folder, measure=False).dataset('file://lake/"people.csv"')
        assert people.profile is None
        assert len(people.columns or ()) == 1

    def test_rows_that_do_not_fit_are_not_measured_either(self, folder: Path) -> None:
        (folder / "pay.csv").write_bytes(b"id,pay\n1,100\n2,\xff\xfe\n")
        found = read(folder, measure=False)
        assert "do not fit its columns" in found.problems[0].message
        assert found.dataset('file://lake/"pay.csv"').profile is None

    def test_parquet_with_nested_fields(self, folder: Path) -> None:
        duckdb.connect().execute(
            "COPY (SELECT 1 AS id, {'sku': 'a', 'prices': [{'currency': 'EUR', 'amount': 1.5}]}"
            f" AS item, [1, 2] AS counts) TO '{folder}/items.parquet'"
        )
        items = read(folder).dataset('file://lake/"items.parquet"')
        assert [".".join(c.path) for c in items.columns or ()] == [
            "id",
            "item",
            "item.sku",
            "item.prices",
            "item.prices.currency",
            "item.prices.amount",
            "counts",
        ]
        assert items.profile is not None
        assert items.profile.columns["item"] == {"nulls": 0}

    def test_gz_tsv_json_and_json_lines(self, folder: Path) -> None:
        (folder / "a.csv.gz").write_bytes(gzip.compress(b"x;y\n1;2\n"))
        (folder / "b.tsv").write_text("x\ty\n1\t2\n")
        (folder / "c.json").write_text('[{"x": 1, "y": {"z": "q"}}]')
        (folder / "d.ndjson").write_text('{"x": 1}\n{"x": 2, "y": {"z": [1]}}\n')
        (folder / "e.jsonl.gz").write_bytes(gzip.compress(b'{"x": 1}\n'))
        (folder / "ignored.pdf").write_bytes(b"%PDF")
        found = read(folder)
        assert {name.split("/")[-1]: found.columns(name) for name in found.datasets} == {
            '"a.csv.gz"': ["x", "y"],
            '"b.tsv"': ["x", "y"],
            '"c.json"': ["x", "y", "y.z"],
            '"d.ndjson"': ["x", "y", "y.z"],
            '"e.jsonl.gz"': ["x"],
        }

    def test_folders_are_containers(self, folder: Path) -> None:
        (folder / "daily" / "eu" / "sales.csv").write_text("a\n1\n")
        found = read(folder, instance="lake house")
        assert list(found.datasets) == ['file://"lake house"/daily.eu."sales.csv"']
        assert {name: c.kind for name, c in found.containers.items()} == {
            'file://"lake house"/daily': ContainerKind.FOLDER,
            'file://"lake house"/daily.eu': ContainerKind.FOLDER,
        }
        assert read(folder, include_subfolders=False).datasets == {}
        assert read(folder, patterns=("*.parquet",)).datasets == {}

    @pytest.mark.parametrize("name", ["a*b", "[x]", "q?", "it's", 'd"q', "注文 书", "a.b", "a%20b"])
    def test_names_that_mean_something_to_others(self, folder: Path, name: str) -> None:
        (folder / f"{name}.csv").write_text("mine\n1\n")
        (folder / "axxb.csv").write_text("other\n1\n")
        found = read(folder)
        own = [d for d in found.datasets.values() if (d.columns or ())[0].path == ("mine",)]
        assert len(own) == 1
        assert found.problems == []


class TestWhatIsRefused:
    def test_links_that_lead_out(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "secret.csv").write_text("password\nhunter2\n")
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "more.csv").write_text("a\n1\n")
        (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
        (folder / "linked").symlink_to(tmp_path / "outside")
        (folder / "gone.csv").symlink_to(tmp_path / "nowhere.csv")
        found = read(folder)
        assert found.datasets == {}
        assert sorted(p.location for p in found.problems) == ["gone.csv", "link.csv", "linked"]

    @pytest.mark.parametrize("path", ["../etc", "lake", "/tmp/../etc", "/no/such", "/a\0b"])
    def test_paths_that_are_no_folder(self, path: str) -> None:
        with pytest.raises(SourceUnreadable):
            read(Path(path))

    def test_an_upload_cannot_name_its_way_out(self, tmp_path: Path) -> None:
        (tmp_path / "stored").write_text("a\n1\n")
        files = {"../../etc/x.csv": tmp_path / "stored", "ok/y.csv": tmp_path / "stored"}
        found = read_all(FilesConnector(), ReadContext(files=files))
        assert list(found.datasets) == ['file://uploads/ok."y.csv"']
        assert [p.location for p in found.problems] == ["../../etc/x.csv"]

    def test_damaged_files_cost_only_themselves(self, folder: Path) -> None:
        (folder / "a.parquet").write_bytes(b"PAR1 this is not parquet")
        (folder / "b.json").write_text('{"a": [1, 2')
        (folder / "c.csv.gz").write_bytes(gzip.compress(b"a\n1\n" * 10_000)[:30])
        (folder / "d.csv").write_text("fine\n1\n")
        (folder / "e.csv").write_bytes(b"")
        found = read(folder)
        assert 'file://lake/"d.csv"' in found.datasets
        unread = {p.location: p for p in found.problems if p.severity is Severity.ERROR}
        assert {"a.parquet", "b.json", "c.csv.gz"} <= set(unread)
        assert all(str(folder) not in p.message for p in found.problems)

    def test_rows_that_do_not_fit_are_said(self, folder: Path) -> None:
        rows = "".join(f"{n},{n}\n" for n in range(30_000))
        (folder / "a.csv").write_text("id,amount\n" + rows + "7,seven\n")
        found = read(folder)
        profile = found.dataset('file://lake/"a.csv"').profile
        assert [p.location for p in found.problems] == ["a.csv"]
        assert profile is not None
        assert profile.rows == 30_000

    def test_size_and_number_have_limits(self, folder: Path) -> None:
        (folder / "big.csv").write_text("a\n" + "1\n" * 1000)
        (folder / "small.csv").write_text("a\n1\n")
        found = read(folder, ReadContext(limits=ReadLimits(max_file_bytes=100)))
        assert list(found.datasets) == ['file://lake/"small.csv"']
        assert "the limit is" in found.problems[0].message
        found = read(folder, ReadContext(limits=ReadLimits(max_files=1)))
        assert len(found.datasets) == 1
        assert found.problems[0].severity is Severity.ERROR

    def test_names_that_are_no_text(self, folder: Path) -> None:
        with open(os.fsencode(folder) + b"/bad\xff.csv", "w") as file:
            file.write("a\n1\n")
        found = read(folder)
        assert found.datasets == {}
        assert found.problems[0].severity is Severity.ERROR

    def test_deeply_nested_json(self, folder: Path) -> None:
        (folder / "deep.json").write_text('{"a":' * 5000 + "1" + "}" * 5000)
        found = read(folder)
        depths = [len(c.path) for d in found.datasets.values() for c in d.columns or ()]
        assert max(depths, default=0) <= 30
        assert len(found.datasets) + len(found.problems) >= 1


def test_a_file_of_10_000_columns(folder: Path) -> None:
    names = [f"c{number}" for number in range(10_000)]
    (folder / "wide.csv").write_text(",".join(names) + "\n" + ",".join("1" for _ in names) + "\n")
    found = read(folder)
    wide = found.dataset('file://lake/"wide.csv"')
    assert len(wide.columns or ()) == 10_000
    assert wide.profile is not None
    assert wide.profile.rows == 1
    assert found.problems == []
