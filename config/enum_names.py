"""Every enum of the API has one name, whichever field it stands in.

Read when the description of the API is made: few processes need it, and it takes imports.
"""

from enum import StrEnum
from typing import Any


def enum_names() -> dict[str, list[Any]]:
    """The enums of all packages by their names."""
    from catalog import types as catalog_types
    from governance import types as governance_types
    from governance.audit import types as audit_types
    from governance.brakes import engine as brake_types
    from governance.culture import types as culture_types
    from governance.permissions import types as permission_types
    from governance.permissions.native import types as native_types
    from lineage import types as lineage_types

    return {
        name: list(enum)
        for types in (
            catalog_types,
            lineage_types,
            governance_types,
            permission_types,
            audit_types,
            native_types,
            culture_types,
            brake_types,
        )
        for name, enum in vars(types).items()
        if isinstance(enum, type) and issubclass(enum, StrEnum) and enum is not StrEnum
    }
