"""What administrators do in the browser: people, invitations, the event log."""
