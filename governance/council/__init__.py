"""The DataOps council: seats, meetings, votes and the record of its decisions."""
