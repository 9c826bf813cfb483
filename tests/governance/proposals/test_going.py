"""What is deprecated goes as it was agreed: no change of words, no race and no way back keeps it or
takes it by the way."""

from typing import Any

import pytest

from governance.agreements.services import retiring
from governance.agreements.uses import Use
from governance.models import Agreement, Decision, Revision
from governance.proposals.services.reversing import propose_reversal
from governance.proposals.services.submitting import submit
from governance.types import ChangeOp, ChangeSpec
from tests.governance.proposals.test_retiring import DEPRECATED, START, SUNSET, deprecated
from tests.governance.proposals.world import DAY, World, adopted, at, draft, later, note

pytestmark = pytest.mark.django_db


def lead() -> Agreement:
    return Agreement.objects.get(key="note:lead")


def anew(world: World, **fields: Any) -> ChangeSpec:
    return note(op=ChangeOp.REPLACE, datasets=world.ids("Marketing", "Sales"), **fields)


def test_new_words_for_what_goes_are_no_change_of_wording(world: World) -> None:
    deprecated(world)
    at(DEPRECATED + DAY)
    proposal = draft(world, anew(world, text="It stays after all."))

    submit(acting=world.acting, key=proposal.key)

    proposal.refresh_from_db()
    assert proposal.klass != "E"
    assert (lead().state, lead().sunset_on) == ("deprecated", SUNSET.date())


def test_what_was_kept_while_its_uses_were_counted_does_not_retire(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deprecated(world)
    locked = retiring.lock_adoption

    def adoption_before() -> None:
        locked()
        Agreement.objects.update(state="active", sunset_on=None)

    monkeypatch.setattr(retiring, "lock_adoption", adoption_before)

    later(SUNSET)

    assert lead().state == "active"
    assert not Decision.objects.filter(outcome="retired").exists()


def test_what_is_used_again_while_its_uses_were_counted_does_not_retire(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deprecated(world)
    locked = retiring.lock_adoption

    def adoption_before() -> None:
        locked()
        monkeypatch.setattr(retiring, "uses_of", lambda version, **_: [Use("agreement", "Other")])

    monkeypatch.setattr(retiring, "lock_adoption", adoption_before)

    later(SUNSET)

    assert lead().state == "deprecated"
    assert not Decision.objects.filter(outcome="retired").exists()


def test_what_was_kept_goes_again_when_that_is_reversed(world: World) -> None:
    deprecated(world)
    kept = adopted(world, anew(world, limit=2), start=START + 42 * DAY)
    assert lead().state == "active"

    draft_of = propose_reversal(acting=world.acting, key=kept.key, reason="It was to go.")

    (change,) = Revision.objects.get(proposal=draft_of).changes.all()
    assert (change.op, change.agreement_key) == ("deprecate", "note:lead")


def term(op: ChangeOp, word: str, **fields: Any) -> ChangeSpec:
    document = {
        "label": word, "definition": f"What {word} means.", "owner": "team:Marketing people",
    }  # fmt: skip
    return ChangeSpec(op, "term", f"term:{word}", document | fields)


def test_a_word_that_stays_after_all_has_no_other_in_its_place(world: World) -> None:
    adopted(world, term(ChangeOp.CREATE, "lead"), term(ChangeOp.CREATE, "prospect"))
    adopted(
        world, term(ChangeOp.REPLACE, "lead", replaced_by="term:prospect"), start=START
    )  # fmt: skip
    word = Agreement.objects.get(key="term:lead")
    assert (word.state, word.replaced_by and word.replaced_by.key) == (
        "deprecated", "term:prospect",
    )  # fmt: skip

    adopted(world, term(ChangeOp.REPLACE, "lead"), start=START + 14 * DAY)

    word.refresh_from_db()
    assert (word.state, word.sunset_on, word.replaced_by) == ("active", None, None)
