"""The OpenAPI document: no warnings, one name per enum, refusals described."""

from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from catalog import types as catalog_types
from governance import types as governance_types
from governance.audit import types as audit_types
from governance.brakes import engine as brake_types
from governance.culture import types as culture_types
from governance.permissions import types as permission_types
from governance.permissions.native import types as native_types
from lineage import types as lineage_types

_TYPES = (
    catalog_types,
    lineage_types,
    governance_types,
    permission_types,
    audit_types,
    native_types,
    culture_types,
    brake_types,
)


@pytest.fixture(scope="module")
def document() -> Any:
    GENERATOR_STATS.reset()
    found = SchemaGenerator().get_schema(public=True)
    validate_schema(found)
    return found


def test_it_is_made_without_a_warning(document: Any) -> None:
    messages = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]

    assert messages == []


def test_enums_are_named_as_in_the_code(document: Any) -> None:
    enums = {name for name, held in document["components"]["schemas"].items() if "enum" in held}

    for name in enums - {"BlankEnum", "NullEnum", "OperationEnum"}:
        assert any(hasattr(types, name) for types in _TYPES), name
    assert {"Stage", "Lifecycle", "Origin", "JobRole", "RunState", "LabelKind"} <= enums
    assert {"ProposalState", "Outcome", "BlockKind", "ConflictState"} <= enums


def test_every_operation_describes_its_refusals(document: Any) -> None:
    described = 0
    for path, operations in document["paths"].items():
        if not path.startswith("/api/v1/"):
            continue
        for method, operation in operations.items():
            for status in ("400", "401", "403", "404", "default"):
                content = operation["responses"][status]["content"]
                reference = content["application/problem+json"]["schema"]["$ref"]
                assert reference == "#/components/schemas/Problem", (path, method)
                described += 1
    assert described >= 90 * 5
