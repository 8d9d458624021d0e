"""Where the server may listen, and the socket that does: or one sentence that says why not and what to set."""

from __future__ import annotations

import errno
import socket

from assistant.access import Access
from assistant.errors import ConfigError
from assistant.settings import Settings
from assistant.surfaces.serve.sent import is_loopback


def refuse_binding(settings: Settings, host: str) -> None:
    """
    Raises:
        ConfigError: whoever reaches that host from elsewhere, or any page of the web, could do what only some may, or
            nobody could do anything.
    """
    if "*" in settings.cors_origins:
        raise ConfigError(
            "PAPERTALK_CORS_ORIGINS is '*', which is every page of the web; list the origins that may call the API, "
            "such as https://lab.example.org."
        )
    if settings.access == "local" and not is_loopback(host):
        raise ConfigError(
            f"On {host} others reach this server, and PAPERTALK_ACCESS is 'local', which lets them do everything; set "
            f"it to 'keys' or 'public', or listen on 127.0.0.1."
        )
    if settings.access == "keys" and Access(settings.data_dir).is_empty():
        raise ConfigError(
            "PAPERTALK_ACCESS is 'keys', and there is neither a key nor a user; make one with 'papertalk keys create "
            "NAME' or 'papertalk users add NAME'."
        )


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
