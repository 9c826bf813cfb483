"""The forms of a connection. They shape input; `services.connections` decides what is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from catalog.errors import CatalogError
from catalog.models import Connection
from catalog.registries.connectors import Connector
from catalog.services.connections import LONGEST_INTERVAL, SHORTEST_INTERVAL
from catalog.web.ingestion.settings_form import settings_fields, settings_of

INTERVALS = (
    ("", "Only when asked"),
    ("15", "Every 15 minutes"),
    ("60", "Every hour"),
    ("360", "Every 6 hours"),
    ("1440", "Every day"),
    ("10080", "Every week"),
)
NAMING_HELP = (
    "The name of the secret, never the secret itself, such as warehouse-password. Whoever runs"
    " Concord sets it as the environment variable CONCORD_SECRET_WAREHOUSE_PASSWORD, or as the file"
    " var/secrets/connections/warehouse-password. Leave it empty when none is needed."
)


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files in one field."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if not given and self.required:
            raise forms.ValidationError(self.error_messages["required"])
        return [super(FilesField, self).clean(file, initial) for file in given]


def files_field(connector: Connector, *, required: bool) -> FilesField:
    """The upload of a connector's files."""
    takes = ", ".join(connector.accepts)
    return FilesField(
        label="Files",
        required=required,
        widget=ManyFilesInput(attrs={"accept": ",".join(_endings(connector))}),
        help_text=f"Takes {takes}; at most 512 MB each. Kept until the import has ended.",
        error_messages={"required": "Choose at least one file."},
    )


def _endings(connector: Connector) -> list[str]:
    endings = (
        name if name.startswith(".") else f".{name.rpartition('.')[2]}"
        for name in connector.accepts
    )
    return list(dict.fromkeys(endings))


class ConnectionForm(forms.Form):
    """Name, settings, secret's name and schedule of a connection; files for a new one."""

    name = forms.CharField(label="Name", max_length=200, help_text="What people call this source.")
    secret_name = forms.CharField(
        label="Name of the secret",
        required=False,
        max_length=64,
        help_text=NAMING_HELP,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    interval_minutes = forms.TypedChoiceField(
        label="Import again",
        required=False,
        choices=INTERVALS,
        coerce=int,
        empty_value=None,
        help_text=f"From {SHORTEST_INTERVAL} minutes to {LONGEST_INTERVAL // 1440} days;"
        " other intervals over REST.",
    )

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        connector: Connector,
        connection: Connection | None = None,
    ) -> None:
        super().__init__(data, files, initial=_initial(connection))
        self.connector = connector
        held = connection.settings if connection else None
        self.fields.update(settings_fields(connector, held))
        if connection is not None and connection.interval_minutes is not None:
            self._offer(connection.interval_minutes)
        if connection is None and connector.accepts:
            self.fields["files"] = files_field(connector, required=connector.needs_files)
        self.order_fields(["name", *settings_fields(connector), "files"])

    def _offer(self, minutes: int) -> None:
        """An interval that was set elsewhere stays a choice."""
        if str(minutes) not in dict(INTERVALS):
            choices = [*INTERVALS, (str(minutes), f"Every {minutes:,} minutes")]
            self.fields["interval_minutes"].choices = choices  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What `create_connection` and `change_connection` take."""
        cleaned = self.cleaned_data
        return {
            "name": cleaned["name"],
            "settings": settings_of(self.connector, cleaned),
            "secret_name": cleaned["secret_name"],
            "interval_minutes": cleaned["interval_minutes"],
        }

    def explain(self, error: CatalogError) -> None:
        """Put a refusal at its field, or on top."""
        said: Mapping[str, list[str]] = getattr(error, "fields", {})
        for field, messages in said.items():
            self.add_error(field if field in self.fields else None, messages)
        if not said:
            self.add_error(None, error.message)


def _initial(connection: Connection | None) -> dict[str, Any]:
    if connection is None:
        return {}
    return {
        "name": connection.name,
        "secret_name": connection.secret_name,
        "interval_minutes": connection.interval_minutes or "",
    }
