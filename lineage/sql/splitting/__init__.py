"""From a script to its statements, without a grammar."""
