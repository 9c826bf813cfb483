"""What looks for conflicts: each detector states what it finds, and nothing else.

The solver, the counts, the drift of queries and the shadows of policies join here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import QuerySet

from catalog.registries.registry import Registry
from catalog.types import Principal
from governance.agreements.kind import CheckContext
from governance.agreements.kinds import kinds
from governance.clock import now
from governance.models import AgreementVersion, Change, Proposal
from governance.proposals.rules.transitions import OPEN
from governance.types import ChangeOp, ConflictKind, ConflictSpec, Party, ProposalState


@dataclass(frozen=True, slots=True)
class Detector:
    """`find` looks at everything that holds and is open; `kinds` are those it can find."""

    name: str
    kinds: tuple[ConflictKind, ...]
    find: Callable[[Principal], Iterable[ConflictSpec]]


detectors: Registry[Detector] = Registry("conflict detector")


def register_detectors() -> None:
    """Add the detectors that need no engine; called once when the application starts."""
    detectors.add("pending", Detector("pending", (ConflictKind.PENDING,), two_on_one_target))
    detectors.add(
        "kinds",
        Detector(
            "kinds",
            (
                ConflictKind.HOMONYM,
                ConflictKind.DUPLICATE,
                ConflictKind.SOURCE_OF_TRUTH,
                ConflictKind.RULE_CONTRADICTION,
            ),
            among_agreements,
        ),
    )


def two_on_one_target(principal: Principal) -> Iterator[ConflictSpec]:
    """Open proposals whose current revisions change the same agreement (3.5, pending)."""
    rows = (
        _openly_proposed()
        .order_by("agreement_key", "revision__proposal__number")
        .values_list(
            "agreement_key",
            "title",
            "revision__proposal__key",
            "revision__proposal__title",
            "revision__proposal__ask",
        )
    )
    touching: dict[str, list[Party]] = defaultdict(list)
    called: dict[str, str] = {}
    for target, name, key, title, ask in rows:
        touching[target].append(Party(kind="proposal", key=key, title=title, text=ask))
        called.setdefault(target, name)
    for target, parties in touching.items():
        for first, second in pairwise(parties):
            yield ConflictSpec(
                kind=ConflictKind.PENDING,
                parties=(first, second),
                witness=f"{first.key} and {second.key} both change the same, “{called[target]}”; "
                "whichever comes second has to start from the other.",
            )


def among_agreements(principal: Principal) -> Iterator[ConflictSpec]:
    """What each agreement in force, and each that is openly proposed, says against another, as its
    kind sees it."""
    in_force = AgreementVersion.objects.filter(valid_to__isnull=True).exclude(op=ChangeOp.RETIRE)
    bases = {}
    for version in in_force.select_related("agreement").order_by("agreement"):
        bases[version.agreement.key] = version.document
        yield from _conflicts_of(
            version.agreement.kind, version.agreement.key, version.document, version.document,
            principal,
        )  # fmt: skip
    for change in _openly_proposed().exclude(op=ChangeOp.RETIRE).order_by("revision", "position"):
        key = change.agreement_key
        yield from _conflicts_of(change.kind, key, change.document, bases.get(key), principal)


def _openly_proposed() -> QuerySet[Change]:
    waiting = [state.value for state in OPEN if state is not ProposalState.DRAFT]
    current = Proposal.objects.filter(state__in=waiting).values("current")
    return Change.objects.filter(revision__in=current)


def _conflicts_of(
    kind_name: str,
    key: str,
    document: Mapping[str, Any],
    base: Mapping[str, Any] | None,
    principal: Principal,
) -> Iterator[ConflictSpec]:
    kind = kinds.get(kind_name)
    op = ChangeOp.REPLACE if base is not None else ChangeOp.CREATE
    context = CheckContext(acting=principal, now=now(), key=key, op=op, base=base)
    yield from kind.conflicts(kind.document_type.model_validate(document), context)
