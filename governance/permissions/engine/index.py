"""The compiled opt-outs: immutable, asked a million times a second, replaced by one assignment.

A person is an integer whose bits are the rules that concern them, a dataset one whose bits are the
rules that cover it; what applies is the bits of both that hold now. Whatever a set of bits means
is written out once and kept. What is kept never changes an answer, so threads share an index
without a lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from pyroaring import BitMap

from governance.permissions.engine.coverage import (
    Variant,
    coverage,
    is_named_column,
    is_of_age,
    is_read,
)
from governance.permissions.engine.explaining import explained
from governance.permissions.engine.pages import PLACES
from governance.permissions.engine.parts import Parts
from governance.permissions.engine.periods import holds_at
from governance.permissions.engine.slots import Slot, answers
from governance.permissions.engine.subjects import concerns, is_meant
from governance.permissions.engine.types import (
    Dataset,
    DatedException,
    Decision,
    Person,
    Rule,
)
from governance.permissions.engine.writing import Writing


class Index(Writing):
    """Every answer of the opt-outs in force at one policy version. See the package for its use."""

    # --- one question ----------------------------------------------------------------------

    def decide(
        self,
        person: int | None,
        action: str,
        dataset: int,
        columns: Sequence[str] | None = None,
        purpose: str | None = None,
        environment: str | None = None,
        at: float | None = None,
    ) -> Decision:
        """Whether somebody may do `action` with a dataset, and how, with all rules that apply.

        `columns` are the paths used, in lower case, wherever the use is (a filter or an order reads
        as much as a list does); None asks for all of them, `()` for none (`count(*)`). Without a
        `purpose` every purpose's rules hold. `environment` is where the question comes from, `at`
        another instant than now.
        """
        mask = self._masks.get(person)  # type: ignore[arg-type]
        signature = self._pages[dataset & PLACES].get(dataset)
        if mask is None or signature is None:
            return self._floor(person)
        now = self._clock() if at is None else at
        period = self._period
        if not period.starts <= now < period.ends:
            period = self._turn(now, at)
        applying = period.applying.get((action, purpose, environment))
        if applying is None:
            applying = period.fill(action, purpose, environment)
        hits = mask & applying & signature.any
        if not hits:
            if columns and signature.by_name & mask & applying:
                return self._written(person, mask & applying, signature, dataset, columns, now)
            return self.opened
        if signature.is_plain and not hits & self._special and person not in self._liftings:
            kept = self._kept.get(hits)
            if kept is not None:
                return kept
        return self._written(person, mask & applying, signature, dataset, columns, now)

    def decide_many(
        self,
        person: int | None,
        action: str,
        datasets: Iterable[int],
        purpose: str | None = None,
        environment: str | None = None,
        at: float | None = None,
    ) -> list[Decision]:
        """The same for many datasets as wholes, in their order, all at one instant."""
        mask = self._masks.get(person)  # type: ignore[arg-type]
        if mask is None:
            return [self._floor(person) for _ in datasets]
        now = self._clock() if at is None else at
        period = self._period
        if not period.starts <= now < period.ends:
            period = self._turn(now, at)
        applying = period.applying.get((action, purpose, environment))
        if applying is None:
            applying = period.fill(action, purpose, environment)
        mask &= applying
        is_plain = person not in self._liftings
        pages, kept, special, opened = self._pages, self._kept, self._special, self.opened
        answers: list[Decision] = []
        answer = answers.append
        for dataset in datasets:
            signature = pages[dataset & PLACES].get(dataset)
            if signature is None:
                answer(self._floor(person))
                continue
            hits = mask & signature.any
            if not hits:
                answer(opened)
                continue
            if is_plain and signature.is_plain and not hits & special:
                found = kept.get(hits)
                if found is not None:
                    answer(found)
                    continue
            answer(self._written(person, mask, signature, dataset, None, now))
        return answers

    def decide_unlisted(
        self,
        person: int | None,
        action: str,
        dataset: Dataset,
        columns: Sequence[str] | None = None,
        purpose: str | None = None,
        environment: str | None = None,
        at: float | None = None,
    ) -> Decision:
        """The same for a dataset that the catalog does not list, or for another version of one:
        what is known of it is given. Slower, since nothing is prepared."""
        mask = self._masks.get(person)  # type: ignore[arg-type]
        if mask is None:
            return self._floor(person)
        now = self._clock() if at is None else at
        who = self.parts.persons[person]  # type: ignore[index]
        matched: list[tuple[Slot, frozenset[str] | None]] = []
        for slot, paths in self._found_for(who, dataset, now):
            if not answers(slot, action, purpose, environment):
                continue
            if paths is not None and columns is not None:
                paths = frozenset(
                    path
                    for path in columns
                    if is_read(paths, dataset.columns, path)
                    or (path not in dataset.columns and is_named_column(slot.rule.resources, path))
                )
            if paths is None or paths:
                matched.append((slot, paths))
        lifted = self._lifted_rules(person, dataset.name, now)
        left = [(slot, named) for slot, named in matched if slot.rule.key not in lifted]
        used = dict.fromkeys(one for slot, _ in matched for one in lifted.get(slot.rule.key, ()))
        return explained(self.version, left, columns, tuple(used), who)

    # --- many datasets at once -------------------------------------------------------------

    def denied_datasets(
        self,
        person: int | None,
        action: str,
        purpose: str | None = None,
        environment: str | None = None,
        at: float | None = None,
    ) -> BitMap:
        """The ids of all datasets that `decide` denies as wholes."""
        return BitMap(self._denied(person, action, purpose, environment, at))

    def _denied(
        self,
        person: int | None,
        action: str,
        purpose: str | None,
        environment: str | None,
        at: float | None,
    ) -> BitMap:
        """The same, not to be changed."""
        mask = self._masks.get(person)  # type: ignore[arg-type]
        if mask is None:
            return self.parts.present
        now = self._clock() if at is None else at
        period = self._period
        if not period.starts <= now < period.ends:
            period = self._turn(now, at)
        applying = period.applying.get((action, purpose, environment))
        if applying is None:
            applying = period.fill(action, purpose, environment)
        return self._covered(person, mask & applying & self._slots.denying, now, is_whole=True)

    def allowed_datasets(
        self,
        person: int | None,
        action: str,
        purpose: str | None = None,
        environment: str | None = None,
        at: float | None = None,
    ) -> BitMap:
        """The ids of all datasets that `decide` allows as wholes, restricted or not."""
        return self.parts.present - self._denied(person, action, purpose, environment, at)

    def touched_datasets(
        self, person: int | None, action: str, purpose: str | None = None, at: float | None = None
    ) -> BitMap:
        """The ids of all datasets that some opt-out denies or restricts, in part at least."""
        mask = self._masks.get(person)  # type: ignore[arg-type]
        if mask is None:
            return BitMap(self.parts.present)
        now = self._clock() if at is None else at
        bits = mask & self._answering(action, purpose, now)
        return BitMap(self._covered(person, bits, now, is_whole=False))

    def touched_by(
        self,
        person: int,
        rules: Iterable[str],
        action: str,
        purpose: str | None = None,
        at: float | None = None,
    ) -> BitMap:
        """Of `touched_datasets`, those that one of some opt-outs (by key) touches."""
        now = self._clock() if at is None else at
        bits = 0
        for key in rules:
            bits |= self._slots.by_rule.get(key, 0)
        bits &= self._masks.get(person, 0) & self._answering(action, purpose, now)
        return BitMap(self._covered(person, bits, now, is_whole=False)) if bits else BitMap()

    def hidden(self, person: int | None, at: float | None = None) -> BitMap:
        """The ids of all datasets whose very names a confidential opt-out hides from somebody."""
        return BitMap(self._hidden(person, at))

    def _hidden(self, person: int | None, at: float | None) -> BitMap:
        """The same, not to be changed."""
        mask = self._masks.get(person)  # type: ignore[arg-type]
        if mask is None:
            return self.parts.present if self._is_closed(person) else BitMap()
        now = self._clock() if at is None else at
        bits = mask & self._slots.confidential
        if not bits:
            return BitMap()
        period = self._period
        if not period.starts <= now < period.ends:
            period = self._turn(now, at)
        bits &= period.mask & ~self._slots.only_asked_from
        return self._covered(person, bits, now, is_whole=False)

    def visible(self, person: int | None, at: float | None = None) -> BitMap:
        """The ids of all datasets that somebody may know of."""
        return self.parts.present - self._hidden(person, at)

    def see(self, person: int | None, dataset: int, at: float | None = None) -> Decision:
        """Whether somebody may know of a dataset; a denial tells the confidential opt-outs."""
        mask = self._masks.get(person)  # type: ignore[arg-type]
        signature = self._pages[dataset & PLACES].get(dataset)
        if mask is None or signature is None:
            return self._floor(person)
        bits = mask & signature.any & self._slots.confidential
        if not bits:
            return self.opened
        now = self._clock() if at is None else at
        bits &= self._slots.period(now).mask & ~self._slots.only_asked_from
        record = self.parts.records[dataset]
        lifted = self._lifted_rules(person, record.name, now)
        found = [
            (slot, None)
            for slot in self._slots.of(bits)
            if slot.rule.key not in lifted
            and (not slot.rule.when.has_age or is_of_age(slot.rule.when, record, now))
        ]
        if not found:
            return self.opened
        answer = explained(self.version, found, None, (), self.parts.persons[person])  # type: ignore[index]
        return Decision(False, "hidden", self.version, rules=answer.rules)

    @cached_property
    def confidential(self) -> tuple[Rule, ...]:
        """The opt-outs that hide names from somebody."""
        return tuple(rule for rule in self.parts.rules.values() if rule.confidential)

    def may_hide(self, person: int | None) -> bool:
        """Whether there is any dataset, listed or not, that could be hidden from somebody."""
        if person is None or person not in self._masks:
            return True
        found = self._hiding.get(person)
        if found is None:
            who = self.parts.persons[person]
            found = any(is_meant(rule.subjects, who) for rule in self.confidential)
            self._hiding[person] = found
        return found

    def see_unlisted(
        self, person: int | None, dataset: Dataset, at: float | None = None
    ) -> Decision:
        """The same for a dataset that is not listed, or not as it is now: what is known of it is
        given."""
        if person is None or person not in self._masks:
            return self._floor(person)
        now = self._clock() if at is None else at
        who = self.parts.persons[person]
        lifted = self._lifted_rules(person, dataset.name, now)
        found = [
            (slot, None)
            for slot, columns in self._found_for(who, dataset, now)
            if slot.rule.confidential
            and (columns is None or columns)
            and not slot.variant.only_asked_from
            and slot.rule.key not in lifted
        ]
        if not found:
            return self.opened
        answer = explained(self.version, found, None, (), who)
        return Decision(False, "hidden", self.version, rules=answer.rules)

    # --- looking up ------------------------------------------------------------------------

    def person_named(self, username: str) -> int | None:
        """The id of a person by user name."""
        return self.parts.by_username.get(username)

    def rules_of(self, person: int, at: float | None = None) -> tuple[Rule, ...]:
        """Every opt-out that concerns somebody at an instant, whatever it is about."""
        mask = self._masks.get(person, 0)
        now = self._clock() if at is None else at
        held = mask & self._slots.period(now).mask
        found = {slot.rule.key: slot.rule for slot in self._slots.of(held)}
        return tuple(found[key] for key in sorted(found))

    def exceptions_of(self, person: int, at: float | None = None) -> tuple[DatedException, ...]:
        """The dated exceptions of somebody that hold at an instant."""
        now = self._clock() if at is None else at
        return tuple(
            lifting.exception
            for lifting in self._liftings.get(person, ())
            if lifting.exception.begins <= now < lifting.exception.ends
        )

    def next_edge(self) -> float:
        """The next instant at which an opt-out begins or ends, as far as it is known now."""
        return self._slots.period(self._clock()).ends

    def concerns(
        self,
        person: int,
        action: str,
        purpose: str | None,
        environment: str | None,
        at: float,
    ) -> bool:
        """Whether any opt-out may hold for somebody's question, listed or not what it is about."""
        if any(True for _ in self.applying(person, action, purpose, environment, at)):
            return True
        who, by_rule = self.parts.persons[person], self.parts.slots.by_rule
        return any(
            rule.condition is not None or concerns(rule, Variant(key), who)
            for key, rule in self.parts.rules.items()
            if key not in by_rule
        )

    def applying(
        self,
        person: int,
        action: str,
        purpose: str | None,
        environment: str | None,
        at: float,
    ) -> Iterator[Slot]:
        """The slots that concern somebody for a question, whatever it is about."""
        period = self._slots.period(at)
        return self._slots.of(
            self._masks.get(person, 0) & period.fill(action, purpose, environment)
        )

    def now(self) -> float:
        """The instant that answers without `at` are for."""
        return self._clock()

    def following(self, parts: Parts) -> Index:
        """Another index by the same clock."""
        return Index(parts, clock=self._clock)

    def _answering(self, action: str, purpose: str | None, now: float) -> int:
        """The slots that hold at an instant for a use, from wherever it is asked."""
        period = self._slots.period(now)
        kept = period.applying.get((action, purpose, None))
        return period.fill(action, purpose, None) if kept is None else kept

    def _found_for(
        self, who: Person, dataset: Dataset, now: float
    ) -> Iterator[tuple[Slot, frozenset[str] | None]]:
        """What holds at an instant for somebody and a dataset that nothing is prepared for."""
        for rule in self.parts.rules.values():
            covered = coverage(rule, dataset)
            if covered is None or not concerns(rule, covered.variant, who):
                continue
            if not holds_at(rule.when, now):
                continue
            if rule.when.has_age and not is_of_age(rule.when, dataset, now):
                continue
            yield Slot(rule, covered.variant, BitMap(), BitMap()), covered.columns
