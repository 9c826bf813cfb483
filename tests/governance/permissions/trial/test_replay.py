"""Replaying recorded questions is deciding each of them under the draft, and nothing else."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.permissions.engine import Index, World
from governance.permissions.trial import replay
from governance.permissions.trial.difference import Change, changed_rules
from governance.permissions.trial.replay import Asked, Comparing, Counts, Together
from tests.governance.permissions import worlds
from tests.governance.permissions.trial.drafts import drafted, laws

columns = st.none() | st.lists(st.sampled_from((*worlds.PATHS, "unlisted")), max_size=3).map(tuple)
asked = st.builds(
    Asked,
    person=st.integers(1, 7),
    action=st.sampled_from(worlds.ACTIONS),
    dataset=st.integers(1, 9),
    columns=columns,
    purpose=st.sampled_from(worlds.PURPOSES),
    environment=st.sampled_from((None, "production", "test")),
    at=st.sampled_from(worlds.INSTANTS),
)
together = st.builds(
    Together,
    person=st.integers(1, 7),
    action=st.sampled_from(worlds.ACTIONS),
    columns=columns,
    purpose=st.sampled_from(worlds.PURPOSES),
    environment=st.sampled_from((None, "production", "test")),
    at=st.sampled_from(worlds.INSTANTS),
    datasets=st.lists(st.integers(1, 9), min_size=1, max_size=8),
)


def decided_again(base: Index, draft: Index, one: Asked) -> Change | None:
    """What becomes of a question that is put to both indexes as it was asked."""
    before, after = (
        index.decide(
            one.person, one.action, one.dataset, one.columns, one.purpose, one.environment, one.at
        )
        for index in (base, draft)
    )
    if before.allowed != after.allowed:
        return Change.LOST if before.allowed else Change.GAINED
    if {before.code, after.code} == {"open", "restricted"}:
        return Change.NARROWED if before.code == "open" else Change.WIDENED
    gone, new = changed_rules(base, draft), changed_rules(draft, base)
    applied = {x.key for x in before.rules} & gone or {x.key for x in after.rules} & new
    return Change.ALTERED if before.code == "restricted" and applied else None


@laws
@given(drafted(), st.lists(together, max_size=10), st.sampled_from((1, 1_000_000)))
def test_a_replay_is_each_question_decided_under_the_draft(
    tried: tuple[World, Index, Index], log: list[Together], held: int
) -> None:
    _, base, draft = tried
    questions = [batch.about(dataset) for batch in log for dataset in batch.datasets]
    decided = [decided_again(base, draft, one) for one in questions]
    expected = Counter(
        (one.person, one.dataset, one.purpose or "", change)
        for one, change in zip(questions, decided, strict=True)
        if change is not None
    )

    # However many are held until they are counted: a log of millions is not
    counts, comparing = Counts(), Comparing(base, draft)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(replay, "_MOST_HELD", held)
        comparing.count(iter(log), counts)

    assert counts.asked == len(questions)
    assert counts.differing == added(expected, 3)
    assert counts.by_person == added(expected, 0, 3)
    assert counts.by_dataset == added(expected, 1, 3)
    assert counts.by_purpose == added(expected, 2, 3)
    assert [comparing.change(one) for one in questions] == decided


def added(found: Counter[tuple[int, int, str, Change]], *places: int) -> Counter[object]:
    """The counts by some parts of their keys."""
    counts: Counter[object] = Counter()
    for key, count in found.items():
        part = tuple(key[place] for place in places)
        counts[part[0] if len(part) == 1 else part] += count
    return counts
