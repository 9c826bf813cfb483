"""The company Larkfield: text in `demo/larkfield/` becomes catalog, people and agreements.

Nothing here is random and nothing reads a clock: the same text gives the same company, whichever
process reads it and in whichever order.
"""
