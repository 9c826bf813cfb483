"""Trino under brakes: a watcher beside the coordinator, which runs no code of ours."""
