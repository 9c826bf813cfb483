"""Where upper packages add to the pages of lineage."""

from __future__ import annotations

from collections.abc import Callable

from catalog.registries.pages import Panel
from catalog.registries.registry import Registry
from catalog.web.presentation.shapes import Link
from lineage.types import ColumnChange

ChangeAction = Callable[[str, str, ColumnChange, str], Link | None]
"""What can be done with a change of a column, such as proposing it: from the dataset's name, the
column's path, the change and the new name or type to a link; None where it does not apply."""

change_actions: Registry[ChangeAction] = Registry("change action")
lineage_panels: Registry[Panel] = Registry("part of the lineage tab")
"""What else is to be known of where a dataset comes from, as it stands today."""
