"""Everything that catalog and parser can say of a workflow before it is proposed (3.8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.models import ColumnLabel, Dataset, System
from catalog.types import LabelKind
from governance.agreements.kind import CheckContext
from governance.agreements.kinds.data_state.document import Coverage, OverlapPolicy, Workflow
from governance.agreements.kinds.data_state.machine import machine_findings
from governance.agreements.kinds.data_state.predicates import (
    Condition,
    example_findings,
    read_conditions,
    used_columns,
)
from governance.agreements.kinds.data_state.view import SourceColumn, ViewReading, read_view
from governance.agreements.selectors.references import columns_named, domains_named, owner_named
from governance.agreements.selectors.short_names import Meant, datasets_meant, system_meant
from governance.types import ChangeOp, Finding, FindingLevel
from lineage.sql import dialect_of

R_007_EXAMPLES = 2


@dataclass(frozen=True, slots=True)
class WorkflowReading:
    """A workflow with what its names mean in the catalog."""

    workflow: Workflow
    system: System | None
    dialect: str | None
    view: ViewReading
    conditions: Sequence[Condition]
    named: Mapping[str, Meant]

    @property
    def inputs(self) -> tuple[SourceColumn, ...]:
        """The stored columns behind the columns that conditions read."""
        used = used_columns(self.conditions)
        found = [self.view.sources.get(name, ()) for name in sorted(used)]
        return tuple(dict.fromkeys(source for sources in found for source in sources))


def read_workflow(workflow: Workflow, context: CheckContext) -> WorkflowReading:
    """Resolve everything that a workflow names, as the acting principal may see it."""
    system = system_meant(context.acting, workflow.system_of_record)
    platform = workflow.dialect or (system.platform if system is not None else "")
    dialect = dialect_of(platform)
    view = read_view(context.acting, workflow.view, dialect, near=system)
    names = [state.event_log.dataset for state in workflow.states if state.event_log is not None]
    names += [one.evidence for way in workflow.transitions for one in way.requires]
    return WorkflowReading(
        workflow=workflow,
        system=system,
        dialect=dialect,
        view=view,
        conditions=read_conditions(workflow, view, dialect),
        named=datasets_meant(context.acting, names, near=system),
    )


def check_workflow(workflow: Workflow, context: CheckContext) -> Iterable[Finding]:
    """All findings, in the order of the document."""
    if context.op in (ChangeOp.RETIRE, ChangeOp.DEPRECATE):
        return
    reading = read_workflow(workflow, context)
    yield from _names(reading, context)
    yield from reading.view.findings
    for condition in reading.conditions:
        yield from condition.findings
    yield from example_findings(workflow, reading.conditions, reading.view, context.now)
    yield from _few_examples(workflow)
    yield from _event_logs(reading, context)
    yield from machine_findings(workflow)
    yield from _transformations(reading, context)
    yield from _restricted(reading)
    yield from _not_yet(workflow)


def _names(reading: WorkflowReading, context: CheckContext) -> Iterator[Finding]:
    workflow = reading.workflow
    if workflow.dialect and dialect_of(workflow.dialect) is None:
        yield _error(
            "state.dialect",
            f"Concord knows no SQL dialect {workflow.dialect!r}.",
            "dialect",
            "Write a platform such as postgres, or leave it empty.",
        )
    if reading.system is None:
        yield _error(
            "state.system_of_record",
            f"There is no system {workflow.system_of_record!r} in the catalog.",
            "system_of_record",
            "Write the name of a system as its page shows it.",
        )
    elif not reading.system.is_system_of_record:
        yield Finding(
            "state.system_of_record",
            FindingLevel.WARNING,
            f"The catalog does not hold {reading.system} for a system of record.",
            "system_of_record",
            "Mark the system as one, or name the system where the truth is kept.",
        )
    if workflow.domain and not domains_named(context.acting, [workflow.domain]):
        yield _error(
            "state.domain",
            f"There is no domain {workflow.domain!r}.",
            "domain",
            "Write the short name of a domain, or leave it empty.",
        )
    if not owner_named(context.acting, workflow.owner):
        yield _error(
            "state.owner",
            f"Nobody is called {workflow.owner!r}.",
            "owner",
            "Write seat:, person: or team: and the name.",
        )


def _few_examples(workflow: Workflow) -> Iterator[Finding]:
    """R-007 asks for two of each, so that a reader sees where a state ends."""
    for index, state in enumerate(workflow.states):
        for name, given in (
            ("examples", state.examples),
            ("counterexamples", state.counterexamples),
        ):
            if len(given) < R_007_EXAMPLES:
                word = "an example" if name == "examples" else "a counter-example"
                yield Finding(
                    "state.few_examples",
                    FindingLevel.WARNING,
                    f"{state.key!r} has one {word.partition(' ')[2]}; two show where it ends.",
                    f"states.{index}.{name}",
                    f"Add {word} close to the border.",
                )


def _event_logs(reading: WorkflowReading, context: CheckContext) -> Iterator[Finding]:
    columns: dict[int, frozenset[str]] = {}
    for index, state in enumerate(reading.workflow.states):
        place = f"states.{index}.event_log"
        log = state.event_log
        if log is None or not (log.api or log.dataset):
            yield _error(
                "state.event_log",
                f"No event log says who comes into {state.key!r} (R-021).",
                place,
                "Let systems send the events to Concord, or name the dataset that holds them.",
            )
            continue
        if log.dataset:
            meant = reading.named[log.dataset]
            if meant.dataset is None:
                yield _error(
                    "state.event_log",
                    f"{log.dataset} {meant.trouble}.",
                    f"{place}.dataset",
                    "Write the whole name of a dataset.",
                )
                continue
            known = columns.setdefault(meant.dataset.pk, _columns_there(context, meant.dataset))
            for part in ("case_column", "state_column", "time_column"):
                name = getattr(log, part)
                if name not in known:
                    what = f"{log.dataset} has no column {name}." if name else "It is not said."
                    yield _error(
                        "state.event_log_columns",
                        f"Which column tells the {part.removesuffix('_column')}: {what}",
                        f"{place}.{part}",
                        f"Write one of {', '.join(sorted(known)[:12])}.",
                    )


def _columns_there(context: CheckContext, dataset: Dataset) -> frozenset[str]:
    found = columns_named(context.acting, dataset)
    return frozenset(path for path, column in found.items() if column.is_there)


def _transformations(reading: WorkflowReading, context: CheckContext) -> Iterator[Finding]:
    systems: dict[str, System | None] = {}
    for index, way in enumerate(reading.workflow.transitions):
        for number, required in enumerate(way.requires):
            place = f"transitions.{index}.requires.{number}"
            if required.system and required.system not in systems:
                systems[required.system] = system_meant(context.acting, required.system)
            if required.system and systems[required.system] is None:
                yield _error(
                    "state.transformation_system",
                    f"There is no system {required.system!r} in the catalog.",
                    f"{place}.system",
                    "Write the name of a system as its page shows it.",
                )
            meant = reading.named.get(required.evidence)
            if required.evidence and (meant is None or meant.trouble):
                trouble = meant.trouble if meant is not None else "is no dataset of the catalog"
                yield _error(
                    "state.transformation_evidence",
                    f"{required.evidence} {trouble}.",
                    f"{place}.evidence",
                    "Write the whole name of a dataset.",
                )


def _restricted(reading: WorkflowReading) -> Iterator[Finding]:
    """Columns with a classification: who answers for it must sign, so it is said beforehand."""
    inputs = reading.inputs
    labels = ColumnLabel.objects.filter(
        column__dataset__in={source.dataset_id for source in inputs},
        column__path__in={source.path for source in inputs},
        label__kind=LabelKind.CLASSIFICATION,
    ).values_list("column__dataset_id", "column__path", "label__path")
    marked: dict[tuple[int, str], list[str]] = {}
    for dataset_id, path, label in labels:
        marked.setdefault((dataset_id, path), []).append(label)
    for source in inputs:
        for label in marked.get((source.dataset_id, source.path), ()):
            yield Finding(
                "state.restricted_column",
                FindingLevel.WARNING,
                f"A condition reads {source.dataset} {source.path}, classified as {label}.",
                "view",
                "Do without it, or expect its guardians among the signers.",
            )


def _not_yet(workflow: Workflow) -> Iterator[Finding]:
    """What needs the prover and the event log (3.8); the sentence stands in the decision."""
    if workflow.overlap_policy is OverlapPolicy.FORBID:
        sentence = "that no case is in two states at once, beyond the examples"
    else:
        sentence = "that precedence decides wherever two states overlap, beyond the examples"
    yield _unchecked("state.disjoint", sentence, "states")
    if workflow.coverage is Coverage.REQUIRED:
        yield _unchecked("state.coverage", "that every case is in some state", "coverage")
    yield _unchecked(
        "state.exit_excludes_entry",
        "that no condition to leave holds while its condition to be in does, beyond the examples",
        "states",
    )
    yield _unchecked(
        "state.event_log_heard",
        "that each event log received an event in the time it promises (R-021)",
        "states",
    )


def _unchecked(check: str, what: str, field: str) -> Finding:
    return Finding(check, FindingLevel.UNCHECKED, f"Not yet checked: {what}.", field)


def _error(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(check, FindingLevel.ERROR, message, field, fix)
