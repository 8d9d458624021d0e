"""What the tests are kept from: the network, the user's keys and settings, the working tree."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from assistant.settings import load
from tests.conftest import NetworkUsed


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org", "2001:db8::1"])
def test_a_connection_beyond_this_machine_raises(host: str) -> None:
    address = (host, 80)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as client:
        with pytest.raises(NetworkUsed):
            client.connect(address)
        with pytest.raises(NetworkUsed):
            client.connect_ex(address)


def test_a_server_on_this_machine_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_no_key_and_no_setting_of_the_user_is_seen() -> None:
    assert [name for name in os.environ if name.endswith("_API_KEY") or name.startswith("PAPERTALK_")] == []
    assert load().library == "default"


def test_nothing_is_written_beside_the_project_or_the_users_data(tmp_path: Path) -> None:
    assert Path.cwd() == tmp_path
    assert not load().data_dir.is_relative_to(Path.home())
