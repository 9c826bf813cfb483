"""Every class of statement that lineage is asked of, case by case, with its lineage stated."""

from collections import Counter

import pytest

from benchmarks.lineage.cases import Case, complaints, read_cases

CASES = read_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_a_case_has_the_lineage_that_is_stated(case: Case) -> None:
    assert complaints(case) == []


def test_every_class_has_six_cases_or_more() -> None:
    counted = Counter(case.group for case in CASES)

    assert len(counted) == 26
    assert min(counted.values()) >= 6
