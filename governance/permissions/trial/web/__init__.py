"""What a draft of opt-outs would do, as pages."""
