"""A request as the guard reads it: from whom, behind which proxies, to what, and whether another site sends it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from starlette.requests import cookie_parser

from assistant.surfaces.serve import login

if TYPE_CHECKING:
    from starlette.types import Scope

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_API = ("/api", "/v1", "/mcp")
HEALTH = frozenset({"/healthz", "/readyz"})
METRICS = "/metrics"
_LISTENING, _BEATING = "/gradio_api/queue/data", "/gradio_api/heartbeat/"
_FORWARDING = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "x-real-ip", "via")


def is_loopback(host: str) -> bool:
    """Whether a host, by name or address, is this machine for this machine alone."""
    try:
        return _plain(ipaddress.ip_address(host)).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as far as the guard reads it. Names of headers are in lower case; cookies are put together.

    ``address`` is the sender's, behind the proxies that are trusted. ``is_direct`` tells that it came from this machine
    and through no proxy.
    """

    method: str
    path: str
    target: str
    headers: Mapping[str, str]
    address: str
    is_https: bool
    is_direct: bool
    cookies: Mapping[str, str]

    @classmethod
    def of(cls, scope: Scope, trusted: Iterable[Network] = ()) -> Sent:
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            joint = {"cookie": "; ", "x-forwarded-for": ", "}.get(name)
            headers[name] = f"{headers[name]}{joint}{value}" if joint and name in headers else value
        peer = str((scope.get("client") or ("", 0))[0])
        address, is_https = peer, scope.get("scheme") == "https"
        if _is_in(peer, trusted := tuple(trusted)):
            address = _sender_behind(headers.get("x-forwarded-for", ""), peer, trusted)
            is_https = {"https": True, "http": False}.get(headers.get("x-forwarded-proto", "").strip(), is_https)
        target = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        query = scope.get("query_string", b"").decode("latin-1")
        return cls(
            scope["method"],
            scope["path"],
            f"{target}?{query}" if query else target,
            headers,
            address,
            is_https,
            is_loopback(peer) and not any(name in headers for name in _FORWARDING),
            cookie_parser(headers.get("cookie", "")),
        )

    @property
    def host(self) -> str:
        """The name that it was sent to, without the port; empty where that is none."""
        return _host_of(f"//{self.headers.get('host', '')}")

    @property
    def is_for_programs(self) -> bool:
        """Whether it goes to what programs call, not to the page."""
        return self.path in HEALTH or self.path == METRICS or any(is_below(self.path, root) for root in _API)

    @property
    def is_open(self) -> bool:
        """Whether nobody has to be known for it."""
        return self.path in HEALTH or self.path in login.PATHS

    @property
    def page(self) -> str:
        """The name of the open page that is listened for, by which Gradio tells sessions apart; empty elsewhere."""
        if self.path == _LISTENING:
            return parse_qs(urlsplit(self.target).query).get("session_hash", [""])[0]
        return self.path.removeprefix(_BEATING) if self.path.startswith(_BEATING) else ""

    @property
    def bearer(self) -> str:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    @property
    def is_from_another_site(self) -> bool:
        """Whether a page of another origin sends it, as browsers tell; what is no browser tells nothing.

        The order is that of Go's ``http.CrossOriginProtection``: Sec-Fetch-Site is exact, and missing over plain HTTP.
        """
        if site := self.headers.get("sec-fetch-site"):
            return site not in ("same-origin", "none")
        origin = self.headers.get("origin")
        return origin is not None and _netloc_of(origin) != self.headers.get("host", "").lower()


def is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")


def _netloc_of(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()  # which leaves the zone of an IPv6 address as it is
    except ValueError:
        return ""


def _is_in(address: str, networks: Iterable[Network]) -> bool:
    try:
        parsed = _plain(ipaddress.ip_address(address))
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def _plain(address: Address) -> Address:
    """An IPv4 address that a socket of IPv6 shows as one of its own, as what it is."""
    return getattr(address, "ipv4_mapped", None) or address


def _sender_behind(forwarded: str, peer: str, trusted: Iterable[Network]) -> str:
    """The last address that no trusted proxy has: each proxy adds the one it was called from at the end, and what
    stands before can be made up."""
    address = peer
    for written in reversed(forwarded.split(",")):
        try:
            address = str(_plain(ipaddress.ip_address(written.strip())))
        except ValueError:
            break
        if not _is_in(address, trusted):
            break
    return address
