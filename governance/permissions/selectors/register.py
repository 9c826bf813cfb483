"""The register of opt-outs in force as people read it: what, whom, why, whose, until when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError
from pyroaring import BitMap

from catalog.access import Action, gate
from catalog.errors import InvalidInput
from catalog.models import Dataset, Domain
from catalog.types import Principal
from governance import clock
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.agreements.kinds.permission_policy.sentences import (
    limits,
    opt_out_sentence,
    what,
    whom,
)
from governance.agreements.selectors.short_names import datasets_meant
from governance.models import AgreementVersion, Seat
from governance.permissions.engine import Index
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.rules import KIND
from governance.permissions.types import Category, Effect, ReasonVisibility
from governance.permissions.wording import EFFECTS, MASKS, rows_in_words
from governance.types import AgreementState

WARNING_DAYS = (30, 7, 1)
_HOLDING = (AgreementState.ACTIVE, AgreementState.DEPRECATED)


@dataclass(frozen=True, slots=True)
class OptOutEntry:
    """One opt-out in force. `reason` is empty where it is withheld; `ask` names the seat and who
    holds it; `holds_now` is False before it begins and outside its windows. `limits` is the end of
    `effect_in_words`: for what, when and where alone it holds, empty where that is always."""

    key: str
    number: str
    title: str
    sentence: str
    effect: str
    effect_in_words: str
    limits: str
    whom: str
    what: str
    reason: str
    is_reason_withheld: bool
    category: str
    owner: str
    ask: str
    seat: str
    since: dt.date
    until: dt.date | None
    review_by: dt.date
    decision: str
    holds_now: bool
    dataset_count: int
    today: dt.date

    @property
    def warning(self) -> str:
        """What comes soon, within 30, 7 or a single day; empty where nothing does."""
        return soon_in_words(self.until, self.review_by, self.today)

    @property
    def is_pressing(self) -> bool:
        """Whether its end or its review is a week away at most, or over."""
        ends = self.review_by if self.until is None else min(self.until, self.review_by)
        return (ends - self.today).days <= WARNING_DAYS[1]


def register_of(
    principal: Principal,
    *,
    category: str = "",
    effect: str = "",
    domain: str = "",
    dataset: str = "",
    username: str = "",
) -> list[OptOutEntry]:
    """The opt-outs that hold or will hold, the soonest end first, narrowed by all that is given.

    `domain` is a short name with all below it, `username` whom they concern. Raises InvalidInput
    for what is no category, effect, domain, dataset or person.
    """
    if not gate().authorize(principal, Action.SEE).allowed:
        return []
    _one_of(category, Category, "category")
    _one_of(effect, Effect, "effect")
    index = opt_outs.current()
    unseen = hidden_from(principal)
    entries = entries_by_key(index, unseen)
    keys = set(entries)
    if dataset:
        keys &= rules_on(index, dataset_called(principal, dataset).pk)
    if domain:
        inside = BitMap(_datasets_of(domain)) - unseen
        keys = {key for key in keys if datasets_under(index, key) & inside}
    if username:
        keys &= rules_about(index, username)
    found = [
        entries[key]
        for key in keys
        if category in ("", entries[key].category) and effect in ("", entries[key].effect)
    ]
    return sorted(found, key=lambda one: (one.until or dt.date.max, one.number))


def hidden_from(principal: Principal) -> BitMap:
    """The ids of the datasets that somebody may not know of."""
    person = principal.person_id
    return BitMap() if person is None else opt_outs.index_for(person).hidden(person)


def entries_by_key(index: Index, unseen: BitMap) -> Mapping[str, OptOutEntry]:
    """Every opt-out that has not ended, by its key, in two queries; what whoever asks may not know
    of is not counted."""
    today = clock.now().date()
    seats = {
        name: slug
        for slug, named in Seat.objects.filter(closed_at__isnull=True).values_list("slug", "name")
        for name in (f"seat:{slug}", f"seat:{named}")
    }
    versions = AgreementVersion.objects.filter(
        agreement__kind=KIND, agreement__state__in=_HOLDING, valid_to__isnull=True
    ).select_related("agreement", "decision")
    found = (_entry(version, index, unseen, seats, today) for version in versions)
    return {
        entry.key: entry
        for entry in found
        if entry is not None and (entry.until is None or entry.until > today)
    }


def datasets_under(index: Index, key: str, mask: int = -1) -> BitMap:
    """The ids of the datasets that an opt-out touches; `mask` narrows it to some of its bits."""
    bits = index.parts.slots.by_rule.get(key, 0) & mask
    found = [slot.touched for slot in index.parts.slots.of(bits)]
    return BitMap.union(*found) if found else BitMap()


def rules_on(index: Index, dataset_id: int) -> set[str]:
    """The keys of the opt-outs that touch a dataset, whomever they concern."""
    signature = index.parts.signatures.get(dataset_id)
    if signature is None:
        return set()
    return {slot.rule.key for slot in index.parts.slots.of(signature.any)}


def rules_about(index: Index, username: str) -> set[str]:
    """The keys of the opt-outs that concern a person, whatever they are about."""
    person = index.person_named(username)
    if person is None:
        raise InvalidInput(f"Nobody has the user name {username[:100]}.", field="person")
    return {slot.rule.key for slot in index.parts.slots.of(index.parts.masks.get(person, 0))}


def dataset_called(principal: Principal, name: str) -> Dataset:
    """The dataset with a name, or with a short one such as `hr.compensation`; raises InvalidInput
    where none or several that may be seen are called so."""
    name = name.strip()
    if not name:
        raise InvalidInput("Name a dataset.", field="dataset")
    meant = datasets_meant(principal, [name])[name]
    if meant.dataset is None:
        raise InvalidInput(f"{name[:200]} {meant.trouble}.", field="dataset")
    return meant.dataset


def _entry(
    version: AgreementVersion,
    index: Index,
    unseen: BitMap,
    seats: Mapping[str, str],
    today: dt.date,
) -> OptOutEntry | None:
    try:
        document = OptOut.model_validate(version.document)
    except ValidationError:
        return None  # the engine closes what it names, and logs it
    key = version.agreement.key
    rule = index.parts.rules.get(key)
    slots = index.parts.slots
    is_withheld = document.reason_visibility is not ReasonVisibility.PUBLIC
    return OptOutEntry(
        key=key,
        number=document.opt_out,
        title=version.title,
        sentence=opt_out_sentence(document),
        effect=document.effect,
        effect_in_words=_effect(document) + limits(document),
        limits=limits(document),
        whom=whom(document.subjects),
        what=what(document),
        reason="" if is_withheld else document.reason,
        is_reason_withheld=is_withheld,
        category=document.category,
        owner=document.owner,
        ask=rule.ask if rule else document.owner.partition(":")[2],
        seat=seats.get(document.owner, ""),
        since=document.when.begins,
        until=document.when.ends,
        review_by=document.review_by,
        decision=version.decision.key,
        holds_now=bool(slots.by_rule.get(key, 0) & slots.period(index.now()).mask),
        dataset_count=len(datasets_under(index, key) - unseen),
        today=today,
    )


def _effect(document: OptOut) -> str:
    if document.mask is not None:
        return _sentence(MASKS[document.mask])
    if document.effect is Effect.MIN_GROUP:
        return f"Only in groups of {document.group_of or 0:,} or more rows"
    if document.effect is Effect.ROW_FILTER:
        return _sentence(rows_in_words(document.expr))
    return EFFECTS[document.effect]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def soon_in_words(until: dt.date | None, review_by: dt.date | None, today: dt.date) -> str:
    """Of an end and a review, what an owner has to hear of 30 days before; empty before that."""
    if review_by is not None and review_by < today:
        return "is overdue for review; it keeps denying"
    if until is not None and (said := _soon(until, today)):
        return f"ends {said}"
    said = "" if review_by is None else _soon(review_by, today)
    return f"comes to review {said}" if said else ""


def _soon(day: dt.date, today: dt.date) -> str:
    """When it is, in words, where it is at most the longest warning away."""
    left = (day - today).days
    if left > WARNING_DAYS[0]:
        return ""
    return "today" if left <= 0 else f"in {left} day{'' if left == 1 else 's'}"


def _datasets_of(slug: str) -> Iterable[int]:
    parents = dict(Domain.objects.values_list("pk", "parent_id"))
    root = Domain.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if root is None:
        raise InvalidInput(f"There is no domain {slug[:100]}.", field="domain")
    inside = {root}
    while ahead := {pk for pk, parent in parents.items() if parent in inside} - inside:
        inside |= ahead
    return Dataset.objects.filter(domain__in=inside).values_list("pk", flat=True)


def _one_of(value: str, known: type[Category | Effect], field: str) -> None:
    if value and value not in set(known):
        listed = ", ".join(one.value for one in known)
        raise InvalidInput(f"{value[:50]!r} is none of {listed}.", field=field)
