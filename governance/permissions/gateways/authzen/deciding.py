"""What a client of AuthZEN is answered: the engine's decision, with why, and what it obliges to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.names import lookup_path
from governance.permissions.engine import ColumnEffect, Decision
from governance.permissions.gateways.authzen.bodies import Question, columns_of, text
from governance.permissions.gateways.authzen.short_names import ShortNames
from governance.permissions.gateways.authzen.words import (
    COLUMN,
    DATASETS,
    SUBJECTS,
    Words,
    is_data,
    known_name,
    name_of,
)
from governance.permissions.gateways.keeping import Standing
from governance.permissions.gateways.question import STALE, Asker
from governance.permissions.types import Purpose

_PURPOSES = frozenset(Purpose)
_HIDDEN = "hidden"
_FLOORS: Mapping[str, str] = {
    "not_signed_in": "Concord does not know this subject.",
    "unknown": "Concord does not know this subject.",
    "inactive": "This account is not active.",
    "not_by_default": "This kind of account is denied by default.",
    "unknown_dataset": "Concord does not know this resource.",
    _HIDDEN: "Concord does not know this resource.",
    STALE: "Concord has not heard from its database for too long to decide about this.",
}


@dataclass(slots=True)
class Answered:
    """The answer to one question, with what its record needs."""

    question: Question
    asker: Asker
    decision: Decision
    names: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_hidden(self) -> bool:
        """Whether it is denied, and whoever asks may not know that there is such data."""
        asker, decision = self.asker, self.decision
        if decision.allowed or decision.code == STALE or asker.floor or not asker.may_hide():
            return False
        return not all(asker.sees(*one) for one in self.names)

    @property
    def allowed(self) -> bool:
        """Whether it is allowed, with obligations or without."""
        return self.decision.allowed


class AuthzenAnswers:
    """Answers from one standing for one client."""

    def __init__(self, standing: Standing, words: Words, short: ShortNames | None = None) -> None:
        self.standing = standing
        self.words = words
        self.at = standing.now()
        self.short = short

    @property
    def short_names(self) -> ShortNames:
        """Names of data by their ends."""
        names = self.standing.index.parts.by_name
        self.short = ShortNames(names) if self.short is None else self.short.after(names)
        return self.short

    def asker(self, asked: Question) -> Asker:
        """Who asks, what for and from where."""
        context, subject, standing = asked.context, asked.subject, self.standing
        purpose = environment = None
        if context:
            purpose, environment = text(context, "purpose"), text(context, "environment") or None
        return Asker(
            standing,
            standing.index.person_named(subject.id) if subject.type in SUBJECTS else None,
            subject.id,
            purpose if purpose in _PURPOSES else None,
            environment,
            self.at,
        )

    def decide(self, asked: Question) -> Answered:
        """The decision about one question. Raises Refused for columns that are none."""
        asker, resource = self.asker(asked), asked.resource
        columns, kind, number = columns_of(asked), resource.type, resource.id
        if kind == COLUMN:
            number, _, path = number.partition("#")
            columns, kind = (path, *(columns or ())), "dataset"
        paths = None if columns is None else tuple(map(lookup_path, columns))
        name = name_of(kind, number)
        action: Any = self.words.action(asked.action)
        names = self._named(kind, name)
        decisions = [self._decided(asker, action, one, paths) for one in names]
        decision = decisions[0] if len(decisions) == 1 else _strictest(decisions)
        return Answered(asked, asker, decision, names)

    @staticmethod
    def _decided(
        asker: Asker, action: str, named: tuple[str, str], paths: tuple[str, ...] | None
    ) -> Decision:
        """The engine's decision; what somebody may not know of they have no part of."""
        decision = asker.decide(action, *named, paths)
        if decision.allowed and not asker.sees(*named):
            return Decision(False, _HIDDEN, decision.version)
        return decision

    def _named(self, kind: str, name: str) -> list[tuple[str, str]]:
        """Names with their systems, which tell of data that is not listed; several where a short
        one may mean several."""
        parts = self.standing.index.parts
        if name in parts.by_name:
            return [(name, "")]
        name = known_name(name)
        if name in parts.by_name:
            return [(name, "")]
        if is_data(kind) and "://" not in name:
            meant = self.short_names.meant(name)
            if meant:
                return [(parts.records[pk].name, "") for pk in meant]
        system = name.partition("/")[0] if "://" not in name else "/".join(name.split("/")[:3])
        return [(name, system)]

    # --- searches --------------------------------------------------------------------------

    def subjects(self, asked: Question, after: int, most: int) -> list[tuple[int, dict[str, str]]]:
        """People who may, in the order of their ids, beginning after one."""
        kind = asked.subject.type
        if kind not in SUBJECTS:
            return []
        persons = self.standing.index.parts.persons
        found: list[tuple[int, dict[str, str]]] = []
        for pk in sorted(persons):
            if pk <= after:
                continue
            one = _with_subject(asked, persons[pk].name)
            if self.decide(one).decision.code == "open":
                found.append((pk, {"type": kind, "id": persons[pk].name}))
                if len(found) >= most:
                    break
        return found

    def resources(self, asked: Question, after: int, most: int) -> list[tuple[int, dict[str, str]]]:
        """Data that somebody may have as it is, in the order of its ids, beginning after one."""
        kind, asker = asked.resource.type, self.asker(asked)
        if asker.floor:
            return []
        index, records = asker.index, asker.index.parts.records
        action: Any = self.words.action(asked.action)
        closed = index.touched_datasets(asker.person, action, asker.purpose, asker.at)
        closed |= index.hidden(asker.person, asker.at)
        prefix = "" if is_data(kind) else name_of(kind, "")
        found: list[tuple[int, dict[str, str]]] = []
        for pk in index.parts.present - closed:
            record = records[pk]
            if pk <= after or (kind not in DATASETS and record.kind != kind):
                continue
            if not record.name.startswith(prefix):
                continue
            if asker.decide(action, record.name, record.system).code != "open":
                continue
            found.append((pk, {"type": kind, "id": record.name.removeprefix(prefix)}))
            if len(found) >= most:
                break
        return found

    def actions(self, asked: Question) -> list[dict[str, str]]:
        """What may be done."""
        return [
            {"name": name}
            for name in self.words.actions
            if self.decide(_with_action(asked, name)).decision.code == "open"
        ]


