"""A kind of agreement that binds whatever its document names, and a small company."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from governance.agreements.kind import AgreementKind, CheckContext, Document
from governance.agreements.kinds import kinds
from governance.types import BindingRole, BindingSpec, ConflictKind, ConflictSpec, Party, VetoClass


class BoundDocument(Document):
    """What it binds, by ids; `against` are keys of agreements that it contradicts."""

    name: str = "agreed"
    domain: str = ""
    columns: tuple[tuple[int, str], ...] = ()
    systems: tuple[int, ...] = ()
    system_of_record: int | None = None
    against: tuple[str, ...] = ()
    veto: VetoClass | None = None


class BoundKind(AgreementKind):
    """Binds what its document says."""

    name = "bound"
    label = "bound"
    plural = "bound"
    about = "A kind of tests."
    document_type = BoundDocument

    def slug(self, document: BoundDocument) -> str:
        return document.name

    def title(self, document: BoundDocument) -> str:
        return document.name.capitalize()

    def sentence(self, document: BoundDocument) -> str:
        return f"It binds {len(document.columns)} objects."

    def bindings(self, document: BoundDocument, context: CheckContext) -> Sequence[BindingSpec]:
        record = document.system_of_record
        return [
            *(BindingSpec(BindingRole.TARGET, pk, path) for pk, path in document.columns),
            *(BindingSpec(BindingRole.TARGET, system_id=pk) for pk in document.systems),
            *([BindingSpec(BindingRole.SYSTEM_OF_RECORD, system_id=record)] if record else []),
        ]

    def veto_seats(self, document: BoundDocument) -> Mapping[VetoClass, str]:
        return {document.veto: "its category"} if document.veto is not None else {}

    def conflicts(self, document: BoundDocument, context: CheckContext) -> list[ConflictSpec]:
        own = Party("agreement", context.key or f"bound:{document.name}", document.name)
        return [
            ConflictSpec(ConflictKind.HOMONYM, (own, Party("agreement", key, key)), "They differ.")
            for key in document.against
        ]


@pytest.fixture(autouse=True)
def _bound_kind() -> Iterator[None]:
    entries: dict[str, Any] = kinds._entries
    kinds.add("bound", BoundKind())
    yield
    del entries["bound"]
