"""A practice as a kind of agreement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from governance.agreements.kind import AgreementKind, CheckContext
from governance.agreements.kinds.practice.checks import check_practice
from governance.agreements.kinds.practice.document import PracticeDocument
from governance.agreements.kinds.practice.held import practices_saying
from governance.agreements.selectors.references import systems_named
from governance.types import (
    BindingRole,
    BindingSpec,
    ChangeOp,
    ConflictKind,
    ConflictSpec,
    Finding,
    Party,
)


class Practice(AgreementKind):
    """How people work with data."""

    name = "practice"
    label = "practice"
    plural = "practices"
    about = "How people work with data: what they do, why, and how one can tell."
    document_type = PracticeDocument
    prose = frozenset({"why"})
    template = "governance/agreements/kinds/practice.html"
    not_enforced = (
        "A practice is what people do. Concord keeps it, names who looks, and does not check it."
    )

    def slug(self, document: PracticeDocument) -> str:
        """The short name given."""
        return document.practice

    def title(self, document: PracticeDocument) -> str:
        """Its title, or its short name in words."""
        spoken = document.practice.replace("-", " ").replace("_", " ").capitalize()
        return document.title or spoken

    def sentence(self, document: PracticeDocument) -> str:
        """The practice itself."""
        return document.statement

    def check(self, document: PracticeDocument, context: CheckContext) -> Iterable[Finding]:
        """See `check_practice`."""
        return check_practice(document, context)

    def bindings(self, document: PracticeDocument, context: CheckContext) -> Sequence[BindingSpec]:
        """The systems it is about."""
        found = systems_named(context.acting, document.systems)
        return [
            BindingSpec(BindingRole.TARGET, system_id=found[name].pk)
            for name in dict.fromkeys(document.systems)
            if name in found
        ]

    def conflicts(
        self, document: PracticeDocument, context: CheckContext
    ) -> Iterable[ConflictSpec]:
        """Practices that say the same under another name."""
        for held in practices_saying(document.statement):
            if held.key != context.key:
                other = held.document
                yield ConflictSpec(
                    ConflictKind.DUPLICATE,
                    (
                        Party(
                            "agreement", context.key, self.title(document), document.statement,
                            document.owner,
                        ),
                        Party("agreement", held.key, held.title, other.statement, other.owner),
                    ),
                    f"{self.title(document)} and {held.title} say the same.",
                )  # fmt: skip

    def migration_hint(self, document: PracticeDocument, op: ChangeOp) -> str:
        """A practice asks nothing of statements."""
        return ""