def said(decision: Decision, *, is_hidden: bool = False) -> dict[str, Any]:
    """The context of an answer: why not, or what is obliged to; empty where there is neither. Of
    data that `is_hidden` nobody is told what it carries, or which opt-out it is under."""
    if decision.code == "open":
        return {}
    if is_hidden:
        decision = Decision(False, _HIDDEN, decision.version)
    if not decision.allowed:
        rules = [one for one in decision.rules if _denies(one.effect, decision)]
        found: dict[str, Any] = {
            "reason_user": {"403": _reason(decision, [one.sentence for one in rules])},
            "denied_by": [one.rule.number for one in rules],
            "policy_version": str(decision.version),
        }
        asks = [one.rule.ask for one in rules if one.rule.ask]
        if asks:
            found["ask"] = asks[0]
        return found
    obligations = obligations_of(decision)
    if not obligations:
        return {}
    return {"obligations": obligations, "policy_version": str(decision.version)}


def _denies(effect: str, decision: Decision) -> bool:
    return effect == "deny" or not any(one.effect == "deny" for one in decision.rules)


def _reason(decision: Decision, sentences: Sequence[str]) -> str:
    if sentences:
        return " ".join(sentences)
    return _FLOORS.get(decision.code, "An opt-out denies this.")


def obligations_of(decision: Decision) -> list[dict[str, Any]]:
    """Each as a custom obligation, until a type for data is registered."""
    found = [
        _obligation("row_filter", rule=one.rule, expression=one.expression, dialect="sql")
        for one in decision.filters
    ]
    effects: list[tuple[str, ColumnEffect]] = [("*", decision.everywhere)]
    effects += list(decision.columns.items())
    for column, effect in effects:
        if effect.denied:
            found.append(_obligation("omit_column", column=column))
        if effect.mask is not None:
            found.append(_obligation("mask", column=column, mask=effect.mask.value))
        if effect.min_group:
            found.append(_obligation("min_group", column=column, rows=effect.min_group))
    return found


def _obligation(name: str, **properties: Any) -> dict[str, Any]:
    return {"id": name, "type": "custom", "properties": properties}


def _strictest(decisions: Sequence[Decision]) -> Decision:
    """The decision where a name may mean several: all have to allow, and what only some restrict
    cannot be said of one."""
    for one in decisions:
        if not one.allowed:
            return one
    for one in decisions:
        if one.code != "open":
            return Decision(False, "opt_out", one.version, rules=one.rules)
    return decisions[0]


def _with_subject(asked: Question, name: str) -> Question:
    subject = type(asked.subject)(asked.subject.type, name, asked.subject.properties)
    return Question(subject, asked.action, asked.resource, asked.context)


def _with_action(asked: Question, name: str) -> Question:
    return Question(asked.subject, name, asked.resource, asked.context)
