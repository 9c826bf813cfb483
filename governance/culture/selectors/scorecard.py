"""A team in one screen (R-013): its goals, the quality of its data, and where it is in conflict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from catalog.errors import NotFound
from catalog.models import Answer, Dataset, KnownProblem, Question, Team, TestResult
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.directory import teams
from catalog.types import Principal, TestStatus
from governance.conflicts.selectors.register import conflicts
from governance.culture.selectors.goals import counted, goals
from governance.culture.types import GoalState
from governance.models import Conflict
from governance.types import ConflictState

CONFLICTS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Of what the reader may see of the team's datasets: how many there are, how many of them are
    described, their tests by outcome, unanswered questions and unsolved problems. `conflicts` are
    open ones that touch its datasets, or that a member brings together, the newest first."""

    team: Team
    goals: Mapping[GoalState, int]
    datasets: int
    described: int
    tests_passed: int
    tests_failed: int
    open_questions: int
    open_problems: int
    conflict_count: int
    conflicts: tuple[Conflict, ...]

    @property
    def described_share(self) -> float | None:
        """0 to 1; None for a team without datasets."""
        return self.described / self.datasets if self.datasets else None

    @property
    def passed_share(self) -> float | None:
        """Of the tests that said yes or no those that passed; None where none did."""
        said = self.tests_passed + self.tests_failed
        return self.tests_passed / said if said else None


def scorecard(principal: Principal, team_id: int) -> Scorecard:
    """The team's card, in eight queries whatever it owns; raises NotFound."""
    team = teams(principal).filter(pk=team_id).first()
    if team is None:
        raise NotFound("There is no such team.")
    owned = _owned(principal, team)
    bare = Q(declared_description="", harvested_description="")
    held = owned.aggregate(all=Count("pk"), bare=Count("pk", filter=bare))
    failed = [TestStatus.FAILED, TestStatus.ERRORED]
    tests = TestResult.objects.filter(dataset__in=owned).aggregate(
        passed=Count("pk", filter=Q(status=TestStatus.PASSED)),
        failed=Count("pk", filter=Q(status__in=failed)),
    )
    answers = Answer.objects.filter(question=OuterRef("pk"))
    open_ones = _conflicts(principal, team, owned)
    return Scorecard(
        team=team,
        goals=counted(goals(principal, team_id=team.pk)),
        datasets=held["all"],
        described=held["all"] - held["bare"],
        tests_passed=tests["passed"],
        tests_failed=tests["failed"],
        open_questions=Question.objects.filter(~Exists(answers), dataset__in=owned).count(),
        open_problems=KnownProblem.objects.filter(
            dataset__in=owned, solved_at__isnull=True
        ).count(),
        conflict_count=open_ones.count(),
        conflicts=tuple(open_ones[:CONFLICTS_SHOWN]),
    )


def _owned(principal: Principal, team: Team) -> QuerySet[Dataset]:
    owning = team.ownerships.values("dataset")
    return visible_datasets(principal).filter(pk__in=owning, disappeared_at__isnull=True).order_by()


def _conflicts(principal: Principal, team: Team, owned: QuerySet[Dataset]) -> QuerySet[Conflict]:
    touching = Q(datasets__in=owned) | Q(agreements__versions__bindings__dataset__in=owned)
    concerned = Conflict.objects.filter(touching | Q(owner__memberships__team=team)).values("pk")
    return conflicts(principal, state=ConflictState.OPEN).filter(pk__in=concerned)
