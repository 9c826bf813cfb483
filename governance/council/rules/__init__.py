"""The council's rules as pure functions: quorum, tally, delegation, agenda, calendar."""
