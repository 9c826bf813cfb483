"""What a draft of opt-outs would do, over REST."""
