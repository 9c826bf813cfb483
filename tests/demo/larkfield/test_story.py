"""The council of Larkfield in the middle of its week, as everybody acted until then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from config.demo.larkfield import story
from config.demo.larkfield.text import read_text
from governance.agreements.kinds import kinds
from governance.models import ImpactSnapshot, Proposal, Signer
from governance.types import ProposalState, SignerRole

STATED = {entry["key"]: entry for entry in read_text("proposals.yaml")}
KEY = {
    key: expected
    for key, expected in read_text("expected/proposals.yaml").items()
    if STATED[key]["kind"] in kinds
}


@pytest.fixture(scope="module")
def told(loaded: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The story, told once."""
    with django_db_blocker.unblock(), override_settings(STORY_CLOCK=True):
        story.tell()
        yield


@pytest.fixture(autouse=True)
def _in_the_story(told: None, db: None) -> None:
    """Each test reads what was told."""


def snapshot_of(key: str) -> ImpactSnapshot:
    proposal = Proposal.objects.select_related("current").get(key=key)
    return ImpactSnapshot.objects.filter(revision=proposal.current).latest("taken_at", "pk")


def in_words(signer: Signer) -> dict[str, Any]:
    """A signer as the answer key writes one."""
    found: dict[str, Any] = {}
    if signer.domain is not None:
        found["domain"] = signer.domain.slug
    assert signer.person is not None
    found["signer"] = signer.person.username
    if signer.via_seat is not None:
        found["seat"] = signer.via_seat.slug
    return {**found, "reason": signer.reason, "path": signer.path}


@pytest.mark.parametrize("key", KEY)
def test_who_must_sign_is_what_the_answer_key_says(key: str) -> None:
    signers = Signer.objects.filter(snapshot=snapshot_of(key), role=SignerRole.MUST_SIGN)
    found = [in_words(signer) for signer in signers.select_related("domain", "person", "via_seat")]
    assert sorted(found, key=str) == sorted(KEY[key]["must_sign"], key=str)


@pytest.mark.parametrize("key", KEY)
def test_who_is_consulted_is_what_the_answer_key_says(key: str) -> None:
    signers = Signer.objects.filter(snapshot=snapshot_of(key), role=SignerRole.CONSULTED)
    assert sorted(signers.values_list("domain__slug", flat=True)) == KEY[key]["consulted"]


@pytest.mark.parametrize("key", KEY)
def test_class_state_and_scope_are_what_the_answer_key_says(key: str) -> None:
    expected = KEY[key]
    proposal = Proposal.objects.get(key=key)
    assert proposal.state == expected["state"]
    assert proposal.is_emergency is expected.get("emergency", False)
    assert snapshot_of(key).scope == expected["scope"]
    # A draft has no class yet; the key says which one it would get.
    assert proposal.klass == ("" if proposal.state == ProposalState.DRAFT else expected["class"])
