"""Changes as their author states them, made exact: kind, key, document, and what they rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from catalog.errors import InvalidInput
from catalog.types import Principal
from governance.agreements.canonical import digest
from governance.agreements.form import errors_of
from governance.agreements.kind import AgreementKind, CheckContext, Document
from governance.agreements.kinds import kinds
from governance.agreements.models import AgreementVersion
from governance.agreements.selectors.withholding import with_what_was_withheld
from governance.proposals.rules.digests import ChangeText
from governance.types import AgreementState, ChangeOp, ChangeSpec

MAX_CHANGES = 2_000
MAX_KEY = 200


@dataclass(frozen=True, slots=True)
class Prepared:
    """One change, exact: `document` is its kind's type, `content` the same as JSON.

    `base` is the version that stands now (a retired one too), `before` its document when it holds.
    """

    op: ChangeOp
    kind: AgreementKind
    key: str
    title: str
    document: Document | None
    content: Mapping[str, Any]
    base: AgreementVersion | None

    @property
    def base_version(self) -> int:
        """The number of the version it builds on; 0 where there is none."""
        return self.base.number if self.base else 0

    @property
    def before(self) -> Mapping[str, Any] | None:
        """The document in force."""
        if self.base is None or self.base.op == ChangeOp.RETIRE:
            return None
        return dict(self.base.document)

    @property
    def is_going(self) -> bool:
        """Whether what holds is deprecated."""
        return self.base is not None and self.base.agreement.state == AgreementState.DEPRECATED

    @property
    def content_digest(self) -> str:
        """SHA-256 of the document's canonical form."""
        return digest(self.content)

    def text(self) -> ChangeText:
        """The change as it is hashed."""
        return ChangeText(
            op=self.op,
            kind=self.kind.name,
            key=self.key,
            base_version=self.base_version,
            document=self.content,
            prose=self.kind.prose,
        )

    def spec(self) -> ChangeSpec:
        """The change as other kinds see it beside theirs."""
        return ChangeSpec(op=self.op, kind=self.kind.name, key=self.key, document=self.content)


def prepare(changes: Sequence[ChangeSpec]) -> list[Prepared]:
    """Read every change; raises InvalidInput that names the first field that does not fit."""
    if not changes:
        raise InvalidInput("A proposal changes something: add a change.", field="changes")
    if len(changes) > MAX_CHANGES:
        raise InvalidInput(
            f"A proposal has at most {MAX_CHANGES:,} changes: split it.", field="changes"
        )
    read = [_read(change, f"changes.{number}") for number, change in enumerate(changes)]
    standing = _standing({key for _, _, key, _ in read})
    seen: set[str] = set()
    prepared = []
    for number, (change, kind, key, document) in enumerate(read):
        if key in seen:
            raise InvalidInput(
                f"{key} is changed twice: put both changes into one.", field=f"changes.{number}"
            )
        seen.add(key)
        prepared.append(_prepared(change, kind, key, document, standing.get(key)))
    return prepared


def contexts(
    prepared: Sequence[Prepared], *, acting: Principal, at: dt.datetime
) -> list[CheckContext]:
    """What each kind may look at while it checks, in the order of the changes."""
    specs = [one.spec() for one in prepared]
    return [
        CheckContext(
            acting=acting,
            now=at,
            key=one.key,
            op=one.op,
            base=one.before,
            beside=tuple(spec for spec in specs if spec.key != one.key),
        )
        for one in prepared
    ]


def kind_named(name: str, *, field: str = "kind") -> AgreementKind:
    """A kind by its name; raises InvalidInput that lists what there is."""
    if name not in kinds:
        known = ", ".join(sorted(kinds.names())) or "none"
        raise InvalidInput(
            f"There is no kind of agreement {name[:60]!r}; known: {known}.", field=field
        )
    return kinds.get(name)


def _read(change: ChangeSpec, field: str) -> tuple[ChangeSpec, AgreementKind, str, Document | None]:
    kind = kind_named(change.kind, field=f"{field}.kind")
    document = None
    if change.document:
        document = parse(kind, change.document, field=f"{field}.document")
    elif change.op in (ChangeOp.CREATE, ChangeOp.REPLACE):
        raise InvalidInput("The new document is missing.", field=f"{field}.document")
    key = change.key
    if not key and document is not None:
        key = f"{kind.name}:{kind.slug(document)}"
    if not key.startswith(f"{kind.name}:") or not key.partition(":")[2]:
        raise InvalidInput(
            f"The key of an agreement of this kind begins with {kind.name}: and names it.",
            field=f"{field}.key",
        )
    if len(key) > MAX_KEY or "\x00" in key:
        raise InvalidInput(
            f"The key is longer than {MAX_KEY} characters or holds a NUL.", field=f"{field}.key"
        )
    if (
        change.op is ChangeOp.CREATE
        and document is not None
        and key != f"{kind.name}:{kind.slug(document)}"
    ):
        raise InvalidInput(
            f"The key of this document is {kind.name}:{kind.slug(document)}; leave it out.",
            field=f"{field}.key",
        )
    return change, kind, key, document


def parse(kind: AgreementKind, document: Mapping[str, Any], *, field: str = "") -> Document:
    """The document as its kind's type.

    Raises InvalidInput whose `fields` name every place by its dotted path under `field`.
    """
    try:
        return kind.document_type.model_validate(document)
    except ValidationError as error:
        raise _invalid(kind, error, field) from error
    except RecursionError as error:
        raise InvalidInput("The document is nested too deeply.", field=field) from error


def content_of(document: Document) -> dict[str, Any]:
    """A document as it is stored and hashed; raises InvalidInput for what JSON cannot carry."""
    content: dict[str, Any] = document.model_dump(mode="json", by_alias=True)
    try:
        digest(content)
    except ValueError as error:
        raise InvalidInput(str(error), field="document") from error
    return content


def _invalid(kind: AgreementKind, error: ValidationError, field: str) -> InvalidInput:
    places: dict[str, list[str]] = {}
    for one in errors_of(kind.document_type, error):
        path = ".".join(part for part in (field, one.path) if part)
        places.setdefault(path, []).append(one.message)
    first, messages = next(iter(places.items()))
    return InvalidInput.at_fields(places, f"{first}: {messages[0]}")


def _standing(keys: set[str]) -> dict[str, AgreementVersion]:
    versions = AgreementVersion.objects.filter(agreement__key__in=keys, valid_to__isnull=True)
    return {version.agreement.key: version for version in versions.select_related("agreement")}


def _prepared(
    change: ChangeSpec,
    kind: AgreementKind,
    key: str,
    document: Document | None,
    base: AgreementVersion | None,
) -> Prepared:
    content: Mapping[str, Any] = {}
    if document is not None:
        content = content_of(document)
        if base is not None and base.op != ChangeOp.RETIRE:
            whole = with_what_was_withheld(kind, content, base.document)
            if whole is not content:
                document, content = parse(kind, whole), whole
    elif base is not None:
        # Deprecating keeps the text; retiring ends it, and touches what the text rested on.
        document = parse(kind, base.document)
        content = dict(base.document) if change.op is ChangeOp.DEPRECATE else {}
    title = kind.title(document) if document is not None else (base.title if base else key)
    return Prepared(change.op, kind, key, title[:300], document, content, base)
