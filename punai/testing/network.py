"""A wall around a test: what a plugin under test may connect to."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch


class Outside(OSError):
    """A plugin under test called somewhere that it may not."""


@contextmanager
def only_this_machine() -> Iterator[None]:
    """Refuse connections to anywhere else, and the look-up of other names, for the time of a `with` block."""
    with _wall(_refuse_others):
        yield


@contextmanager
def no_network() -> Iterator[list[str]]:
    """Refuse every connection; what was tried is in the list."""
    tried: list[str] = []

    def refuse(host: str) -> None:
        tried.append(host)
        raise Outside(f"it connects to {host}, and may connect to nothing")

    with _wall(refuse):
        yield tried


def _refuse_others(host: str) -> None:
    try:
        here = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        here = host in ("localhost", "")
    if not here:
        raise Outside(
            f"it connects to {host}: under test a plugin may call this machine only; "
            "have it read the address from a setting whose name holds url, address, endpoint or host"
        )


@contextmanager
def _wall(refuse: Any) -> Iterator[None]:
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(original: Any) -> Any:
        def connecting(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                refuse(str(address[0]))
            return original(self, address)

        return connecting

    def looking_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None:
            refuse(host.decode() if isinstance(host, bytes) else str(host))
        return look_up(host, *args, **kwargs)

    with (
        patch.object(socket.socket, "connect", guarded(connect)),
        patch.object(socket.socket, "connect_ex", guarded(connect_ex)),
        patch.object(socket, "getaddrinfo", looking_up),
    ):
        yield
