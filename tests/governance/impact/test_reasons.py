"""Each reason to sign, from real lineage to the person who is asked."""

import datetime as dt

import pytest
from guardian.shortcuts import assign_perm

from catalog.models import DataProduct, Domain, ProductPort, TeamMembership
from catalog.types import DatasetKind, Lifecycle, OwnershipKind
from governance.clock import now
from governance.models import (
    Agreement,
    Conflict,
    Delegation,
    Membership,
    Position,
)
from governance.proposals.selectors.impact import preview
from tests.factories import (
    ColumnFactory,
    DomainFactory,
    OwnershipFactory,
    PersonFactory,
    TeamFactory,
)
from tests.governance.impact.world import (
    EVERYTHING,
    base,
    binding,
    classify,
    consulted,
    curated,
    domain,
    give,
    must,
    proposed,
    seat,
    signer,
    system_named,
    tagged,
    touched,
    view,
)
from tests.lineage.warehouse import read, table

pytestmark = pytest.mark.django_db


def test_who_owns_a_target_must_sign() -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))

    impact = touched(binding((lead, "score")))

    assert must(impact) == {"Sales": ("owns_target", ["crm.lead"])}
    sales = signer(impact, "Sales")
    assert sales.explanation == (
        "Sales owns crm.lead, which this changes. Sales sitter signs from the seat SalesOps."
    )
    assert (sales.path_ids, sales.objects_count) == ((lead.pk,), 1)


def test_who_owns_a_governed_consumer_must_sign_with_the_shortest_path() -> None:
    sales, marketing, data = domain("Sales"), domain("Marketing"), domain("Data")
    lead = base("shop.crm.lead", ["id", "score"], sales)
    view("shop.stg.lead", ["score"], "SELECT score FROM crm.lead", domain=data)
    curated("shop.mart.long", ["score"], "SELECT score FROM stg.lead", marketing)
    curated("shop.mart.longer", ["score"], "SELECT score FROM mart.long", marketing)

    impact = touched(binding((lead, "score")))

    assert must(impact) == {
        "Sales": ("owns_target", ["crm.lead"]),
        "Marketing": ("governed_consumer", ["crm.lead", "stg.lead", "mart.long"]),
    }
    assert consulted(impact) == {"Data": ("consumer", ["crm.lead", "stg.lead"])}
    asked = signer(impact, "Marketing")
    assert asked.objects_count == 2
    assert asked.explanation == (
        "Marketing owns mart.long (curated), made from crm.lead in 2 steps"
        " (crm.lead → stg.lead → mart.long), and 1 more. Marketing sitter signs from the seat"
        " MarketingOps."
    )


def test_of_equally_short_ways_the_alphabetically_first_is_told() -> None:
    sales, data = domain("Sales"), domain("Data")
    lead = base("shop.crm.lead", ["score"], sales)
    for middle in ("b", "a"):
        view(f"shop.stg.{middle}", ["score"], "SELECT score FROM crm.lead", domain=sales)
    sql = "SELECT a.score + b.score AS both FROM stg.b b JOIN stg.a a ON true"
    curated("shop.mart.both", ["both"], sql, data)

    impact = touched(binding((lead, "score")))

    assert must(impact)["Data"] == ("governed_consumer", ["crm.lead", "stg.a", "mart.both"])


def test_only_what_is_made_from_the_bound_column_counts() -> None:
    sales, finance = domain("Sales"), domain("Finance")
    lead = base("shop.crm.lead", ["score", "budget"], sales)
    curated("shop.mart.money", ["budget"], "SELECT budget FROM crm.lead", finance)

    assert must(touched(binding((lead, "score")))) == {"Sales": ("owns_target", ["crm.lead"])}
    assert must(touched(binding((lead, "budget")))).keys() == {"Sales", "Finance"}
    assert must(touched(binding((lead, "")))).keys() == {"Sales", "Finance"}


