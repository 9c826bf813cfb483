"""Each role's three jobs are one click from home (R-011)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from catalog.types import JobRole, Principal
from governance.culture.selectors.jobs import JOBS, jobs_of
from tests.factories import AdministratorFactory, PersonFactory

pytestmark = pytest.mark.django_db


def test_every_role_has_three_different_jobs() -> None:
    assert set(JOBS) == set(JobRole)
    for jobs in JOBS.values():
        assert len({job.href for job in jobs}) == 3
    assert jobs_of(Principal.system("test")) == ()


@pytest.mark.parametrize("role", list(JobRole))
def test_the_jobs_of_a_role_are_one_click_from_home(role: JobRole, client: Client) -> None:
    # An administrator, because some roles' pages ask for more than being employed.
    client.force_login(AdministratorFactory(job_role=role))

    page = client.get("/").content.decode()

    nav = re.search(r'<nav aria-label="What you do most">.*?</nav>', page, re.DOTALL)
    assert nav is not None
    hrefs = re.findall(r'href="([^"]+)"', nav.group())
    assert hrefs == [job.href for job in JOBS[role]]
    for href in hrefs:
        assert client.get(href).status_code == 200, href


def test_what_is_refused_to_somebody_says_why(client: Client) -> None:
    client.force_login(PersonFactory(job_role=JobRole.DATA_ENGINEER))

    for job in JOBS[JobRole.DATA_ENGINEER]:
        answer = client.get(job.href)
        assert answer.status_code in (200, 403), job.href
        if answer.status_code == 403:
            assert "Ask an administrator" in answer.content.decode()
