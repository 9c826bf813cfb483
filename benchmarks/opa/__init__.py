"""Open Policy Agent on the same company: the same opt-outs as an expert's policy and document."""