def test_a_filter_on_the_column_reaches_all_that_rests_on_those_rows() -> None:
    sales, finance = domain("Sales"), domain("Finance")
    lead = base("shop.crm.lead", ["score", "budget"], sales)
    view("shop.stg.hot", ["budget"], "SELECT budget FROM crm.lead WHERE score > 50", domain=sales)
    curated("shop.mart.money", ["budget"], "SELECT budget FROM stg.hot", finance)

    impact = touched(binding((lead, "score")))

    assert must(impact)["Finance"] == (
        "governed_consumer", ["crm.lead", "stg.hot", "mart.money"]
    )  # fmt: skip


def test_where_only_datasets_are_known_to_be_connected_they_count() -> None:
    sales, finance = domain("Sales"), domain("Finance")
    lead = base("shop.crm.lead", ["score"], sales)
    counted = curated("shop.mart.counted", ["n"], "SELECT count(*) AS n FROM crm.lead", finance)
    counted.column_edges_in.all().delete()
    counted.statements.get().column_edges.all().delete()

    assert must(touched(binding((lead, "score"))))["Finance"] == (
        "governed_consumer", ["crm.lead", "mart.counted"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "word"),
    [
        ({"lifecycle": Lifecycle.CURATED}, "curated"),
        ({"criticality": 1}, "criticality 1"),
        ({"criticality": 2}, "criticality 2"),
        ({"enterprise_importance": True}, "important to the whole enterprise"),
        ({"kind": DatasetKind.ML_MODEL}, "a model"),
    ],
)
def test_what_makes_a_consumer_governed(attributes: dict[str, object], word: str) -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    growth = domain("Growth")
    view("shop.mart.x", ["score"], "SELECT score FROM crm.lead", domain=growth, **attributes)

    impact = touched(binding((lead, "score")))

    assert must(impact)["Growth"] == ("governed_consumer", ["crm.lead", "mart.x"])
    assert f"mart.x ({word})" in signer(impact, "Growth").explanation


def test_criticality_three_is_not_governed() -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    view("shop.mart.x", ["score"], "SELECT score FROM crm.lead", domain=domain("Growth"),
         criticality=3)  # fmt: skip

    impact = touched(binding((lead, "score")))

    assert must(impact).keys() == {"Sales"}
    assert consulted(impact) == {"Growth": ("consumer", ["crm.lead", "mart.x"])}


def test_inputs_of_models_and_contracted_data_are_governed() -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    growth, finance = domain("Growth"), domain("Finance")
    view("shop.ml.features", ["score"], "SELECT score FROM crm.lead", domain=growth)
    view("shop.ml.model", ["p"], "SELECT score AS p FROM ml.features", kind=DatasetKind.ML_MODEL)
    sold = view("shop.mart.sold", ["score"], "SELECT score FROM crm.lead", domain=finance)
    product = DataProduct.objects.create(name="Sold", slug="sold", purpose="Selling.")
    ProductPort.objects.create(product=product, dataset=sold, contract="By 06:00 daily.")

    impact = touched(binding((lead, "score")))

    assert must(impact).keys() == {"Sales", "Growth", "Finance"}
    assert "ml.features (input of a model)" in signer(impact, "Growth").explanation
    assert "mart.sold (under contract)" in signer(impact, "Finance").explanation


def test_nothing_passes_an_archived_or_vanished_dataset() -> None:
    sales, finance = domain("Sales"), domain("Finance")
    lead = base("shop.crm.lead", ["score"], sales)
    old = view("shop.stg.old", ["score"], "SELECT score FROM crm.lead",
               domain=finance, lifecycle=Lifecycle.ARCHIVED)  # fmt: skip
    curated("shop.mart.late", ["score"], "SELECT score FROM stg.old", finance)

    assert must(touched(binding((lead, "score")))).keys() == {"Sales"}

    give(old, lifecycle=Lifecycle.PUBLISHED, disappeared_at=now())
    assert touched(binding((lead, "score"))).counts["ended"] == 1
    assert touched(binding((lead, "score"))).counts["consumers"] == 0

    give(old, disappeared_at=None)
    assert must(touched(binding((lead, "score")))).keys() == {"Sales", "Finance"}


def test_who_answers_for_the_system_of_record_must_sign() -> None:
    finance = domain("Finance")
    ledger = system_named("LedgerCore", domain=finance)
    lead = base("shop.crm.lead", ["score"], domain("Sales"))

    impact = touched(binding((lead, "score"), system_of_record=ledger.pk))

    assert must(impact)["Finance"] == ("system_of_record", ["LedgerCore"])
    assert signer(impact, "Finance").explanation.startswith(
        "Finance answers for LedgerCore, the system of record."
    )


