"""The web process: one uvicorn on a listening socket that the supervisor opened.

`python -m config.embedded.web DESCRIPTOR APPLICATION`. The socket stays open while this process is
restarted, so that a request made meanwhile waits instead of failing.
"""

import contextlib
import socket
import sys

import uvicorn

from config.embedded.lifeline import stop_with_parent

GRACE = 3  # seconds that open requests get when the service stops


def main(descriptor: int, application: str) -> None:
    """Serve `application` ("module:attribute") on the inherited socket until SIGINT or SIGTERM."""
    stop_with_parent()
    config = uvicorn.Config(
        application,
        http="governance.permissions.gateways.protocol:GatewayProtocol",
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="auto",
        timeout_graceful_shutdown=GRACE,
    )
    with contextlib.suppress(KeyboardInterrupt):  # raised once more after the clean stop
        uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
