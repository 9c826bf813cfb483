"""The dbt connector: from the files that a dbt run leaves to records of the catalog."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field

from catalog.connectors.dbt.artifacts import (
    Catalog,
    Manifest,
    RunResults,
    SourceFreshness,
    decode_artifact,
)
from catalog.connectors.dbt.datasets import relation_datasets
from catalog.connectors.dbt.definitions import defined_datasets
from catalog.connectors.dbt.project import Artifacts, read_project
from catalog.connectors.source_files import SourceFile, source_files
from catalog.names import NameRefused, qualified_name
from catalog.registries.connectors import ReadContext, SourceUnreadable, Yielded
from catalog.types import ExpectedTotal, SystemRecord

_FILES = ("manifest.json", "catalog.json", "run_results.json", "sources.json")


class DbtSettings(BaseModel):
    """Where the artifacts are, and what the systems they speak of are called."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        "",
        title="Folder",
        description="Folder on the server that dbt writes to (target/); empty for an upload.",
        max_length=1000,
    )
    instance: str = Field(
        "",
        title="Instance",
        description="Name of the database the project builds in; empty for the project's own name.",
        max_length=200,
    )
    platform: str = Field(
        "",
        title="Platform",
        description="Kind of database, such as postgres; empty for what the manifest says.",
        max_length=50,
    )


class DbtConnector:
    """Models, seeds, snapshots, sources, exposures, metrics and tests of a dbt project."""

    name = "dbt"
    label = "dbt artifacts"
    description = (
        "Reads manifest.json (v1 to v12) and, where given, catalog.json, run_results.json and"
        " sources.json of a dbt project, as files or as one zip."
    )
    settings: type[BaseModel] = DbtSettings
    accepts = (*_FILES, *(f"{name}.gz" for name in _FILES), ".zip")
    needs_files = False
    is_complete = True
    uploads_are_complete = True

    def read(self, settings: DbtSettings, context: ReadContext) -> Iterator[Yielded]:
        """Yield the project's systems, containers, datasets and what contradicts itself."""
        project = read_project(
            read_artifacts(settings.path, context),
            platform=settings.platform,
            instance=settings.instance,
        )
        try:
            own = qualified_name(project.platform, project.instance)
            qualified_name("dbt", project.name)
        except NameRefused as error:
            raise SourceUnreadable(str(error)) from None
        manifest = project.artifacts.manifest
        defined = len(manifest.exposures) + len(manifest.metrics) + len(manifest.semantic_models)
        yield ExpectedTotal(len(project.relations) + defined)
        yield SystemRecord(own.platform, own.instance)
        yield from project.take_problems()
        yield from relation_datasets(project)
        yield from defined_datasets(project)


def read_artifacts(path: str, context: ReadContext) -> Artifacts:
    """The artifacts given or lying in `path`; raises SourceUnreadable without a manifest."""
    found: dict[str, SourceFile] = {}
    for file in source_files(context, path, lambda name: name in _FILES):
        if file.base_name in found:
            raise SourceUnreadable(
                f"There are two files {file.base_name}: {found[file.base_name].name} and"
                f" {file.name}. Give those of one project at a time."
            )
        found[file.base_name] = file
    if "manifest.json" not in found:
        raise SourceUnreadable(
            "There is no manifest.json among the files: it lies in the project's target folder."
        )
    catalog = found.get("catalog.json")
    results = found.get("run_results.json")
    freshness = found.get("sources.json")
    manifest = found["manifest.json"]
    return Artifacts(
        manifest=decode_artifact(manifest.read(), manifest.name, "manifest", Manifest),
        catalog=decode_artifact(catalog.read(), catalog.name, "catalog", Catalog)
        if catalog
        else None,
        run_results=decode_artifact(results.read(), results.name, "run-results", RunResults)
        if results
        else None,
        freshness=decode_artifact(freshness.read(), freshness.name, "sources", SourceFreshness)
        if freshness
        else None,
    )
