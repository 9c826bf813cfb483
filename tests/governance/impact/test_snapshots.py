"""Snapshots: written once with their signers, taken again every day, exact and bounded."""

import datetime as dt

import pytest

from catalog.access import AccessRefused, gate, install_gate
from catalog.errors import InvalidInput, NotFound
from catalog.models import DatasetUse, Event, Follow
from catalog.types import DatasetKind, Principal
from governance.clock import now
from governance.models import (
    Agreement,
    AgreementVersion,
    Decision,
    ImpactSnapshot,
    Proposal,
    Signer,
    Watch,
)
from governance.proposals.selectors.impact import (
    as_seen,
    impact_of_dataset,
    preview,
    signers_as_seen,
)
from governance.proposals.services.impact import recompute_open, take_snapshot
from governance.types import ChangeOp, ChangeSpec, ProposalState, Scope, SignerRole
from tests.factories import PersonFactory, principal
from tests.governance.impact.world import (
    base,
    binding,
    consulted,
    curated,
    domain,
    must,
    proposed,
    signer,
    touched,
    view,
)
from tests.lineage.graphs import HidingGate

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def test_a_snapshot_keeps_scope_proof_counts_and_signers() -> None:
    sales, finance = domain("Sales"), domain("Finance")
    lead = base("shop.crm.lead", ["score"], sales)
    curated("shop.mart.money", ["score"], "SELECT score FROM crm.lead", finance)
    revision = proposed(binding((lead, "score")))

    snapshot = take_snapshot(acting=principal(), revision=revision)

    stored = ImpactSnapshot.objects.get(pk=snapshot.pk)
    assert (stored.scope, stored.scope_proof["computed"]) == ("enterprise", "enterprise")
    assert stored.scope_proof["sentence"] == (
        "It concerns the whole enterprise. 2 domains: Finance (mart.money); Sales (crm.lead)."
    )
    names = ("targets", "consumers", "governed", "columns")
    assert [stored.counts[name] for name in names] == [1, 1, 1, 1]
    rows = stored.signers.order_by("label").values_list("label", "role", "reason", "path")
    assert list(rows) == [
        ("Finance", "must_sign", "governed_consumer", ["crm.lead", "mart.money"]),
        ("Sales", "must_sign", "owns_target", ["crm.lead"]),
    ]
    assert (
        Event.objects.filter(type="governance.proposal.changed").get().payload["what"] == "impact"
    )


def test_the_same_impact_has_the_same_digest() -> None:
    sales = domain("Sales")
    lead = base("shop.crm.lead", ["score"], sales)
    revision = proposed(binding((lead, "score")))
    acting = principal()

    first = take_snapshot(acting=acting, revision=revision)
    second = take_snapshot(acting=acting, revision=revision)
    curated("shop.mart.money", ["score"], "SELECT score FROM crm.lead", sales)
    third = take_snapshot(acting=acting, revision=revision)

    assert first.digest == second.digest
    assert third.digest != second.digest


def test_who_may_not_propose_takes_no_snapshot() -> None:
    revision = proposed(binding((base("shop.crm.lead", ["score"]), "score")))

    with pytest.raises(AccessRefused):
        take_snapshot(acting=Principal.anonymous(), revision=revision)

    assert ImpactSnapshot.objects.count() == 0


def test_every_day_tells_which_party_is_new() -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    revision = proposed(binding((lead, "score")), state=ProposalState.FINAL_CALL)
    take_snapshot(acting=principal(), revision=revision)
    curated("shop.mart.money", ["score"], "SELECT score FROM crm.lead", domain("Finance"))

    assert recompute_open(now=now()) == []
    grown = recompute_open(now=now() + DAY)

    assert [(each.proposal.key, each.labels) for each in grown] == [("DGP-0001", ("Finance",))]
    assert grown[0].snapshot == ImpactSnapshot.objects.order_by("-pk").first()
    assert recompute_open(now=now()) == []
    assert [each.labels for each in recompute_open(now=now() + DAY)] == []
    assert Proposal.objects.get().state == ProposalState.FINAL_CALL


@pytest.mark.parametrize("state", [ProposalState.DRAFT, ProposalState.ACTIVE])
def test_only_open_questions_are_computed_again(state: ProposalState) -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    take_snapshot(acting=principal(), revision=proposed(binding((lead, "score")), state=state))

    recompute_open(now=now() + DAY)

    assert ImpactSnapshot.objects.count() == 1


