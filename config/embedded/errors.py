"""What may go wrong while the embedded parts start: one plain sentence each, with the fix."""


class EmbeddedError(Exception):
    """An embedded part cannot run; the message is one sentence for the person who started it."""


class AlreadyRunningError(EmbeddedError):
    """Another process has already started this part from the same folder."""
