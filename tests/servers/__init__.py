"""Real servers for tests: each on a free loopback port, with its data in a temporary folder."""
