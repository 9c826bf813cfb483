"""What the engine is told and what it answers: frozen records, no Django.

Instants are seconds since 1970 in UTC (`float`); days begin at midnight UTC. Names of datasets and
columns and labels are compared in lower case: whoever builds these records folds them
(`catalog.names.lookup_key`). Every id is an int below 2**32.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.dates import exact_day
from governance.permissions.engine.conditions import Condition
from governance.permissions.types import Category, DataAction, Effect, Mask, Purpose

# --- the world -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. `attributes` hold what conditions know of them (username, department, location,
    job_role, employment_kind ...); a missing or empty one is not known."""

    id: int
    name: str
    groups: frozenset[str] = frozenset()
    attributes: Mapping[str, str] = field(default_factory=dict)
    is_active: bool = True

    @property
    def employment(self) -> str:
        """How they belong to the company; `Floors` may have a default of its own for it."""
        return self.attributes.get("employment_kind", "")


@dataclass(frozen=True, slots=True)
class Dataset:
    """What is asked about: a dataset, dashboard, topic, file, model - whatever the catalog lists.

    `domains` are its domain and all above, the nearest first. `labels` are those of the dataset as
    a whole. `columns` holds every column path with its labels, its own and those inherited along
    direct lineage (`inheritance.inherited_labels`), without those of the dataset. `aliases` are its
    other names, each with the system that it is a name in.
    """

    id: int
    name: str
    kind: str = "table"
    system: str = ""
    domains: tuple[str, ...] = ()
    region: str = ""
    environment: str = ""
    version: str = ""
    modified_at: float | None = None
    labels: frozenset[str] = frozenset()
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called: its name, and its others."""
        return self.name, *self.aliases

    def system_of(self, name: str) -> str:
        """The system that one of its names is a name in."""
        return self.aliases.get(name, self.system)

    def attribute(self, name: str) -> str:
        """What conditions know of it; empty where it is not known."""
        if name == "domain":
            return self.domains[0] if self.domains else ""
        return str(getattr(self, name, ""))


RESOURCE_ATTRIBUTES = ("name", "kind", "system", "domain", "region", "environment", "version")

# --- opt-outs --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exempt:
    """Standing exceptions: whoever is in a group, named, or certainly fulfills the condition (an
    attribute that is not known exempts nobody)."""

    groups: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whom it concerns: everybody, or members of a group and people named; of them those of whom
    `where` is not false (an attribute that is not known lets nobody out); without the exempt."""

    everybody: bool = False
    groups: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    where: Condition | None = None
    exempt: Exempt = Exempt()