def test_a_system_of_record_without_a_domain_is_its_operators() -> None:
    operator = PersonFactory(display_name="Jo Ops")
    ledger = system_named("LedgerCore", operator=operator)

    impact = touched(binding(system_of_record=ledger.pk))

    assert must(impact) == {"Operator of LedgerCore": ("system_of_record", ["LedgerCore"])}
    assert signer(impact, "Operator of LedgerCore").person_id == operator.pk


def test_personal_data_asks_the_seat_with_the_legal_veto() -> None:
    lead = base("shop.crm.lead", ["email", "name", "score"], domain("Sales"))
    classify(lead, "email", "Personal / Contact")
    classify(lead, "name", "Personal / Name")
    counsel = PersonFactory(display_name="Lu Counsel")
    legal = seat("Legal", counsel, veto_classes=["legal"])

    one = touched(binding((lead, "email")))
    whole = touched(binding((lead, "")))

    assert must(one)["Legal for Personal / Contact"] == ("classification", ["crm.lead"])
    found = signer(one, "Legal for Personal / Contact")
    assert (found.person_id, found.via_seat_id, found.domain_id) == (counsel.pk, legal.pk, None)
    assert "crm.lead.email is Personal / Contact" in found.explanation
    assert must(whole).keys() == {"Sales", "Legal for Personal"}
    assert must(touched(binding((lead, "score")))).keys() == {"Sales"}


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("pii.email", "Legal for pii.email"),
        ("hr.comp", "Security for hr.comp"),
        ("Secret / Keys", "Security for Secret / Keys"),
        ("Financial / Revenue", "Finance for Financial / Revenue"),
        ("fin", "Finance for fin"),
    ],
)
def test_each_class_has_its_veto(path: str, label: str) -> None:
    lead = base("shop.crm.lead", ["x"], domain("Sales"))
    classify(lead, "x", path)
    for veto in ("legal", "security", "finance"):
        seat(veto, PersonFactory(), veto_classes=[veto])

    assert must(touched(binding((lead, "x")))).keys() == {"Sales", label}


def test_a_missing_veto_seat_is_shown_except_for_money() -> None:
    lead = base("shop.crm.lead", ["email", "total"], domain("Sales"))
    classify(lead, "email", "pii.email")
    classify(lead, "total", "fin")

    impact = touched(binding((lead, "email"), (lead, "total")))

    assert must(impact).keys() == {"Sales", "Legal for pii.email"}
    nobody = signer(impact, "Legal for pii.email")
    assert nobody.person_id is None
    assert nobody.explanation.endswith("No seat of the council has the Legal veto yet: name one.")


def test_a_seat_that_signs_for_its_domain_is_asked_once() -> None:
    finance = DomainFactory(name="Finance", slug="finance")
    person = PersonFactory()
    seat("FinanceOps", person, finance, veto_classes=["finance"])
    invoice = base("shop.billing.invoice", ["total"], finance)
    classify(invoice, "total", "fin")

    impact = touched(binding((invoice, "total")))

    assert must(impact) == {"Finance": ("owns_target", ["billing.invoice"])}
    assert signer(impact, "Finance").explanation.endswith("The seat answers for fin as well.")


def test_a_kind_may_ask_for_a_veto_of_its_own() -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    seat("Legal", PersonFactory(), veto_classes=["legal"])

    impact = touched(binding((lead, "score"), veto="legal"))

    assert must(impact)["Legal for its category"] == ("classification", ["crm.lead"])


def _agreement(key: str, owner: Domain | None) -> Agreement:
    return Agreement.objects.create(
        key=key, kind="bound", title=key.partition(":")[2].capitalize(), domain=owner,
        created_at=now(),
    )  # fmt: skip


def test_who_owns_the_other_side_of_a_conflict_must_sign() -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    _agreement("bound:churn", domain("Product"))

    impact = touched(binding((lead, "score"), against=["bound:churn"]))

    assert must(impact)["Product"] == ("other_side_of_conflict", ["Churn"])


