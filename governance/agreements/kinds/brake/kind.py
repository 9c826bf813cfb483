"""A brake as a kind of agreement: it comes into force by a decision and by nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from governance.agreements.kind import AgreementKind, CheckContext, TargetsToday
from governance.agreements.kinds.brake.checks import check_brake
from governance.agreements.kinds.brake.data import datasets_meant
from governance.agreements.kinds.brake.document import BrakeDocument
from governance.agreements.kinds.brake.sentences import brake_sentence, brake_title
from governance.agreements.selectors.in_force import in_force
from governance.types import (
    BindingRole,
    BindingSpec,
    ChangeOp,
    ConflictKind,
    ConflictSpec,
    Finding,
    Party,
)


class BrakeKind(AgreementKind):
    """What slows and stops queries."""

    name = "brake"
    label = "brake"
    plural = "brakes"
    about = "What one query, or one team in a day, may read, cost and take, and how it is written."
    document_type = BrakeDocument
    prose = frozenset({"reason"})
    template = "governance/agreements/kinds/brake.html"

    def slug(self, document: BrakeDocument) -> str:
        """The short name given."""
        return document.brake

    def title(self, document: BrakeDocument) -> str:
        """Its title, or its short name in words."""
        return brake_title(document)

    def sentence(self, document: BrakeDocument) -> str:
        """See `brake_sentence`."""
        return brake_sentence(document)

    def check(self, document: BrakeDocument, context: CheckContext) -> Iterable[Finding]:
        """See `check_brake`."""
        return check_brake(document, context)

    def bindings(self, document: BrakeDocument, context: CheckContext) -> Sequence[BindingSpec]:
        """The datasets that it names, so that those who answer for them agree; one about every
        query rests on none."""
        if document.resources is None:
            return []
        found = datasets_meant(document.resources, context.acting)
        return [BindingSpec(BindingRole.TARGET, dataset_id=pk) for pk in sorted(found)]

    def targets_today(self, document: BrakeDocument, context: CheckContext) -> TargetsToday | None:
        """How many datasets it is about."""
        if document.resources is None:
            return TargetsToday("It is about every query.")
        count = len(datasets_meant(document.resources, context.acting))
        return TargetsToday(f"It is about {count:,} dataset{'' if count == 1 else 's'} today.")

    def conflicts(self, document: BrakeDocument, context: CheckContext) -> Iterable[ConflictSpec]:
        """Brakes that say the same under another name."""
        mine = _rule_of(document)
        for held in in_force(self.name):
            other = BrakeDocument.model_validate(held.document)
            if held.key != context.key and _rule_of(other) == mine:
                yield ConflictSpec(
                    ConflictKind.DUPLICATE,
                    (
                        Party(
                            "agreement", context.key, self.title(document),
                            self.sentence(document), document.owner,
                        ),
                        Party(
                            "agreement", held.key, held.title, self.sentence(other), other.owner
                        ),
                    ),
                    f"{self.title(document)} and {held.title} say the same.",
                )  # fmt: skip

    def migration_hint(self, document: BrakeDocument, op: ChangeOp) -> str:
        """A brake asks nothing of statements that are within it."""
        return ""


_TOLD = frozenset({"brake", "title", "reason", "owner", "domain", "review_by"})


def _rule_of(document: BrakeDocument) -> object:
    return document.model_dump(mode="json", exclude=set(_TOLD))
