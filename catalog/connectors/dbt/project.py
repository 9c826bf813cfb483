"""A dbt project as its artifacts describe it: what each node is called outside of dbt."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from msgspec import Raw

from catalog.connectors.dbt.artifacts import (
    Catalog,
    CatalogEntry,
    DataTest,
    FreshnessResult,
    Group,
    Identity,
    Manifest,
    Result,
    RunResults,
    SourceFreshness,
    decode_part,
)
from catalog.connectors.source_values import left_out, moment_of, name_of
from catalog.names import NameRefused
from catalog.registries.connectors import SourceUnreadable
from catalog.types import ProblemRecord, Severity

RELATION_TYPES = ("model", "snapshot", "seed", "source")  # the first of these builds a relation


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The decoded files of one dbt run; all but the manifest are optional."""

    manifest: Manifest
    catalog: Catalog | None = None
    run_results: RunResults | None = None
    freshness: SourceFreshness | None = None


@dataclass(slots=True)
class Project:
    """Names and look-ups over the artifacts.

    `relations` maps a qualified name to the nodes that describe it: often a source of one
    package and the seed or model that builds it. `problems` grows while the project is read.
    """

    artifacts: Artifacts
    name: str
    platform: str
    instance: str
    generated_at: dt.datetime
    names: dict[str, str] = field(default_factory=dict)
    identities: dict[str, Identity] = field(default_factory=dict)
    relations: dict[str, list[str]] = field(default_factory=dict)
    tests: dict[str, list[tuple[str, DataTest]]] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    freshness: dict[str, FreshnessResult] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    problems: list[ProblemRecord] = field(default_factory=list)

    def report(self, location: str, message: str, severity: Severity = Severity.WARNING) -> None:
        """Remember a problem until the next records are yielded."""
        self.problems.append(ProblemRecord(location, message, severity))

    def take_problems(self) -> Iterator[ProblemRecord]:
        """The problems since the last call."""
        taken, self.problems = self.problems, []
        yield from taken

    def raw_node(self, unique_id: str) -> Raw:
        """The slice of the manifest that holds a node or source."""
        manifest = self.artifacts.manifest
        return manifest.nodes.get(unique_id) or manifest.sources[unique_id]

    def catalog_entry(self, unique_id: str) -> CatalogEntry | None:
        """What the database said of a node, where a catalog was given and names it."""
        catalog = self.artifacts.catalog
        raw = (catalog.nodes.get(unique_id) or catalog.sources.get(unique_id)) if catalog else None
        if raw is None:
            return None
        entry = decode_part(raw, CatalogEntry)
        if isinstance(entry, str):
            self.report(f"catalog.{unique_id}", f"Left out of the catalog: {entry}.")
            return None
        return entry

    def upstream_names(self, unique_id: str, upstream_ids: list[str]) -> tuple[str, ...]:
        """Qualified names of what a node depends on; unknown relations become problems."""
        own = self.names.get(unique_id)
        found: dict[str, None] = {}
        for upstream_id in upstream_ids:
            name = self.names.get(upstream_id)
            if name is not None and name != own:
                found[name] = None
            elif name is None and upstream_id.split(".", 1)[0] in RELATION_TYPES:
                self.report(unique_id, f"It depends on {upstream_id}, which the manifest lacks.")
        return tuple(found)


