"""A workflow with its data states as a kind of agreement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from governance.agreements.kind import AgreementKind, CheckContext
from governance.agreements.kinds.data_state.checks import check_workflow, read_workflow
from governance.agreements.kinds.data_state.conflicts import workflow_conflicts
from governance.agreements.kinds.data_state.document import Workflow
from governance.agreements.selectors.short_names import domain_of_system
from governance.types import BindingRole, BindingSpec, ChangeOp, ConflictSpec, Finding


class DataState(AgreementKind):
    """The states of one workflow: what each means, and the ways between them."""

    name = "data_state"
    label = "data state"
    plural = "data states"
    about = "A workflow: the states of a customer, a lead or an invoice, and what each means."
    document_type = Workflow
    prose = frozenset({"purpose", "states[].definition", "states[].label", "title"})
    not_enforced = (
        "Recorded and agreed, not yet enforced: no events are received, no cases are counted and"
        " no query is compared with these definitions yet."
    )
    template = "governance/agreements/kinds/data_state.html"

    def slug(self, document: Workflow) -> str:
        """The workflow's own key."""
        return document.workflow

    def title(self, document: Workflow) -> str:
        """What people call the workflow."""
        return document.title or document.workflow.replace("_", " ").capitalize()

    def sentence(self, document: Workflow) -> str:
        """Its states in order, and where the truth is kept."""
        names = [state.name for state in document.states]
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
        entity = document.entity.replace("_", " ")
        return (
            f"In {document.context} a {entity} is {listed}; the truth is kept in"
            f" {document.system_of_record}."
        )

    def domain(self, document: Workflow) -> str:
        """The domain named, else that of the system of record."""
        return document.domain or domain_of_system(document.system_of_record)

    def check(self, document: Workflow, context: CheckContext) -> Iterable[Finding]:
        """See `check_workflow`."""
        return check_workflow(document, context)

    def bindings(self, document: Workflow, context: CheckContext) -> Sequence[BindingSpec]:
        """The columns behind the conditions, and the system of record."""
        reading = read_workflow(document, context)
        found = [
            BindingSpec(BindingRole.INPUT, dataset_id=source.dataset_id, column_path=source.path)
            for source in reading.inputs
        ]
        if reading.system is not None:
            found.append(BindingSpec(BindingRole.SYSTEM_OF_RECORD, system_id=reading.system.pk))
        return found

    def conflicts(self, document: Workflow, context: CheckContext) -> Iterable[ConflictSpec]:
        """See `workflow_conflicts`."""
        return workflow_conflicts(document, context)

    def migration_hint(self, document: Workflow, op: ChangeOp) -> str:
        """What becomes of queries that filter on the same columns."""
        if op in (ChangeOp.RETIRE, ChangeOp.DEPRECATE):
            return f"Say without {self.title(document)} what your query means."
        return f"Compare your condition with the states of {self.title(document)}."
