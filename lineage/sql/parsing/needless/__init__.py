"""Words that only some engines know and that say nothing about lineage.

Each file has those of one place in a statement, each with the engine that has it. What repeats in a
pattern is bounded or cannot begin anew, so that no text is looked through twice.
"""

from __future__ import annotations

import re

from lineage.sql.parsing.needless.changes import CHANGES
from lineage.sql.parsing.needless.definitions import DEFINITIONS
from lineage.sql.parsing.needless.queries import QUERIES
from lineage.sql.parsing.needless.values import VALUES

NEEDLESS = re.compile(
    "|".join((*DEFINITIONS, *CHANGES, *QUERIES, *VALUES)), re.IGNORECASE | re.DOTALL
)
"""Each group is blanked out where it is found."""