def test_a_raised_scope_is_never_lowered() -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    change = binding((lead, "score"))
    revision = proposed(change)
    assert take_snapshot(acting=principal(), revision=revision).scope == Scope.LOCAL

    Proposal.objects.update(scope_raised=True)
    revision.proposal.refresh_from_db()
    snapshot = take_snapshot(acting=principal(), revision=revision)

    assert (snapshot.scope, snapshot.scope_proof["computed"]) == ("enterprise", "local")


def _adopted(change: ChangeSpec, scope: Scope) -> Agreement:
    """An agreement in force with the bindings of `change`."""
    revision = proposed(change, state=ProposalState.DECIDED_SCHEDULED)
    decision = Decision.objects.create(
        key="DR-0001", number=1, proposal=revision.proposal, klass="S", outcome="adopted",
        state_after="decided_scheduled", sentence="Adopted.", rule="", revision_digest="0" * 64,
        decided_at=now(), record="{}", prev_hash="0", hash="1",
    )  # fmt: skip
    agreement = Agreement.objects.create(
        key="bound:agreed", kind="bound", title="Agreed", state="active", created_at=now()
    )
    version = AgreementVersion.objects.create(
        agreement=agreement, number=1, op="create", document=dict(change.document), digest="0",
        title="Agreed", scope=scope, valid_from=now(), recorded_at=now(), epoch=1,
        decision=decision,
    )  # fmt: skip
    for pk, path in change.document["columns"]:
        version.bindings.create(role="target", dataset_id=pk, column_path=path)
    return agreement


def test_replacing_concerns_what_is_bound_now_and_what_will_be() -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    money = base("shop.fin.money", ["total"], domain("Finance"))
    agreement = _adopted(binding((lead, "score")), Scope.LOCAL)
    document = binding((money, "total")).document

    replaced = touched(ChangeSpec(ChangeOp.REPLACE, "bound", agreement.key, document))
    retired = touched(ChangeSpec(ChangeOp.RETIRE, "bound", agreement.key))

    assert must(replaced).keys() == {"Sales", "Finance"}
    assert (must(retired).keys(), retired.scope) == ({"Sales"}, Scope.LOCAL)


def test_the_scope_in_force_is_a_floor() -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    agreement = _adopted(binding((lead, "score")), Scope.ENTERPRISE)

    impact = touched(ChangeSpec(ChangeOp.RETIRE, "bound", agreement.key))

    assert (impact.scope, impact.verdict.computed) == (Scope.ENTERPRISE, Scope.LOCAL)
    assert "the version in force concerns the whole enterprise" in impact.verdict.sentence


def test_other_agreements_on_what_is_affected_are_named() -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    _adopted(binding((lead, "score")), Scope.LOCAL)

    impact = touched(binding((lead, ""), name="another"))

    assert impact.content["agreements"] == [{"key": "bound:agreed", "title": "Agreed"}]


def test_consumers_are_counted_and_listed_by_kind() -> None:
    sales = domain("Sales")
    lead = base("shop.crm.lead", ["score"], sales)
    for name, kind in (("d", DatasetKind.DASHBOARD), ("m", DatasetKind.ML_MODEL),
                       ("v", DatasetKind.VIEW), ("t", DatasetKind.TABLE)):  # fmt: skip
        view(f"shop.mart.{name}", ["score"], "SELECT score FROM crm.lead", domain=sales, kind=kind)

    impact = touched(binding((lead, "score")))

    names = ("dashboards", "models", "queries", "datasets", "consumers")
    assert [impact.counts[name] for name in names] == [1, 1, 1, 1, 4]
    assert impact.content["dashboards"][0]["name"] == "mart.d"
    assert impact.content["columns"][0]["name"] == "mart.d.score"
    assert impact.content["domains"] == [{"id": sales.pk, "name": "Sales", "datasets": 5}]


def test_counts_are_exact_where_lists_are_bounded() -> None:
    sales = domain("Sales")
    lead = base("shop.crm.lead", ["score"], sales)
    for number in range(3):
        view(f"shop.mart.v{number}", ["score"], "SELECT score FROM crm.lead", domain=sales)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("governance.proposals.selectors.impact.lists.MOST_LISTED", 2)
        impact = touched(binding((lead, "score")))

    assert (impact.counts["queries"], len(impact.content["queries"])) == (3, 2)


