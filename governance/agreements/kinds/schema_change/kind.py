"""A change of a schema as a kind of agreement: the source makes it, Concord records it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from catalog.access import AccessRefused
from catalog.errors import CatalogError
from catalog.models import Dataset
from catalog.names import lookup_key
from catalog.services.curation.labels import add_label
from catalog.services.curation.lifecycle import change_lifecycle
from catalog.types import LabelKind, Lifecycle, Principal
from governance.agreements.kind import NOTICE, AgreementKind, CheckContext
from governance.agreements.kinds.deprecation import keep_until
from governance.agreements.kinds.schema_change.affected import rewrites
from governance.agreements.kinds.schema_change.checks import check_schema_change
from governance.agreements.kinds.schema_change.conflicts import conflicts_of, title_of
from governance.agreements.kinds.schema_change.document import SchemaAction, SchemaChangeDocument
from governance.agreements.kinds.schema_change.seen import NOT_YET
from governance.agreements.kinds.schema_change.target import in_words, short_name, target_of
from governance.agreements.kinds.schema_change.uses import uses_of_target
from governance.agreements.kinds.term.names import plain_name
from governance.agreements.selectors.in_force import one_in_force
from governance.agreements.uses import Use
from governance.clock import now
from governance.types import (
    BindingRole,
    BindingSpec,
    ChangeOp,
    ConflictSpec,
    Finding,
    Outcome,
)

if TYPE_CHECKING:
    from governance.models import AgreementVersion

DEPRECATED_TAG = "deprecated"


class SchemaChange(AgreementKind):
    """What becomes of a dataset or a column; one agreement for each, so that two proposals for the
    same one meet."""

    name = "schema_change"
    label = "schema change"
    plural = "schema changes"
    about = "A dataset or column that is dropped, renamed, given another type or deprecated."
    document_type = SchemaChangeDocument
    prose = frozenset({"reason"})
    template = "governance/agreements/kinds/schema_change.html"

    def slug(self, document: SchemaChangeDocument) -> str:
        """The target's name in plain letters, with a digest that tells equal short names apart."""
        whole = f"{lookup_key(document.dataset)}#{lookup_key(document.column)}"
        digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        return f"{plain_name(in_words(document))[:120].strip('-')}-{digest}"

    def title(self, document: SchemaChangeDocument) -> str:
        """What happens to what."""
        return title_of(document)

    def sentence(self, document: SchemaChangeDocument) -> str:
        """What happens to what, what takes its place, and for how long the old one stays."""
        until = f"; it stays for {document.sunset_days} days" if document.sunset_days else ""
        instead = ""
        if document.replacement_dataset:
            name = short_name(document.replacement_dataset)
            column = document.replacement_column
            instead = f", to be replaced by {name}.{column}" if column else f", replaced by {name}"
        elif document.replacement_column:
            instead = f", replaced by {document.replacement_column}"
        return f"{title_of(document)}{instead}{until}."

    def domain(self, document: SchemaChangeDocument) -> str:
        """The domain of the dataset that changes."""
        found = Dataset.objects.filter(lookup_name=lookup_key(document.dataset))
        return found.values_list("domain__slug", flat=True).first() or ""

    def check(self, document: SchemaChangeDocument, context: CheckContext) -> Iterable[Finding]:
        """See `check_schema_change`."""
        return check_schema_change(document, context)

    def bindings(
        self, document: SchemaChangeDocument, context: CheckContext
    ) -> Sequence[BindingSpec]:
        """The dataset or column that changes."""
        target = target_of(context.acting, document)
        if target is None:
            return ()
        return (BindingSpec(BindingRole.TARGET, target.dataset.pk, document.column),)

    def conflicts(
        self, document: SchemaChangeDocument, context: CheckContext
    ) -> Iterable[ConflictSpec]:
        """See `conflicts_of`."""
        return conflicts_of(document, context)

    def minimum_notice(self, document: SchemaChangeDocument | None, op: ChangeOp) -> dt.timedelta:
        """What is dropped is announced as early as what is deprecated, unless it was deprecated
        and its last day has come: that was the notice."""
        is_drop = document is not None and document.action is SchemaAction.DROP
        if document is None or not is_drop or op is ChangeOp.RETIRE:
            return super().minimum_notice(document, op)
        held = one_in_force(f"{self.name}:{self.slug(document)}")
        if held is None or held.document["action"] != SchemaAction.DEPRECATE:
            return NOTICE
        is_over = held.sunset_on is not None and held.sunset_on <= now().date()
        return dt.timedelta() if is_over else NOTICE

    def uses(
        self, document: SchemaChangeDocument, *, acting: Principal, now: dt.datetime
    ) -> list[Use]:
        """See `uses_of_target`."""
        return uses_of_target(acting, document, now)

    def activate(self, version: AgreementVersion, *, acting: Principal) -> str:
        """Mark what is deprecated in the catalog; every other change is made by its source."""
        document = SchemaChangeDocument.model_validate(version.document)
        if document.action is SchemaAction.DEPRECATE:
            keep_until(version, days=document.sunset_days)
        if version.decision.outcome == Outcome.RETIRED:
            return self._take_away(document, acting)
        if version.op == ChangeOp.RETIRE or document.action is not SchemaAction.DEPRECATE:
            return f"{NOT_YET}."
        target = target_of(acting, document)
        if target is None or target.dataset.disappeared_at is not None:
            return f"{in_words(document)} is no longer in the catalog, so nothing was marked."
        reason = f"{version.agreement.key}: {self.sentence(document)}"
        try:
            if document.column:
                add_label(
                    acting=acting,
                    dataset_id=target.dataset.pk,
                    kind=LabelKind.TAG,
                    path=DEPRECATED_TAG,
                    column_path=document.column,
                    reason=reason,
                )
            else:
                change_lifecycle(
                    acting=acting,
                    dataset_id=target.dataset.pk,
                    to=Lifecycle.DEPRECATED,
                    reason=reason,
                )
        except (CatalogError, AccessRefused) as refused:
            # What was agreed holds all the same; a dataset may have moved on since the decision.
            return f"The catalog was not marked: {refused}"
        return f"{in_words(document)} is marked as deprecated in the catalog."

    def _take_away(self, document: SchemaChangeDocument, acting: Principal) -> str:
        """Its last day came and nothing uses it: a dataset is archived, a column may go."""
        target = target_of(acting, document)
        if document.column or target is None:
            return f"Nothing uses {in_words(document)} any more: its source may drop it."
        try:
            change_lifecycle(
                acting=acting,
                dataset_id=target.dataset.pk,
                to=Lifecycle.ARCHIVED,
                reason="Its last day came, and nothing uses it.",
            )
        except (CatalogError, AccessRefused) as refused:
            return f"The catalog was not marked: {refused}"
        return f"{in_words(document)} is archived: nothing uses it any more."

    def migration_hint(self, document: SchemaChangeDocument, op: ChangeOp) -> str:
        """What owners of statements that name it are asked to do."""
        if op is ChangeOp.RETIRE:
            return ""
        what = in_words(document)
        match document.action:
            case SchemaAction.RENAME:
                return f"Write {document.new_name} instead of {what}."
            case SchemaAction.RETYPE:
                return f"Make sure that {what} may be {document.new_type}."
            case SchemaAction.DROP | SchemaAction.DEPRECATE:
                dataset = document.replacement_dataset
                instead = (short_name(dataset) if dataset else "", document.replacement_column)
                named = ".".join(part for part in instead if part)
                return f"Use {named} instead of {what}." if named else f"Stop using {what}."

    def suggestions(self, document: SchemaChangeDocument, *, acting: Principal) -> dict[int, str]:
        """The SQL of datasets that read what changes, rewritten where it can be."""
        return {one.dataset_id: one.after for one in rewrites(acting, document) if one.after}
