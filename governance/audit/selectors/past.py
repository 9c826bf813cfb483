"""Who could read a dataset on a day of the past, and why: the engine, asked about that world.

Opt-outs are taken in the versions that held at the end of the day, exceptions as they stood, and
people, their teams, the dataset, its columns and its labels from the histories that triggers keep.
Where a history begins later than the day, what it begins with is taken and the answer says so; of
data that is what the catalog knew at the end of its first day.
Labels that columns inherit along lineage are those of today.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Min
from django.utils import timezone

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import InvalidInput, NotFound
from catalog.models import (
    Column,
    ColumnLabel,
    Dataset,
    DatasetLabel,
    Person,
    Team,
    TeamMembership,
)
from catalog.names import lookup_key
from catalog.selectors.history import history_model, rows_as_of
from catalog.types import Principal
from governance.audit.selectors.records import dataset_of, is_auditor
from governance.models import OptOutException
from governance.permissions import engine
from governance.permissions.engine import compile_index
from governance.permissions.holder import floors
from governance.permissions.selectors import world
from governance.permissions.selectors.rules import rules_then
from governance.permissions.types import DataAction, ExceptionState
from governance.permissions.wording import FLOORS


@dataclass(frozen=True, slots=True)
class Reason:
    """One opt-out or exception that made the answer what it was, with the version of then."""

    key: str
    number: str
    version: int
    effect: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Reader:
    """What somebody could do. `answer` is `whole`, `part` or `nothing`; `excepted` are opt-outs
    that an exception lifted for them."""

    person: int
    username: str
    answer: str
    code: str
    rules: tuple[str, ...] = ()
    excepted: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """Why they get nothing where no opt-out denies it, as a sentence."""
        return FLOORS.get(self.code, "A default denies it.")


@dataclass(frozen=True, slots=True)
class ReadersThen:
    """The answer for a dataset, or for one column of it, at an instant."""

    dataset: int
    name: str
    column: str
    at: dt.datetime
    known_since: dt.datetime | None
    readers: tuple[Reader, ...]
    reasons: tuple[Reason, ...] = field(default=())

    def count(self, answer: str) -> int:
        """How many people had an answer."""
        return sum(reader.answer == answer for reader in self.readers)

    @property
    def counts(self) -> dict[str, int]:
        """How many had each answer."""
        return {answer: self.count(answer) for answer in ("whole", "part", "nothing")}


def readers_then(principal: Principal, *, dataset: str, day: str, column: str = "") -> ReadersThen:
    """Everybody's answer at the end of a day. Raises InvalidInput, NotFound; AccessRefused for who
    may not read the whole log."""
    require(principal, Action.SEE)
    if not is_auditor(principal):
        raise AccessRefused(
            Verdict(
                False,
                "not_auditor",
                "Only administrators and the seats of security and audit may ask this.",
                "the security seat of the council",
            )
        )
    at = _end_of(day)
    pk = dataset_of(dataset.strip())
    known = _known_since(at)
    then = max(at, known) if known else at
    rules = rules_then(at)
    asked = _dataset(pk, then, rules)
    path = lookup_key(column.strip()) if column.strip() else ""
    if path and path not in asked.columns:
        raise InvalidInput(f"There was no column {column[:200]!r} on that day.", field="column")
    people = _people(then)
    index = compile_index(
        engine.World(
            version=1,
            people=people,
            datasets=(asked,),
            rules=rules,
            exceptions=_exceptions(at),
            floors=floors(),
        )
    )
    told: dict[str, Reason] = {}
    instant = at.timestamp()
    readers = []
    for person in sorted(people, key=lambda one: one.name):
        decision = index.decide(
            person.id, DataAction.READ, pk, columns=(path,) if path else None, at=instant
        )
        for one in decision.rules:
            said = (one.rule.key, one.rule.number, one.rule.version)
            told.setdefault(one.key, Reason(*said, str(one.effect), one.sentence))
        readers.append(_reader(person, decision))
    reasons = tuple(told[key] for key in sorted(told))
    return ReadersThen(pk, asked.name, path, at, known if then != at else None,
                       tuple(readers), reasons)  # fmt: skip


def names_now(readers: Iterable[Reader]) -> dict[int, str]:
    """What those of the readers who are known still are called today, by id; one query."""
    found = Person.objects.filter(pk__in=[reader.person for reader in readers])
    return {person.pk: str(person) for person in found}


def _reader(person: engine.Person, decision: engine.Decision) -> Reader:
    answer = "nothing"
    if decision.allowed:
        answer = "whole" if decision.code == "open" else "part"
    return Reader(
        person.id,
        person.name,
        answer,
        decision.code,
        tuple(one.key for one in decision.rules),
        tuple(one.rule for one in decision.lifted),
    )


def _end_of(day: str) -> dt.datetime:
    try:
        found = dt.datetime.combine(dt.date.fromisoformat(day.strip()), dt.time.max, dt.UTC)
    except ValueError as error:
        raise InvalidInput(f"{day[:50]!r} is no day such as 2026-03-31.", field="day") from error
    return min(found, timezone.now())


def _known_since(at: dt.datetime) -> dt.datetime | None:
    """From when people and data are known, where that is after the instant."""
    people, data = _beginning(Person), _beginning(Dataset)
    found = [people] if people is not None else []
    if data is not None and data > at:
        whole = dt.datetime.combine(data.astimezone(dt.UTC), dt.time.max, dt.UTC)
        found.append(min(whole, timezone.now()))
    return max((one for one in found if one > at), default=None)


def _beginning(model: Any) -> dt.datetime | None:
    first = history_model(model).objects.aggregate(begins=Min("pgh_created_at"))["begins"]
    return first if isinstance(first, dt.datetime) else None


def _people(at: dt.datetime) -> tuple[engine.Person, ...]:
    teams = {row["id"]: row["name"] for row in _then(Team, at)}
    groups: dict[int, set[str]] = defaultdict(set)
    for row in _then(TeamMembership, at):
        if row["team_id"] in teams:
            groups[row["person_id"]].add(teams[row["team_id"]])
    return tuple(
        engine.Person(
            id=row["id"],
            name=row["username"],
            groups=frozenset(groups.get(row["id"], ())),
            attributes={
                name: row[name] or ""
                for name in ("username", "department", "location", "employment_kind", "job_role")
            },
            is_active=row["is_active"],
        )
        for row in _then(Person, at)
    )


def _dataset(pk: int, at: dt.datetime, rules: Sequence[engine.Rule]) -> engine.Dataset:
    """The dataset with the columns and labels of then; what systems and domains are called is of
    today."""
    rows = rows_as_of(history_model(Dataset).objects.filter(pgh_obj_id=pk), at)
    if not rows:
        raise NotFound("There was no such dataset on that day.")
    row = rows[0]
    now = next(iter(world.datasets(rules, [pk])), None)
    columns = {
        one["id"]: lookup_key(one["path"])
        for one in rows_as_of(history_model(Column).objects.filter(dataset_id=pk), at)
        if one["disappeared_at"] is None or one["disappeared_at"] > at
    }
    labels: dict[str, set[str]] = {path: set() for path in columns.values()}
    for one in rows_as_of(history_model(ColumnLabel).objects.filter(column_id__in=columns), at):
        labels[columns[one["column_id"]]].add(str(one["label_id"]))
    whole = {
        str(one["label_id"])
        for one in rows_as_of(history_model(DatasetLabel).objects.filter(dataset_id=pk), at)
    }
    for path, inherited in _inherited(pk, at).items():
        if path in labels:
            labels[path] |= inherited
    return engine.Dataset(
        id=pk,
        name=row["lookup_name"],
        kind=row["kind"],
        system=now.system if now else "",
        domains=world.domain_slugs().get(row["domain_id"], ()),
        region=row["residency"],
        environment=now.environment if now else "",
        version=str((row.get("custom") or {}).get("version") or ""),
        modified_at=row["source_modified_at"].timestamp() if row["source_modified_at"] else None,
        labels=frozenset(whole),
        columns={path: frozenset(found - whole) for path, found in labels.items()},
        aliases=world.other_names(pk, at),
    )


def _inherited(pk: int, at: dt.datetime) -> dict[str, set[str]]:
    """Labels that columns have along the lineage of today and not by themselves, but for what was
    declassified then."""
    own: set[tuple[str, str]] = {
        (lookup_key(path), str(label))
        for path, label in ColumnLabel.objects.filter(column__dataset=pk).values_list(
            "column__path", "label_id"
        )
    }
    found: dict[str, set[str]] = defaultdict(set)
    for (dataset, path), labels in world.column_labels(at=at).items():
        if dataset == pk:
            found[path] = {label for label in labels if (path, label) not in own}
    return found


def _exceptions(at: dt.datetime) -> tuple[engine.DatedException, ...]:
    """Those that held: approved by then, not over, and not revoked before."""
    held = OptOutException.objects.filter(
        state__in=[ExceptionState.APPROVED, ExceptionState.REVOKED],
        begins_at__lte=at, ends_at__gt=at, decided_at__lte=at,
    ).select_related("agreement", "team")  # fmt: skip
    revoked = set(
        history_model(OptOutException)
        .objects.filter(state=ExceptionState.REVOKED, pgh_created_at__lte=at)
        .values_list("pgh_obj_id", flat=True)
    )
    return tuple(_exception(one) for one in held if one.pk not in revoked)


def _exception(row: OptOutException) -> engine.DatedException:
    return engine.DatedException(
        id=str(row.pk),
        rule=row.agreement.key,
        begins=row.begins_at.timestamp(),
        ends=row.ends_at.timestamp(),
        people=frozenset() if row.person_id is None else frozenset({row.person_id}),
        groups=frozenset() if row.team is None else frozenset({row.team.name}),
        names=tuple(map(lookup_key, row.datasets)),
        reason=row.reason,
        is_break_glass=row.template_id is not None,
    )


def _then(model: Any, at: dt.datetime) -> Iterable[dict[str, Any]]:
    return rows_as_of(history_model(model).objects.all(), at)
