"""Data states: a workflow of interest, its states as predicates, the ways between them."""

from governance.agreements.kinds.data_state.kind import DataState

KIND = DataState()
