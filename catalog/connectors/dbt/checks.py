"""Tests of a dbt project, with their latest results, in words a reader of the catalog knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from catalog.connectors.dbt.artifacts import DataTest, FreshnessResult, Result
from catalog.connectors.dbt.project import Project
from catalog.connectors.source_values import column_text, moment_of, text_of, texts_of
from catalog.types import RelationRecord, Severity, TestRecord, TestStatus

_STATUS = {
    "pass": TestStatus.PASSED,
    "warn": TestStatus.WARNED,
    "fail": TestStatus.FAILED,
    "error": TestStatus.ERRORED,
    "runtime error": TestStatus.ERRORED,
    "skipped": TestStatus.SKIPPED,
}
_FRESHNESS = {
    "pass": TestStatus.PASSED,
    "warn": TestStatus.WARNED,
    "error": TestStatus.FAILED,  # older than error_after; "runtime error" is an error
}
_MAX_NAME = 300
_NOT_RUN = "Defined in the project; the artifacts hold no result of it."
_ONLY_COMPILED = "Compiled only; the run that wrote run_results.json did not execute it."


def data_tests_of(
    project: Project, unique_id: str, columns: Mapping[str, str]
) -> tuple[TestRecord, ...]:
    """The tests about a node; `columns` maps lower-case names to the columns' paths."""
    records: dict[str, TestRecord] = {}
    for test_id, test in project.tests.get(unique_id, []):
        record = _test_record(project, test_id, test, columns)
        if record.name in records:
            record = replace(record, name=f"{record.name} [{test.name}]"[: 2 * _MAX_NAME - 100])
        records[record.name] = record
    if freshness := project.freshness.get(unique_id):
        record = _freshness_record(project, freshness)
        records[record.name] = record
    return tuple(records.values())


def relations_of(
    project: Project, unique_id: str, columns: Mapping[str, str]
) -> tuple[RelationRecord, ...]:
    """References to other relations that relationships tests state."""
    records: dict[RelationRecord, None] = {}
    for _, test in project.tests.get(unique_id, []):
        arguments = _arguments(test)
        column, field = _column(test, columns), text_of(arguments.get("field"))
        if not _is_relationships(test) or not column or not field:
            continue
        others = [i for i in test.upstream_ids if i != unique_id]
        target = project.names.get(others[0] if others else unique_id)
        if target:
            records[
                RelationRecord(target, columns=(column,), target_columns=(column_text(field),))
            ] = None
    return tuple(records)


def _test_record(
    project: Project, test_id: str, test: DataTest, columns: Mapping[str, str]
) -> TestRecord:
    result = project.results.get(test_id)
    status, message = _outcome(result)
    warns = test.config is not None and (test.config.severity or "").lower() == "warn"
    return TestRecord(
        name=_readable_name(test, columns)[:_MAX_NAME],
        status=status,
        executed_at=_executed_at(project, result),
        column=_column(test, columns),
        severity=Severity.WARNING if warns else Severity.ERROR,
        failures=result.failures if result else None,
        message=message,
        description=text_of(test.description) or f"dbt test {test.name}",
    )


def _outcome(result: Result | None) -> tuple[TestStatus, str]:
    if result is None:
        return TestStatus.SKIPPED, _NOT_RUN
    message = text_of(result.message) or ""
    if result.status.lower() == "success":  # what dbt writes of a test that it only compiled
        return TestStatus.SKIPPED, message or _ONLY_COMPILED
    return _STATUS.get(result.status.lower(), TestStatus.SKIPPED), message


def _executed_at(project: Project, result: Result | None) -> dt.datetime:
    for timing in reversed((result.timing if result else None) or []):
        if moment := moment_of(timing.completed_at):
            return moment
    run = project.artifacts.run_results
    return (
        moment_of(run.metadata.generated_at) if run and result else None
    ) or project.generated_at


def _arguments(test: DataTest) -> dict[str, object]:
    if not test.test_metadata:
        return {}
    nested = test.test_metadata.kwargs.get("arguments")
    return {**test.test_metadata.kwargs, **(nested if isinstance(nested, dict) else {})}


def _is_relationships(test: DataTest) -> bool:
    return test.test_metadata is not None and test.test_metadata.name == "relationships"


def _column(test: DataTest, columns: Mapping[str, str]) -> str | None:
    name = test.column_name or text_of(_arguments(test).get("column_name")) or ""
    return columns.get(name.strip('"`[]').lower())


def _readable_name(test: DataTest, columns: Mapping[str, str]) -> str:
    metadata = test.test_metadata
    if metadata is None:
        return _words(test.name)
    arguments = _arguments(test)
    column = _column(test, columns) or test.column_name or text_of(arguments.get("column_name"))
    subject = column or "The table"
    if metadata.namespace is None:
        match metadata.name:
            case "not_null":
                return f"{subject} is never empty"
            case "unique":
                return f"{subject} is unique"
            case "accepted_values":
                values = arguments.get("values")
                listed = ", ".join(map(str, values)) if isinstance(values, list) else str(values)
                return f"{subject} is one of {listed}"
            case "relationships":
                return f"{subject} exists in {_referred(arguments)}"
    combination = texts_of(arguments.get("combination_of_columns") or arguments.get("columns"))
    about = column or ", ".join(combination)
    return f"{_words(metadata.name)} ({about})" if about else _words(metadata.name)


def _referred(arguments: Mapping[str, object]) -> str:
    to = str(arguments.get("to", "")).replace('"', "'")
    pieces = to.split("'")
    return ".".join([*(pieces[1::2] or [to]), str(arguments.get("field", ""))])


def _words(name: str) -> str:
    return (text_of(name) or "test").replace("_", " ").capitalize()


def _freshness_record(project: Project, result: FreshnessResult) -> TestRecord:
    loaded = moment_of(result.max_loaded_at)
    message = f"Newest row loaded at {loaded:%Y-%m-%d %H:%M} {loaded:%Z}." if loaded else ""
    return TestRecord(
        name="Loaded recently enough",
        status=_FRESHNESS.get((result.status or "").lower(), TestStatus.ERRORED),
        executed_at=moment_of(result.snapshotted_at) or project.generated_at,
        message=text_of(result.error) or message,
        description="dbt source freshness",
    )
