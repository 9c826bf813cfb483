"""Systems, containers, domains, teams, people, labels, products, technologies, properties."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from rest_framework import mixins
from rest_framework.serializers import BaseSerializer, ModelSerializer
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from catalog.api.serializers import directory as shapes
from catalog.api.views.base import principal_of_request
from catalog.models import (
    Container,
    DataProduct,
    Domain,
    Label,
    Person,
    PropertyDefinition,
    System,
    Team,
    Technology,
)
from catalog.selectors import directory
from catalog.services.records import delete_record, save_record


class RecordViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    GenericViewSet[Any],
):
    """Read for everybody, changed through the service that the Django admin uses too."""

    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    lookup_value_regex = r"\d+"

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        """Store a new record."""
        self._save(serializer, self.get_queryset().model())

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        """Store a changed record."""
        self._save(serializer, serializer.instance)

    def perform_destroy(self, instance: Model) -> None:
        """Delete a record that nothing rests on."""
        delete_record(instance, acting=principal_of_request(self.request))

    def _save(self, serializer: BaseSerializer[Any], instance: Any) -> None:
        many = {field.name for field in instance._meta.many_to_many}
        given = dict(serializer.validated_data)
        for name, value in given.items():
            if name not in many:
                setattr(instance, name, value)
        serializer.instance = save_record(
            instance,
            acting=principal_of_request(self.request),
            many_to_many={name: given[name] for name in many if name in given},
        )


class EditableRecordViewSet(RecordViewSet, mixins.CreateModelMixin, mixins.DestroyModelMixin):
    """A record that people make and delete by hand; RecordViewSet comes first, so that its
    services do the writing and never the serializers."""


class SystemViewSet(RecordViewSet):
    """Systems; they come from sources, their infrastructure is declared here."""

    serializer_class: type[ModelSerializer[Any]] = shapes.SystemSerializer
    queryset = System.objects.none()

    def get_queryset(self) -> QuerySet[System]:
        """Visible systems."""
        return directory.systems(principal_of_request(self.request))


class ContainerViewSet(RecordViewSet):
    """Databases, schemas, folders and other levels."""

    serializer_class: type[ModelSerializer[Any]] = shapes.ContainerSerializer
    queryset = Container.objects.none()
    filterset_fields = ["system", "parent", "kind"]

    def get_queryset(self) -> QuerySet[Container]:
        """Visible containers."""
        return directory.containers(principal_of_request(self.request))


class DomainViewSet(EditableRecordViewSet):
    """Domains; their stewards may change them."""

    serializer_class: type[ModelSerializer[Any]] = shapes.DomainSerializer
    queryset = Domain.objects.none()

    def get_queryset(self) -> QuerySet[Domain]:
        """Visible domains."""
        return directory.domains(principal_of_request(self.request))


class TeamViewSet(EditableRecordViewSet):
    """Teams."""

    serializer_class: type[ModelSerializer[Any]] = shapes.TeamSerializer
    queryset = Team.objects.none()
    filterset_fields = ["kind"]

    def get_queryset(self) -> QuerySet[Team]:
        """Visible teams."""
        return directory.teams(principal_of_request(self.request))


class PersonViewSet(ReadOnlyModelViewSet[Person]):
    """People; accounts are made by invitation, by the directory or in the admin."""

    serializer_class = shapes.PersonSerializer
    queryset = Person.objects.none()
    filterset_fields = ["department", "location", "employment_kind", "job_role", "is_active"]
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[Person]:
        """Visible people."""
        return directory.people(principal_of_request(self.request))


class LabelViewSet(EditableRecordViewSet):
    """Tags and classifications."""

    serializer_class: type[ModelSerializer[Any]] = shapes.LabelSerializer
    queryset = Label.objects.none()
    filterset_fields = ["kind", "parent"]

    def get_queryset(self) -> QuerySet[Label]:
        """Visible labels."""
        return directory.labels(principal_of_request(self.request))

    def _save(self, serializer: BaseSerializer[Any], instance: Label) -> None:
        parent = serializer.validated_data.get("parent", instance.parent)
        name = serializer.validated_data.get("name", instance.name)
        instance.path = f"{parent.path} / {name}" if parent else name
        super()._save(serializer, instance)


class DataProductViewSet(EditableRecordViewSet):
    """Data products."""

    serializer_class: type[ModelSerializer[Any]] = shapes.DataProductSerializer
    queryset = DataProduct.objects.none()
    filterset_fields = ["domain"]

    def get_queryset(self) -> QuerySet[DataProduct]:
        """Visible products."""
        return directory.products(principal_of_request(self.request))


class TechnologyViewSet(EditableRecordViewSet):
    """The technology register."""

    serializer_class: type[ModelSerializer[Any]] = shapes.TechnologySerializer
    queryset = Technology.objects.none()
    filterset_fields = ["stage"]

    def get_queryset(self) -> QuerySet[Technology]:
        """Visible technologies."""
        return directory.technologies(principal_of_request(self.request))


class PropertyDefinitionViewSet(EditableRecordViewSet):
    """Custom properties."""

    serializer_class: type[ModelSerializer[Any]] = shapes.PropertyDefinitionSerializer
    queryset = PropertyDefinition.objects.none()

    def get_queryset(self) -> QuerySet[PropertyDefinition]:
        """Visible property definitions."""
        return directory.property_definitions(principal_of_request(self.request))
