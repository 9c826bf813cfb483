"""Which brakes hold for a question, and what each of them has against the statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from sqlglot import exp

from governance.brakes.engine.conditions import bounds
from governance.brakes.engine.estimating import Estimate, is_day_column
from governance.brakes.engine.leases import Progress
from governance.brakes.engine.quotas import cost_of
from governance.brakes.engine.shape import Block, Shape, Source, is_aggregated, row_limit
from governance.brakes.engine.types import Brake, Table, Trip, TripCode
from governance.brakes.engine.wording import days, rows, short, size
from governance.permissions.engine import Person, Resources
from governance.permissions.engine.coverage import covers_dataset
from governance.permissions.engine.patterns import columns_match
from governance.permissions.engine.subjects import is_meant


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks, through which gateway, from which environment, for which purpose; empty where it is
    not said: then a brake on any gateway but one does not hold, and one on any purpose does."""

    person: Person
    gateway: str = ""
    environment: str = ""
    purpose: str = ""


def applying(brakes: Iterable[Brake], question: Question) -> list[Brake]:
    """The brakes that hold for whoever asks, data aside, by name."""
    return sorted((one for one in brakes if _is_asked(one, question)), key=lambda brake: brake.name)


def covers(brake: Brake, table: Table) -> bool:
    """Whether a brake is about a table: everything where it names nothing."""
    return brake.resources is None or covers_resources(brake.resources, table)


def covers_resources(resources: Resources, table: Table) -> bool:
    """Whether criteria for data mean a table, as a whole or some of its columns."""
    dataset = table.dataset
    if not covers_dataset(resources, dataset):
        return False
    paths = set(table.columns) | set(dataset.columns)
    if resources.columns and not any(columns_match(resources.columns, path) for path in paths):
        return False
    labels = resources.labels
    if labels is None or not labels.isdisjoint(dataset.labels):
        return True
    return any(not labels.isdisjoint(held) for held in dataset.columns.values())


def trips_of(brakes: Sequence[Brake], shapes: Sequence[Shape], estimate: Estimate) -> list[Trip]:
    """Everything that the brakes, which hold for whoever asks, have against a text."""
    found: list[Trip] = []
    for brake in brakes:
        tables = [table for shape in shapes for table in shape.tables]
        covered = {table.id for table in tables if covers(brake, table)}
        if brake.resources is not None and not covered:
            continue
        if brake.form.partition_filter:
            found += _over_all_days(brake, shapes, covered)
        for shape in shapes:
            found += _form(brake, shape, covered)
        whole = brake.resources is None
        found += _limits(brake, estimate if whole else estimate.of(covered))
    return list({(one.brake, one.code, one.dataset): one for one in found}.values())


def trip(brake: Brake, code: TripCode, sentence: str, fix: str, dataset: str = "") -> Trip:
    """What a brake says."""
    return Trip(
        brake=brake.key, name=brake.name, title=brake.title, code=code, sentence=sentence,
        fix=fix, reason=brake.reason, ask=brake.ask, refuses=brake.refuses, dataset=dataset,
    )  # fmt: skip


def _is_asked(brake: Brake, question: Question) -> bool:
    if brake.gateways and question.gateway.lower() not in brake.gateways:
        return False
    if brake.environments and question.environment not in brake.environments:
        return False
    if brake.purposes and question.purpose and question.purpose not in brake.purposes:
        return False
    return is_meant(brake.subjects, question.person)


# --- the form --------------------------------------------------------------------------------


def _form(brake: Brake, shape: Shape, covered: set[int]) -> Iterator[Trip]:
    form, say = brake.form, partial(trip, brake)
    if form.cross_join:
        yield from _multiplied(brake, shape, covered, say)
    called = sorted(form.functions & shape.functions)
    if called:
        yield say(
            TripCode.FUNCTION,
            f"It calls {called[0]}, which is not to be used.",
            f"Do without {called[0]}.",
        )
    if shape.is_inside:
        return
    if form.labels is not None:
        yield from _starred(form.labels, brake, shape, covered, say)
    if form.row_limit is not None:
        yield from _unlimited(form.row_limit, shape, say)


def _over_all_days(brake: Brake, shapes: Sequence[Shape], covered: set[int]) -> Iterator[Trip]:
    """The tables, and the views over tables, that a text reads over all their days.

    What a view leaves open, a condition on the view's own column may still bound. The innermost
    views are the last of the shapes.
    """
    loose: set[int] = set()
    for shape in reversed(shapes):
        if shape.is_inside:
            loose |= {table.id for table, _ in _loose(brake, shape, covered, loose)}
    for shape in shapes:
        if shape.is_inside:
            continue
        for table, names in _loose(brake, shape, covered, loose):
            yield trip(
                brake,
                TripCode.PARTITION_FILTER,
                f"{short(table.name)} is read over all its days.",
                f"Put a condition on {' or '.join(names)} beside it, such as {names[0]} >= a day.",
                table.name,
            )


def _loose(
    brake: Brake, shape: Shape, covered: set[int], loose: set[int]
) -> Iterator[tuple[Table, Sequence[str]]]:
    """The tables without a condition on their days, with the columns that would help."""
    for block in shape.blocks:
        for source in block.sources:
            table = source.table
            if table is None:
                continue
            names = [name for name in brake.partitioned_by if name in table.columns]
            is_meant = bool(table.inside & loose) if table.inside else table.id in covered
            if not is_meant or any(_is_bounded(block, source, name) for name in names):
                continue
            if names or table.inside:
                yield table, names or brake.partitioned_by


def _is_bounded(block: Block, source: Source, name: str) -> bool:
    is_it = is_day_column(block, source, name)
    return any(bounds(part, is_it, block.source_of) for part in block.narrowing(source))


def _multiplied(
    brake: Brake, shape: Shape, covered: set[int], say: Callable[..., Trip]
) -> Iterator[Trip]:
    for block in shape.blocks:
        parts = block.parts()
        if len(parts) < 2:
            continue
        held = [source.table for part in parts for source in part if source.table is not None]
        if brake.resources is not None and not any(table.id in covered for table in held):
            continue
        named = [
            short(part[0].table.name) if part[0].table is not None else part[0].name
            for part in parts
        ]
        yield say(
            TripCode.CROSS_JOIN,
            f"Nothing ties {named[0]} and {named[1]} together: each row of the one comes with"
            " each of the other.",
            "Join them on a column that both have.",
        )
        return


def _starred(
    labels: frozenset[str],
    brake: Brake,
    shape: Shape,
    covered: set[int],
    say: Callable[..., Trip],
) -> Iterator[Trip]:
    for block in shape.blocks:
        for source, left_out in block.stars:
            table = source.table
            if table is None or (brake.resources is not None and table.id not in covered):
                continue
            shown = [name for name in table.columns if name not in left_out]
            held = table.dataset.columns
            labeled = [n for n in shown if not labels.isdisjoint(held.get(n, frozenset()))]
            if not labels.isdisjoint(table.dataset.labels):
                labeled = shown
            if labeled:
                more = f" and {len(labeled) - 1} more" if len(labeled) > 1 else ""
                yield say(
                    TripCode.STAR,
                    f"The star brings {labeled[0]}{more} of {short(table.name)}.",
                    "Name the columns that you need.",
                    table.name,
                )


def _unlimited(most: int, shape: Shape, say: Callable[..., Trip]) -> Iterator[Trip]:
    tree = shape.tree
    if not isinstance(tree, exp.Query):
        return
    limit = row_limit(tree)
    if limit is not None and limit <= most:
        return
    if isinstance(tree, exp.Select) and is_aggregated(tree):
        return
    if limit is not None:
        yield say(
            TripCode.ROW_LIMIT,
            f"It asks for {limit:,} rows; at most {most:,} are looked at here.",
            f"Write LIMIT {most} or less.",
        )
    else:
        yield say(
            TripCode.ROW_LIMIT,
            "It asks for all rows, however many there are.",
            f"End it with LIMIT {most} or less.",
        )


# --- the size --------------------------------------------------------------------------------


def _limits(brake: Brake, estimate: Estimate) -> Iterator[Trip]:
    limits, say = brake.limits, partial(trip, brake)
    if not limits.needs_size:
        return
    read = estimate.bytes
    cost = None if read is None else cost_of(read, limits.price)
    fewer = "Read fewer days, columns or tables."
    if limits.bytes is not None and read is not None and read > limits.bytes:
        yield say(
            TripCode.BYTES,
            f"It would read about {size(read)}; {size(limits.bytes)} are agreed on.",
            fewer,
        )
    if limits.rows is not None and estimate.rows is not None and estimate.rows > limits.rows:
        yield say(
            TripCode.ROWS,
            f"It would go over about {rows(estimate.rows)}; {rows(limits.rows)} are agreed on.",
            fewer,
        )
    partitions = estimate.partitions
    if limits.partitions is not None and partitions is not None and partitions > limits.partitions:
        yield say(
            TripCode.PARTITIONS,
            f"It would read {days(partitions)} of data; {days(limits.partitions)} are agreed on.",
            "Ask for fewer days.",
        )
    if limits.cost is not None and cost is not None and cost > limits.cost:
        yield say(
            TripCode.COST,
            f"It would cost about {cost:,.2f}; {limits.cost:,.2f} are agreed on.",
            fewer,
        )
    if brake.refuses_unknown and (estimate.unknown or _is_unsaid(brake, estimate)):
        if estimate.open:
            yield say(
                TripCode.UNKNOWN_SIZE,
                f"Only the engine knows how much it reads of {short(estimate.open[0])}.",
                "Write the day itself, such as date '2026-09-01'.",
            )
            return
        named = f" of {short(estimate.unknown[0])}" if estimate.unknown else ""
        yield say(
            TripCode.UNKNOWN_SIZE,
            f"Nobody measured the size{named}, so nobody can tell what it would read.",
            "Have it measured, or ask whoever answers for the brake.",
        )


def _is_unsaid(brake: Brake, estimate: Estimate) -> bool:
    """Whether what a limit is about is not known at all, though tables are read."""
    limits = brake.limits
    asked = (
        (limits.bytes, estimate.bytes), (limits.rows, estimate.rows),
        (limits.partitions, estimate.partitions), (limits.cost, estimate.bytes),
    )  # fmt: skip
    return bool(estimate.tables) and any(
        limit is not None and found is None for limit, found in asked
    )


# --- while it runs ---------------------------------------------------------------------------


def running_trips(
    brakes: Sequence[Brake], read: frozenset[int], tables: Sequence[Table], progress: Progress
) -> list[Trip]:
    """What the limits have against a query by what it has done. `read` are the datasets that it
    reads; what it has read counts for a brake that is about all of them."""
    found: list[Trip] = []
    by_id = {table.id: table for table in tables}
    for brake in brakes:
        if brake.resources is not None:
            covered = {pk for pk in read if pk in by_id and covers(brake, by_id[pk])}
            if not covered or covered != read:
                continue
        found += _done(brake, progress)
    return found


def _done(brake: Brake, progress: Progress) -> Iterator[Trip]:
    limits, say = brake.limits, partial(trip, brake)
    if limits.seconds is not None and progress.seconds > limits.seconds:
        yield say(
            TripCode.ELAPSED,
            f"It has run for {progress.seconds:,.0f} seconds; {limits.seconds:,} are agreed on.",
            "Read less, or have it run where long queries belong.",
        )
    if limits.bytes is not None and progress.bytes > limits.bytes:
        yield say(
            TripCode.BYTES,
            f"It has read {size(progress.bytes)}; {size(limits.bytes)} are agreed on.",
            "Read fewer days, columns or tables.",
        )
    if limits.rows is not None and progress.rows > limits.rows:
        yield say(
            TripCode.ROWS,
            f"It has gone over {rows(progress.rows)}; {rows(limits.rows)} are agreed on.",
            "Read fewer days, columns or tables.",
        )
    cost = cost_of(progress.bytes, limits.price)
    if limits.cost is not None and cost > limits.cost:
        yield say(
            TripCode.COST,
            f"It has cost {cost:,.2f}; {limits.cost:,.2f} are agreed on.",
            "Read fewer days, columns or tables.",
        )
