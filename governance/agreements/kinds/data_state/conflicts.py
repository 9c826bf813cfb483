"""Workflows in force that this one contradicts: another source of truth, another meaning (3.5)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from governance.agreements.kind import CheckContext
from governance.agreements.kinds.data_state.document import State, Workflow
from governance.agreements.selectors.in_force import InForce, in_force
from governance.agreements.selectors.short_names import system_meant
from governance.states.predicates.comparing import bare
from governance.states.predicates.parsing import parse_expression
from governance.types import ConflictKind, ConflictSpec, Party

KIND = "data_state"


def workflow_conflicts(workflow: Workflow, context: CheckContext) -> Iterator[ConflictSpec]:
    """Second claims to be the source of truth (R-008), and states of one name that differ."""
    for held in in_force(KIND):
        if held.key == context.key:
            continue
        try:
            other = Workflow.model_validate(held.document)
        except ValidationError:
            continue  # adopted under an older form of the document; its page says so
        if _same_place(workflow, other) and not _same_system(workflow, other, context):
            yield _two_sources(workflow, context, other, held)
        if workflow.entity == other.entity:
            for state in workflow.states:
                twin = next((one for one in other.states if one.key == state.key), None)
                if twin is not None and not _alike(state, twin):
                    yield _homonym(workflow, context, state, other, held, twin)


def _same_place(one: Workflow, other: Workflow) -> bool:
    return one.entity == other.entity and one.context.lower() == other.context.lower()


def _same_system(one: Workflow, other: Workflow, context: CheckContext) -> bool:
    mine = system_meant(context.acting, one.system_of_record)
    theirs = system_meant(context.acting, other.system_of_record)
    if mine is None or theirs is None:
        return one.system_of_record.lower() == other.system_of_record.lower()
    return mine.pk == theirs.pk


def _alike(state: State, twin: State) -> bool:
    """Whether two conditions are the same tree; logical equality is the prover's to say."""
    mine, _ = parse_expression(state.entry, None)
    theirs, _ = parse_expression(twin.entry, None)
    if mine is None or theirs is None:
        return state.entry == twin.entry
    return bool(bare(mine) == bare(theirs))


def _two_sources(
    workflow: Workflow, context: CheckContext, other: Workflow, held: InForce
) -> ConflictSpec:
    return ConflictSpec(
        ConflictKind.SOURCE_OF_TRUTH,
        (
            Party(KIND, context.key, workflow.workflow, workflow.system_of_record, workflow.owner),
            Party(KIND, held.key, held.title, other.system_of_record, other.owner),
        ),
        f"Two systems claim the truth about {workflow.entity} in {workflow.context}:"
        f" {workflow.system_of_record} and {other.system_of_record}.",
    )


def _homonym(
    workflow: Workflow,
    context: CheckContext,
    state: State,
    other: Workflow,
    held: InForce,
    twin: State,
) -> ConflictSpec:
    return ConflictSpec(
        ConflictKind.HOMONYM,
        (
            Party(KIND, context.key, workflow.workflow, state.definition, workflow.owner),
            Party(KIND, held.key, held.title, twin.definition, other.owner),
        ),
        f"{state.name.capitalize()} means one thing in {workflow.context} and another in"
        f" {other.context}: {state.entry} and {twin.entry}.",
    )