def test_a_settled_conflict_asks_nobody_and_an_open_one_of_the_register_does() -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    churn = _agreement("bound:churn", domain("Product"))
    own = _agreement("bound:agreed", None)
    change = binding((lead, "score"), against=["bound:churn"])
    row = Conflict.objects.create(
        kind="homonym", fingerprint="f", title="Two", witness="They differ.", state="accepted",
        parties=[{"key": "bound:agreed"}, {"key": "bound:churn"}], found_at=now(),
    )  # fmt: skip
    row.agreements.set([churn, own])

    assert must(touched(change)).keys() == {"Sales"}

    Conflict.objects.update(state="open")
    assert must(touched(binding((lead, "score")))).keys() == {"Sales", "Product"}
    Conflict.objects.update(kind="pending")
    assert must(touched(binding((lead, "score")))).keys() == {"Sales"}


def test_an_agreement_that_binds_nothing_is_its_own_domains() -> None:
    domain("Sales")

    impact = touched(binding(domain="sales"))

    assert must(impact) == {"Sales": ("owns_target", ["Agreed"])}


def test_hubs_are_named_and_not_passed() -> None:
    sales, data, finance = domain("Sales"), domain("Data"), domain("Finance")
    lead = base("shop.crm.lead", ["day"], sales)
    hub = curated("shop.core.dim_date", ["day"], "SELECT day FROM crm.lead", data)
    curated("shop.mart.money", ["day"], "SELECT day FROM core.dim_date", finance)
    assert must(touched(binding((lead, "day")))).keys() == {"Sales", "Data", "Finance"}

    tagged(hub, "conformed_utility")
    impact = touched(binding((lead, "day")))

    assert must(impact).keys() == {"Sales"}
    assert consulted(impact) == {"Data": ("consumer", ["crm.lead", "core.dim_date"])}
    assert [row["name"] for row in impact.content["excluded"]] == ["core.dim_date"]
    assert impact.counts["consumers"] == 0


def test_of_a_changed_hub_every_domain_that_reads_it_is_consulted_once() -> None:
    data, finance = domain("Data"), domain("Finance")
    hub = base("shop.core.dim_date", ["day"], data)
    tagged(hub, "conformed_utility")
    for name in ("a", "b"):
        curated(f"shop.mart.{name}", ["day"], "SELECT day FROM core.dim_date", finance)
    curated("shop.mart.further", ["day"], "SELECT day FROM mart.a", domain("Sales"))

    impact = touched(binding((hub, "day")))

    assert must(impact) == {"Data": ("owns_target", ["core.dim_date"])}
    assert consulted(impact) == {"Finance": ("consumer", ["core.dim_date", "mart.a"])}
    assert signer(impact, "Finance").objects_count == 2
    assert [row["name"] for row in impact.content["excluded"]] == ["core.dim_date"]


def test_consumers_without_a_domain_are_unknown_and_consulted() -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    owned = view("shop.mart.owned", ["score"], "SELECT score FROM crm.lead")
    OwnershipFactory(dataset=owned, person=PersonFactory(display_name="Ida Owner"))
    lost = view("shop.mart.lost", ["score"], "SELECT score FROM crm.lead")

    impact = touched(binding((lead, "score")))

    assert must(impact).keys() == {"Sales"}
    assert consulted(impact) == {
        "Ida Owner (owner)": ("unknown_consumer", ["crm.lead", "mart.owned"]),
        f"Operator of {lost.system.qualified_name}": (
            "unknown_consumer", ["crm.lead", "mart.lost"]
        ),
    }  # fmt: skip
    assert [row["name"] for row in impact.content["unknown"]] == ["mart.lost", "mart.owned"]
    assert impact.counts["unknown"] == 2


def test_a_target_without_a_domain_is_its_owners_or_nobodys() -> None:
    lead = base("shop.crm.lead", ["score"])
    assert must(touched(binding((lead, "score")))) == {
        "Data without an owner": ("owns_target", ["crm.lead"])
    }

    team = TeamFactory(name="Crew")
    lead.ownerships.create(team=team, kind=OwnershipKind.BUSINESS_OWNER, origin="declared")
    assert must(touched(binding((lead, "score")))) == {
        "Crew (owner)": ("owns_target", ["crm.lead"])
    }


