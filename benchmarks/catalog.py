"""A catalog of the size that the goals name, filled through the service's own doors.

100,000 datasets with 1,000,000 columns come in through `services.ingest` with owners, tags,
classifications, keys and two upstream datasets each; a tenth is described anew, so that there is
history; people, domains, questions and use are spread over it. Words are drawn as unevenly as
people use them (Zipf).
"""

from __future__ import annotations

import datetime as dt
import random
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

DATASETS = 100_000
COLUMNS = 10
SEED = 20
PEOPLE = 200
DOMAINS = 30
SYSTEMS = 20
SCHEMA_OF = 500  # datasets in schemas of one name, spread over the systems
_TYPES = ("bigint", "text", "timestamp with time zone", "numeric(12,2)", "boolean")
WORDS = (
    "order customer invoice payment product price shipment return account ledger budget forecast "
    "revenue cost margin sale store region country city address contact employee contract supplier "
    "purchase stock warehouse item category brand campaign session event visit page device channel "
    "lead quote ticket incident claim policy premium risk score segment survey sensor meter energy "
    "flight airport carrier weather route trip vehicle fuel loan deposit card transfer fee rate"
).split()
_LAYERS = ("raw", "stg", "int", "fact", "dim", "daily", "monthly", "current")
_ENDS = ("name", "code", "type", "status", "date", "amount", "quantity", "flag", "number", "total")


def dataset_name(number: int) -> str:
    """The qualified name of the dataset with this number."""
    platform = ("postgres", "snowflake", "mysql", "redshift", "oracle")[number % SYSTEMS % 5]
    word = WORDS[number * 7 % len(WORDS)]
    other = WORDS[number * 13 % len(WORDS)]
    layer = _LAYERS[number % len(_LAYERS)]
    block = number // SCHEMA_OF
    schema = f"{WORDS[block % len(WORDS)]}_{block}"
    return f"{platform}://server{number % SYSTEMS}/sales.{schema}.{layer}_{word}_{other}_{number}"


def records(
    numbers: Sequence[int], columns: int, *, edition: str, upstream: bool = True
) -> Iterator[Any]:
    """The datasets with these numbers as a source states them in one edition of its texts."""
    from catalog.types import ColumnRecord, DatasetKind, DatasetRecord, OwnerRecord

    for number in numbers:
        chance = random.Random(number)
        described = chance.random() < 0.7
        words = " ".join(chance.choices(WORDS, k=8))
        yield DatasetRecord(
            dataset_name(number),
            DatasetKind.VIEW if number % 4 == 3 else DatasetKind.TABLE,
            description=f"{edition} {words}, booked every night." if described else None,
            columns=tuple(
                ColumnRecord(
                    (
                        "id"
                        if place == 0
                        else f"{chance.choice(WORDS)}_{_ENDS[place % 10]}_{place}",
                    ),
                    _TYPES[place % 5],
                    place > 0,
                    f"What was measured in place {place}." if described else None,
                    key_position=1 if place == 0 and number % 2 else None,
                )
                for place in range(columns)
            ),
            owners=(OwnerRecord(f"Team {chance.randrange(40)}"),) if chance.random() < 0.7 else (),
            tags=tuple({chance.choice(WORDS) for _ in range(chance.randrange(3))}),
            classifications=("Personal / Contact",) if chance.random() < 0.1 else (),
            upstream=tuple(
                dataset_name(source) for source in {number * 7 // 8 - 1, number * 3 // 4 - 1}
            )
            if upstream and number > 8
            else (),
        )


def ingest_records(source: Iterator[Any], expected: int, *, complete: bool) -> None:
    """Take records in as one run of the benchmark's connection; raises when one was refused."""
    from catalog.models import Connection, IngestionRun
    from catalog.services.ingest import ingest
    from catalog.types import Principal

    connection, _ = Connection.objects.get_or_create(name="benchmark", connector="benchmark")
    run = IngestionRun.objects.create(connection=connection)
    report = ingest(
        source,
        acting=Principal.system("benchmark"),
        connection=connection,
        run=run,
        complete=complete,
    )
    if report.read != expected or report.problem_count:
        raise RuntimeError(f"Not everything was taken: {report.problems[:3]}")


def fill(datasets: int = DATASETS, columns: int = COLUMNS) -> None:
    """Fill an empty catalog; says on standard error how far it is."""
    from django.db import connection

    from catalog.search.indexing import rebuild

    numbers = range(datasets)
    _say(f"taking in {datasets:,} datasets with {datasets * columns:,} columns")
    ingest_records(records(numbers, columns, edition="Holds"), datasets, complete=True)
    _say("taking in a tenth of them anew")
    again = numbers[::10]
    ingest_records(records(again, columns, edition="Keeps"), len(again), complete=False)
    _say("adding people, domains, questions and use")
    _people_and_use(datasets)
    _say("building the search index")
    rebuild()
    _leave_consumers_settled()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    _say("filled")


def _people_and_use(datasets: int) -> None:
    from django.db.models import F
    from django.db.models.functions import Mod
    from django.utils import timezone

    from catalog.models import (
        Dataset,
        DatasetUse,
        Domain,
        Follow,
        Ownership,
        Person,
        Question,
    )
    from catalog.services.transaction import writing
    from catalog.types import Origin, OwnershipKind, Principal

    chance = random.Random(SEED)
    keys = list(Dataset.objects.order_by("pk").values_list("pk", flat=True))
    today = timezone.localdate()
    with writing(Principal.system("benchmark"), reason="benchmark"):
        people = Person.objects.bulk_create(
            Person(username=f"person{number}", display_name=f"Person {number}")
            for number in range(PEOPLE)
        )
        domains = Domain.objects.bulk_create(
            Domain(name=word.title(), slug=word) for word in WORDS[:DOMAINS]
        )
        for place, domain in enumerate(domains):
            Dataset.objects.annotate(place=Mod(F("pk"), DOMAINS + 8)).filter(place=place).update(
                domain=domain
            )
        Ownership.objects.bulk_create(
            Ownership(
                dataset_id=key,
                kind=OwnershipKind.BUSINESS_OWNER,
                person=chance.choice(people),
                origin=Origin.DECLARED,
            )
            for key in keys[::3]
        )
        Question.objects.bulk_create(
            Question(dataset_id=key, author=chance.choice(people), text="Is it complete?")
            for key in keys[::200]
        )
        uses = (
            DatasetUse(
                dataset_id=key,
                person=person,
                day=today - dt.timedelta(days=chance.randrange(60)),
                views=chance.randrange(1, 9),
                reads=chance.randrange(40),
            )
            for key in keys[::2]
            for person in chance.sample(people, 2)
        )
        DatasetUse.objects.bulk_create(uses, batch_size=5000)
        Follow.objects.bulk_create(
            Follow(person=person, dataset_id=key)
            for person in people
            for key in chance.sample(keys, min(20, datasets))
        )


def _leave_consumers_settled() -> None:
    """Everything is indexed and lineage is drawn, so nobody has to digest the events of it."""
    from catalog.models import ConsumerOffset, Event
    from catalog.registries.consumers import consumers

    last = Event.objects.order_by("-transaction", "-pk").first()
    for consumer in consumers:
        ConsumerOffset.objects.update_or_create(
            consumer=consumer.name,
            defaults={
                "transaction": last.transaction if last else 0,
                "event_id": last.pk if last else 0,
            },
        )


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text} ...", file=sys.stderr, flush=True)
