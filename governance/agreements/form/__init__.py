"""A document as a form and back, for any document type; pure: rendering is the pages' business.

Fields are flat: `name`, `states-0-key`, `states-0-examples-1-0-name`. Beside them stand three kinds
of marks: `states-rows` (how many rows a list has), `period-given` (that an optional group is there)
and, on a submit button, an action such as `add:states`, `remove:states-1`, `up:states-1`,
`down:states-1` or `show:assert`, so that rows come, go and move without a script.
"""

from governance.agreements.form.fields import Choice, FieldKind, FormField, Variant, form_fields
from governance.agreements.form.forms import (
    BoundField,
    Form,
    blank_form,
    changed_form,
    form_of_document,
    read_form,
)
from governance.agreements.form.sentences import FieldError, errors_of, label_of

__all__ = [
    "BoundField",
    "Choice",
    "FieldError",
    "FieldKind",
    "Form",
    "FormField",
    "Variant",
    "blank_form",
    "changed_form",
    "errors_of",
    "form_fields",
    "form_of_document",
    "label_of",
    "read_form",
]
