"""The package as it is built: it stands alone, and decides as the service does."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from governance.permissions.bundling import packed
from governance.permissions.engine import Index, World, compile_index
from tests.clients.test_bundles import told_apart
from tests.governance.permissions import worlds
from tests.governance.permissions.worlds import NOW, PATHS

CLIENT = Path(__file__).resolve().parents[2] / "clients" / "python"
WORLDS, QUESTIONS = 40, 50

DECIDE = """
import importlib.abc, json, sys

class Alone(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("django", "catalog", "governance", "lineage", "config"):
            raise ImportError(f"The client asks for {name}.")

sys.meta_path.insert(0, Alone())
import concord_client, concord_client.sql
from concord_client.service.governance.permissions.bundling import unpacked

for line in sys.stdin:
    asked = json.loads(line)
    with open(asked["bundle"], "rb") as file:
        index = unpacked(file.read(), lambda: asked["now"]).index
    for person, action, name, columns, purpose, environment, at in asked["questions"]:
        number = index.parts.by_name.get(name, 10**6)
        found = index.decide(person, action, number, columns, purpose, environment, at)
        print(json.dumps([
            found.allowed, found.code, [one.key for one in found.rules],
            [one.id for one in found.lifted], [one.expression for one in found.filters],
            {path: [effect.denied, effect.mask, effect.min_group]
             for path, effect in sorted(found.columns.items())},
        ]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is built from the checkout."""
    return _built(CLIENT, tmp_path_factory.mktemp("wheel"), "build_wheel")


def installed(wheel: Path, folder: Path) -> Path:
    """The folder into which pip has put it, without the network."""
    place = folder / "installed"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, "--no-compile", "--target", str(place), str(wheel)], check=True)
    return place


def _built(source: Path, folder: Path, what: str) -> Path:
    code = f"import sys, backend; print(backend.{what}(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], check=True, capture_output=True, text=True,
        env={"PYTHONPATH": str(source / "building")},
    )  # fmt: skip
    return folder / done.stdout.strip()


def some_worlds() -> list[World]:
    """Always the same, no two datasets of one name in any."""
    found: list[World] = []

    @settings(max_examples=WORLDS, deadline=None, derandomize=True, database=None,
              suppress_health_check=list(HealthCheck), phases=[Phase.generate])  # fmt: skip
    @given(worlds.worlds())
    def keep(world: World) -> None:
        found.append(told_apart(world))

    keep()
    return found


def said(index: Index, question: tuple[Any, ...]) -> list[Any]:
    """What the service decides, as the other process prints it."""
    person, action, name, *rest = question
    number = index.parts.by_name.get(name, 10**6)
    found = index.decide(person, action, number, *rest)
    return [
        found.allowed, found.code, [one.key for one in found.rules],
        [one.id for one in found.lifted], [one.expression for one in found.filters],
        {path: [effect.denied, effect.mask, effect.min_group]
         for path, effect in sorted(found.columns.items())},
    ]  # fmt: skip


def test_the_installed_package_decides_as_the_service(wheel: Path, tmp_path: Path) -> None:
    # given random worlds and questions
    chance = random.Random(3)
    place = installed(wheel, tmp_path)
    lines, expected = [], []
    for number, world in enumerate(some_worlds()):
        index = compile_index(world, clock=lambda: NOW)
        path = tmp_path / f"bundle-{number}"
        path.write_bytes(packed(index))
        names = [one.name for one in world.datasets]
        questions = [
            (
                chance.randint(1, 7), chance.choice(worlds.ACTIONS), chance.choice([*names, "x"]),
                chance.choice([None, chance.sample(PATHS, 2)]), chance.choice(worlds.PURPOSES),
                chance.choice([None, "production"]), chance.choice(worlds.INSTANTS),
            )
            for _ in range(QUESTIONS)
        ]  # fmt: skip
        lines.append(json.dumps({"bundle": str(path), "now": NOW, "questions": questions}))
        expected += [said(index, question) for question in questions]
    # when the package alone answers them, with neither Django nor the service to import
    done = subprocess.run(
        [sys.executable, "-c", DECIDE], input="\n".join(lines), check=True, capture_output=True,
        text=True, cwd=tmp_path,
        env={"PYTHONPATH": f"{place}:{sysconfig.get_path('purelib')}"},
    )  # fmt: skip
    # then it says the same
    assert [json.loads(line) for line in done.stdout.splitlines()] == json.loads(
        json.dumps(expected)
    )
    assert {one[0] for one in expected} == {True, False}


def test_the_same_source_is_built_into_the_same_file(wheel: Path, tmp_path: Path) -> None:
    assert _built(CLIENT, tmp_path, "build_wheel").read_bytes() == wheel.read_bytes()


def test_the_source_archive_is_built_into_the_same_package(wheel: Path, tmp_path: Path) -> None:
    # given the archive that the package's source is given away in
    shutil.unpack_archive(_built(CLIENT, tmp_path, "build_sdist"), tmp_path / "source")
    (source,) = (tmp_path / "source").iterdir()
    # when it is built, then that is the checkout's package in another order
    assert contents(_built(source, tmp_path, "build_wheel")) == contents(wheel)


def contents(wheel: Path) -> dict[str, list[bytes]]:
    """The lines of each file, sorted."""
    opened = zipfile.ZipFile(wheel)
    return {name: sorted(opened.read(name).splitlines()) for name in opened.namelist()}


def test_the_package_asks_for_nothing_of_the_service(wheel: Path) -> None:
    opened = zipfile.ZipFile(wheel)
    # every import of the service's was written anew
    for name in opened.namelist():
        text = opened.read(name).decode()
        if name.endswith(".py"):
            assert "\nfrom governance" not in text, name
            assert "import django" not in text, name
    said = opened.read("concord_client-0.1.0.dist-info/METADATA").decode()
    assert "Requires-Python: >=3.11\n" in said
    assert '\nRequires-Dist: sqlglot[c]==30.30.0; extra == "sql"\n' in said
