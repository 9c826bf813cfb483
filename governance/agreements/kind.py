"""What a kind of agreement says of itself: the contract that each folder of `kinds/` fulfils.

The mechanism (proposal, consent, decision, effect) is the same for all; a kind only states its
document and answers how it is checked, what it rests on, what it contradicts and what adopting it
does. Adding a kind means adding a folder.
"""

from __future__ import annotations

import datetime as dt
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, field_validator

from catalog.types import Principal
from governance.agreements.uses import Use
from governance.types import (
    BindingRole,
    BindingSpec,
    ChangeOp,
    ChangeSpec,
    ConflictSpec,
    Finding,
    VetoClass,
)

if TYPE_CHECKING:
    from governance.models import AgreementVersion

# What goes away is announced this long before (3.7).
NOTICE = dt.timedelta(days=30)

# Stands in a field that the reader may not read, so that a document keeps the form of its schema.
WITHHELD = "Withheld; ask Legal."

# Control characters but tab and line ends, and halves of a character: no database keeps them.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Document(BaseModel):
    """Base of every document and of its parts: unknown keys are refused, values are immutable.

    Fields carry `title` and `description` (label and help of the form) and, where a person picks
    an object, `json_schema_extra={"picker": "dataset" | "column" | "system" | "domain" | "person" |
    "team" | "seat" | "term" | "agreement" | "label"}`; long prose has `{"prose": True}`, SQL has
    `{"sql": True}`, a list whose items are told apart by a field has `{"keyed_by": "key"}` (or a
    list of fields). A field whose name Python keeps for itself has an alias, under which it is
    read and written. The form, the JSON Schema, the diff and the YAML are made from the same
    declaration.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        serialize_by_alias=True,
        allow_inf_nan=False,
    )

    @field_validator("*", mode="after")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        if any(_UNSTORABLE.search(text) for text in _texts(value)):
            raise ValueError("Take out the characters that cannot be seen.")
        return value


def _texts(value: Any) -> Iterator[str]:
    """The texts of a field: its own, those of its items, the names and values of its rows."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(name)
            yield from _texts(item)


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a kind may look at while it checks: who asks, when, and what stands beside it.

    `key` is the agreement's key, `op` what is done to it, `base` the document in force (None when
    there is none). `beside` are the other changes of the same proposal, so that a term and the
    state that uses it can be proposed together.
    """

    acting: Principal
    now: dt.datetime
    key: str
    op: ChangeOp
    base: Mapping[str, Any] | None = None
    beside: Sequence[ChangeSpec] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class FailingTarget:
    """A dataset, or one of its columns, that a document finds fault with today, and what to do."""

    dataset_id: int
    dataset: str
    column: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class TargetsToday:
    """What a document is about today: the count in a sentence, and every target that fails."""

    sentence: str
    failing: tuple[FailingTarget, ...] = ()


class AgreementKind(ABC):
    """One kind of agreement.

    `prose` names the document's fields (dotted, `[]` for any item of a list) that carry no rule:
    a revision that differs there only is editorial (class E). `not_enforced` says plainly what
    does not happen yet where the kind's engine is missing; empty when adoption has its whole
    effect. `template` shows a document; it is given `document` and `agreement`.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    plural: ClassVar[str]
    about: ClassVar[str]
    document_type: ClassVar[type[Document]]
    prose: ClassVar[frozenset[str]] = frozenset()
    not_enforced: ClassVar[str] = ""
    template: ClassVar[str] = "governance/agreements/document.html"

    @abstractmethod
    def slug(self, document: Any) -> str:
        """The part of the key after the colon: lower case, digits, `-` and `_`, stable."""

    @abstractmethod
    def title(self, document: Any) -> str:
        """What people call it."""

    @abstractmethod
    def sentence(self, document: Any) -> str:
        """What it says, in one plain sentence."""

    def withheld(self, content: Mapping[str, Any]) -> frozenset[str]:
        """The fields of a stored document that not every reader may read, and search not at all."""
        return frozenset()

    def domain(self, document: Any) -> str:
        """The slug of the domain it belongs to; empty when it belongs to nobody in particular."""
        return str(getattr(document, "domain", "") or "")

    def committee(self, document: Any) -> str:
        """The short name of the committee it is routed to; empty for the council."""
        return ""

    def check(self, document: Any, context: CheckContext) -> Iterable[Finding]:
        """What is wrong with it beyond its form: names that do not resolve, rules that cannot hold,
        guards that no engine can answer yet (level `unchecked`)."""
        return ()

    def before_signing(self, document: Any, context: CheckContext) -> Iterable[Finding]:
        """What stands against asking anybody to sign, beyond what `check` finds. An emergency, and
        what ratifies or restores an agreement word for word, is not asked for it."""
        return ()

    def bindings(self, document: Any, context: CheckContext) -> Sequence[BindingSpec]:
        """The objects of the catalog that it rests on; impact and signers start from them."""
        return ()

    def targets_today(self, document: Any, context: CheckContext) -> TargetsToday | None:
        """What it selects today and what of that fails, before anybody is asked (story S4); None
        where a kind selects nothing. Nothing is stored."""
        return None

    def impact_roles(self) -> frozenset[BindingRole]:
        """Bindings whose downstream a change affects (3.4, must-sign computation, 1 and 2)."""
        return frozenset({BindingRole.TARGET, BindingRole.INPUT, BindingRole.SELECTED})

    def veto_seats(self, document: Any) -> Mapping[VetoClass, str]:
        """Vetoes whose seat must sign whatever the document binds, each with why in words: what a
        permission's category asks for (3.3, class P)."""
        return {}

    def conflicts(self, document: Any, context: CheckContext) -> Iterable[ConflictSpec]:
        """Agreements in force, and claims of the catalog, that it contradicts."""
        return ()

    def minimum_notice(self, document: Any, op: ChangeOp) -> dt.timedelta:
        """How long after the decision it may take effect at the earliest (deprecations: 30 d);
        `document` is None where an agreement ends."""
        return NOTICE if op is ChangeOp.DEPRECATE else dt.timedelta()

    def activate(self, version: AgreementVersion, *, acting: Principal) -> str:
        """Do what adopting it does beyond the version itself, inside the adoption's transaction;
        returns what was done, in words for the timeline."""
        return ""

    def uses(self, document: Any, *, acting: Principal, now: dt.datetime) -> Sequence[Use]:
        """What still uses what it takes away, or itself where it is deprecated, beside the
        agreements that name it; counted every week until its last day."""
        return ()

    def migration_hint(self, document: Any, op: ChangeOp) -> str:
        """What owners of affected queries are asked to do; empty when there is nothing to do."""
        return ""

    def suggestions(self, document: Any, *, acting: Principal) -> Mapping[int, str]:
        """The SQL of datasets that a change reaches as it should read afterwards, by dataset id;
        only where it can be written for certain."""
        return {}

    def merged(
        self, draft: dict[str, Any], other: Mapping[str, Any], *, key: str, other_key: str
    ) -> dict[str, Any]:
        """What else a first draft that brings two agreements together should say: `draft` is the
        text of the agreement `key` with the lists of both, `other` the document it takes in."""
        return draft

    def giving_way(self, key: str, document: Mapping[str, Any], to: str) -> ChangeSpec:
        """What becomes of the agreement `key` when the agreement `to` takes its meaning over."""
        return ChangeSpec(ChangeOp.RETIRE, self.name, key)
