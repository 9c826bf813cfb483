"""The door for Trino's file of rules (`access-control.name=file`), which Trino reads by its URL.

    GET /gw/SECRET/rules/trino.json           {"policy_version": ..., "rules": {...}}

with `security.json-pointer=/rules`. Trino reads it again before the first query after its refresh
period, decides by itself, and lets nobody ask anything where it cannot read it. `rendering` writes
it, `patterns` the regular expressions of Java in it.
"""
