"""Reading the world of the opt-outs: rules in force, people, data with inherited labels."""
