"""Replaying recorded questions is deciding each of them under the draft, and nothing else."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from governance.permissions.engine import Index, World
from governance.permissions.trial.difference import Change, changed_rules
from governance.permissions.trial.replay import Asked, Comparing, Counts
from tests.governance.permissions import worlds
from tests.governance.permissions.trial.drafts import drafted, laws

asked = st.builds(
    Asked,
    person=st.integers(1, 7),
    action=st.sampled_from(worlds.ACTIONS),
    dataset=st.integers(1, 9),
    columns=st.none()
    | st.lists(st.sampled_from((*worlds.PATHS, "unlisted")), max_size=3).map(tuple),
    purpose=st.sampled_from(worlds.PURPOSES),
    environment=st.sampled_from((None, "production", "test")),
    at=st.sampled_from(worlds.INSTANTS),
    times=st.integers(1, 5),
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
@given(drafted(), st.lists(asked, max_size=30))
def test_a_replay_is_each_question_decided_under_the_draft(
    tried: tuple[World, Index, Index], log: list[Asked]
) -> None:
    _, base, draft = tried
    expected: Counter[tuple[int, int, str, Change]] = Counter()
    for one in log:
        change = decided_again(base, draft, one)
        if change is not None:
            expected[one.person, one.dataset, one.purpose or "", change] += one.times

    counts, comparing = Counts(), Comparing(base, draft)
    comparing.count(log, counts)

    assert counts.asked == sum(one.times for one in log)
    assert counts.differing == added(expected, 3)
    assert counts.by_person == added(expected, 0, 3)
    assert counts.by_dataset == added(expected, 1, 3)
    assert counts.by_purpose == added(expected, 2, 3)
    assert [comparing.change(one) for one in log] == [
        decided_again(base, draft, one) for one in log
    ]


def added(found: Counter[tuple[int, int, str, Change]], *places: int) -> Counter[object]:
    """The counts by some parts of their keys."""
    counts: Counter[object] = Counter()
    for key, count in found.items():
        part = tuple(key[place] for place in places)
        counts[part[0] if len(part) == 1 else part] += count
    return counts
