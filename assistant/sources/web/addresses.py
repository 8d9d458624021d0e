"""Which addresses of the network may be reached: only public ones, checked when a connection is made.

A name is looked up once and the connection goes to an address that was checked. A check before the request would be
of no use: a hostile server gives another address to the second look-up (DNS rebinding).
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from httpcore2 import SOCKET_OPTION, ConnectError, NetworkStream, SyncBackend

from assistant.errors import SourceError

_NAT64 = IPv6Network("64:ff9b::/96")
_OF_CLOUDS = frozenset([IPv4Address("168.63.129.16")])
"""Public by their number, and served to virtual machines by the host under them (Azure)."""

NO_HOST = "its host's name cannot be looked up"


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it belongs to the internet at large: not this machine, not its network, not a cloud's own services."""
    if isinstance(address, IPv6Address):
        inner = _carried(address)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and address not in _OF_CLOUDS


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for (RFC 4291, 6052, 3056, 4380)."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


class PublicAddresses(SyncBackend):
    """Connections of an HTTP client, to public addresses alone."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        """Connect to the first address of the host that answers.

        Raises:
            SourceError: an address of the host is not public.
            ConnectError: it has none, or none answers.
        """
        failure: Exception = ConnectError("it has no address")
        for address in _looked_up(host, port):
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except ConnectError as error:
                failure = error
        raise failure


def _looked_up(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ConnectError(NO_HOST) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_public(ip_address(address.partition("%")[0])):
            raise SourceError(
                f"{host!r} is at {address}, which is no public address; set PAPERTALK_ALLOW_PRIVATE_ADDRESSES=true if "
                f"you trust it."
            )
    return addresses
