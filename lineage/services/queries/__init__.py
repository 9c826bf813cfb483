"""Writing query records: what ran, what it read and wrote, and the use that follows from it."""
