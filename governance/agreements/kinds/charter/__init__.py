"""The charter: how the council decides. `rules_in_force` is what everything else reads."""

from governance.agreements.kinds.charter.in_force import rules_in_force
from governance.agreements.kinds.charter.kind import Charter
from governance.agreements.kinds.charter.rules import DEFAULTS, CharterRules

__all__ = ["DEFAULTS", "KIND", "CharterRules", "rules_in_force"]

KIND = Charter()
