"""The opt-outs in force as the engine takes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import structlog
from django.db.models import Q
from pydantic import ValidationError
from sqlglot import exp

from catalog.models import Domain, System
from catalog.names import lookup_key
from governance import clock
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.agreements.kinds.permission_policy.document import Resources as ResourcesText
from governance.agreements.kinds.permission_policy.sentences import opt_out_title
from governance.agreements.selectors.in_force import InForce, in_force
from governance.agreements.selectors.labels import labels_ever
from governance.council.models import Seat
from governance.council.selectors.seats import sitter
from governance.permissions.conditions import NotInTheSet, condition_over
from governance.permissions.engine import (
    Exempt,
    FilterText,
    Parameter,
    QuarterWindow,
    Resources,
    Rule,
    Subjects,
    When,
)
from governance.permissions.engine.conditions import Side
from governance.permissions.types import Effect, ReasonVisibility
from governance.states.predicates.closed import columns_of
from governance.states.predicates.parsing import parse_expression

log = structlog.get_logger(__name__)

KIND = "permission_policy"
_OF_SUBJECT = "subject_"
_NOW = "CURRENT_TIMESTAMP"


def rules_in_force(at: dt.datetime) -> tuple[Rule, ...]:
    """Every opt-out that is in force; one whose document can no longer be read closes what it
    names to everybody, and is logged."""
    holders = _holders(at)
    return tuple(_rule(held, holders) for held in in_force(KIND))


def rules_then(at: dt.datetime) -> tuple[Rule, ...]:
    """Every opt-out that was in force at an instant of the past, in the version of then."""
    holders = _holders(at)
    return tuple(_rule(held, holders) for held in in_force(KIND, at=at))


def _rule(held: InForce, holders: Mapping[str, str]) -> Rule:
    try:
        document = OptOut.model_validate(held.document)
        return rule_of(held.key, held.number, document, holders, since=held.since)
    except (ValidationError, NotInTheSet) as error:
        log.error("opt_out_unreadable", key=held.key, error=str(error)[:300])
        return _closed(held)


def rule_of(
    key: str,
    version: int,
    document: OptOut,
    holders: Mapping[str, str] | None = None,
    *,
    since: dt.datetime | None = None,
) -> Rule:
    """A document as a rule, one that holds `since` an instant or a draft. Raises NotInTheSet where
    a condition says too much."""
    subjects, exempt, when = document.subjects, document.subjects.exempt, document.when
    is_withheld = document.reason_visibility is not ReasonVisibility.PUBLIC
    return Rule(
        key=key,
        number=document.opt_out,
        version=version,
        effect=document.effect,
        subjects=Subjects(
            everybody=subjects.everybody,
            groups=frozenset(subjects.groups),
            people=frozenset(subjects.people),
            where=condition_over(subjects.where, Side.SUBJECT),
            exempt=Exempt(
                groups=frozenset(exempt.groups),
                people=frozenset(exempt.people),
                where=condition_over(exempt.where, Side.SUBJECT),
            ),
        ),
        resources=resources_of(document.resources, since),
        actions=frozenset(document.actions),
        purposes=frozenset(document.purposes),
        when=When(
            begins=_midnight(when.begins),
            ends=None if when.ends is None else _midnight(when.ends),
            windows=tuple(
                QuarterWindow(one.days_before_quarter_end, one.days_after_quarter_end)
                for one in when.windows
            ),
            environments=frozenset(str(one) for one in when.environments),
            versions=tuple(one.lower() for one in when.versions),
            older_than_days=when.older_than_days,
            younger_than_days=when.younger_than_days,
        ),
        condition=condition_over(document.condition, None),
        mask=document.mask,
        group_of=document.group_of,
        filter=filter_text(document.expr) if document.effect is Effect.ROW_FILTER else None,
        confidential=document.confidential_metadata,
        title=opt_out_title(document),
        category=document.category,
        reason="" if is_withheld else document.reason,
        is_reason_withheld=is_withheld,
        owner=document.owner,
        ask=_ask(document.owner, holders or {}),
        until=when.ends,
        review_by=document.review_by,
    )


def filter_text(text: str) -> FilterText:
    """A row filter in pieces: the values of whoever asks stand apart from the text, so that they
    can only ever be literals. `:as_of` is the time of the query."""
    tree, reason = parse_expression(text, None)
    if tree is None:
        raise NotInTheSet(reason)
    marks: dict[str, Parameter | str] = {}
    for node in list(tree.find_all(exp.Placeholder, exp.Parameter)):
        mark = f"\x00{len(marks)}\x00"
        is_subject = node.name.startswith(_OF_SUBJECT)
        marks[mark] = Parameter(node.name.removeprefix(_OF_SUBJECT)) if is_subject else _NOW
        placed = exp.Var(this=mark)
        if node is tree:
            tree = placed
        else:
            node.replace(placed)
    pieces: list[str | Parameter] = []
    rest = tree.sql()
    for mark, value in _in_order(marks, rest):
        before, _, rest = rest.partition(mark)
        pieces += [before, value]
    pieces.append(rest)
    columns = frozenset(column.name.lower() for column in columns_of(tree))
    return FilterText(tuple(piece for piece in pieces if piece != ""), columns)


def _in_order(marks: Mapping[str, Parameter | str], text: str) -> list[tuple[str, Parameter | str]]:
    return sorted(marks.items(), key=lambda one: text.index(one[0]))


def resources_of(meant: ResourcesText, since: dt.datetime | None = None) -> Resources:
    """What a document names of data, looked up in the catalog of now; of one that holds `since` an
    instant, a label by whatever it was called in that time."""
    labels = None
    if meant.tag:
        labels = frozenset(map(str, labels_ever(meant.tag, since or clock.now())))
    domains: frozenset[str] = frozenset()
    if meant.domains:
        known = Domain.objects.filter(slug__in=meant.domains).values_list("slug", flat=True)
        domains = frozenset(known) or frozenset(meant.domains)
    systems: frozenset[str] = frozenset()
    if meant.systems:
        keys = [lookup_key(name) for name in meant.systems]
        named = Q(lookup_name__in=keys) | Q(platform__in=meant.systems)
        rows = System.objects.filter(named).values_list("lookup_name", flat=True)
        systems = frozenset(rows) or frozenset(keys)
    return Resources(
        names=tuple(lookup_key(name) for name in meant.datasets),
        columns=tuple(lookup_key(name) for name in meant.columns),
        labels=labels,
        domains=domains,
        regions=frozenset(meant.regions),
        kinds=frozenset(str(kind) for kind in meant.kinds),
        systems=systems,
        where=condition_over(meant.where, Side.RESOURCE),
    )


def _midnight(day: dt.date) -> float:
    return dt.datetime.combine(day, dt.time(), dt.UTC).timestamp()


def ask_by_owner(at: dt.datetime | None = None) -> dict[str, str]:
    """Whom to ask for each owner that is a seat: the seat with who sits there."""
    return _holders(at or clock.now())


def _holders(at: dt.datetime) -> dict[str, str]:
    """Whom to ask for each seat: the seat with who sits there."""
    found: dict[str, str] = {}
    for seat in Seat.objects.filter(closed_at__isnull=True):
        person = sitter(seat, at)
        said = f"{person} ({seat.name})" if person else seat.name
        found[f"seat:{seat.slug}"] = said
        found[f"seat:{seat.name}"] = said
    return found


def _ask(owner: str, holders: Mapping[str, str]) -> str:
    return holders.get(owner) or owner.partition(":")[2] or owner


def _closed(held: InForce) -> Rule:
    """What cannot be read denies what it names, or everything, to everybody."""
    from governance.permissions.types import DataAction

    said = held.document.get("resources")
    named = said.get("datasets") if isinstance(said, Mapping) else None
    names = tuple(lookup_key(name) for name in named or () if isinstance(name, str)) or ("*",)
    return Rule(
        key=held.key,
        number=held.key.partition(":")[2],
        version=held.number,
        effect=Effect.DENY,
        subjects=Subjects(everybody=True),
        resources=Resources(names=names),
        actions=frozenset(DataAction),
        title=held.title,
        reason="This opt-out can no longer be read as it was adopted.",
        ask="an administrator",
    )
