"""Our lineage in OpenLineage's words: the one place where events are written.

The dataset's page, REST and the export share it. Nothing is read here; what goes in is what the
principal may see already (`lineage.selectors.openlineage`).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.names import parse_name
from lineage.selectors.answers import ColumnLink, Node

_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs"
_FACETS = {
    "columnLineage": "1-2-0/ColumnLineageDatasetFacet.json",
    "schema": "1-1-1/SchemaDatasetFacet.json",
    "documentation": "1-1-0/DocumentationDatasetFacet.json",
    "ownership": "1-0-1/OwnershipDatasetFacet.json",
    "symlinks": "1-0-1/SymlinksDatasetFacet.json",
    "job.documentation": "1-1-0/DocumentationJobFacet.json",
    "job.jobType": "2-0-3/JobTypeJobFacet.json",
    "job.sql": "1-1-0/SQLJobFacet.json",
    "job.sourceCodeLocation": "1-0-1/SourceCodeLocationJobFacet.json",
}


@dataclass(frozen=True, slots=True)
class DescribedDataset:
    """A dataset with what an event says of it beside its lineage.

    `columns` are paths with types, `owners` names with what they answer for, `aliases` its other
    qualified names.
    """

    node: Node
    columns: Sequence[tuple[str, str]]
    description: str = ""
    owners: Sequence[tuple[str, str]] = ()
    aliases: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class DescribedJob:
    """A job with the qualified names of what it reads and writes; `sql` only if it may be seen."""

    namespace: str
    name: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    description: str = ""
    integration: str = ""
    processing: str = ""
    job_type: str = ""
    sql: str = ""
    dialect: str = ""
    code_url: str = ""
    code_version: str = ""


def dataset_document(
    dataset: DescribedDataset,
    links: Iterable[ColumnLink],
    sources: Collection[Node],
    nodes: Mapping[int, Node],
    *,
    at: dt.datetime,
    producer: str,
) -> dict[str, Any]:
    """A DatasetEvent; `links` are the column edges into the dataset, `sources` the datasets that
    flow in, `nodes` all of them by id."""
    facets: dict[str, dict[str, Any]] = {
        "schema": {
            "fields": [{"name": path, "type": kind} for path, kind in dataset.columns],
        },
        "columnLineage": _column_lineage(links, sources, nodes),
    }
    if dataset.description:
        facets["documentation"] = {"description": dataset.description}
    if dataset.owners:
        facets["ownership"] = {
            "owners": [{"name": name, "type": kind} for name, kind in dataset.owners]
        }
    if dataset.aliases:
        facets["symlinks"] = {
            "identifiers": [{**identity(name), "type": "TABLE"} for name in dataset.aliases]
        }
    return {
        **_event("DatasetEvent", at, producer),
        "dataset": {
            **identity(dataset.node.qualified_name),
            "facets": {name: _facet(name, facet, producer) for name, facet in facets.items()},
        },
    }


def job_document(job: DescribedJob, *, at: dt.datetime, producer: str) -> dict[str, Any]:
    """A JobEvent: what a job is and what it reads and writes, without a run."""
    said: dict[str, dict[str, str]] = {
        "documentation": {"description": job.description},
        "sql": {"query": job.sql, "dialect": job.dialect if job.sql else ""},
        "sourceCodeLocation": {
            "type": "git" if job.code_url else "",
            "url": job.code_url,
            "version": job.code_version,
        },
        "jobType": {
            "processingType": job.processing,
            "integration": job.integration,
            "jobType": job.job_type,
        },
    }
    filled = {name: {k: v for k, v in facet.items() if v} for name, facet in said.items()}
    return {
        **_event("JobEvent", at, producer),
        "job": {
            "namespace": job.namespace,
            "name": job.name,
            "facets": {
                name: _facet(f"job.{name}", facet, producer)
                for name, facet in filled.items()
                if facet
            },
        },
        "inputs": [identity(name) for name in job.inputs],
        "outputs": [identity(name) for name in job.outputs],
    }


def identity(qualified_name: str) -> dict[str, str]:
    """Namespace and name of a dataset; read back, they give the same qualified name."""
    name = parse_name(qualified_name)
    return {
        "namespace": f"{name.platform}://{name.instance}",
        "name": ".".join(name.parts),
    }


def _event(kind: str, at: dt.datetime, producer: str) -> dict[str, Any]:
    return {"eventTime": at.isoformat(), "producer": producer, "schemaURL": f"{_EVENT}/{kind}"}


def _facet(name: str, facet: dict[str, Any], producer: str) -> dict[str, Any]:
    return {"_producer": producer, "_schemaURL": f"{_SPEC}/facets/{_FACETS[name]}", **facet}


def _column_lineage(
    links: Iterable[ColumnLink], sources: Iterable[Node], nodes: Mapping[int, Node]
) -> dict[str, Any]:
    """What holds for the whole dataset stands in `dataset`, not in every field."""
    fields: dict[str, dict[tuple[int, str], list[dict[str, Any]]]] = defaultdict(dict)
    whole: dict[tuple[int, str], list[dict[str, Any]]] = {}
    named: set[int] = set()
    for link in links:
        named.add(link.source_id)
        inputs = whole if link.target_column is None else fields[link.target_column.path]
        steps = inputs.setdefault((link.source_id, link.source_column.path), [])
        step = {
            "type": link.kind,
            "subtype": link.subtype,
            "description": link.transformation,
            "masking": link.masking,
        }
        if step not in steps:  # an event and the SQL may say the same
            steps.append(step)
    facet: dict[str, Any] = {
        "fields": {
            name: {"inputFields": _inputs(inputs, nodes)} for name, inputs in sorted(fields.items())
        },
        "dataset": _inputs(whole, nodes),
    }
    # A dataset that is known to flow in, though no column of it is, has no field to name.
    if unnamed := [node for node in sources if node.id not in named]:
        facet["concord_datasets"] = [identity(node.qualified_name) for node in unnamed]
    return facet


def _inputs(
    inputs: dict[tuple[int, str], list[dict[str, Any]]], nodes: Mapping[int, Node]
) -> list[dict[str, Any]]:
    return [
        {
            **identity(nodes[pk].qualified_name),
            "field": column,
            "transformations": transformations,
        }
        for (pk, column), transformations in inputs.items()
    ]
