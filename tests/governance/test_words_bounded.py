"""Lists of agreements, proposals and decisions look for a few words, however many are sent."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet

from catalog.selectors.listing import MOST_WORDS
from governance.agreements.selectors.agreements import agreement_list
from governance.council.selectors.decisions import decision_list
from governance.proposals.selectors.proposals import proposal_list
from tests.factories import principal

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("listing", [agreement_list, proposal_list, decision_list])
def test_a_list_is_narrowed_by_ten_words_at_most(listing: Callable[..., QuerySet[Any]]) -> None:
    """Each word makes the query anew: a thousand took fifteen seconds, before it was asked."""
    reader = principal()

    found = listing(reader, query="zz " * 100 + "\x00")

    assert str(found.query).count("%zz%") in (MOST_WORDS, 2 * MOST_WORDS)
    assert list(found) == []
