"""Whoever changes an opt-out or an exception in this process has it in force with their commit."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_save

from governance.models import AgreementVersion, OptOutException
from governance.permissions.holder import opt_outs


def follow_changes() -> None:
    """Listen to versions of agreements and to exceptions; called once at start-up."""
    for model in (AgreementVersion, OptOutException):
        post_save.connect(_changed, sender=model, dispatch_uid=f"opt_outs_{model.__name__}")


def _changed(sender: Any, **kwargs: Any) -> None:
    transaction.on_commit(opt_outs.refresh_if_loaded, robust=True)
