"""The governance application."""

from django.apps import AppConfig

from catalog import starting


class GovernanceConfig(AppConfig):
    """What people agreed: agreements, the council, and who may see, read and change what."""

    name = "governance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the application adds, at once or when there is time."""
        starting.register(self._register)

    def _register(self) -> None:
        """Put the gate behind the catalog's access port, and find the kinds of agreements."""
        from catalog.access import install_gate
        from governance.agreements.kinds import find_kinds
        from governance.agreements.subjects import register_subjects
        from governance.conflicts.detectors import register_detectors
        from governance.council.health import register_signals
        from governance.culture.signal import register_missing_data_signal
        from governance.notifications.consumers import register_consumers
        from governance.permissions.following import follow_changes
        from governance.permissions.gate import OptOutGate
        from governance.permissions.labels_in_use import register_labels_in_use
        from governance.permissions.openness_signal import register_openness_signal
        from governance.permissions.trial.beginning import register_trials
        from governance.places import register_places
        from governance.search_documents import register_search
        from governance.search_synonyms import register_synonyms
        from governance.tasks import register_schedules

        install_gate(OptOutGate())
        follow_changes()
        find_kinds()
        register_detectors()
        register_trials()
        register_signals()
        register_labels_in_use()
        register_openness_signal()
        register_missing_data_signal()
        register_consumers()
        register_schedules()
        register_search()
        register_subjects()
        register_synonyms()
        register_places()
