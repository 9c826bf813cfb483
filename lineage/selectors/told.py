"""What the facets of jobs and runs say, as plain values; a facet that is wrong says nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from msgspec import Raw

from catalog.connectors.openlineage.facets import (
    Deletable,
    ExecutionParametersFacet,
    JobDependenciesFacet,
    JobDependency,
    NominalTimeFacet,
    OwnershipFacet,
    ProcessingEngineFacet,
    TagsFacet,
    TestsFacet,
    decode_facet,
)
from catalog.connectors.openlineage.states import JobKey, Told
from catalog.connectors.source_values import moment_of, plain_value, text_of
from lineage.models import Job, JobRun

FacetT = TypeVar("FacetT", bound=Deletable)
MOST_ENTRIES = 200  # of a list in a facet


@dataclass(frozen=True, slots=True)
class RunTest:
    """A check that a run made; `status` is pass, fail or skip."""

    name: str
    status: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class ToldOfRun:
    """What a run is for and runs on; `upstream` and `downstream` are the jobs it waits for and
    that wait for it, `parameters` names with values."""

    nominal_start: dt.datetime | None = None
    nominal_end: dt.datetime | None = None
    engine: str = ""
    parameters: Sequence[tuple[str, str]] = ()
    upstream: Sequence[JobKey] = ()
    downstream: Sequence[JobKey] = ()
    tests: Sequence[RunTest] = ()


def told_of_run(run: JobRun) -> ToldOfRun:
    """What the facets of a run say."""
    facets = msgspec.json.decode(bytes(run.facets), type=dict[str, Raw])
    nominal = _facet(facets.get("nominalTime"), NominalTimeFacet)
    engine = _facet(facets.get("processing_engine"), ProcessingEngineFacet)
    parameters = _facet(facets.get("executionParameters"), ExecutionParametersFacet)
    jobs = _facet(facets.get("jobDependencies"), JobDependenciesFacet)
    tests = _facet(facets.get("test"), TestsFacet)
    return ToldOfRun(
        nominal_start=moment_of(nominal.nominalStartTime) if nominal else None,
        nominal_end=moment_of(nominal.nominalEndTime) if nominal else None,
        engine=_words(engine.name, engine.version) if engine else "",
        parameters=[
            (text_of(entry.name or entry.key) or "", _said(entry.value))
            for entry in (parameters.parameters if parameters else None) or ()
        ][:MOST_ENTRIES],
        upstream=_jobs(jobs.upstream if jobs else None),
        downstream=_jobs(jobs.downstream if jobs else None),
        tests=[
            RunTest(
                _words(test.name),
                _words(test.status).lower(),
                _said(test.expected),
                _said(test.actual),
            )
            for test in (tests.tests if tests else None) or ()
        ][:MOST_ENTRIES],
    )


def owners_and_tags(job: Job) -> tuple[list[str], list[str]]:
    """Who owns a job and what it is marked with, as its facets say."""
    told = msgspec.json.decode(bytes(job.facets), type=dict[str, Told])

    def raw(name: str) -> Raw | None:
        return told[name].raw if name in told else None

    ownership = _facet(raw("ownership"), OwnershipFacet)
    tags = _facet(raw("tags"), TagsFacet)
    owners = [
        f"{owner.name} ({owner.type.lower()})" if owner.type else owner.name
        for owner in (ownership.owners if ownership else None) or ()
    ]
    marks = [
        tag.key if tag.value in (None, "", "true", True) else f"{tag.key}: {_said(tag.value)}"
        for tag in (tags.tags if tags else None) or ()
    ]
    return _clean(owners), _clean(marks)


def _facet(raw: Raw | None, shape: type[FacetT]) -> FacetT | None:
    facet = decode_facet(raw, shape) if raw is not None else None
    return facet if isinstance(facet, shape) and not facet.deleted else None


def _jobs(dependencies: Sequence[JobDependency] | None) -> list[JobKey]:
    named = {(entry.job.namespace, entry.job.name): None for entry in dependencies or ()}
    return list(named)[:MOST_ENTRIES]


def _clean(texts: Sequence[str]) -> list[str]:
    known = (text_of(text) for text in texts)
    return list(dict.fromkeys(text for text in known if text))[:MOST_ENTRIES]


def _words(*texts: str | None) -> str:
    return " ".join(text for text in map(text_of, texts) if text)


def _said(value: object) -> str:
    """A value as one reads it; what is no text as JSON."""
    if value is None:
        return ""
    plain = plain_value(value)
    return plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()
