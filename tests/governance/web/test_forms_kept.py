"""What was typed into a form stands there again when it is refused, and the error at its field."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from catalog.models import Person
from governance.council.models import Delegation
from governance.models import Position
from tests.governance.proposals.world import World, in_discussion
from tests.governance.web.test_found_and_followed import term

Browser = Callable[[str | Person], Client]
pytestmark = pytest.mark.django_db


def test_a_block_without_a_kind_is_asked_for_its_kind_alone(world: World, browser: Browser) -> None:
    proposal = in_discussion(world, term(world))
    assert proposal.current is not None

    # When somebody blocks and forgets the kind
    answer = browser("Hugo").post(
        f"/proposals/{proposal.key}/act/",
        {
            "what": "take_position",
            "digest": proposal.current.digest,
            "value": "block",
            "reason": "Scores are <not> comparable.",
            "title": "Scores",
            "evidence": "https://example.org/scores",
            "block_kind": "",
        },
    )

    # Then the page stands again with what they wrote, unfolded at the field that is missing
    page = answer.content.decode()
    assert answer.status_code == 400
    assert re.search(r'id="say-block" [^>]*value="block" required checked>', page)
    assert ">Scores are &lt;not&gt; comparable.</textarea>" in page
    assert 'value="Scores"' in page
    assert 'value="https://example.org/scores"' in page
    assert '<details open><summary class="small">When you block</summary>' in page
    assert re.search(r'id="block-kind-error">.*?A block names its kind: correctness', page, re.S)
    assert 'name="block_kind" aria-invalid="true" aria-describedby="block-kind-error"' in page
    assert not Position.objects.exists()

    # And with the kind it is taken, as it stands in the form
    done = browser("Hugo").post(
        f"/proposals/{proposal.key}/act/",
        {
            "what": "take_position",
            "digest": proposal.current.digest,
            "value": "block",
            "reason": "Scores are not comparable.",
            "title": "Scores",
            "evidence": "https://example.org/scores",
            "block_kind": "correctness",
        },
    )
    assert done["Location"] == f"/proposals/{proposal.key}/"
    assert Position.objects.get().block_kind == "correctness"


def test_a_concern_and_a_comment_are_not_lost(world: World, browser: Browser) -> None:
    proposal = in_discussion(world, term(world))

    concern = browser("Hugo").post(
        f"/proposals/{proposal.key}/act/",
        {"what": "raise_concern", "title": "", "kind": "harm", "text": "It hurts the north."},
    )
    comment = browser("Hugo").post(
        f"/proposals/{proposal.key}/act/", {"what": "comment", "text": "a" * 50_000}
    )

    page = concern.content.decode()
    assert concern.status_code == 400
    assert ">It hurts the north.</textarea>" in page
    assert 'id="concern-title-error"' in page
    assert '<option value="harm" selected>' in page
    assert comment.status_code == 400
    assert "a" * 50_000 in comment.content.decode()
    assert 'id="comment-error"' in comment.content.decode()


def test_whom_one_gives_the_vote_to_is_corrected_in_place(world: World, browser: Browser) -> None:
    sent = {"username": "nobody-at-all", "until": "2026-03-20", "reason": "Away in the mountains"}

    unknown = browser("Hugo").post("/council/delegate/", sent)
    undated = browser("Hugo").post("/council/delegate/", sent | {"until": "soon"})

    page = unknown.content.decode()
    assert unknown.status_code == 400
    for value in ("nobody-at-all", "2026-03-20", "Away in the mountains"):
        assert f'value="{value}"' in page
    assert 'href="#id_username">To whom: There is no such person.</a>' in page
    assert undated.status_code == 400
    assert 'value="Away in the mountains"' in undated.content.decode()
    assert 'href="#id_until">' in undated.content.decode()
    assert not Delegation.objects.exists()


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({"dataset": "nope"}, "dataset", "nope is no dataset of the catalog."),
        ({"action": "dance"}, "action", "Choose one of "),
        ({"purpose": "fun"}, "purpose", "Choose one of "),
    ],
)
def test_who_may_keeps_its_question(
    world: World, browser: Browser, sent: dict[str, str], field: str, said: str
) -> None:
    asked = {"dataset": world.datasets["Sales"].qualified_name, "person": "hugo"} | sent
    if field != "dataset":
        asked["person"] = ""

    answer = browser("Hugo").get("/access/who/", asked)

    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'id="{field}-error"' in page
    assert said in page
    assert f'aria-describedby="{field}-error"' in page
    assert f'value="{asked["dataset"]}"' in page
    assert "Nothing was changed" not in page
