"""The door for clients that decide by themselves: what holds, signed, and what they decided.

    GET  /gw/client/bundle?have=VERSION&wait=SECONDS&instance=NAME&nonce=…   the state, or changes
    POST /gw/client/decisions                                                a batch of decisions

`have=0&least=VERSION` asks for everything, not older than that version.

A gateway whose `uses` name `bundle` asks with its secret as a bearer token. Asking says what runs:
`have` is the version that the client decides from.
"""
