"""People, teams and domains: who answers for data and where they stand in the company."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from catalog.models.choices import choices
from catalog.models.history import tracked
from catalog.types import EmploymentKind, JobRole, TeamKind


@tracked(exclude=("password", "last_login", "preferences"))
class Person(AbstractUser):
    """Everybody Concord knows: who signs in, and who is only named as an owner by a source.

    Somebody who was only named has no usable password. Attributes follow SCIM's enterprise
    extension, so that provisioning fills them.
    """

    display_name = models.CharField(max_length=200)
    department = models.CharField(max_length=120, blank=True)
    location = models.CharField(max_length=120, blank=True)
    employment_kind = models.CharField(
        max_length=20, choices=choices(EmploymentKind), default=EmploymentKind.EMPLOYEE
    )
    job_role = models.CharField(max_length=30, choices=choices(JobRole), default=JobRole.ANALYST)
    manager = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reports"
    )
    is_demonstration = models.BooleanField(default=False)
    preferences = models.JSONField(default=dict, blank=True)  # theme, density, recent searches

    class Meta:
        ordering = ["display_name", "id"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.display_name or self.username

    def get_full_name(self) -> str:
        """The name shown everywhere."""
        return self.display_name or self.username


@tracked()
class Team(models.Model):
    """A group that owns data or builds on it; its kind is one of the five groups of R-014."""

    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=30, choices=choices(TeamKind), default=TeamKind.BUSINESS)
    description = models.TextField(blank=True)
    email = models.EmailField(blank=True)
    members = models.ManyToManyField(
        Person, through="TeamMembership", related_name="teams", blank=True
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked("team", "person")
class TeamMembership(models.Model):
    """A person in a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "person"], name="team_membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.team}"


@tracked()
class Domain(models.Model):
    """A part of the business whose people agree on meaning among themselves (R-033)."""

    name = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(max_length=200, unique=True)
    description = models.TextField(blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    owner_team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="domains"
    )

    class Meta:
        ordering = ["name"]
        permissions = [("steward_domain", "May steward the datasets of this domain")]

    def __str__(self) -> str:
        return self.name


class DomainUserObjectPermission(UserObjectPermissionBase):
    """Stewardship of a domain given to a person (guardian, direct foreign key)."""

    content_object = models.ForeignKey(Domain, on_delete=models.CASCADE)


class DomainGroupObjectPermission(GroupObjectPermissionBase):
    """Stewardship of a domain given to a group (guardian, direct foreign key)."""

    content_object = models.ForeignKey(Domain, on_delete=models.CASCADE)
