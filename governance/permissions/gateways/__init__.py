"""The doors at which programs ask for the opt-outs: plain ASGI callables in front of Django.

Every answer comes from the index of this process and from what `registered` holds; nothing on the
way to it asks the database. `keeping` says how both are kept, how long they may be old, and what
closes then: an outage never opens anything.
"""
