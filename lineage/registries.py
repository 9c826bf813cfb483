"""Where upper packages add to the pages of lineage."""

from __future__ import annotations

from collections.abc import Callable

from catalog.registries.registry import Registry
from catalog.web.presentation.shapes import Link
from lineage.types import ColumnChange

ChangeAction = Callable[[str, str, ColumnChange, str], Link | None]
"""What can be done with a change of a column, such as proposing it: from the dataset's name, the
column's path, the change and the new name or type to a link; None where it does not apply."""

change_actions: Registry[ChangeAction] = Registry("change action")
