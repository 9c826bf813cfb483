"""What is hashed of a record can be read by whoever comes later."""

from __future__ import annotations

from typing import Any, cast

from governance.audit.blocks import searched_lines
from governance.audit.chain import decode, without_place
from governance.audit.types import AccessOutcome, AccessRecord


def test_a_field_without_a_value_holds_up_no_other_record() -> None:
    # Given a record that says nothing where a text or a number belongs, beside one that is whole
    whole = AccessRecord(
        gateway="trino", username="ann", action="read", outcome=AccessOutcome.ALLOWED,
        policy_version=1, purpose="billing", sql="SELECT a:null", id="1", at=1,
    )  # fmt: skip
    nothing = cast(Any, None)
    odd = AccessRecord(
        gateway=nothing, username="bob", action="read", outcome=AccessOutcome.ALLOWED,
        policy_version=1, purpose=nothing, environment=nothing, query_id=nothing, asked=nothing,
        id="2", at=2,
    )  # fmt: skip

    # When their rows are made together
    body = without_place([whole, odd])

    # Then both can be searched and read, and what was not said is left out
    assert [one.purpose for one in searched_lines(body)] == ["billing", ""]
    first, second = map(decode, body.splitlines())
    assert first == whole
    assert (second.gateway, second.environment, second.asked) == ("", "", 0)
    assert b"null" not in body.splitlines()[1]
