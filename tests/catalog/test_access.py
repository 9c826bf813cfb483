"""Before governance has spoken, the port is closed."""

import pytest

from catalog import access
from catalog.access import AccessRefused, Action, gate, install_gate, require
from catalog.models import Dataset
from catalog.types import Principal
from tests.factories import DatasetFactory


@pytest.mark.django_db
def test_without_a_gate_nothing_is_allowed_not_even_to_the_system() -> None:
    DatasetFactory()
    installed = gate()
    install_gate(access._ClosedGate())
    try:
        for action in Action:
            with pytest.raises(AccessRefused) as refused:
                require(Principal.system("test"), action)
            assert refused.value.verdict.code == "no_gate"
            assert (
                gate().scope(Principal.system("test"), action, Dataset.objects.all()).count() == 0
            )
    finally:
        install_gate(installed)
