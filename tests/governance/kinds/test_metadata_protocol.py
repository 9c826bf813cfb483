"""Metadata protocols: what they may ask, whom they contradict, who would break them."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from pydantic import ValidationError

from catalog.models import Container, Dataset
from catalog.selectors.metadata import thirteen_facts
from catalog.services.curation.labels import add_label
from catalog.types import LabelKind, Lifecycle, MetadataField, Principal
from governance.agreements.kinds import kinds
from governance.agreements.kinds.metadata_protocol import KIND
from governance.agreements.kinds.metadata_protocol.document import (
    MetadataProtocolDocument,
    ProtocolFact,
    ProtocolSelector,
)
from governance.agreements.kinds.metadata_protocol.fulfilment import has, lacking
from governance.agreements.kinds.metadata_protocol.selection import in_words, selected
from governance.types import BindingRole, BindingSpec, ChangeOp, ConflictKind
from tests.factories import (
    ColumnFactory,
    DatasetFactory,
    DomainFactory,
    OwnershipFactory,
    SystemFactory,
    principal,
)
from tests.governance.kinds.setting import NOW, asking, finding, found, hold

pytestmark = pytest.mark.django_db
THIRTEEN = [{"fact": fact.value, "required": True} for fact in MetadataField]


def protocol(*facts: dict[str, Any], **fields: Any) -> MetadataProtocolDocument:
    base = {
        "protocol": "curated-datasets",
        "facts": facts or ({"fact": "owner", "required": True},),
    }
    return MetadataProtocolDocument.model_validate(base | fields)


@pytest.fixture(autouse=True)
def _owned() -> None:
    """One curated dataset with an owner, so that asking for an owner breaks nothing."""
    OwnershipFactory(
        dataset=DatasetFactory(name="good", lifecycle=Lifecycle.CURATED),
        person__username="olga",
    )


def test_a_protocol_that_every_dataset_keeps_has_nothing_against_it() -> None:
    assert found(KIND, protocol(), asking()) == []


@pytest.mark.parametrize(
    ("facts", "fields", "check", "level", "field"),
    [
        ([], {"selector": {"domain": "none"}}, "unknown_domain", "error", "selector.domain"),
        ([], {"domain": "none"}, "unknown_domain", "error", "domain"),
        ([], {"selector": {"system": "x://y"}}, "unknown_system", "error", "selector.system"),
        ([], {"selector": {"tag": "none"}}, "unknown_tag", "error", "selector.tag"),
        (
            [{"fact": "owner", "required": True}, {"fact": "owner", "mode": "steward"}],
            {}, "fact_twice", "error", "facts.1.fact",
        ),
        ([{"fact": "owner"}], {}, "says_nothing", "error", "facts.0"),
        (
            [{"fact": "owner", "mode": "locked", "who": ["person:olga"]}],
            {}, "not_used", "error", "facts.0.who",
        ),
        (
            [{"fact": "owner", "mode": "steward", "who": ["person:olga", "seat:none"]}],
            {}, "unknown_owner", "error", "facts.0.who.1",
        ),
        (
            [{"fact": "owner", "required": True, "mode": "locked"}],
            {}, "needed_and_locked", "warning", "facts.0.mode",
        ),
        ([{"fact": "tags", "mode": "wiki"}], {}, "no_rate_limit", "warning", "wiki_edits_per_hour"),
        ([], {"wiki_edits_per_hour": 60}, "not_used", "error", "wiki_edits_per_hour"),
        ([], {"selector": {"lifecycle": "draft"}}, "selects_nothing", "warning", "selector"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_field(
    facts: list[dict[str, Any]], fields: dict[str, Any], check: str, level: str, field: str
) -> None:
    told = found(KIND, protocol(*facts, **fields), asking())

    # whoever names what does not exist selects nothing either
    assert told[0] == (f"metadata_protocol.{check}", level, field)
    assert {name for name, _, _ in told[1:]} <= {"metadata_protocol.selects_nothing"}


def test_the_dry_run_says_how_many_datasets_lack_what() -> None:
    # given three curated datasets: one with an owner, one with a key and size, one bare
    keyed = DatasetFactory(lifecycle=Lifecycle.CURATED, latest_rows=3)
    ColumnFactory(dataset=keyed, key_position=1)
    DatasetFactory(lifecycle=Lifecycle.CURATED)
    DatasetFactory(lifecycle=Lifecycle.PUBLISHED)
    DatasetFactory(lifecycle=Lifecycle.CURATED, disappeared_at=NOW)
    facts = [{"fact": fact, "required": True} for fact in ("owner", "key", "size", "access")]

    told = finding(KIND, protocol(*facts, selector={"lifecycle": "curated"}), asking())

    assert (told.check, told.level.value) == ("metadata_protocol.would_break", "warning")
    assert told.message == ("Of 3 curated datasets 2 have no owner, 2 have no key, 2 have no size.")


def test_what_counts_as_known_is_what_the_page_of_a_dataset_shows() -> None:
    # given a bare dataset, and one with everything in each of the three ways
    DatasetFactory(name="bare")
    system = SystemFactory()
    container = Container.objects.create(
        system=system, kind="schema", name="s", qualified_name="postgres://x/s", lookup_name="s"
    )
    rich = DatasetFactory(
        system=system, container=container, declared_description="Orders.", latest_bytes=1,
        source_created_at=NOW, profiled_at=NOW, lifecycle=Lifecycle.ARCHIVED, disappeared_at=NOW,
        harvested_metadata={"sort_order": "by day"},
        declared_metadata={"relations": {"value": "To customers.", "by": "", "at": ""}},
    )  # fmt: skip
    ColumnFactory(dataset=rich, key_position=1)
    anybody = principal()

    for dataset in Dataset.objects.select_related("container"):
        shown = {
            fact.field.value: fact.value is not None for fact in thirteen_facts(anybody, dataset)
        }
        if dataset.lifecycle != Lifecycle.ARCHIVED:
            shown["archived_at"] = True  # there is no such day, so none is missing
        counted = {
            fact.value: Dataset.objects.filter(has(fact), pk=dataset.pk).exists()
            for fact in ProtocolFact
            if fact.value in shown
        }
        assert counted == shown


def test_tags_and_classifications_count_on_the_dataset_and_on_its_columns() -> None:
    system = Principal.system("test")
    Dataset.objects.all().delete()
    tagged, classified, _bare = (DatasetFactory() for _ in range(3))
    ColumnFactory(dataset=classified, name="email")
    add_label(acting=system, dataset_id=tagged.pk, kind=LabelKind.TAG, path="core")
    add_label(
        acting=system, dataset_id=classified.pk, kind=LabelKind.CLASSIFICATION,
        path="Personal / Contact", column_path="email",
    )  # fmt: skip

    total, told = lacking(
        Dataset.objects.all(), [ProtocolFact("tags"), ProtocolFact("classifications")]
    )

    assert (total, [one.datasets for one in told]) == (3, [2, 2])


def test_the_dry_run_asks_once_however_many_facts_there_are(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(1):
        lacking(Dataset.objects.all(), list(ProtocolFact))


def test_it_is_about_the_datasets_that_fit_everything() -> None:
    finance = DomainFactory(slug="finance")
    wanted = DatasetFactory(domain=finance, criticality=1, lifecycle=Lifecycle.CURATED)
    DatasetFactory(domain=finance, criticality=3, lifecycle=Lifecycle.CURATED)
    DatasetFactory(domain=finance, criticality=1, lifecycle=Lifecycle.DRAFT)
    DatasetFactory(criticality=1, lifecycle=Lifecycle.CURATED)
    add_label(acting=Principal.system("t"), dataset_id=wanted.pk, kind=LabelKind.TAG, path="core")
    selector = {
        "domain": "finance", "lifecycle": "curated", "criticality": 2, "kind": "table",
        "tag": "core", "system": wanted.system.qualified_name.title(),
    }  # fmt: skip

    assert list(KIND.bindings(protocol(selector=selector), asking())) == [
        BindingSpec(BindingRole.SELECTED, wanted.pk)
    ]
    assert selected(principal(), ProtocolSelector()).count() == 5
    assert in_words(ProtocolSelector()) == "all datasets"


def test_two_modes_for_one_fact_of_one_dataset_contradict() -> None:
    wiki = {"fact": "meaning", "mode": "wiki"}
    steward = {"fact": "meaning", "mode": "steward"}
    hold(protocol(wiki, wiki_edits_per_hour=9), "metadata_protocol")
    key = "metadata_protocol:other"

    def told(*facts: dict[str, Any], **fields: Any) -> list[tuple[ConflictKind, str]]:
        document = protocol(*facts, protocol="other", **fields)
        return [(c.kind, c.witness) for c in KIND.conflicts(document, asking(key=key))]

    assert told(steward) == [
        (
            ConflictKind.RULE_CONTRADICTION,
            "1 dataset falls under both: meaning: steward here, wiki there.",
        )
    ]
    assert told(wiki) == []
    assert told({"fact": "owner", "mode": "steward"}) == []
    assert told(steward, selector={"lifecycle": "draft"}) == []  # no dataset falls under both


def test_protocols_for_different_stages_of_life_never_meet() -> None:
    wiki = {"fact": "meaning", "mode": "wiki"}
    hold(protocol(wiki, selector={"lifecycle": "draft"}), "metadata_protocol")
    other = protocol(
        {"fact": "meaning", "mode": "locked"}, protocol="other", selector={"lifecycle": "curated"}
    )

    assert list(KIND.conflicts(other, asking(key="metadata_protocol:other"))) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"protocol": "x", "facts": []},
        {"protocol": "x", "facts": [{"fact": "beauty", "required": True}]},
        {"protocol": "x", "facts": [{"fact": "owner", "mode": "anarchy"}]},
        {"protocol": "x", "facts": [{"fact": "owner", "required": True}], "wiki_edits_per_hour": 0},
        {"protocol": "x", "facts": THIRTEEN, "selector": {"criticality": 5}},
        {"protocol": "x", "facts": THIRTEEN, "fields": []},
    ],
)
def test_what_is_no_protocol_never_becomes_one(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MetadataProtocolDocument.model_validate(wrong)


def test_it_is_named_told_and_shown_and_says_that_it_is_not_enforced() -> None:
    document = protocol(
        *THIRTEEN, {"fact": "tags", "mode": "steward", "who": ["person:olga"]},
        purpose="To find one's way.", selector={"lifecycle": "curated", "kind": "table"},
    )  # fmt: skip

    assert KIND.slug(document) == "curated-datasets"
    assert KIND.sentence(document) == ("Curated tables: 13 facts needed, 1 with a rule who writes.")
    assert KIND.not_enforced.startswith("This protocol is recorded and not yet enforced")
    assert kinds.get("metadata_protocol") is KIND
    page = render_to_string(KIND.template, {"document": document, "agreement": None})
    for shown in ("find one", "Curated", "Sort order", "Stewards, person:olga"):
        assert shown in page


def test_retiring_asks_nothing() -> None:
    assert found(KIND, protocol(domain="none"), asking(op=ChangeOp.RETIRE)) == []


def test_a_protocol_can_name_all_thirteen_facts_tags_and_classifications() -> None:
    assert [fact.value for fact in ProtocolFact] == [
        *(fact.value for fact in MetadataField), "tags", "classifications",
    ]  # fmt: skip
