"""The event door's writers: keeping events as they come, then projecting them into the graph."""
