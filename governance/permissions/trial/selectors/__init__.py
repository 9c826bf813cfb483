"""Reading what a draft of opt-outs would do."""
