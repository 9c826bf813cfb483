"""Assembles Concord: settings, URLs, servers, jobs, the GraphQL root, system checks."""
