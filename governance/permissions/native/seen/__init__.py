"""What stands in the place of a protected table: what may be seen of it."""
