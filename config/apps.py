"""The application that assembles everything."""

from django.apps import AppConfig
from django.conf import settings

from catalog import starting


class ConcordConfig(AppConfig):
    """Settings, URLs, the GraphQL root, system checks and the commands that start the service."""

    name = "config"
    label = "config"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the application adds, at once or when there is time."""
        starting.register(self._register)

    def _register(self) -> None:
        """Make the Celery application the current one, for every process that uses Django.

        A service with the story's clock is a demonstration: it knows the connector of its company.
        """
        from config import celery  # noqa: F401 - importing it is what registers it

        if settings.STORY_CLOCK:
            from config.demo.larkfield import connector

            connector.register()
