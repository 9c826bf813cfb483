"""What a draft of opt-outs would do, in GraphQL."""