def test_statements_that_were_not_understood_are_consulted_never_absent() -> None:
    sales, finance = domain("Sales"), domain("Finance")
    lead = base("shop.crm.lead", ["score"], sales)
    broken = table("shop.mart.broken", ["n"], "SELECT FROM WHERE (( crm.lead")
    give(broken, domain=finance)
    read(broken)
    assert broken.statements.get().status == "UNPARSED"

    impact = touched(binding((lead, "score")))

    label, (reason, path) = next(iter(consulted(impact).items()))
    assert (label, reason, path[-1]) == ("Finance", "unknown_consumer", "mart.broken")
    assert "was not understood" in signer(impact, "Finance").explanation
    assert (impact.counts["unread_statements"], impact.counts["statements"]) == (1, 1)
    assert impact.content["unknown"][0]["unread"] is True

    other = base("shop.crm.other", ["score"], sales)
    assert consulted(touched(binding((other, "score")))) == {}


def test_the_signer_is_the_seat_then_the_steward_then_the_lead_then_the_manager() -> None:
    boss = PersonFactory(display_name="Boss")
    lead = PersonFactory(display_name="Lead", manager=boss)
    member = PersonFactory(display_name="Member", manager=lead)
    team = TeamFactory(name="Crew")
    for person in (lead, member):
        TeamMembership.objects.create(team=team, person=person)
    sales = DomainFactory(name="Sales", slug="sales", owner_team=team)
    data = base("shop.crm.lead", ["score"], sales)
    change = binding((data, "score"))

    def signing() -> str | None:
        person_id = signer(touched(change), "Sales").person_id
        people = (boss, lead, member, steward, sitter)
        return next((p.display_name for p in people if p.pk == person_id), None)

    steward, sitter = PersonFactory(display_name="Steward"), PersonFactory(display_name="Sitter")
    assert signing() == "Lead"
    assign_perm("catalog.steward_domain", steward, sales)
    assert signing() == "Steward"
    seat("SalesOps", sitter, sales)
    assert signing() == "Sitter"

    Membership.objects.update(until=now() - dt.timedelta(days=1))
    assert signing() == "Steward"
    for person in (steward, lead, member):
        person.is_active = False
        person.save()
    assert signing() == "Boss"
    boss.is_active = False
    boss.save()
    found = signer(touched(change), "Sales")
    assert found.person_id is None
    assert found.explanation.endswith(
        "Nobody of the team Crew can sign for Sales now: name a seat or a steward."
    )


def test_for_a_recused_member_the_delegate_signs() -> None:
    sales = DomainFactory(name="Sales", slug="sales")
    sitter, taker = PersonFactory(display_name="Mia"), PersonFactory(display_name="Oriol")
    seat("SalesOps", sitter, sales)
    lead = base("shop.crm.lead", ["score"], sales)
    change = binding((lead, "score"))
    revision = proposed(change)

    def signing() -> int | None:
        impact = preview(EVERYTHING, [change], proposal=revision.proposal)
        return signer(impact, "Sales").person_id

    assert signing() == sitter.pk
    Position.objects.create(
        proposal=revision.proposal, revision=revision, revision_digest=revision.digest,
        person=sitter, value="recused", salt="s", reason_digest="d", at=now(),
    )  # fmt: skip
    assert signing() is None
    Delegation.objects.create(
        giver=sitter, taker=taker, domain=sales, since=now() - dt.timedelta(days=1),
        until=now() + dt.timedelta(days=10),
    )  # fmt: skip
    assert signing() == taker.pk


def test_a_nested_field_counts_with_what_it_lies_in() -> None:
    sales = domain("Sales")
    lead = base("shop.crm.lead", ["address"], sales)
    city = ColumnFactory(dataset=lead, path="address.city", name="city", parent_path="address")
    classify(lead, "address.city", "Personal")
    seat("Legal", PersonFactory(), veto_classes=["legal"])

    assert city.pk is not None
    assert must(touched(binding((lead, "address")))).keys() == {"Sales", "Legal for Personal"}
