"""The catalog application."""

from django.apps import AppConfig

from catalog import starting


class CatalogConfig(AppConfig):
    """What data there is: systems, datasets, columns, people, labels, events, search."""

    name = "catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the application adds, at once or when there is time."""
        starting.register(self._register)

    def _register(self) -> None:
        """Fill the catalog's own entries of its registries."""
        from catalog.api import schema  # noqa: F401 - importing it is what registers it
        from catalog.connectors import register_connectors
        from catalog.search_documents import register_search
        from catalog.subjects import register_subjects
        from catalog.tasks import register_schedules
        from catalog.web.places import register_places

        register_connectors()
        register_schedules()
        register_search()
        register_subjects()
        register_places()
