"""What was put together of the access log is asked as its rows would be, each once."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.audit.chain import Chain
from governance.audit.types import AccessOutcome, AccessRecord, Keeping
from governance.audit.uploading import Uploader
from governance.models import AuditChain, DecisionTally, TalliedChain
from governance.permissions import engine
from governance.permissions.engine import Index, World
from governance.permissions.trial import window
from governance.permissions.trial.difference import Change
from governance.permissions.trial.packed import HOURS, Gathering, Use, groups
from governance.permissions.trial.replay import Comparing, Counts, Together
from governance.permissions.trial.selectors.recorded import questions_in, row_of
from governance.permissions.trial.services.tallying import tally_decisions
from governance.permissions.trial.window import Row, Window
from governance.permissions.types import DataAction, Effect
from tests.governance.permissions import worlds
from tests.governance.permissions.trial.drafts import drafted, laws

SLICE = 5_000
"""Seconds of what counts as an hour in the law: edges of `worlds` lie within such ones."""
BEGINS = worlds.NOW // (SLICE * HOURS) * SLICE * HOURS
uses = st.builds(
    Use,
    action=st.sampled_from(worlds.ACTIONS),
    purpose=st.sampled_from((None, "marketing", "ml_training")),
    environment=st.sampled_from(("", "production", "test")),
    columns=st.none() | st.lists(st.sampled_from(worlds.PATHS), min_size=1, max_size=2).map(tuple),
)
asked = st.tuples(
    uses,
    st.integers(1, 7),
    st.lists(st.integers(1, 9), min_size=1, max_size=4).map(tuple),
    st.integers(0, SLICE * HOURS - 1),
    st.sampled_from((0, 0, 0, 1, 5_001, 90_000)),  # seconds that the log was told late
)


def counted(comparing: Comparing, questions: Iterable[Together]) -> Counts:
    counts = Counts()
    comparing.count(questions, counts)
    return counts


@settings(laws, max_examples=40)
@given(drafted(), st.lists(asked, max_size=25), st.integers(0, 25), st.data())
def test_what_was_put_together_counts_as_its_rows_do(
    tried: tuple[World, Index, Index], log: list[Any], tallied: int, data: st.DataObject
) -> None:
    # Given a log of which the first rows were put together, and a part of a day
    rows = []
    for use, person, datasets, second, lateness in log:
        heard = BEGINS + second
        at = heard - lateness
        late = int(heard // SLICE) - int(at // SLICE)
        rows.append(Row(use._replace(late=late), person, datasets, heard, at))
    since, until = sorted(data.draw(st.tuples(*[st.integers(0, SLICE * HOURS)] * 2)))
    since, until = data.draw(st.sampled_from(((since, until), (0, SLICE * HOURS))))
    _, base, draft = tried
    comparing = Comparing(base, draft)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(window, "HOUR", SLICE)
        gathering = Gathering()
        for use, person, datasets, heard, *_ in rows[:tallied]:
            gathering.add(use, person, datasets, int((heard - BEGINS) // SLICE))
        asked_for = Window(BEGINS + since, BEGINS + until, comparing)

        # When it is asked again, with what has to be read row by row
        found = list(asked_for.of_groups([groups(gathering.packed())]))
        hours = asked_for.hours_of_rows(gathering.lates)
        read = [row for row in rows[:tallied] if (hour := int(row.heard // SLICE)) in hours
                and (hours[hour] is None or row.person in (hours[hour] or ()))]  # fmt: skip
        again = [row for row in read if asked_for.is_for_rows(row)]
        found += asked_for.of_rows(again + rows[tallied:])

        # Then it counts as every row does, which is what each was asked
        plain = Window(BEGINS + since, BEGINS + until, comparing)
        expected = list(plain.of_rows(rows))
    counts, by_row = counted(comparing, found), counted(comparing, expected)
    assert (counts.asked, counts.by_change) == (by_row.asked, by_row.by_change)
    within = [row for row in rows if since <= row.heard - BEGINS < until]
    assert counts.asked == sum(len(row.datasets) for row in within)
    if not comparing.reads_ages:
        alone = [
            Together(row.person, row.use.action, row.use.columns, row.use.purpose,
                     row.use.environment or None, row.at, row.datasets) for row in within
        ]  # fmt: skip
        assert counts.by_change == counted(comparing, alone).by_change


DAY = dt.datetime(2025, 2, 3, tzinfo=dt.UTC)
ANN, BOB, TABLE = 1, 2, 1
LIFTED_UNTIL = 10.5


def records(*given: tuple[float, dict[str, Any]]) -> None:
    """Write answers into the log as a process does: each at so many hours of the day."""
    made: dict[str, list[AccessRecord]] = {}
    for hour, fields in given:
        record = AccessRecord(**({
            "gateway": "trino:lake", "username": "ann", "person": ANN, "datasets": (TABLE,),
            "action": "SelectFromColumns", "outcome": AccessOutcome.ALLOWED,
            "policy_version": 1, "keeping": Keeping.OPEN, "resources": ("t",),
        } | fields))  # fmt: skip
        record.at = int((DAY.timestamp() + hour * 3600) * 1_000_000)
        record.id = str(uuid.uuid4())
        made.setdefault(record.keeping, []).append(record)
    with connection.cursor() as cursor:
        cursor.execute("SELECT")  # what follows belongs to the test's transaction
    uploader = Uploader(lambda: connection.connection)
    frames = [Chain(keeping).frame(together) for keeping, together in made.items()]
    uploader.write(frames, "here-1-test", is_awaited=True)


def denial() -> Comparing:
    """A draft that denies all to everybody, but to Ann until some time of the day."""
    people = (engine.Person(ANN, "ann"), engine.Person(BOB, "bob"))
    rule = engine.Rule(
        key="oo-1", number="OO-1", version=1, effect=Effect.DENY, subjects=engine.Subjects(),
        resources=engine.Resources(), actions=frozenset({DataAction.READ}),
    )  # fmt: skip
    until = DAY.timestamp() + LIFTED_UNTIL * 3600
    lifted = engine.DatedException("1", "oo-1", 0.0, until, people=frozenset({ANN}))
    without = engine.World(1, people, (engine.Dataset(TABLE, "t"),), (), (lifted,))
    base, draft = (
        engine.compile_index(world, clock=lambda: until)
        for world in (without, replace(without, rules=(rule,)))
    )
    return Comparing(base, draft)


def asked_again(hours: tuple[float, float] = (0, 24)) -> tuple[int, Counter[Any], Counter[str]]:
    """How many questions there were, who would have lost what, and what was left out."""
    comparing, counts = denial(), Counts()
    since, until = (DAY + dt.timedelta(hours=hour) for hour in hours)
    comparing.count(questions_in(since, until, comparing, counts.left_out), counts)
    return counts.asked, counts.by_person, counts.left_out


@pytest.mark.django_db
def test_a_log_that_is_put_together_bit_by_bit_is_asked_the_same() -> None:
    # Given answers around the instant at which an exception ends, and what is no question
    bob = {"person": BOB, "username": "bob"}
    records(
        (9.0, {}), (10.2, {}), (10.2, bob), (10.7, {}), (11.0, {"datasets": (TABLE, TABLE)}),
        (12.0, {"person": None}), (12.0, {"datasets": ()}), (12.0, {"action": "FilterTables"}),
        (12.0, {"datasets": (), "resources": (), "action": "ExecuteQuery"}),
        (12.1, {"keeping": Keeping.LISTING}),
    )  # fmt: skip
    by_row = asked_again()
    parts = [asked_again(hours) for hours in ((0, 10.6), (10.6, 11.0), (11, 24))]

    # Then each is one, and what could not be asked is told
    lost = {(ANN, Change.LOST): 3, (BOB, Change.LOST): 1}
    left_out = {
        "of somebody whom the catalog does not know": 1,
        "about data that the catalog does not know": 1,
    }
    assert by_row == (6, lost, left_out)

    # When all is put together, and more comes to the log, late and of the same hours
    assert tally_decisions(few=0) >= 9
    assert (tally_decisions(few=0), TalliedChain.objects.exists()) == (0, True)
    assert asked_again() == by_row
    assert [asked_again(hours) for hours in ((0, 10.6), (10.6, 11.0), (11, 24))] == parts
    records((10.4, {}), (10.4, bob))

    # Then it counts beside what was put together, before and after that is done again
    more = (8, {(ANN, Change.LOST): 3, (BOB, Change.LOST): 2}, left_out)
    assert asked_again() == more
    out = io.StringIO()
    call_command("audit", "tally", stdout=out)
    assert "2 rows put together, 0 left\n2 rows are put together." in out.getvalue()
    assert asked_again() == more
    call_command("audit", "tally", "--anew", stdout=out)
    assert asked_again() == more
    told = DecisionTally.objects.filter(day=DAY.date())
    assert [(one.keeping, one.rows, one.asked) for one in told] == [("open", 9, 10)]


@pytest.mark.django_db
def test_few_rows_wait_until_they_are_a_day_old() -> None:
    tally_decisions(few=0)
    records((9.0, {}))
    assert tally_decisions() == 0

    AuditChain.objects.update(started_at=timezone.now() - dt.timedelta(days=2))
    assert tally_decisions() == 1


def test_a_row_that_cannot_be_read_is_told_and_no_question() -> None:
    for body in (b"", b"[]", b"{", b'{"gateway":"trino:lake"}', b'{"gateway":1}', b"\xff",
                 b'{"gateway":"a","action":"b","datasets":["c"]}'):  # fmt: skip
        row = row_of(3_600.0, body)
        assert row is not None
        assert (row.use.action, row.use.purpose, len(row.datasets)) == (
            "",
            "that cannot be read",
            1,
        )
    # And what a later version writes beside it is no reason
    row = row_of(0.0, b'{"gateway":"check","action":"read","person":1,"datasets":[2],"new":{}}')
    assert row == Row(Use("read", None, "", None), 1, (2,), 0.0, 0.0)
