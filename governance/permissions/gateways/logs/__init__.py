"""The door for decision logs of OPA: what somebody else's policies decided, into the audit.

    POST /gw/SECRET/logs[/ANYTHING]           a JSON array of events, packed by gzip or not

An OPA that is configured to upload its log sends it here unchanged. `events` reads one event as far
as it is understood, `taking` takes each decision once, however often it is sent. The opt-outs are
not asked: what was decided stands in the audit as decided elsewhere, and can be replayed under a
draft where it was about data of the catalog.
"""