def read_project(artifacts: Artifacts, *, platform: str, instance: str) -> Project:
    """Index the artifacts; `platform` and `instance` are used where they are not empty."""
    manifest = artifacts.manifest
    platform = platform or manifest.metadata.adapter_type or ""
    if not platform:
        raise SourceUnreadable(
            "manifest.json does not say which kind of database it is for: set the platform."
        )
    identities, problems = _identities({**manifest.nodes, **manifest.sources})
    name = manifest.metadata.project_name or _main_package(identities)
    project = Project(
        artifacts=artifacts,
        name=name,
        platform=platform,
        instance=instance or name,
        generated_at=moment_of(manifest.metadata.generated_at) or dt.datetime.now(dt.UTC),
        identities=identities,
        problems=problems,
    )
    _name_relations(project)
    _name_definitions(project)
    _attach_tests(project)
    if artifacts.run_results:
        project.results = {result.unique_id: result for result in artifacts.run_results.results}
    if artifacts.freshness:
        project.freshness = {result.unique_id: result for result in artifacts.freshness.results}
    for unique_id, raw in manifest.groups.items():
        group = decode_part(raw, Group)
        if isinstance(group, str):
            project.report(unique_id, f"The group was left out: {group}.")
        else:
            project.groups[group.name] = group
    return project


def _identities(nodes: Mapping[str, Raw]) -> tuple[dict[str, Identity], list[ProblemRecord]]:
    identities: dict[str, Identity] = {}
    problems: list[ProblemRecord] = []
    for unique_id, raw in nodes.items():
        identity = decode_part(raw, Identity)
        if isinstance(identity, str):
            problems.append(_unreadable(unique_id, identity))
        else:
            identities[unique_id] = identity
    return identities, problems


def _unreadable(unique_id: str, reason: str) -> ProblemRecord:
    return ProblemRecord(
        unique_id, f"This node of the manifest was left out: {reason}.", Severity.ERROR
    )


def _main_package(identities: Mapping[str, Identity]) -> str:
    packages = Counter(i.package_name for i in identities.values() if i.package_name)
    return packages.most_common(1)[0][0] if packages else "dbt"


def _name_relations(project: Project) -> None:
    """Give every relation its name; two that build the same one are a problem, the first holds."""
    for kind in RELATION_TYPES:
        for unique_id, identity in project.identities.items():
            if identity.resource_type != kind:
                continue
            own = identity.identifier or identity.alias or identity.name
            try:
                name = name_of(
                    project.platform, project.instance, (identity.database, identity.schema, own)
                )
            except NameRefused as error:
                project.problems.append(left_out(unique_id, error))
                continue
            project.names[unique_id] = name
            sharing = project.relations.setdefault(name, [])
            if sharing and kind != "source":
                project.report(
                    unique_id,
                    f"It builds the same relation as {sharing[0]}, which was kept: {name}.",
                )
            else:
                sharing.append(unique_id)


def _name_definitions(project: Project) -> None:
    """Exposures, metrics and semantic models live in dbt itself: dbt://project/metrics.name."""
    manifest = project.artifacts.manifest
    folders = {
        "exposures": manifest.exposures,
        "metrics": manifest.metrics,
        "semantic_models": manifest.semantic_models,
    }
    for folder, definitions in folders.items():
        for unique_id in definitions:
            own = unique_id.rsplit(".", 1)[-1]
            try:
                project.names[unique_id] = name_of("dbt", project.name, (folder, own))
            except NameRefused as error:
                project.problems.append(left_out(unique_id, error))


def _attach_tests(project: Project) -> None:
    for unique_id, identity in project.identities.items():
        if identity.resource_type != "test":
            continue
        test = decode_part(project.raw_node(unique_id), DataTest)
        if isinstance(test, str):
            project.problems.append(_unreadable(unique_id, test))
            continue
        for target in _tested_nodes(project, test):
            project.tests.setdefault(target, []).append((unique_id, test))


def _tested_nodes(project: Project, test: DataTest) -> list[str]:
    """The nodes a test is about: one for a generic test, all it reads for a singular one."""
    if test.attached_node:
        return [test.attached_node]
    read = [i for i in test.upstream_ids if i in project.identities]
    if not test.test_metadata:
        return read
    named = (test.file_key_name or "").rpartition(".")[2]
    about = str(test.test_metadata.kwargs.get("model", ""))
    for unique_id in read:
        name = project.identities[unique_id].name
        if name == named or f"'{name}'" in about or f'"{name}"' in about:
            return [unique_id]
    return read[-1:]  # dbt lists what a relationships test compares with first
