"""A rebuild makes room for people who search, and takes it back when they have gone."""

from __future__ import annotations

from catalog.search.backends.elasticsearch.pace import LOOK_EVERY, MOST, Pace, Searched


class Cluster:
    """A cluster whose searches take a given time, on a clock that moves when it is told to."""

    def __init__(self, count: int) -> None:
        self.count, self.milliseconds, self.time = count, count * 10, 100.0
        self.pauses: list[float] = []
        self.pace = Pace(self.look, lambda: self.time, self.pauses.append)

    def look(self) -> Searched:
        return Searched(self.count, self.milliseconds)

    def search(self, count: int, milliseconds: int) -> None:
        self.count, self.milliseconds = self.count + count, self.milliseconds + count * milliseconds

    def piece(self) -> float:
        """Send a piece that takes two seconds; what follows it is a pause of so many."""
        self.time += LOOK_EVERY
        self.pauses.clear()
        with self.pace.turn():
            self.time += 2
        return sum(self.pauses)


def test_pauses_grow_while_searches_are_slow_and_shrink_when_they_are_quick() -> None:
    cluster = Cluster(1_000)

    paused = []
    for milliseconds in (10, 20, 20, 20, 20, 13, 11, 11, 11, 11, 11):
        cluster.search(10, milliseconds)
        paused.append(cluster.piece())

    assert paused == [0, 2, 4, 2 * MOST, 2 * MOST, 4, 2, 1, 0.5, 0, 0]


def test_where_nobody_searched_before_any_search_asks_for_room() -> None:
    cluster = Cluster(0)
    cluster.search(10, 1)
    assert cluster.piece() == 2

    # Nobody searches any more
    assert [cluster.piece() for _ in range(2)] == [2, 0]
