"""dbt: what a project builds, from the artifacts that dbt leaves behind."""
