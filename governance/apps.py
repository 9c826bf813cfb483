"""The governance application."""

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """What people agreed: today the access default, later agreements and the council."""

    name = "governance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the gate behind the catalog's access port."""
        from catalog.access import install_gate
        from governance.permissions.gate import OptOutGate

        install_gate(OptOutGate())
