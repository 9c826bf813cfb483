"""Checking a whole statement for somebody: what the opt-outs leave of it, on the record."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from catalog.access import AccessRefused
from catalog.access import Verdict as Refusal
from catalog.errors import InvalidInput
from catalog.models import Dataset
from catalog.names import QualifiedName, parse_name
from catalog.types import Principal, PrincipalKind, TokenScope
from governance.audit.services.recording import (
    AccessOutcome,
    AccessRecord,
    Keeping,
    keeping_of,
    record_decision_here,
)
from governance.audit.types import MOST_NAMED
from governance.permissions.engine import Decision, Index, Matched
from governance.permissions.holder import opt_outs
from governance.permissions.native import Asked, CheckAnswer, KnownDataset, Reason, Verdict, check
from governance.permissions.selectors import world
from governance.permissions.selectors.known_tables import KnownTables
from governance.permissions.trial.shadowing import shadows
from governance.permissions.types import DataAction, Purpose
from governance.permissions.wording import FLOORS
from lineage.sql import dialect_of

MOST_CHARACTERS = 200_000
GATEWAY = "check"
_READ_BY = {"file": "duckdb"}
"""By what platforms are read that speak no SQL of their own."""
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
_OUTCOMES = {
    CheckAnswer.ALLOW: AccessOutcome.ALLOWED,
    CheckAnswer.REWRITE: AccessOutcome.PARTIAL,
    CheckAnswer.DENY: AccessOutcome.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Statement:
    """What is to run. `dialect` is a platform such as postgres; `system` the qualified name of
    the system it runs in, needed where the same name is in several; `environment` is where the
    question comes from."""

    sql: str
    dialect: str
    purpose: str = ""
    system: str = ""
    default_database: str | None = None
    default_schema: str | None = None
    hide_denied: bool = False
    environment: str = ""


@dataclass(frozen=True, slots=True)
class AppliedOptOut:
    """An opt-out that touched the statement, on one dataset."""

    dataset: str
    matched: Matched


@dataclass(frozen=True, slots=True)
class CheckedStatement:
    """The answer, for whom it holds, under which policy, and its number in the record."""

    subject: str
    verdict: Verdict
    opt_outs: tuple[AppliedOptOut, ...]
    policy_epoch: int
    decision_id: str


def partial_query(dataset: Dataset, rows: int, *, acting: Principal, use: str) -> str:
    """A query that reads at most so many rows of a dataset as the principal may see them, without
    the columns denied to them. Raises AccessRefused where there is none; on record either way."""
    name = parse_name(dataset.qualified_name)
    *databases, schema, table = ("", "", *name.parts)
    query = exp.select("*").from_(exp.table_(table, db=schema or None, quoted=True)).limit(rows)
    platform = _READ_BY.get(name.platform, name.platform)
    statement = Statement(
        query.sql(dialect=dialect_of(platform) or ""),
        platform,
        system=str(QualifiedName(name.platform, name.instance)),
        default_database=databases[-1] or None,
        hide_denied=True,
    )
    checked = check_statement(statement, acting=acting, use=use)
    verdict = checked.verdict
    if verdict.answer is CheckAnswer.DENY:
        first = verdict.reasons[0]
        raise AccessRefused(Refusal(False, first.code, first.sentence, first.ask))
    if {found.id for found, _ in verdict.decisions} != {dataset.pk}:
        raise AccessRefused(Refusal(False, "not_found", "No query reads this dataset alone."))
    return verdict.sql


def check_statement(
    statement: Statement, *, acting: Principal, subject: str = "", use: str = ""
) -> CheckedStatement:
    """The answer to a statement for the principal, or for a subject by user name. `use` says what
    Concord itself shows by it.

    Only a service account whose token may ingest asks for others: a gateway. Raises AccessRefused
    (on the record) for anybody else who does, InvalidInput for what is no question, and
    AuditUnavailable where the answer cannot be kept.
    """
    began = time.perf_counter()
    dialect = _dialect(statement)
    index = opt_outs.current()
    is_other = bool(subject) and subject != acting.username
    if is_other:
        require_gateway(acting, subject, index, statement.sql)
    elif not acting.may_use(TokenScope.READ):
        raise AccessRefused(
            Refusal(False, "token_scope", "This API token does not have the scope 'read'.")
        )
    person = index.person_named(subject) if is_other else acting.person_id
    if person is not None:
        index = opt_outs.index_for(person)
    if is_other and person is None:
        verdict = _floor("unknown")
    else:
        verdict = _verdict(index, person, statement, dialect)
    found = tuple(
        AppliedOptOut(dataset.name, matched)
        for dataset, decision in _told(index, person, verdict.decisions)
        for matched in decision.rules
    )
    decision_id = record_decision_here(
        _record(
            index, person, subject or acting.username, acting if is_other else None,
            statement, verdict, found, round((time.perf_counter() - began) * 1e6),
            str(acting.request_id), use,
        )
    )  # fmt: skip
    return CheckedStatement(
        subject or acting.username, verdict, found, index.parts.version, decision_id
    )


def verdict_now(statement: Statement, person: int) -> Verdict:
    """The answer by what holds at this moment, off the record: for a query that was answered, and
    runs."""
    index = opt_outs.index_for(person)
    return _verdict(index, person, statement, dialect_meant(statement))


def dialect_meant(statement: Statement) -> str:
    """The dialect of a statement. Raises InvalidInput for what is no question."""
    return _dialect(statement)


def _dialect(statement: Statement) -> str:
    if not statement.sql.strip():
        raise InvalidInput("Give a statement to check.", field="sql")
    if len(statement.sql) > MOST_CHARACTERS:
        raise InvalidInput(
            f"The text has {len(statement.sql):,} characters; at most {MOST_CHARACTERS:,} are"
            " checked.",
            field="sql",
        )
    for name in ("sql", "system", "default_database", "default_schema"):
        if _NO_TEXT.search(getattr(statement, name) or ""):
            text = "The text holds a NUL character or half of a surrogate pair; remove it."
            raise InvalidInput(text, field=name)
    dialect = dialect_of(statement.dialect)
    if dialect is None:
        raise InvalidInput(
            f"Concord knows no SQL dialect {statement.dialect[:50]!r}; write a platform such as"
            " postgres.",
            field="dialect",
        )
    if statement.purpose and statement.purpose not in set(Purpose):
        raise InvalidInput(
            f"There is no purpose {statement.purpose[:50]!r}: use {', '.join(Purpose)}.",
            field="purpose",
        )
    return dialect


def require_gateway(acting: Principal, subject: str, index: Index, sql: str = "") -> None:
    """Only a service account whose token may ingest asks what others may do. Raises AccessRefused,
    on the record, for anybody else."""
    is_service = acting.kind is PrincipalKind.SERVICE and acting.is_active
    if is_service and acting.may_use(TokenScope.INGEST):
        return
    record_decision_here(
        AccessRecord(
            gateway=GATEWAY,
            username=acting.username,
            person=acting.person_id,
            action=DataAction.READ,
            outcome=AccessOutcome.REFUSED,
            policy_version=index.parts.version,
            code="not_a_gateway",
            resources=(subject[:150],),
            request_id=str(acting.request_id),
            sql=sql,
            note="Asked what somebody else may do.",
        )
    )
    raise AccessRefused(
        Refusal(
            allowed=False,
            code="not_a_gateway",
            reason="You may ask for yourself; only gateways ask for others, with a"
            " service account whose token has the scope 'ingest'.",
            ask="an administrator",
        )
    )


def _verdict(index: Index, person: int | None, statement: Statement, dialect: str) -> Verdict:
    floor = index.decide(person, DataAction.READ, -1).code
    if floor != "unknown_dataset":
        return _floor(floor)
    assert person is not None
    purpose, asked_from = statement.purpose or None, statement.environment or None
    hidden = index.hidden(person)
    catalog = KnownTables(dialect, statement.system, lambda dataset: dataset not in hidden)
    asked = Asked(
        sql=statement.sql,
        dialect=dialect,
        database=statement.default_database or None,
        schema=statement.default_schema or None,
        is_concerned=_is_concerned(index, person, purpose, asked_from),
        hide_denied=statement.hide_denied,
        knows_all=not hidden,
        filters=tuple(_row_filters(index, person, purpose, asked_from)),
    )

    about = (purpose, asked_from)

    def decide(dataset: int, action: DataAction, columns: Sequence[str] | None) -> Decision:
        if shadows.watching:
            shadows.note("check", person, action, dataset, columns, *about, index.now())
        if dataset in index.parts.records:
            return index.decide(person, action, dataset, columns, *about)
        added = world.datasets(index.parts.rules.values(), [dataset])
        if not added:
            return index.decide(person, action, dataset, columns, *about)
        return index.decide_unlisted(person, action, added[0], columns, *about)

    return check(asked, catalog, decide)


def _floor(code: str) -> Verdict:
    return Verdict(CheckAnswer.DENY, "", (Reason(code, FLOORS[code], ask="an administrator"),))


def _is_concerned(index: Index, person: int, purpose: str | None, environment: str | None) -> bool:
    """Whether any opt-out holds for somebody, whatever it is about."""
    now = index.now()
    return any(
        True
        for action in DataAction
        for _ in index.applying(person, action, purpose, environment, now)
    )


def _row_filters(
    index: Index, person: int, purpose: str | None, environment: str | None
) -> Iterator[str]:
    """The row filters that may hold for somebody who reads, without what is said of them there."""
    for slot in index.applying(person, DataAction.EXPORT, purpose, environment, index.now()):
        if slot.rule.filter is not None:
            pieces = slot.rule.filter.pieces
            yield "".join(one if isinstance(one, str) else "NULL" for one in pieces)


def _told(
    index: Index, person: int | None, decisions: Iterable[tuple[KnownDataset, Decision]]
) -> list[tuple[KnownDataset, Decision]]:
    """The decisions about datasets that whoever asks may know of."""
    hidden = index.hidden(person)
    return [(dataset, found) for dataset, found in decisions if dataset.id not in hidden]


def _used(datasets: Sequence[int], verdict: Verdict) -> tuple[str, ...]:
    """The columns in use of each dataset, up to as many as a record keeps; those of a dataset are
    kept all or none."""
    found: list[str] = []
    for place, pk in enumerate(datasets[:MOST_NAMED]):
        columns = verdict.used.get(pk, ())
        if len(found) + len(columns) <= MOST_NAMED:
            found += [f"{place}:{column}" for column in columns]
    return tuple(found)


def _record(
    index: Index,
    person: int | None,
    username: str,
    gateway: Principal | None,
    statement: Statement,
    verdict: Verdict,
    found: Sequence[AppliedOptOut],
    latency: int,
    request_id: str,
    use: str,
) -> AccessRecord:
    datasets = tuple(dataset.id for dataset, _ in verdict.decisions)
    is_open = verdict.answer is CheckAnswer.ALLOW
    return AccessRecord(
        gateway="concord" if use else GATEWAY,
        username=username[:150],
        person=person,
        impersonator=gateway.username if gateway else "",
        action=use or DataAction.READ,
        outcome=_OUTCOMES[verdict.answer],
        policy_version=index.parts.version,
        keeping=keeping_of(index, datasets) if is_open else Keeping.RESTRICTED,
        purpose=statement.purpose,
        environment=statement.environment,
        datasets=datasets,
        resources=tuple(dataset.name for dataset, _ in verdict.decisions),
        columns=tuple(column for reason in verdict.reasons for column in reason.columns),
        used=_used(datasets, verdict),
        code=verdict.reasons[0].code if verdict.reasons else verdict.answer,
        rules=tuple(dict.fromkeys(one.matched.key for one in found)),
        exceptions=tuple(
            dict.fromkeys(one.id for _, decision in verdict.decisions for one in decision.lifted)
        ),
        masks=tuple(f"{one.column}:{one.mask}" for one in verdict.masks),
        filters=tuple(one.expression for one in verdict.filters),
        request_id=request_id,
        sql=statement.sql,
        latency=latency,
    )
