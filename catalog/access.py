"""The access port: the one place that says what a principal may do (laws 3 and 4).

The catalog asks, governance answers: it installs its gate when the applications are ready. Until
then, and whenever nothing was installed, everything is denied. A principal may do `action` on an
object exactly when `scope` would return that object.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from catalog.types import Principal

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    ModelT = TypeVar("ModelT", bound=Model)


class Action(StrEnum):
    """What can be asked of the port."""

    SEE = "see"  # metadata: names, columns, descriptions, lineage
    READ = "read"  # the data itself, perhaps masked, filtered or without some columns
    READ_WHOLE = "read_whole"  # all of it as it is: samples, extreme values, exports of rows
    KEEP = "keep"  # one's own: what one follows and has read, saved searches, settings, tokens
    EDIT_WIKI = "edit_wiki"  # what any employee may change, with history
    PROPOSE = "propose"  # propose, comment and take positions; the council's rules say what counts
    STEWARD = "steward"  # what the stewards of the object's domain may change
    INGEST = "ingest"  # create and update metadata from a source
    ADMINISTER = "administer"  # people, roles, connections, the service itself


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer with its reason, in words for the person asking; `ask` names whom to ask."""

    allowed: bool
    code: str
    reason: str
    ask: str = ""

    @property
    def sentence(self) -> str:
        """The reason with whom to ask, for a person."""
        return f"{self.reason} Ask {self.ask}." if self.ask else self.reason


class AccessRefused(Exception):  # noqa: N818 - reads as the refusal it is
    """The port said no; carries the verdict so that every edge can explain it."""

    code = "access_refused"

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


class Gate(Protocol):
    """What governance implements."""

    def authorize(self, principal: Principal, action: Action, subject: Any = None) -> Verdict:
        """Whether `principal` may do `action`, on `subject` or at all when it is None."""
        ...

    def scope(
        self, principal: Principal, action: Action, queryset: QuerySet[ModelT]
    ) -> QuerySet[ModelT]:
        """The objects of `queryset` that `authorize` would allow."""
        ...

    def answer(self, principal: Principal, action: Action, subject: Any, use: str) -> Verdict:
        """As `authorize`, for data that is shown next: who asked, for which `use`, and what was
        answered is on record before this returns."""
        ...

    def partial_query(self, principal: Principal, subject: Any, rows: int, use: str) -> str:
        """SQL of the dataset's own system that reads at most `rows` of it with the principal's
        masks and filters in place, without the columns denied; on record before this returns.

        Raises AccessRefused where nothing of it may be read, or not by a query.
        """
        ...


class _ClosedGate:
    """Denies everything: what holds before governance has installed its gate."""

    def authorize(self, principal: Principal, action: Action, subject: Any = None) -> Verdict:
        return Verdict(
            allowed=False,
            code="no_gate",
            reason="Concord has no access policy loaded yet, so nothing may be read or changed.",
            ask="an administrator",
        )

    def scope(
        self, principal: Principal, action: Action, queryset: QuerySet[ModelT]
    ) -> QuerySet[ModelT]:
        return queryset.none()

    def answer(self, principal: Principal, action: Action, subject: Any, use: str) -> Verdict:
        return self.authorize(principal, action, subject)

    def partial_query(self, principal: Principal, subject: Any, rows: int, use: str) -> str:
        raise AccessRefused(self.authorize(principal, Action.READ, subject))


_gate: Gate = _ClosedGate()


def install_gate(gate: Gate) -> None:
    """Put governance's answer behind the port; called once when the applications are ready."""
    global _gate
    _gate = gate


def gate() -> Gate:
    """The gate in force."""
    return _gate


def require(principal: Principal, action: Action, subject: Any = None) -> None:
    """Raise AccessRefused unless the gate allows; services call this first."""
    verdict = _gate.authorize(principal, action, subject)
    if not verdict.allowed:
        raise AccessRefused(verdict)


def require_on_record(principal: Principal, action: Action, subject: Any, use: str) -> None:
    """The same for data that is shown next; the answer, a refusal too, is on record first."""
    verdict = _gate.answer(principal, action, subject, use)
    if not verdict.allowed:
        raise AccessRefused(verdict)
