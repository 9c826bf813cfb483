"""What people of Larkfield asked of its data: queries kept with the question that they answer."""

from __future__ import annotations

from django.db import transaction

from catalog.models import Dataset, ExampleQuery
from catalog.services.conversation import add_example_query
from config.demo.larkfield.connector import Company, statement_of
from config.demo.larkfield.council import acting_as
from config.demo.larkfield.queries import Group, Query, queries

# A model or a dashboard shows its SQL itself, an action answers nothing, and nobody learns from
# the pathological ones.
ANSWERING = (
    Group.AD_HOC,
    Group.COMPETING_METRICS,
    Group.MACHINE_LEARNING,
    Group.DATA_QUALITY,
)


def keep_examples() -> int:
    """Keep each query with the dataset that it reads first, by its author; returns how many.

    All in one transaction, so that a dataset's search document is made once. Those that are kept
    already are left alone.
    """
    kept = 0
    known = set(ExampleQuery.objects.values_list("question", flat=True))
    with transaction.atomic():
        for query in queries():
            if query.group in ANSWERING and question_of(query) not in known:
                _keep(query)
                kept += 1
    return kept


def question_of(query: Query) -> str:
    """What a query answers, in the words of its two lines of comment."""
    return f"{query.text.title}: {query.text.about}"


def _keep(query: Query) -> None:
    first, *_ = statement_of(query.text).sources_read
    name = Company().name(".".join(first.parts))
    add_example_query(
        acting=acting_as(query.author),
        dataset_id=Dataset.objects.get(qualified_name=str(name)).pk,
        question=question_of(query),
        sql=query.text.sql.split("\n", 2)[2],
    )
