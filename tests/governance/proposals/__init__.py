"""Tests of proposals: rules, services, races."""
