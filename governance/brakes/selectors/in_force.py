"""The brakes in force as the engine takes them."""

from __future__ import annotations

import datetime as dt

import structlog
from pydantic import ValidationError

from governance import clock
from governance.agreements.kinds.brake.document import BrakeDocument, Effect
from governance.agreements.kinds.brake.sentences import brake_title
from governance.agreements.selectors.in_force import InForce, as_of, in_force
from governance.agreements.selectors.labels import labels_ever
from governance.brakes.engine import Brake, Form, Limits, Quota
from governance.permissions.conditions import NotInTheSet, condition_over
from governance.permissions.engine import Exempt, Subjects
from governance.permissions.engine.conditions import Side
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.rules import ask_by_owner, resources_of

log = structlog.get_logger(__name__)

KIND = "brake"

_kept: tuple[str, tuple[Brake, ...]] | None = None


def standing() -> str:
    """A name for everything that an answer about a query rests on: it differs when a brake, an
    opt-out, or what either names has moved."""
    mark = as_of(KIND)
    return f"{mark.epoch}.{mark.newest}.{opt_outs.current().parts.version}"


def brakes_in_force() -> tuple[Brake, ...]:
    """Every brake that is in force; read again when anything moved that they name.

    One whose document can no longer be read is logged and holds nothing up.
    """
    global _kept
    now = standing()
    if _kept is None or _kept[0] != now:
        held = in_force(KIND)
        asked = ask_by_owner() if held else {}
        found = (_read(one, asked) for one in held)
        _kept = (now, tuple(brake for brake in found if brake is not None))
    return _kept[1]


def _read(held: InForce, asked: dict[str, str]) -> Brake | None:
    try:
        document = BrakeDocument.model_validate(held.document)
        return brake_of(held.key, held.number, document, asked, since=held.since)
    except (ValidationError, NotInTheSet) as error:
        log.error("brake_unreadable", key=held.key, error=str(error)[:300])
        return None


def brake_of(
    key: str,
    version: int,
    document: BrakeDocument,
    asked: dict[str, str] | None = None,
    *,
    since: dt.datetime | None = None,
) -> Brake:
    """A document as the engine takes it, one that holds `since` an instant or a draft. Raises
    NotInTheSet where a condition says too much."""
    subjects, exempt = document.subjects, document.subjects.exempt
    limits, form, quota = document.limits, document.form, document.quota
    owner = document.owner
    return Brake(
        key=key,
        name=document.brake,
        version=version,
        title=brake_title(document),
        refuses=document.effect is Effect.REFUSE,
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
        resources=None if document.resources is None else resources_of(document.resources, since),
        gateways=frozenset(name.lower() for name in document.asked.gateways),
        environments=frozenset(str(one) for one in document.asked.environments),
        purposes=frozenset(str(one) for one in document.asked.purposes if one != "any"),
        partitioned_by=tuple(name.lower() for name in document.partitioned_by),
        limits=Limits(
            bytes=limits.max_bytes,
            rows=limits.max_rows,
            partitions=limits.max_partitions,
            cost=limits.max_cost,
            price=limits.cost_per_terabyte or 0.0,
            seconds=limits.max_seconds,
        ),
        form=Form(
            partition_filter=form.partition_filter,
            cross_join=form.no_cross_join,
            labels=_labels(form.no_star_over, since),
            label_names=tuple(form.no_star_over),
            functions=frozenset(name.lower() for name in form.no_functions),
            row_limit=form.limit_rows,
        ),
        quota=Quota(
            bytes=quota.bytes_per_day,
            cost=quota.cost_per_day,
            price=quota.cost_per_terabyte or 0.0,
            at_once=quota.queries_at_once,
        )
        if quota.says_something
        else None,
        refuses_unknown=limits.refuse_unknown,
        reason=document.reason,
        ask=(asked or {}).get(owner) or owner.partition(":")[2] or owner,
    )


def _labels(names: list[str], since: dt.datetime | None) -> frozenset[str] | None:
    if not names:
        return None
    found: set[str] = set()
    for name in names:
        found |= set(map(str, labels_ever(name, since or clock.now())))
    return frozenset(found)
