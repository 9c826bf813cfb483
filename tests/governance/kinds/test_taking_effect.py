"""The kinds through the whole way: proposed, agreed by those concerned, in force."""

import pytest
from pytest_django import Settings

from catalog.models import Column
from catalog.types import Lifecycle
from governance.agreements.selectors.exchange import SkosFormat, export_glossary
from governance.agreements.services.exchange import read_glossary
from governance.models import Agreement, AgreementVersion, MigrationTask, Proposal, Step
from governance.types import ChangeOp, ChangeSpec
from lineage.models import ColumnEdge, DatasetEdge, Statement
from tests.factories import ColumnFactory, OwnershipFactory, principal
from tests.governance.proposals.world import (
    DAY,
    MONDAY,
    World,
    adopted,
    at,
    in_discussion,
    later,
    make_world,
    say,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None, settings: Settings) -> World:
    """Three domains with a curated dataset each; Sales reads what Marketing makes."""
    settings.STORY_CLOCK = True
    at(MONDAY)
    made = make_world()
    source, reader = made.datasets["Marketing"], made.datasets["Sales"]
    score = ColumnFactory(dataset=source, name="score", physical_type="integer")
    reader.definition_sql = f"SELECT max(score) AS best FROM {source.name}"
    reader.definition_platform = "postgres"
    reader.save()
    OwnershipFactory(dataset=reader, person=made.council.people["Hugo"])
    statement = Statement.objects.create(
        dataset=reader, kind="view", status="PARSED", sql=reader.definition_sql, digest="0",
        read_at=MONDAY,
    )  # fmt: skip
    how = {"statement": statement, "confidence": 1, "reason": "PARSED"}
    DatasetEdge.objects.create(source=source, target=reader, **how)
    best = ColumnFactory(dataset=reader, name="best", physical_type="integer")
    ColumnEdge.objects.create(
        source=source, source_column=score, target=reader, target_column=best, kind="DIRECT",
        subtype="AGGREGATION", **how,
    )  # fmt: skip
    return made


def schema_change(world: World, **document: str) -> ChangeSpec:
    base = {"dataset": world.datasets["Marketing"].qualified_name, "column": "score"}
    return ChangeSpec(ChangeOp.CREATE, "schema_change", "", base | document)


def told(proposal: Proposal) -> str:
    return Step.objects.get(proposal=proposal, after="active").reason


def test_a_rename_takes_effect_with_a_task_that_holds_the_rewritten_sql(world: World) -> None:
    proposal = adopted(
        world, schema_change(world, action="rename", new_name="points", current_type="integer")
    )

    assert proposal.state == "active"
    assert told(proposal).endswith(" Agreed, not yet seen at the source.")
    task = MigrationTask.objects.get(proposal=proposal)
    name = world.datasets["Marketing"].name
    assert (task.dataset, task.owner) == (world.datasets["Sales"], world.council.people["Hugo"])
    assert task.instruction == f"Write points instead of public.{name}.score."
    assert task.suggestion == f"SELECT max(points) AS best FROM {name}"


def test_a_column_that_changed_before_its_decision_took_effect_is_looked_at_again(
    world: World,
) -> None:
    change = schema_change(world, action="drop", current_type="integer")

    # when the source changes the type after everybody consented
    proposal = in_discussion(world, change)
    for first in ("Mia", "Hugo", "Farid"):
        say(world.who(first), proposal)
    later(MONDAY + 7 * DAY)
    Column.objects.filter(name="score").update(physical_type="text")
    later(MONDAY + 10 * DAY)
    proposal.refresh_from_db()
    assert proposal.state == "decided_scheduled"  # a drop is announced thirty days ahead
    later(MONDAY + 41 * DAY)

    # then nothing took effect, and the reason is told
    proposal.refresh_from_db()
    assert proposal.state == "conflicted"
    assert proposal.outcome_note.startswith("A check no longer holds: ")
    assert "score is text now and was integer when this was written." in proposal.outcome_note
    assert not AgreementVersion.objects.exists()


def test_a_deprecated_dataset_is_marked_when_the_agreement_takes_effect(world: World) -> None:
    replacement = world.datasets["Finance"].qualified_name
    change = schema_change(world, action="deprecate", column="", replacement_dataset=replacement)

    proposal = adopted(world, change)

    source = world.datasets["Marketing"]
    source.refresh_from_db()
    assert source.lifecycle == Lifecycle.DEPRECATED
    assert told(proposal).endswith(f"public.{source.name} is marked as deprecated in the catalog.")
    agreement = Agreement.objects.get(kind="schema_change")
    version = AgreementVersion.objects.get(agreement=agreement)
    assert agreement.sunset_on == (version.valid_from + 90 * DAY).date()


def test_a_glossary_from_a_file_is_agreed_and_leaves_as_it_came(world: World) -> None:
    bound = "".join(
        f'concord:boundTo [ concord:dataset "{world.datasets[name].qualified_name}" ] ; '
        for name in ("Marketing", "Sales")
    )
    text = f"""
        @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        @prefix dct: <http://purl.org/dc/terms/> .
        @prefix concord: <urn:concord:glossary#> .
        @prefix : <https://elsewhere.example/> .
        :lead skos:prefLabel "Lead" ; skos:definition "Who may buy." ; {bound}
            dct:subject "marketing" .
        :mql skos:prefLabel "MQL" ; skos:definition "A lead with a score of 50." ;
            skos:broader :lead ; dct:subject "marketing" .
    """
    found = read_glossary(acting=world.acting, text=text)

    proposal = adopted(world, *found.changes)

    assert proposal.state == "active"
    assert list(Agreement.objects.values_list("key", "state")) == [
        ("term:lead", "active"),
        ("term:mql", "active"),
    ]
    exported = export_glossary(principal(), SkosFormat.TURTLE).text
    again = read_glossary(acting=world.acting, text=exported)
    assert (again.changes, again.unchanged, again.left_out) == ((), 2, ())
