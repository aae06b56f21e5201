"""The connection between page and kernel, without waiting to fill a packet."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class NoDelayConnection(ZMQChannelsWebsocketConnection):
    """Sends each message at once. Nagle's algorithm, which Jupyter leaves on, holds small messages back for up to
    40 ms, and so lets a picture under a slider move at most 20 times a second."""

    def connect(self) -> Any:
        self.websocket_handler.set_nodelay(True)
        return super().connect()