@dataclass(frozen=True, slots=True)
class Resources:
    """What it is about: each criterion given has to hold, any value of it will do.

    `names` and `columns` are patterns with `*`. A label on the dataset covers all of it, one on a
    column covers that column. `where` knows attributes of the resource only and has to be true:
    what is not known is not named.
    """

    names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    labels: frozenset[str] | None = None
    domains: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    systems: frozenset[str] = frozenset()
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class QuarterWindow:
    """The last `before` days of each calendar quarter and the first `after` days of the next."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class When:
    """From `begins` until before `ends`; in one of the windows, where there are any.

    `environments`: data that stands there or a question that comes from there. `versions` are
    patterns of the dataset's version; ages are days since the data changed last, from
    `older_than_days` on and up to `younger_than_days`. Of these three, what is not known does not
    narrow: such data is covered.
    """

    begins: float = 0.0
    ends: float | None = None
    windows: tuple[QuarterWindow, ...] = ()
    environments: frozenset[str] = frozenset()
    versions: tuple[str, ...] = ()
    older_than_days: int | None = None
    younger_than_days: int | None = None

    @property
    def has_age(self) -> bool:
        """Whether the age of data matters."""
        return self.older_than_days is not None or self.younger_than_days is not None


@dataclass(frozen=True, slots=True)
class Parameter:
    """An attribute of whoever asks, inside a row filter."""

    name: str


@dataclass(frozen=True, slots=True)
class FilterText:
    """The rows that stay, as standard SQL in pieces, with the columns that it reads."""

    pieces: tuple[str | Parameter, ...]
    columns: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """One opt-out in force. `key` is its agreement, `number` what people call it (OO-06), `version`
    that of the agreement; `reason` is empty where it is withheld; `ask` names the seat and who
    holds it. A `confidential` one hides the names of what it covers, too: a dataset of which it
    covers some columns is hidden as a whole. `condition` compares subject and resource.
    """

    key: str
    number: str
    version: int
    effect: Effect
    subjects: Subjects
    resources: Resources
    actions: frozenset[DataAction]
    purposes: frozenset[Purpose] = frozenset({Purpose.ANY})
    when: When = When()
    condition: Condition | None = None
    mask: Mask | None = None
    group_of: int | None = None
    filter: FilterText | None = None
    confidential: bool = False
    title: str = ""
    category: Category = Category.SECURITY
    reason: str = ""
    is_reason_withheld: bool = False
    owner: str = ""
    ask: str = ""
    until: dt.date | None = None
    review_by: dt.date | None = None


@dataclass(frozen=True, slots=True)
class DatedException:
    """One opt-out does not hold for somebody until `ends`; never an allow rule.

    `people` and `groups` are the subject. `names`, where given, narrows it to datasets.
    """

    id: str
    rule: str
    begins: float
    ends: float
    people: frozenset[int] = frozenset()
    groups: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    reason: str = ""
    is_break_glass: bool = False


@dataclass(frozen=True, slots=True)
class Floors:
    """What holds before any opt-out: employments that are denied everything by default.

    Nobody known, nobody active is always denied; no setting lifts that.
    """

    denied_employments: frozenset[str] = frozenset({"external"})


@dataclass(frozen=True, slots=True)
class World:
    """Everything an index is compiled from; `version` only ever grows."""

    version: int
    people: tuple[Person, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    rules: tuple[Rule, ...] = ()
    exceptions: tuple[DatedException, ...] = ()
    floors: Floors = Floors()


# --- the answer ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ColumnEffect:
    """What holds for values of a column: denied, or shown masked, or only in groups of at least
    `min_group` rows; several may hold. `rules` are the keys of those that say so."""

    denied: bool = False
    mask: Mask | None = None
    min_group: int = 0
    rules: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether nothing holds."""
        return not (self.denied or self.mask or self.min_group)


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Only rows of which `expression` is true stay. Standard SQL, the values of whoever asks are
    escaped literals in it (NULL where not known)."""

    rule: str
    expression: str
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class Matched:
    """An opt-out that applies, with what a person may know of it.

    `columns` are those covered, None for the dataset as a whole. `stricter` says why it denies
    although its effect is another, empty where it does not.
    """

    rule: Rule
    columns: tuple[str, ...] | None
    stricter: str = ""

    @property
    def key(self) -> str:
        """The agreement that says so."""
        return self.rule.key

    @property
    def effect(self) -> Effect:
        """What it does here."""
        return Effect.DENY if self.stricter else self.rule.effect

    @property
    def sentence(self) -> str:
        """Why, until when and whom to ask, for whoever is concerned."""
        rule = self.rule
        why = "The reason is withheld." if rule.is_reason_withheld else rule.reason.rstrip()
        if why and why[-1] not in ".!?…":
            why += "."  # people who give a reason rarely end it, and more follows
        until = f" Until {exact_day(rule.until)}." if rule.until else ""
        return f"{rule.number}: {why}{until}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, with every opt-out that applies, in the order of their keys.

    `allowed` is False where a floor or a denial covers the dataset, or a column that was named in
    the question. `everywhere` holds for every column; `columns` lists columns with more than that,
    `everywhere` included. `filters` are ANDed. `lifted` are opt-outs that would apply and do not,
    each with the exception that says so. `code` is `open`, `restricted`, `opt_out`, or a floor's:
    `not_signed_in`, `unknown`, `inactive`, `not_by_default`, `unknown_dataset`. `version` is the
    policy version the answer rests on.
    """

    allowed: bool
    code: str
    version: int
    everywhere: ColumnEffect = ColumnEffect()
    columns: Mapping[str, ColumnEffect] = field(default_factory=dict)
    filters: tuple[RowFilter, ...] = ()
    rules: tuple[Matched, ...] = ()
    lifted: tuple[DatedException, ...] = ()

    def effect_on(self, column: str) -> ColumnEffect:
        """What holds for one column, by its path in lower case."""
        return self.columns.get(column, self.everywhere)

    @property
    def is_restricted(self) -> bool:
        """Whether it is allowed, but not all of it, or not as it is."""
        return self.allowed and self.code == "restricted"
