"""The answer to a text of several statements."""

from __future__ import annotations

from collections.abc import Sequence

from governance.permissions.native.reading import used_by
from governance.permissions.native.types import Asked, Change, CheckAnswer, Verdict


def together(verdicts: Sequence[Verdict], asked: Asked) -> Verdict:
    """All of them run, one after the other, or none."""
    answers = {one.answer for one in verdicts}
    text, changes = "", []
    for one in verdicts:
        start = len(text)
        changes += [
            Change(change.start + start, change.end + start, change.sentence, change.rules)
            for change in one.changes
        ]
        text += one.sql.rstrip().rstrip(";") + ";\n"
    answer = (
        CheckAnswer.DENY
        if CheckAnswer.DENY in answers
        else CheckAnswer.REWRITE
        if CheckAnswer.REWRITE in answers
        else CheckAnswer.ALLOW
    )
    is_denied = answer is CheckAnswer.DENY
    return Verdict(
        answer=answer,
        sql="" if is_denied else asked.sql if answer is CheckAnswer.ALLOW else text,
        reasons=tuple(dict.fromkeys(r for one in verdicts for r in one.reasons)),
        changes=() if is_denied else tuple(changes),
        masks=tuple(dict.fromkeys(m for one in verdicts for m in one.masks)),
        filters=tuple(dict.fromkeys(f for one in verdicts for f in one.filters)),
        limits=tuple(dict.fromkeys(m for one in verdicts for m in one.limits)),
        notices=tuple(dict.fromkeys(n for one in verdicts for n in one.notices)),
        decisions=tuple(found for one in verdicts for found in one.decisions),
        used=used_by(verdicts),
    )
