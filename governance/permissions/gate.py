"""The opt-out default (R-080): every active employee may see and read what no opt-out denies.

Who is anonymous, unknown or inactive is denied everything. Opt-outs deny data (READ) or leave less
of it than there is (READ_WHOLE); only a confidential one hides names (SEE). They are decided by the
index of this process, one by one and as sets alike (law 3); what the index does not know yet is
decided from what the database says. Stewardship is granted on domains
(guardian); administration belongs to administrators, and lifts no opt-out.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import ForeignKey, Model, QuerySet
from pyroaring import BitMap

from catalog.access import Action, Verdict
from catalog.models import Dataset, Domain
from catalog.selectors.stewardship import (
    owned_dataset_ids,
    stewarded_by,
    stewarded_domain_ids,
)
from catalog.types import Principal, PrincipalKind, TokenScope
from governance.audit.services.recording import keeping_of, record_decision_here
from governance.audit.types import AccessOutcome, AccessRecord, Keeping
from governance.permissions.engine import Decision, Index
from governance.permissions.holder import floors, opt_outs
from governance.permissions.selectors import world
from governance.permissions.services.statements import partial_query
from governance.permissions.trial.shadowing import shadows
from governance.permissions.types import DataAction

ModelT = TypeVar("ModelT", bound=Model)

_SCOPE_OF_ACTION = {
    Action.SEE: TokenScope.READ,
    Action.READ: TokenScope.READ,
    Action.READ_WHOLE: TokenScope.READ,
    Action.KEEP: TokenScope.WRITE,
    Action.EDIT_WIKI: TokenScope.WRITE,
    Action.PROPOSE: TokenScope.WRITE,
    Action.STEWARD: TokenScope.WRITE,
    Action.INGEST: TokenScope.INGEST,
    Action.ADMINISTER: TokenScope.ADMIN,
}
# What no duty narrows: see, read, keep, improve, propose. Opt-outs narrow all but the last.
_EVERYBODYS = (
    Action.SEE, Action.READ, Action.READ_WHOLE, Action.KEEP, Action.EDIT_WIKI, Action.PROPOSE,
)  # fmt: skip
_OF_DATA = (Action.READ, Action.READ_WHOLE)
_MOST_ASKED = 200
"""Datasets that are decided one by one before the index knows them."""
_ALLOWED = Verdict(allowed=True, code="allowed", reason="No opt-out applies.")


class OptOutGate:
    """Implements `catalog.access.Gate` with the opt-outs in force."""

    def authorize(self, principal: Principal, action: Action, subject: Any = None) -> Verdict:
        """See the module; `subject` matters for data and for stewardship."""
        floor = self._floor(principal, action)
        if floor is not None:
            return floor
        refused = self._opted_out(principal, action, subject)
        if refused is not None:
            return refused
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
        queryset = self._without_opted_out(principal, action, queryset)
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

    def answer(self, principal: Principal, action: Action, subject: Any, use: str) -> Verdict:
        """The same as `authorize`, written into the log of access decisions."""
        verdict = self.authorize(principal, action, subject)
        dataset = _dataset_id(subject)
        index = _index_for(principal)
        record = AccessRecord(
            gateway="concord",
            username=principal.username,
            person=principal.person_id,
            action=use,
            outcome=AccessOutcome.ALLOWED if verdict.allowed else AccessOutcome.REFUSED,
            policy_version=0 if index is None else index.version,
            code=verdict.code,
            datasets=() if dataset is None else (dataset,),
            resources=() if dataset is None else (str(subject),),
            request_id=str(principal.request_id),
        )
        if dataset is not None and shadows.watching:
            asked = (DataAction.READ, dataset, None, None, None, opt_outs.current().now())
            shadows.note("catalog", principal.person_id, *asked)
        if dataset is not None and index is not None:
            decision = _decide(index, principal, dataset)
            record.rules = tuple(one.rule.key for one in decision.rules)
            record.exceptions = tuple(one.id for one in decision.lifted)
            if verdict.allowed and not record.exceptions:
                record.keeping = keeping_of(index, (dataset,))
        elif verdict.allowed:
            record.keeping = Keeping.OPEN
        record_decision_here(record)
        return verdict

    def partial_query(self, principal: Principal, subject: Any, rows: int, use: str) -> str:
        """A query over the dataset, put through the check of whole statements."""
        return partial_query(subject, rows, acting=principal, use=use)

    # --- opt-outs --------------------------------------------------------------------------

    def _opted_out(self, principal: Principal, action: Action, subject: Any) -> Verdict | None:
        """Why an opt-out refuses, None where none does."""
        dataset = _dataset_id(subject)
        index = _index_for(principal)
        if dataset is None or index is None or action is Action.PROPOSE:
            return None
        if action in _OF_DATA:
            decision = _decide(index, principal, dataset)
            if not decision.allowed:
                return _refusal(decision)
            if action is Action.READ_WHOLE and decision.code != "open":
                return _refusal(decision)
        seen = _see(index, principal, dataset)
        return None if seen.allowed else _refusal(seen)

    @staticmethod
    def _without_opted_out(
        principal: Principal, action: Action, queryset: QuerySet[ModelT]
    ) -> QuerySet[ModelT]:
        path = _path_to_dataset(queryset.model)
        index = _index_for(principal)
        if path is None or index is None or action is Action.PROPOSE:
            return queryset
        person = principal.person_id
        gone: BitMap = index.hidden(person)
        if action is Action.READ:
            gone |= index.denied_datasets(person, DataAction.READ)
        elif action is Action.READ_WHOLE:
            gone |= index.touched_datasets(person, DataAction.READ)
        if action in _OF_DATA or index.may_hide(person):
            unsettled = opt_outs.unsettled()
            gone = gone - unsettled | _gone_of(index, principal, action, unsettled)
            newest = max((one.max() for one in (index.parts.present, unsettled) if one), default=0)
            # What is committed from now on is not known of, and not shown.
            queryset = queryset.exclude(**{f"{path}__gt": newest})
        return queryset.exclude(**{f"{path}__in": list(gone)}) if gone else queryset

    # --- floors and duties -----------------------------------------------------------------

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
        employment = principal.employment_kind
        if employment is not None and employment.value in floors().denied_employments:
            return Verdict(
                allowed=False,
                code="not_employee",
                reason=f"Your account is marked {employment.value}; the catalog is open to"
                " employees.",
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


def _index_for(principal: Principal) -> Index | None:
    """The index where an opt-out may concern the principal at all; Concord's own jobs and a
    world without opt-outs need none."""
    if principal.kind is PrincipalKind.SYSTEM:
        return None
    opt_outs.unsettled()  # what is little and committed is taken in before anything is asked
    index = opt_outs.current()
    if not index.parts.rules:
        return None
    return index if principal.person_id is None else opt_outs.index_for(principal.person_id)


def _decide(index: Index, principal: Principal, dataset: int) -> Decision:
    person = principal.person_id
    if dataset in index.parts.records and dataset not in opt_outs.unsettled():
        return index.decide(person, DataAction.READ, dataset)
    # Added or changed this second: what is known of it decides.
    found = world.datasets(index.parts.rules.values(), [dataset])
    if not found:
        return index.decide(person, DataAction.READ, dataset)
    return index.decide_unlisted(person, DataAction.READ, found[0])


def _see(index: Index, principal: Principal, dataset: int) -> Decision:
    person = principal.person_id
    if not index.may_hide(person):
        return index.see(person, dataset) if person is None else index.opened
    if dataset in index.parts.records and dataset not in opt_outs.unsettled():
        return index.see(person, dataset)
    found = world.datasets(index.parts.rules.values(), [dataset])
    return index.see_unlisted(person, found[0]) if found else index.see(person, dataset)


def _gone_of(index: Index, principal: Principal, action: Action, unsettled: BitMap) -> BitMap:
    """Those of the datasets that the index does not know yet which are not for the principal; all
    of them where there are too many to ask one by one."""
    if len(unsettled) > _MOST_ASKED:
        return unsettled
    person = principal.person_id
    found = BitMap()
    for one in world.datasets(index.parts.rules.values(), unsettled) if unsettled else ():
        refused = not index.see_unlisted(person, one).allowed
        if action in _OF_DATA and not refused:
            decision = index.decide_unlisted(person, DataAction.READ, one)
            is_whole = decision.code == "open" or action is Action.READ
            refused = not (decision.allowed and is_whole)
        if refused:
            found.add(one.id)
    return found


def _refusal(decision: Decision) -> Verdict:
    """What a person is told: every reason, and whom to ask first."""
    if not decision.rules:
        return Verdict(False, decision.code, "Concord does not know you.", "an administrator")
    said = "You may read it only in part. " if decision.allowed else ""
    asked = next((one.rule.ask for one in decision.rules if one.rule.ask), "")
    reason = said + " ".join(one.sentence for one in decision.rules)
    return Verdict(False, "opt_out", reason, asked)


def _dataset_id(subject: Any) -> int | None:
    """The dataset that an object is, or belongs to."""
    if isinstance(subject, Dataset):
        return subject.pk
    if not isinstance(subject, Model) or _path_to_dataset(type(subject)) is None:
        return None
    found: int | None = subject.dataset_id  # type: ignore[attr-defined]
    return found


def _path_to_dataset(model: type[Model]) -> str | None:
    """The field that names the dataset of a model's rows; None where they belong to none."""
    if issubclass(model, Dataset):
        return "pk"
    for field in model._meta.get_fields():
        if field.name == "dataset" and isinstance(field, ForeignKey):
            return "dataset" if issubclass(field.related_model, Dataset) else None
    return None
