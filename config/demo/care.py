"""Owners, domains and conversation that the demonstration gives to what it imported."""

from __future__ import annotations

from catalog.models import Dataset, ExampleQuery, Question
from catalog.selectors.principals import principal_of
from catalog.services import conversation, curation, personal
from catalog.services.transaction import writing
from catalog.types import Origin, OwnershipKind, Principal
from config.demo.people import DemoPeople
from config.demo.sources import LARKFIELD

REASON = "Assigned by the demonstration"
FLIGHTS = "duckdb://flights/nycflights.marts.fct_flights"
QUESTION = "Is a cancelled flight a late flight?"
ANSWER = (
    "No. A cancelled flight has no departure time, so it counts in `cancellation_rate` and is "
    "left out of every average delay."
)
EXAMPLE = "Which airline cancelled the largest share of its flights?"
EXAMPLE_SQL = """select carrier, avg(case when is_cancelled then 1.0 else 0.0 end) as share
from nycflights.marts.fct_flights
group by carrier
order by share desc"""


def assign_care(acting: Principal, people: DemoPeople) -> int:
    """Give each dataset that has none a domain and an owner; returns how many owners it named.

    All in one transaction: hundreds of them, each with its own commit and its own search document
    made new, took longer than everything else in the demonstration.
    """
    assigned = 0
    with writing(acting, reason=REASON):
        for platform, domain, team in (
            ("postgres", people.platform_domain, people.database_team),
            ("duckdb", people.flights_domain, people.flights_team),
            ("dashboard", people.flights_domain, people.flights_team),
            ("dbt", people.flights_domain, people.flights_team),
        ):
            missing = Dataset.objects.filter(
                system__platform=platform, disappeared_at__isnull=True
            ).exclude(source_records__connection__name=LARKFIELD)
            for dataset in missing.filter(domain__isnull=True).order_by("pk"):
                curation.change_dataset(
                    acting=acting, dataset_id=dataset.pk, changes={"domain": domain.pk}
                )
            for dataset in missing.filter(ownerships__isnull=True).order_by("pk"):
                curation.add_owner(
                    acting=acting,
                    dataset_id=dataset.pk,
                    kind=OwnershipKind.TECHNICAL_OWNER,
                    team_id=team.pk,
                    origin=Origin.DEMONSTRATION,
                    reason=REASON,
                )
                assigned += 1
    return assigned


def start_conversation(people: DemoPeople) -> None:
    """One answered question and one example query, so that a first visitor sees how they look."""
    dataset = Dataset.objects.filter(qualified_name=FLIGHTS).first()
    if dataset is None or Question.objects.filter(dataset=dataset).exists():
        return
    who = principal_of(people.administrator)
    asked = conversation.ask(acting=who, dataset_id=dataset.pk, text=QUESTION)
    conversation.answer(acting=who, question_id=asked.pk, text=ANSWER)
    if not ExampleQuery.objects.filter(dataset=dataset).exists():
        conversation.add_example_query(
            acting=who, dataset_id=dataset.pk, question=EXAMPLE, sql=EXAMPLE_SQL
        )
    personal.follow(acting=who, dataset_id=dataset.pk)
