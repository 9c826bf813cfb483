"""The kinds of agreements, one folder each; a folder that holds a kind is found by itself.

A folder's `__init__` names its kind: `KIND = Term()`.
"""

from __future__ import annotations

import importlib
import pkgutil

from catalog.registries.registry import Registry
from governance.agreements.kind import AgreementKind

kinds: Registry[AgreementKind] = Registry("kind of agreement")


def find_kinds() -> None:
    """Fill the registry from the folders beside this file; called when the application starts."""
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg and module.name not in kinds:
            kind = importlib.import_module(f"{__name__}.{module.name}").KIND
            kinds.add(kind.name, kind)
