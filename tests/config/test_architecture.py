"""The habits of the house that an import contract cannot say."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PACKAGES = ("catalog", "config", "governance", "lineage")
EDGES = (
    "catalog/admin", "catalog/api", "catalog/graphql", "catalog/web", "lineage/api",
    "lineage/graphql", "lineage/web", "config/graphql",
)  # fmt: skip
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "misc", "manager", "managers", "common"}
LONGEST_FILE = 500  # lines; a longer file holds a second thought


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def queries_in(tree: ast.AST) -> Iterator[int]:
    """Lines that start a query: `Model.objects.something`, except an empty queryset."""
    empty = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "none"
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"objects", "_default_manager", "_base_manager"}
            and id(node) not in empty
        ):
            yield node.lineno


@pytest.mark.parametrize("edge", EDGES)
def test_edges_ask_selectors_and_services_and_never_the_database(edge: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources(edge)
        for line in queries_in(ast.parse(path.read_text()))
    ]

    assert found == []


def test_no_file_holds_a_second_thought() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources(*PACKAGES, "tests", "benchmarks", "demo")
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }

    assert long == {}


def test_every_room_has_a_name_that_says_something() -> None:
    empty = [
        str(path.relative_to(ROOT))
        for path in sources(*PACKAGES)
        if path.stem in EMPTY_NAMES or EMPTY_NAMES & set(path.parent.parts)
    ]

    assert empty == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources(*PACKAGES)
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []
