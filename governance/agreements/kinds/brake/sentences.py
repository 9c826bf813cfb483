"""A brake as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator

from governance.agreements.kinds.brake.document import (
    BrakeDocument,
    Effect,
    FormPart,
    LimitsPart,
    QuotaPart,
)
from governance.agreements.kinds.permission_policy.document import Resources
from governance.agreements.kinds.permission_policy.sentences import whom
from governance.brakes.engine.wording import days, rows, size


def brake_title(document: BrakeDocument) -> str:
    """Its title, or its short name in words."""
    return document.title or document.brake.replace("-", " ").replace("_", " ").capitalize()


def brake_sentence(document: BrakeDocument) -> str:
    """Whose queries, over what, have to be how; what happens else; why."""
    over = f" over {data_in_words(document.resources)}" if document.resources else ""
    asked = document.asked
    through = f" through {_or(asked.gateways)}" if asked.gateways else ""
    through += f" in {_or([str(one) for one in asked.environments])}" if asked.environments else ""
    through += f" for {_or([str(one) for one in asked.purposes])}" if asked.purposes else ""
    rule = "; ".join(rules_in_words(document))
    if document.quota.says_something:
        teams = " and ".join(document.subjects.groups)
        each = "each of " if len(document.subjects.groups) > 1 else ""
        start = f"{each}{teams}{over}{through}".removeprefix(" ")
        start = start[:1].upper() + start[1:]
    else:
        start = f"Queries of {_lower(whom(document.subjects))}{over}{through}"
    else_what = "Others are told." if document.effect is Effect.TELL else "Others do not run."
    return f"{start}: {rule}. {else_what} {document.reason}"


def rules_in_words(document: BrakeDocument) -> Iterator[str]:
    """What it asks for, each in a few words."""
    yield from _limits(document.limits)
    yield from _form(document.form, document.partitioned_by)
    yield from _quota(document.quota)


def data_in_words(resources: Resources) -> str:
    """What data is meant."""
    said = [*resources.datasets, *(f"column {one}" for one in resources.columns)]
    said += [f"what is labeled {resources.tag}"] if resources.tag else []
    said += [f"the domain {one}" for one in resources.domains]
    said += [f"data in {one}" for one in resources.regions]
    said += [str(kind).replace("_", " ") for kind in resources.kinds]
    said += [*resources.systems, *([resources.where] if resources.where else [])]
    return _or(said)


def _limits(limits: LimitsPart) -> Iterator[str]:
    if limits.max_bytes is not None:
        yield f"at most {size(limits.max_bytes)} are read"
    if limits.max_rows is not None:
        yield f"at most {rows(limits.max_rows)}"
    if limits.max_partitions is not None:
        yield f"at most {days(limits.max_partitions)} of data"
    if limits.max_cost is not None and limits.cost_per_terabyte is not None:
        price = f"{limits.cost_per_terabyte:g} a terabyte"
        yield f"they cost {limits.max_cost:g} at most, at {price}"
    if limits.max_seconds is not None:
        yield f"they end within {limits.max_seconds:,} seconds"
    if limits.refuse_unknown:
        yield "the size of what they read is known"


def _form(form: FormPart, lies_by: list[str]) -> Iterator[str]:
    if form.partition_filter:
        yield f"they have a condition on {_or(lies_by)} with a beginning"
    if form.no_cross_join:
        yield "tables are joined on a condition"
    if form.no_star_over:
        yield f"no star brings columns labeled {_or(form.no_star_over)}"
    if form.no_functions:
        yield f"they do without {_or(form.no_functions)}"
    if form.limit_rows is not None:
        yield f"they end with LIMIT {form.limit_rows} or less where they show rows"


def _quota(quota: QuotaPart) -> Iterator[str]:
    if quota.bytes_per_day is not None:
        yield f"at most {size(quota.bytes_per_day)} are read a day"
    if quota.cost_per_day is not None and quota.cost_per_terabyte is not None:
        yield (
            f"at most {quota.cost_per_day:g} are spent a day, at {quota.cost_per_terabyte:g} a"
            " terabyte"
        )
    if quota.queries_at_once is not None:
        noun = "query runs" if quota.queries_at_once == 1 else "queries run"
        yield f"at most {quota.queries_at_once:,} {noun} at once"


def _or(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _lower(text: str) -> str:
    return f"everybody{text.removeprefix('Everybody')}" if text.startswith("Everybody") else text
