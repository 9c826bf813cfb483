"""The opt-out default (R-080): every active employee may see and read; nobody else may.

An opt-out denies data to somebody in particular; none can be agreed yet, so what holds is the
principle itself with its floors: who is anonymous, unknown or inactive is denied everything.
Stewardship is granted on domains (guardian); administration belongs to administrators.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from catalog.access import Action, Verdict
from catalog.models import Dataset, Domain
from catalog.selectors.stewardship import (
    owned_dataset_ids,
    stewarded_by,
    stewarded_domain_ids,
)
from catalog.types import EmploymentKind, Principal, PrincipalKind, TokenScope

ModelT = TypeVar("ModelT", bound=Model)

_SCOPE_OF_ACTION = {
    Action.SEE: TokenScope.READ,
    Action.READ: TokenScope.READ,
    Action.EDIT_WIKI: TokenScope.WRITE,
    Action.PROPOSE: TokenScope.WRITE,
    Action.STEWARD: TokenScope.WRITE,
    Action.INGEST: TokenScope.INGEST,
    Action.ADMINISTER: TokenScope.ADMIN,
}
# What no opt-out and no duty narrows: see, read, improve, propose.
_EVERYBODYS = (Action.SEE, Action.READ, Action.EDIT_WIKI, Action.PROPOSE)
_ALLOWED = Verdict(allowed=True, code="allowed", reason="No opt-out applies.")


class OptOutGate:
    """Implements `catalog.access.Gate` without any opt-out in force."""

    def authorize(self, principal: Principal, action: Action, subject: Any = None) -> Verdict:
        """See the module; `subject` matters for stewardship only."""
        floor = self._floor(principal, action)
        if floor is not None:
            return floor
        if action in _EVERYBODYS:
            return _ALLOWED
        if principal.is_administrator or principal.kind is PrincipalKind.SYSTEM:
            return _ALLOWED
        if action is Action.STEWARD:
            return self._stewardship(principal, subject)
        if action is Action.INGEST and self._ingests(principal):
            return _ALLOWED
        return Verdict(
            allowed=False,
            code="not_administrator",
            reason=f"Only administrators may do this ({action.value.replace('_', ' ')}).",
            ask="an administrator",
        )

    def scope(
        self, principal: Principal, action: Action, queryset: QuerySet[ModelT]
    ) -> QuerySet[ModelT]:
        """The same rule as a filter on any model of the catalog."""
        if self._floor(principal, action) is not None:
            return queryset.none()
        if action in _EVERYBODYS:
            return queryset
        if principal.is_administrator or principal.kind is PrincipalKind.SYSTEM:
            return queryset
        if action is Action.STEWARD and issubclass(queryset.model, Dataset):
            return queryset.filter(stewarded_by(principal))
        if action is Action.STEWARD and issubclass(queryset.model, Domain):
            return queryset.filter(pk__in=stewarded_domain_ids(principal))
        if action is Action.INGEST and self._ingests(principal):
            return queryset
        return queryset.none()

    @staticmethod
    def _floor(principal: Principal, action: Action) -> Verdict | None:
        """Denials that no rule lifts: unknown, inactive, or a token used beyond its scope."""
        if not principal.is_authenticated:
            return Verdict(
                allowed=False,
                code="not_signed_in",
                reason="You are not signed in, and Concord shows data only to people it knows.",
                ask="an administrator for an invitation",
            )
        if not principal.is_active:
            return Verdict(
                allowed=False,
                code="inactive",
                reason="Your account is not active.",
                ask="an administrator",
            )
        if principal.employment_kind is EmploymentKind.EXTERNAL:
            return Verdict(
                allowed=False,
                code="not_employee",
                reason="Your account is marked external; the catalog is open to employees.",
                ask="an administrator",
            )
        scope = _SCOPE_OF_ACTION[action]
        if not principal.may_use(scope):
            return Verdict(
                allowed=False,
                code="token_scope",
                reason=f"This API token does not have the scope '{scope.value}'.",
                ask="the token's owner for one that has it",
            )
        return None

    @staticmethod
    def _stewardship(principal: Principal, subject: Any) -> Verdict:
        if isinstance(subject, Dataset) and (
            subject.domain_id in stewarded_domain_ids(principal)
            or owned_dataset_ids(principal).filter(dataset_id=subject.pk).exists()
        ):
            return _ALLOWED
        if isinstance(subject, Domain) and subject.pk in stewarded_domain_ids(principal):
            return _ALLOWED
        return Verdict(
            allowed=False,
            code="not_steward",
            reason="Only the owners and the stewards of this domain may change this.",
            ask="the domain's steward",
        )

    @staticmethod
    def _ingests(principal: Principal) -> bool:
        """Service accounts import; a token's scope limits its person and never widens them."""
        return principal.kind is PrincipalKind.SERVICE
