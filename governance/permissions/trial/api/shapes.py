"""Shapes of what a draft of opt-outs would do."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class FlawSerializer(serializers.Serializer[Any]):
    """What is wrong with one opt-out; `others` take part in it."""

    flaw = serializers.CharField()
    sentence = serializers.CharField()
    opt_out = serializers.CharField()
    others = serializers.ListField(child=serializers.CharField())


class SummarySerializer(serializers.Serializer[Any]):
    """Pairs of a person and a dataset that differ, reading for any purpose at `at`."""

    at = serializers.DateTimeField()
    people = serializers.IntegerField()
    datasets = serializers.IntegerField()
    pairs = serializers.IntegerField()
    lost = serializers.IntegerField()
    gained = serializers.IntegerField()
    narrowed = serializers.IntegerField()
    widened = serializers.IntegerField()
    altered = serializers.IntegerField()
    losing = serializers.IntegerField()
    gaining = serializers.IntegerField()


class TrialSerializer(serializers.Serializer[Any]):
    """What a proposal would do."""

    proposal = serializers.CharField(source="proposal.key")
    policy_version = serializers.IntegerField(source="draft.base.version")
    difference = SummarySerializer(source="summary")
    flaws = FlawSerializer(many=True)


class PairSerializer(serializers.Serializer[Any]):
    """A person and a dataset that differ: `change` is lost, gained, narrowed, widened, altered."""

    person = serializers.CharField()
    department = serializers.CharField()
    dataset = serializers.CharField()
    domain = serializers.CharField()
    change = serializers.CharField()
