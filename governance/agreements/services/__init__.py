"""The only writer of versions: adoption."""
