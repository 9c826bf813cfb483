"""The writers of goals and reports."""
