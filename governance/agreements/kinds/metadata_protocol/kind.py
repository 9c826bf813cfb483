"""A metadata protocol as a kind of agreement: its facts are recorded and not yet enforced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from governance.agreements.kind import AgreementKind, CheckContext
from governance.agreements.kinds.metadata_protocol.checks import check_protocol
from governance.agreements.kinds.metadata_protocol.conflicts import conflicts_of, title_of
from governance.agreements.kinds.metadata_protocol.document import MetadataProtocolDocument
from governance.agreements.kinds.metadata_protocol.selection import in_words, selected
from governance.types import BindingRole, BindingSpec, ConflictSpec, Finding


class MetadataProtocol(AgreementKind):
    """Which facts a class of datasets needs, and who writes them."""

    name = "metadata_protocol"
    label = "metadata protocol"
    plural = "metadata protocols"
    about = "Which facts a class of datasets needs, and who may write them."
    document_type = MetadataProtocolDocument
    prose = frozenset({"purpose"})
    template = "governance/agreements/kinds/metadata_protocol.html"
    not_enforced = (
        "This protocol is recorded and not yet enforced: no edit is refused and no dataset held"
        " back because of it. Until it is, everybody writes descriptions, tags and examples, and"
        " stewards write everything else. Only suggested classes that it has count do so at once."
    )

    def slug(self, document: MetadataProtocolDocument) -> str:
        """The short name given."""
        return document.protocol

    def title(self, document: MetadataProtocolDocument) -> str:
        """Its title, or its short name in words."""
        return title_of(document)

    def sentence(self, document: MetadataProtocolDocument) -> str:
        """What it asks of which datasets."""
        needed = sum(rule.required for rule in document.facts)
        written = sum(rule.mode is not None for rule in document.facts)
        parts = [f"{needed} fact{'s' * (needed != 1)} needed"] if needed else []
        parts += [f"{written} with a rule who writes"] if written else []
        counting = document.treat_suggestions_as_class
        if counting is not None:
            said = f"{', '.join(counting.classes)} from {counting.minimum_confidence:.0%} on"
            parts.append(f"suggested classes count until reviewed: {said}")
        whom = in_words(document.selector)
        return f"{whom[:1].upper()}{whom[1:]}: {', '.join(parts) or 'nothing is asked'}."

    def check(self, document: MetadataProtocolDocument, context: CheckContext) -> Iterable[Finding]:
        """See `check_protocol`."""
        return check_protocol(document, context)

    def bindings(
        self, document: MetadataProtocolDocument, context: CheckContext
    ) -> Sequence[BindingSpec]:
        """The datasets that fall under it now."""
        found = selected(context.acting, document.selector).order_by("qualified_name", "pk")
        ids = dict.fromkeys(found.values_list("pk", flat=True))
        return [BindingSpec(BindingRole.SELECTED, pk) for pk in ids]

    def conflicts(
        self, document: MetadataProtocolDocument, context: CheckContext
    ) -> Iterable[ConflictSpec]:
        """See `conflicts_of`."""
        return conflicts_of(document, context)
