"""The parts that Concord starts by itself when no server address is given."""
