"""Three written policies and what each of Trino's 67 requests is answered under them.

foo is an employee and no administrator. What is not told apart below is allowed, or all of it seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.permissions.engine import Rule, World
from governance.permissions.types import DataAction, Effect, Mask
from tests.governance.permissions.gateways.asking import dataset, person, rule

PEOPLE = (person(1, "foo"), person(2, "admin", "admins"), person(3, "bob"))
DATASETS = (
    dataset(1, "my_catalog.my_schema.my_table", "my_column"),
    dataset(2, "my_catalog.schema_one.table_two", "a"),
    dataset(
        3, "my_catalog.my_schema.table_one", "table_one_column_one", "table_one_column_two"
    ),
    dataset(4, "some_catalog.some_schema.some_table", "some-column-1", "region"),
    dataset(
        5, "sample_catalog.sample_schema.restricted_table", "user_type", "user_name", "user_phone"
    ),
)  # fmt: skip

RULES: Mapping[str, tuple[Rule, ...]] = {
    "nobody is opted out": (),
    "some data is closed": (
        rule("closed", "my_catalog.my_schema.my_table"),
        rule("secret", "my_catalog.schema_one.table_two", confidential=True),
        rule("column", "my_catalog.my_schema.table_one", columns=("table_one_column_two",)),
        rule("rows", "some_catalog.some_schema.some_table",
             effect=Effect.ROW_FILTER, rows="region = 'eu'"),
        rule("part", "some_catalog.some_schema.some_table", columns=("some-column-1",),
             effect=Effect.MASK, mask=Mask.ALL),
        rule("phone", "sample_schema.restricted_table", columns=("user_phone",),
             effect=Effect.MASK, mask=Mask.EMPTY),
        rule("name", "sample_schema.restricted_table", columns=("user_name",),
             effect=Effect.MASK, mask=Mask.LAST3),
    ),
    "nobody changes anything": (
        rule("frozen", "my_catalog.*", actions=frozenset({DataAction.WRITE})),
    ),
}  # fmt: skip

_NEVER = {
    "WriteSystemInformation", "CreateCatalog", "DropCatalog",  # for administrators
    "ViewQueryOwnedBy", "KillQueryOwnedBy", "ImpersonateUser",  # of somebody else
}  # fmt: skip
_WRITES = {
    "DropTable", "SetTableComment", "SetViewComment", "SetColumnComment", "AddColumn", "DropColumn",
    "AlterColumn", "RenameColumn", "InsertIntoTable", "DeleteFromTable", "TruncateTable",
    "CreateView", "DropView", "RefreshMaterializedView", "DropMaterializedView",
    "SetTableProperties", "SetMaterializedViewProperties", "CreateTable", "CreateMaterializedView",
    "DropSchema", "RenameSchema", "RenameTable", "RenameView", "RenameMaterializedView",
    "SetSchemaAuthorization", "SetTableAuthorization", "SetViewAuthorization",
    "UpdateTableColumns", "ExecuteTableProcedure",
}  # fmt: skip
# Code of a connector may do what no table is named for: closed to whoever is opted out anywhere.
_PAST = {"ExecuteProcedure"}

DENIED: Mapping[str, set[str]] = {
    "nobody is opted out": _NEVER,
    "some data is closed": _NEVER
    | _WRITES
    | _PAST
    | {"SelectFromColumns", "CreateViewWithSelectFromColumns"},
    # Others are opted out of changing it, so nobody shows it by a view of their own.
    "nobody changes anything": _NEVER | _WRITES | _PAST | {"CreateViewWithSelectFromColumns"},
}

SEEN: Mapping[str, Mapping[str, list[int]]] = {
    policy: {
        "FilterViewQueryOwnedBy": [],
        "FilterCatalogs": [0, 1, 2],
        "FilterSchemas": [0, 1, 2],
        "FilterTables": tables,
        "FilterColumns": columns,
        "FilterFunctions": [0, 1, 2],
    }
    for policy, tables, columns in (
        ("nobody is opted out", [0, 1, 2], [0, 1]),
        ("some data is closed", [0, 2], [0]),
        ("nobody changes anything", [0, 1, 2], [0, 1]),
    )
}

LAST3 = 'CAST(SUBSTR("user_name", GREATEST(LENGTH("user_name") - 2, 1)) AS VARCHAR)'
ALL = """CAST(CASE WHEN "some-column-1" IS NULL THEN NULL ELSE '***' END AS varchar)"""
SHOWN: Mapping[str, Mapping[str, Any]] = {
    "nobody is opted out": {"GetRowFilters": [], "GetColumnMask": None, "GetColumnMask#2": []},
    "some data is closed": {
        "GetRowFilters": [{"expression": "\"region\" = 'eu'"}],
        "GetColumnMask": {"expression": ALL},
        "GetColumnMask#2": [
            {"index": 0, "viewExpression": {"expression": "NULL"}},
            {"index": 1, "viewExpression": {"expression": LAST3}},
        ],
    },
    "nobody changes anything": {"GetRowFilters": [], "GetColumnMask": None, "GetColumnMask#2": []},
}


def world(policy: str) -> World:
    """The world of one policy."""
    return World(1, PEOPLE, DATASETS, RULES[policy])


def expected(policy: str, name: str) -> Any:
    """The result of one request."""
    if name in SHOWN[policy]:
        return SHOWN[policy][name]
    if name in SEEN[policy]:
        return SEEN[policy][name]
    # RenameTable#2 and SelectFromColumns#2 are about a table that no policy covers.
    plain = name if name in ("RenameTable#2", "SelectFromColumns#2") else name.partition("#")[0]
    return plain not in DENIED[policy]
