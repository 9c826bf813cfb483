"""The application that assembles everything."""

from django.apps import AppConfig


class ConcordConfig(AppConfig):
    """Settings, URLs, the GraphQL root, system checks and the commands that start the service."""

    name = "config"
    label = "config"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the Celery application the current one, for every process that uses Django."""
        from config import celery  # noqa: F401 - importing it is what registers it
