"""The workflow as a machine: which states can be reached, and which cannot be left."""

from __future__ import annotations

from collections.abc import Iterator

from governance.agreements.kinds.data_state.document import Workflow
from governance.types import Finding, FindingLevel


def machine_findings(workflow: Workflow) -> Iterator[Finding]:
    """Everything that is wrong with the ways between the states."""
    known = {state.key for state in workflow.states}
    yield from _names(workflow, known)
    yield from _ways(workflow, known)
    yield from _requirements(workflow)


def reached_from(workflow: Workflow) -> frozenset[str]:
    """The states that a case can come to."""
    reached = set(workflow.initial)
    open_ends = list(reached)
    while open_ends:
        state = open_ends.pop()
        for way in workflow.transitions:
            if way.source == state and way.target not in reached:
                reached.add(way.target)
                open_ends.append(way.target)
    return frozenset(reached)


def _names(workflow: Workflow, known: set[str]) -> Iterator[Finding]:
    named = [(f"initial.{i}", key) for i, key in enumerate(workflow.initial)]
    named += [(f"terminal.{i}", key) for i, key in enumerate(workflow.terminal)]
    for index, way in enumerate(workflow.transitions):
        named += [
            (f"transitions.{index}.from", way.source),
            (f"transitions.{index}.to", way.target),
        ]
    for field, key in named:
        if key not in known:
            yield _error(
                "state.unknown_state",
                f"There is no state {key!r}.",
                field,
                f"Use one of {', '.join(sorted(known))}, or add the state.",
            )


def _ways(workflow: Workflow, known: set[str]) -> Iterator[Finding]:
    reached = reached_from(workflow)
    left = {way.source for way in workflow.transitions}
    terminal = set(workflow.terminal)
    for index, state in enumerate(workflow.states):
        if state.key not in reached:
            yield _error(
                "state.reachable",
                f"No case ever comes into the state {state.key!r}.",
                f"states.{index}.key",
                "Add a transition to it, or name it among the states that cases begin in.",
            )
        if state.key not in left and state.key not in terminal:
            yield _error(
                "state.has_a_way_out",
                f"A case never leaves the state {state.key!r}.",
                f"states.{index}.key",
                "Add a transition from it, or name it among the states that end.",
            )
    for index, key in enumerate(workflow.terminal):
        if key in left & known:
            yield _error(
                "state.terminal_ends",
                f"The state {key!r} ends, and still a transition leaves it.",
                f"terminal.{index}",
                "Take the transition away, or the state from those that end.",
            )


def _requirements(workflow: Workflow) -> Iterator[Finding]:
    for index, way in enumerate(workflow.transitions):
        if not way.requires:
            yield _error(
                "state.transformation_required",
                f"Nothing has to happen from {way.source!r} to {way.target!r}.",
                f"transitions.{index}.requires",
                "Name at least one transformation with its type, and who or what does it.",
            )
        for number, required in enumerate(way.requires):
            if not required.system and not required.actor:
                yield _error(
                    "state.transformation_actor",
                    f"Nobody and no system does {required.name!r}.",
                    f"transitions.{index}.requires.{number}.system",
                    "Name the system where it happens, or the actor who does it.",
                )
        if way.source == way.target:
            yield _error(
                "state.transition_moves",
                f"The transition from {way.source!r} leads nowhere else.",
                f"transitions.{index}.to",
                "Name another state.",
            )


def _error(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(check, FindingLevel.ERROR, message, field, fix)