def test_recent_users_and_followers_are_informed() -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    money = view("shop.mart.money", ["score"], "SELECT score FROM crm.lead")
    today = now().date()
    user, former, follower, watcher = (PersonFactory(display_name=n) for n in "UFLW")
    DatasetUse.objects.create(dataset=money, person=user, day=today - 90 * DAY, reads=1)
    DatasetUse.objects.create(dataset=money, person=former, day=today - 91 * DAY, reads=1)
    Follow.objects.create(dataset=lead, person=follower)
    Watch.objects.create(
        person=watcher, subject_type="agreement", subject_key="bound:agreed", created_at=now()
    )

    impact = touched(binding((lead, "score")))

    told = {each.label: each.explanation for each in impact.asked(SignerRole.INFORMED)}
    assert told == {
        "L": "L follows crm.lead.",
        "U": "U used mart.money in the last 90 days.",
        "W": "W follows bound:agreed.",
    }
    assert impact.counts["informed"] == 3


def test_preview_writes_nothing() -> None:
    lead = base("shop.crm.lead", ["score"], domain("Sales"))

    preview(principal(), [binding((lead, "score"))])

    assert (ImpactSnapshot.objects.count(), Signer.objects.count()) == (0, 0)
    assert not Event.objects.filter(type__startswith="governance").exists()


def test_a_document_that_its_kind_cannot_read_is_refused_with_its_field() -> None:
    change = ChangeSpec(ChangeOp.CREATE, "bound", "", {"colums": []})

    with pytest.raises(InvalidInput) as refused:
        preview(principal(), [change])

    assert refused.value.field == "colums"
    with pytest.raises(InvalidInput, match="no kind of agreement 'nothing'"):
        preview(principal(), [ChangeSpec(ChangeOp.CREATE, "nothing", "")])


def test_what_may_not_be_seen_is_in_no_preview_but_still_signs_a_snapshot() -> None:
    sales, people = domain("Sales"), domain("People")
    lead = base("shop.crm.lead", ["score"], sales)
    pay = curated("shop.hr.pay", ["score"], "SELECT score FROM crm.lead", people)
    curated("shop.mart.after", ["score"], "SELECT score FROM hr.pay", sales)
    change = binding((lead, "score"))
    revision = proposed(change)
    before = gate()
    try:
        install_gate(HidingGate([pay.pk]))
        impact = preview(principal(), [change])
        with pytest.raises(NotFound):
            impact_of_dataset(principal(), pay.pk)
    finally:
        install_gate(before)

    assert must(impact).keys() == {"Sales"}
    assert consulted(impact) == {}
    assert "hr.pay" not in str(impact)
    assert impact.counts["consumers"] == 0
    assert must(preview(principal(), [change])).keys() == {"Sales", "People"}
    snapshot = take_snapshot(acting=principal(), revision=revision)
    assert set(snapshot.signers.values_list("label", flat=True)) == {"Sales", "People"}


def test_the_impact_of_a_dataset_needs_no_agreement() -> None:
    sales, finance = domain("Sales"), domain("Finance")
    lead = base("shop.crm.lead", ["score", "budget"], sales)
    curated("shop.mart.money", ["budget"], "SELECT budget FROM crm.lead", finance)
    acting = principal()

    assert must(impact_of_dataset(acting, lead.pk)).keys() == {"Sales", "Finance"}
    assert must(impact_of_dataset(acting, lead.pk, ["score"])).keys() == {"Sales"}
    assert signer(impact_of_dataset(acting, lead.pk, ["budget"]), "Finance").path == (
        "crm.lead", "mart.money"
    )  # fmt: skip


def test_a_reader_sees_of_a_snapshot_only_what_they_may_see() -> None:
    sales, people = domain("Sales"), domain("People")
    lead = base("shop.crm.lead", ["score"], sales)
    pay = curated("shop.hr.pay", ["score"], "SELECT score FROM crm.lead", people)
    snapshot = take_snapshot(acting=principal(), revision=proposed(binding((lead, "score"))))
    before = gate()
    try:
        install_gate(HidingGate([pay.pk]))
        seen = as_seen(principal(), snapshot)
        signers = signers_as_seen(principal(), snapshot, snapshot.signers.order_by("label"))
    finally:
        install_gate(before)

    assert "hr.pay" not in f"{seen.content} {seen.counts} {seen.scope_proof}"
    assert (seen.counts["consumers"], seen.counts["targets"]) == (0, 1)
    assert [(each.label, each.path) for each in signers] == [
        ("People", []),
        ("Sales", ["crm.lead"]),
    ]
    assert "hr.pay" not in signers[0].explanation
    assert as_seen(principal(), snapshot) is snapshot
    assert ImpactSnapshot.objects.get().counts["consumers"] == 1
