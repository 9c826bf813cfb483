"""The quick answer whether the tables and static files have to be prepared again."""

import os
import sys
from pathlib import Path

import pytest
from django.db import connection

from config.embedded.prepared import Prepared

pytestmark = pytest.mark.django_db


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """A checkout that was prepared a moment ago."""
    files = {
        "root/catalog/migrations/0001_initial.py": "one",
        "root/catalog/static/pages.css": "a {}",
        "environment/concord-requirements.sha256": "locked",
        "var/static/.collected": "found",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    made = Prepared(tmp_path / "root", tmp_path / "var")
    connection.ensure_connection()
    made.note(connection.connection)
    return made


def test_what_was_prepared_stays_current(prepared: Prepared) -> None:
    assert prepared.is_current(connection.connection)


@pytest.mark.parametrize(
    "name",
    [
        "root/catalog/migrations/0001_initial.py",
        "root/lineage/migrations/0002_new.py",
        "root/catalog/static/pages.css",
        "environment/concord-requirements.sha256",
        "var/static/.collected",
    ],
)
def test_any_change_asks_for_preparing_again(prepared: Prepared, tmp_path: Path, name: str) -> None:
    # when a file changes or comes
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("two!")
    # then nobody relies on what was prepared
    assert not prepared.is_current(connection.connection)


def test_an_older_database_asks_for_preparing_again(prepared: Prepared) -> None:
    # when a backup comes back that lacks the latest migration
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'catalog'")
        assert cursor.rowcount > 0
    # then
    assert not prepared.is_current(connection.connection)


def test_what_cannot_be_told_is_prepared_again(prepared: Prepared, tmp_path: Path) -> None:
    # given requirements that another tool installed
    os.unlink(tmp_path / "environment/concord-requirements.sha256")
    # then
    prepared.note(connection.connection)
    assert not prepared.is_current(connection.connection)
