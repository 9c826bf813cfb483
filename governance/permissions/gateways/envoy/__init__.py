"""The door for Envoy and whatever speaks its external authorization over HTTP (`ext_authz`).

    ANY /gw/SECRET/envoy/ORIGINAL-PATH        with the original method and the headers let through

200 lets the request pass, any other answer goes to whoever asked. The person stands in a header
that Envoy sets after it verified them, the dataset in the path, by the routes of the gateway. A
page or a file comes whole or not at all: what is masked or filtered is denied, unless the service
behind a route says that it fulfills obligations.
"""
