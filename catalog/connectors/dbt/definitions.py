"""What dbt itself defines and no database holds: exposures, metrics and semantic models."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Raw

from catalog.connectors.dbt.artifacts import (
    Described,
    Element,
    Exposure,
    Metric,
    SemanticModel,
    StructT,
    decode_part,
)
from catalog.connectors.dbt.labels import (
    classifications_of,
    meta_of,
    other_meta,
    owner_record,
    owners_of,
    tags_of,
)
from catalog.connectors.dbt.project import Project
from catalog.connectors.source_values import column_path, left_out, plain_value, text_of
from catalog.names import NameRefused, qualified_name
from catalog.registries.connectors import Yielded
from catalog.types import (
    ColumnRecord,
    ContainerKind,
    ContainerRecord,
    DatasetKind,
    DatasetRecord,
    LineageRecord,
    Severity,
    Stage,
    SystemRecord,
)

_EXPOSURE_KINDS = {
    "dashboard": DatasetKind.DASHBOARD,
    "analysis": DatasetKind.DASHBOARD,
    "notebook": DatasetKind.NOTEBOOK,
    "ml": DatasetKind.ML_MODEL,
    "application": DatasetKind.APPLICATION,
}
_WEB_ADDRESSES = ("http://", "https://")


def defined_datasets(project: Project) -> Iterator[Yielded]:
    """The system `dbt://<project>` with its exposures, metrics and semantic models."""
    manifest = project.artifacts.manifest
    folders = (
        ("exposures", ContainerKind.DASHBOARD_TOOL, manifest.exposures, _exposures),
        ("metrics", ContainerKind.FOLDER, manifest.metrics, _metrics),
        ("semantic_models", ContainerKind.FOLDER, manifest.semantic_models, _semantic_models),
    )
    if any(definitions for _, _, definitions, _ in folders):
        yield SystemRecord("dbt", project.name, f"Defined in the dbt project {project.name}.")
    for folder, kind, definitions, read in folders:
        if definitions:
            yield ContainerRecord(str(qualified_name("dbt", project.name, (folder,))), kind)
            yield from read(project, definitions)
            yield from project.take_problems()


def _each(
    project: Project, definitions: dict[str, Raw], shape: type[StructT]
) -> Iterator[tuple[str, str, StructT]]:
    for unique_id, raw in definitions.items():
        decoded = decode_part(raw, shape)
        if isinstance(decoded, str):
            message = f"This entry of the manifest was left out: {decoded}."
            project.report(unique_id, message, Severity.ERROR)
        elif name := project.names.get(unique_id):
            yield unique_id, name, decoded


def _exposures(project: Project, definitions: dict[str, Raw]) -> Iterator[DatasetRecord]:
    for unique_id, name, exposure in _each(project, definitions, Exposure):
        meta = meta_of(exposure)
        owner = owner_record(exposure.owner) if exposure.owner else None
        owners = (*((owner,) if owner else ()), *owners_of(project, exposure, meta))
        url = text_of(exposure.url)
        yield DatasetRecord(
            qualified_name=name,
            kind=_EXPOSURE_KINDS.get(exposure.type or "", DatasetKind.DASHBOARD),
            display_name=text_of(exposure.label),
            description=text_of(exposure.description),
            owners=tuple(dict.fromkeys(owners)),
            tags=tags_of(exposure),
            classifications=classifications_of(meta),
            upstream=project.upstream_names(unique_id, exposure.upstream_ids),
            stage=Stage.EGRESS,
            url=url if url and url.startswith(_WEB_ADDRESSES) and len(url) <= 1000 else None,
            custom=_facts(exposure, dbt_exposure=exposure.type, dbt_maturity=exposure.maturity),
        )


def _metrics(project: Project, definitions: dict[str, Raw]) -> Iterator[DatasetRecord]:
    for unique_id, name, metric in _each(project, definitions, Metric):
        meta = meta_of(metric)
        yield DatasetRecord(
            qualified_name=name,
            kind=DatasetKind.METRIC,
            display_name=text_of(metric.label),
            description=text_of(metric.description),
            owners=owners_of(project, metric, meta),
            tags=tags_of(metric),
            classifications=classifications_of(meta),
            upstream=project.upstream_names(unique_id, metric.upstream_ids),
            custom=_facts(metric, dbt_metric=metric.type, dbt_measure=_measure(metric.type_params)),
        )


def _measure(parameters: object) -> str | None:
    measure = parameters.get("measure") if isinstance(parameters, dict) else None
    return text_of(measure.get("name") if isinstance(measure, dict) else measure)


def _semantic_models(project: Project, definitions: dict[str, Raw]) -> Iterator[DatasetRecord]:
    for unique_id, name, model in _each(project, definitions, SemanticModel):
        meta = meta_of(model)
        upstream = project.upstream_names(unique_id, model.upstream_ids)
        columns, lineage = [], []
        for element, wording, is_key in _elements(model):
            try:
                path = column_path(element.name)
            except NameRefused as error:
                project.problems.append(left_out(unique_id, error))
                continue
            position = 1 if is_key else None
            text = text_of(element.description)
            columns.append(ColumnRecord(path, wording, description=text, key_position=position))
            source = text_of(element.expr) or element.name
            if len(upstream) == 1 and source.isidentifier():
                subtype = "AGGREGATION" if element.agg else "IDENTITY"
                lineage.append(LineageRecord(upstream[0], source, path[0], "DIRECT", subtype))
        yield DatasetRecord(
            qualified_name=name,
            kind=DatasetKind.VIEW,
            display_name=text_of(model.label),
            description=text_of(model.description),
            columns=tuple({column.path: column for column in columns}.values()),
            owners=owners_of(project, model, meta),
            tags=tags_of(model),
            classifications=classifications_of(meta),
            upstream=upstream,
            lineage=tuple(lineage),
            custom=_facts(model, dbt_resource="semantic_model"),
        )


def _elements(model: SemanticModel) -> Iterator[tuple[Element, str, bool]]:
    """(element, what it is in words, whether it is the key)."""
    for entity in model.entities:
        yield entity, f"entity ({entity.type or 'unknown'})", entity.type == "primary"
    for dimension in model.dimensions:
        yield dimension, f"dimension ({dimension.type or 'unknown'})", False
    for measure in model.measures:
        yield measure, f"measure ({measure.agg or 'unknown'})", False


def _facts(node: Described, **stated: str | None) -> dict[str, object]:
    facts: dict[str, object] = {key: plain_value(value) for key, value in stated.items() if value}
    facts["dbt_package"] = plain_value(node.package_name)
    if meta := other_meta(meta_of(node)):
        facts["meta"] = meta
    return facts
