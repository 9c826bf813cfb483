"""The log as it may be read: everything for who answers for it, one's own rows for everybody."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import Any

import msgspec
from django.db.models import Q, QuerySet, prefetch_related_objects
from django.utils import timezone

from catalog.access import Action, gate, require
from catalog.errors import InvalidInput, NotFound
from catalog.models import Dataset, Person
from catalog.names import lookup_key
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from catalog.whole_numbers import is_whole, number_of
from governance.audit.chain import decode
from governance.audit.selectors import blocks
from governance.audit.selectors.blocks import Wanted
from governance.audit.types import AccessOutcome, AccessRecord
from governance.models import AuditHold, AuditRow, Membership
from governance.permissions.selectors.rules import KIND
from governance.types import VetoClass

_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
_AUDITOR = re.compile(r"\baudit", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; everything given has to hold. `dataset` is an id or a name, `rule` an
    opt-out's key or number, `query_id` what the engine calls its query."""

    person: str = ""
    dataset: str = ""
    rule: str = ""
    outcome: str = ""
    gateway: str = ""
    action: str = ""
    purpose: str = ""
    query_id: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    @property
    def as_text(self) -> str:
        """What was looked for, for the record of the reading."""
        given = {one.name: str(value) for one in fields(self) if (value := getattr(self, one.name))}
        return msgspec.json.encode(given).decode()


def search_of(query: Mapping[str, Any]) -> Search:
    """A search from the parameters of an address. Raises InvalidInput naming the field."""
    texts = {
        one.name: str(query.get(one.name) or "").strip()[:500]
        for one in fields(Search)
        if one.name not in ("since", "until")
    }
    if texts["outcome"] and texts["outcome"] not in set(AccessOutcome):
        known = ", ".join(AccessOutcome)
        raise InvalidInput(f"outcome is one of {known}.", field="outcome")
    return Search(
        **texts,
        since=_moment(query, "since", dt.time.min),
        until=_moment(query, "until", dt.time.max),
    )


def is_auditor(principal: Principal) -> bool:
    """Administrators, and who sits on a seat with the veto of security or named for audit."""
    if not gate().authorize(principal, Action.SEE).allowed:
        return False
    if principal.is_administrator:
        return True
    if principal.person_id is None:
        return False
    now = timezone.now()
    seats = Membership.objects.filter(
        Q(until__isnull=True) | Q(until__gt=now),
        since__lte=now,
        person=principal.person_id,
        seat__closed_at__isnull=True,
    ).values_list("seat__veto_classes", "seat__name")
    return any(VetoClass.SECURITY in vetoes or _AUDITOR.search(name) for vetoes, name in seats)


class AuditRecords:
    """What somebody may read of what they look for, the newest first. Nothing is read before it is
    asked for, and no more than that."""

    def __init__(self, wanted: Wanted | None) -> None:
        self._wanted = wanted  # None for nothing at all

    def before(self, record_id: uuid.UUID) -> AuditRecords:
        """Those that are older than one of them."""
        return AuditRecords(self._wanted and replace(self._wanted, before=record_id))

    def first(self, most: int) -> list[AuditRow]:
        """So many at most, with their people."""
        found = list(islice(self, most))
        prefetch_related_objects(found, "person")
        return found

    def get(self, record_id: uuid.UUID) -> AuditRow | None:
        """One of them by its id."""
        return None if self._wanted is None else blocks.row_of(record_id, self._wanted)

    def __iter__(self) -> Iterator[AuditRow]:
        return iter(()) if self._wanted is None else blocks.rows_of(self._wanted)

    def __len__(self) -> int:
        return 0 if self._wanted is None else blocks.count_of(self._wanted)


def audit_rows(principal: Principal, search: Search | None = None) -> AuditRecords:
    """The rows that the principal may read."""
    require(principal, Action.SEE)
    reads_all = is_auditor(principal)
    wanted = _wanted(search or Search(), None if reads_all else visible_datasets(principal))
    if not reads_all:
        own = principal.person_id
        if own is None or wanted.person not in (None, own):
            return AuditRecords(None)
        wanted = replace(wanted, person=own)
    return AuditRecords(wanted)


def audit_row(principal: Principal, record_id: str) -> AuditRow:
    """One row. Raises NotFound alike for what is not there and what is somebody else's."""
    try:
        key = uuid.UUID(record_id)
    except ValueError as error:
        raise NotFound("There is no such decision.") from error
    found = audit_rows(principal).get(key)
    if found is None:
        raise NotFound("There is no such decision.")
    prefetch_related_objects([found], "person")
    return found


def record_in(row: AuditRow) -> AccessRecord:
    """What a row says."""
    return decode(row.body)


def used_by_dataset(record: AccessRecord) -> list[tuple[str, list[str]]]:
    """The columns in use, by the dataset as it was asked for."""
    found: dict[str, dict[str, None]] = {}
    for one in record.used:
        place, _, column = one.partition(":")
        found.setdefault(record.resources[int(place)], {})[column] = None
    return [(name, list(columns)) for name, columns in found.items()]


def holds(principal: Principal) -> QuerySet[AuditHold]:
    """The legal holds, for who may read the whole log; nobody else learns of any."""
    found = AuditHold.objects.select_related("person", "dataset", "placed_by", "lifted_by")
    return found if is_auditor(principal) else found.none()


def dataset_of(text: str, among: QuerySet[Dataset] | None = None) -> int:
    """The id that a search means: an id, a name, or the end of one, `among` the datasets that may
    be known of; all of them unless given. Raises InvalidInput."""
    if is_whole(text):
        return number_of(text, "dataset")
    known = Dataset.objects.all() if among is None else among
    key = lookup_key(text)
    named = known.filter(lookup_name=key).values_list("pk", flat=True).first()
    if named is None:
        ends = Q(lookup_name__endswith=f"/{key}") | Q(lookup_name__endswith=f".{key}")
        found = list(known.filter(ends).values_list("pk", flat=True)[:2])
        if len(found) != 1:
            many = "more than one dataset" if found else "no dataset"
            raise InvalidInput(f"There is {many} called {text[:200]!r}.", field="dataset")
        named = found[0]
    return named


def _wanted(search: Search, among: QuerySet[Dataset] | None) -> Wanted:
    for one in fields(Search):
        value = getattr(search, one.name)
        if isinstance(value, str) and _NO_TEXT.search(value):
            raise InvalidInput("It holds a character that no record holds.", field=one.name)
    person = None
    if search.person:
        person = Person.objects.filter(username=search.person).values_list("pk", flat=True).first()
        if person is None:
            raise InvalidInput(f"There is nobody called {search.person[:150]!r}.", field="person")
    return Wanted(
        person=person,
        dataset=dataset_of(search.dataset, among) if search.dataset else None,
        rule=_rule(search.rule) if search.rule else "",
        outcome=search.outcome,
        gateway=search.gateway,
        action=search.action,
        purpose=search.purpose,
        query_id=search.query_id,
        since=search.since,
        until=search.until,
    )


def _rule(text: str) -> str:
    return text if ":" in text else f"{KIND}:{text.lower()}"


def _moment(query: Mapping[str, Any], name: str, end: dt.time) -> dt.datetime | None:
    given = query.get(name)
    if isinstance(given, dt.datetime) or not given:
        return given or None
    text = str(given).strip()
    try:
        found = dt.datetime.fromisoformat(text)
        if len(text) == 10:
            found = dt.datetime.combine(found.date(), end)
    except ValueError as error:
        raise InvalidInput(f"{text[:50]!r} is no day such as 2026-03-31.", field=name) from error
    return found if timezone.is_aware(found) else timezone.make_aware(found)
