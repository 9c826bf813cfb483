"""The documentation leads only to what is there, and knows every code that an error can have."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from graphql import parse, validate

from catalog.errors import CatalogError
from catalog.registries.connectors import connectors
from config.environment import REQUIRED
from config.graphql.schema import schema

ROOT = settings.BASE_DIR
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PACKAGES = ("catalog", "config", "governance", "lineage")
LINK = re.compile(r"\]\((?!https?://)([^)#\s]+)(?:#[^)]*)?\)")
OTHERWISE = {"allowed", "open", "refused"}  # no refusals, and the base that is never raised itself


def sources() -> list[str]:
    files = (file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py")))
    return [file.read_text(encoding="utf-8") for file in files]


def codes_of(kind: type[CatalogError]) -> set[str]:
    return {kind.code}.union(*(codes_of(below) for below in kind.__subclasses__()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} leads to {target}."


def test_every_code_of_an_error_is_explained() -> None:
    told = re.findall(r"^### (\w+)$", (ROOT / "docs/users/errors.md").read_text(), re.MULTILINE)
    assert len(told) == len(set(told))
    verdicts = {code for text in sources() for code in re.findall(r'\bcode="(\w+)"', text)}
    assert len(verdicts) > 5
    assert (codes_of(CatalogError) | verdicts) - OTHERWISE <= set(told)


def test_every_variable_of_the_environment_is_explained() -> None:
    page = (ROOT / "docs/operators/install.md").read_text(encoding="utf-8")
    asked = r'(?<!META)(?:\.(?:get|url|flag|port)\(|environ\[|environ\.get\()"([A-Z][A-Z_]+)"'
    read = {name for text in sources() for name in re.findall(asked, text)}
    assert {"DATABASE_POOL", "EMAIL_URL", "CONCORD_POSTGRES_BIN"} <= read
    for name in sorted((read | set(REQUIRED)) - {"DJANGO_SETTINGS_MODULE"}):
        assert f"`{name}`" in page, f"install.md does not explain {name}."


def test_every_connector_and_setting_is_explained() -> None:
    page = (ROOT / "docs/operators/connectors.md").read_text(encoding="utf-8")
    for name in ("dbt", "sql", "files", "openlineage", "data_dictionary", "odcs"):
        assert f"(`{name}`)" in page
        for field in connectors.get(name).settings.model_fields:
            if not field.startswith("heading_"):  # told as a group
                assert f"`{field}`" in page, f"connectors.md does not explain {name}: {field}."


def test_every_query_log_and_setting_is_explained() -> None:
    page = (ROOT / "docs/operators/query_logs.md").read_text(encoding="utf-8")
    names = [name for name in connectors.names() if "quer" in name]
    assert len(names) == 6
    for name in names:
        assert f"`{name}`" in page
        for field in connectors.get(name).settings.model_fields:
            assert f"`{field}`" in page, f"query_logs.md does not explain {name}: {field}."


def test_the_places_named_in_the_threat_model_and_the_architecture_exist() -> None:
    pages = [ROOT / "THREAT_MODEL.md", ROOT / "docs" / "architecture.md"]
    named = [name for page in pages for name in re.findall(r"`([a-z][\w./:]+)`", page.read_text())]
    places = [name for name in named if name.split("/")[0] in (*PACKAGES, "tests")]
    assert len(places) > 60
    for place in places:
        path, _, function = place.partition("::")
        if "/" in path:
            assert (ROOT / path).exists(), f"{path} is not there."
        if function:
            assert f"def {function}(" in (ROOT / path).read_text(), f"{function} is not there."


def test_the_graphql_examples_can_be_asked_as_they_stand() -> None:
    pages = [ROOT / "README.md", ROOT / "docs" / "users" / "graphql.md"]
    bodies = [
        body
        for page in pages
        for body in re.findall(r"^  -d '(\{.*\})'$", page.read_text(), re.MULTILINE)
    ]
    assert len(bodies) == 2
    for body in bodies:
        question = json.loads(body)["query"]
        assert validate(schema.graphql_schema, parse(question)) == []
