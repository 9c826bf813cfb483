"""What lineage tests share: a way to hide datasets from everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from catalog.access import gate, install_gate
from catalog.models import Dataset
from tests.lineage.graphs import HidingGate


@pytest.fixture
def hide() -> Iterator[Callable[..., None]]:
    """`hide(dataset, ...)`: from now on nobody may see these; undone after the test."""
    before = gate()

    def install(*datasets: Dataset) -> None:
        install_gate(HidingGate(dataset.pk for dataset in datasets))

    yield install
    install_gate(before)
