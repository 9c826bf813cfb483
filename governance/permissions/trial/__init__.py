"""Opt-outs tried before they bind: what a draft would do, beside what holds (R-085).

`difference`, `analysis`, `bench` and `replay` are pure: two indexes of the engine in, facts out.
Nothing here changes what anybody may do.
"""
