"""Builds the package (PEP 517) with nothing but Python.

The engine, the bundle's format and the check of statements are the service's own source. In a
checkout they are imported from the service; a built package carries them below
`concord_client.service`, and every import of them is written anew. A source distribution carries
them already.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
PACKAGE = "concord_client"
CARRIED = f"{PACKAGE}.service"
_IMPORT = re.compile(r"^(\s*(?:from|import)\s+)(catalog|governance|lineage)(?=[.\s])", re.MULTILINE)
_TIME = (2020, 1, 1, 0, 0, 0)  # the same sources make the same file


def build_wheel(
    wheel_directory: str,
    config_settings: Any = None,
    metadata_directory: str | None = None,
) -> str:
    """Write the wheel and return its name."""
    project = _project()
    info = f"{PACKAGE}-{project['version']}.dist-info"
    files = dict(sources())
    files[f"{info}/METADATA"] = _metadata(project)
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: concord\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    files[f"{info}/licenses/LICENSE"] = (HERE / "LICENSE").read_bytes()
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD")
    name = f"{PACKAGE}-{project['version']}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            wheel.writestr(entry, data)
    return name


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """Write the source distribution and return its name."""
    project = _project()
    base = f"{PACKAGE}-{project['version']}"
    files = {f"src/{path}": data for path, data in sources()}
    for path in ("pyproject.toml", "README.md", "LICENSE", "building/backend.py"):
        files[path] = (HERE / path).read_bytes()
    files["PKG-INFO"] = _metadata(project)
    name = f"{base}.tar.gz"
    with tarfile.open(Path(sdist_directory) / name, "w:gz") as archive:
        for path, data in sorted(files.items()):
            entry = tarfile.TarInfo(f"{base}/{path}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return name


def sources() -> Iterator[tuple[str, bytes]]:
    """Every module of the package by its path, imports written anew, and the lists beside them."""
    own = HERE / "src" / PACKAGE
    for path in sorted(_files_in(own)):
        yield f"{PACKAGE}/{path.relative_to(own).as_posix()}", _moved(path)
    yield f"{PACKAGE}/py.typed", b""
    if not (own / "service").is_dir():  # it is there in a source distribution
        for relative, data in sorted(_carried().items()):
            yield f"{PACKAGE}/service/{relative.as_posix()}", data


def _carried() -> dict[Path, bytes]:
    """The parts of the service, with an empty `__init__` wherever its own is not one of them."""
    service = HERE.parent.parent
    found: dict[Path, bytes] = {}
    for part in _pyproject()["tool"]["concord"]["parts"]:
        place = service / part
        for path in _files_in(place) if place.is_dir() else [place]:
            found[path.relative_to(service)] = _moved(path)
    for parent in {parent for path in found for parent in path.parents}:
        found.setdefault(parent / "__init__.py", b"")
    return found


def _files_in(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.suffix in (".py", ".txt")]


def _moved(path: Path) -> bytes:
    if path.suffix != ".py":
        return path.read_bytes()
    return _IMPORT.sub(rf"\1{CARRIED}.\2", path.read_text("utf-8")).encode()


def _metadata(project: dict[str, Any]) -> bytes:
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {project['version']}",
        f"Summary: {project['description']}",
        f"License-Expression: {project['license']}",
        "License-File: LICENSE",
        f"Requires-Python: {project['requires-python']}",
        *(f"Requires-Dist: {one}" for one in project["dependencies"]),
    ]
    for extra, wanted in project["optional-dependencies"].items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f'Requires-Dist: {one}; extra == "{extra}"' for one in wanted]
    lines.append("Description-Content-Type: text/markdown")
    text = "\n".join(lines) + "\n\n" + (HERE / "README.md").read_text("utf-8")
    return text.encode()


def _record(files: dict[str, bytes], own: str) -> bytes:
    """The digests of all files, as installers check them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for path, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        writer.writerow([path, f"sha256={digest}", len(data)])
    writer.writerow([own, "", ""])
    return out.getvalue().encode()


def _project() -> dict[str, Any]:
    found: dict[str, Any] = _pyproject()["project"]
    return found


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))
