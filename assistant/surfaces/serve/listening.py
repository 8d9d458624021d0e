"""A socket that listens, or one sentence that says why there is none and what to set."""

from __future__ import annotations

import errno
import socket

from assistant.errors import ConfigError


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is any that is free.

    Raises:
        ConfigError: the port is taken or not allowed, or the host is none of this machine's.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=128)
    except socket.gaierror as error:
        raise ConfigError(
            f"The host {host!r} is not known; set PAPERTALK_HOST to an address of this machine."
        ) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65535 else 7860
            raise ConfigError(
                f"Port {port} on {host} is taken; choose another, such as PAPERTALK_PORT={other}."
            ) from error
        if error.errno == errno.EACCES:
            raise ConfigError(
                f"Port {port} needs rights; choose one above 1023, such as PAPERTALK_PORT=7860."
            ) from error
        raise ConfigError(
            f"Nothing can listen on {host}:{port} ({error.strerror}); set PAPERTALK_HOST to an address of this machine."
        ) from error
