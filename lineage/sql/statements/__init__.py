"""What each kind of statement does to the tables that it names."""
