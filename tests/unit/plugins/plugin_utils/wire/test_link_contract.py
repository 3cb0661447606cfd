# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this collection uses of ansible-core's winrm connection, held against the core that is installed.

It needs nothing but pytest, the collection and one ansible-core with pywinrm. For each core from 2.16 to 2.21:

    python3 -m venv core && core/bin/pip install "ansible-core==2.16.*" "pywinrm>=0.5.0" pytest
    site=$(core/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    mkdir -p "$site/ansible_collections/eva" && ln -s "$PWD" "$site/ansible_collections/eva/mpio"
    core/bin/python -m pytest tests/unit/plugins/plugin_utils/wire/test_link_contract.py
"""

from __future__ import annotations

import inspect
import os
import sys
from typing import Any, ClassVar

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.playbook.play_context import PlayContext
from ansible.plugins.connection.winrm import Connection
from ansible.plugins.loader import connection_loader
from ansible.utils.display import Display
from winrm.exceptions import AuthenticationError, WinRMError, WinRMTransportError, WSManFaultError
from winrm.transport import Transport

from ansible_collections.eva.mpio.plugins.plugin_utils._wire import attachment
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import (
    AuthenticationRefused,
    ConnectionFailed,
    UnsupportedConnection,
)

NAMES = ["winrm", "ansible.builtin.winrm"]


def load(name: str, transport: object = "basic") -> Any:
    connection = connection_loader.get(name, PlayContext(), os.devnull)
    connection.set_options(
        var_options={"_extras": {}, "ansible_winrm_transport": transport},
        direct={"remote_addr": "10.1.1.1", "remote_user": "operator", "remote_password": "p", "port": 5985},
    )
    return connection


class Protocol:
    """In pywinrm's place: opens no socket, counts shells."""

    made: ClassVar[list[Protocol]] = []
    refusals: ClassVar[list[Exception]] = []

    def __init__(self, endpoint: str, transport: str = "", username: str = "", password: str = "") -> None:
        self.endpoint, self.auth, self.username = endpoint, transport, username
        self.transport = object()
        self.operation_timeout_sec, self.read_timeout_sec = 20, 30
        self.shells = 0
        Protocol.made.append(self)

    def open_shell(self, codepage: int) -> str:
        for refusal in self.refusals:
            raise refusal
        assert codepage == attachment.CODE_PAGE
        self.shells += 1
        return "SHELL"


@pytest.fixture(autouse=True)
def _protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    Protocol.made.clear()
    for name in NAMES:
        module = sys.modules[type(load(name)).__module__]
        monkeypatch.setattr(module, "Protocol", Protocol)


each_name = pytest.mark.parametrize("name", NAMES)


@each_name
def test_both_names_are_recognised(name: str) -> None:
    assert attachment.is_winrm(load(name))


def test_a_derived_plugin_is_recognised_and_others_are_not() -> None:
    class Derived(Connection):
        pass

    assert attachment.is_winrm(object.__new__(Derived))
    assert not attachment.is_winrm(connection_loader.get("local", PlayContext(), os.devnull))
    assert not attachment.is_winrm(object())
    assert not attachment.is_winrm(None)


def test_another_connection_is_refused_with_a_sentence() -> None:
    with pytest.raises(UnsupportedConnection, match=r"connection 'local'.* set ansible_connection: winrm"):
        attachment.checked(connection_loader.get("local", PlayContext(), os.devnull))


@each_name
def test_attributes_used(name: str) -> None:
    connection = load(name)
    assert (connection.protocol, connection.shell_id) == (None, None)
    for method in ("_connect", "_build_winrm_kwargs", "_winrm_connect", "get_option"):
        assert callable(getattr(connection, method))
    assert list(inspect.signature(connection._winrm_connect).parameters) == []
    assert list(inspect.signature(connection._build_winrm_kwargs).parameters) == []
    connection._build_winrm_kwargs()
    assert connection._winrm_transport == ["basic"]
    assert attachment.address_of(connection) == "10.1.1.1"


@each_name
def test_no_shell_is_opened_and_the_connection_is_left_as_it_was(name: str) -> None:
    connection = load(name)
    attached = attachment.attach(connection)
    (made,) = Protocol.made
    assert (made.endpoint, made.auth, made.username) == ("http://10.1.1.1:5985/wsman", "basic", "operator")
    assert made.shells == 0
    assert attached.transport is made.transport
    assert (attached.operation_timeout, attached.read_timeout, attached.shell_id) == (20, 30, None)
    assert (connection.protocol, connection.shell_id) == (None, None)
    connection.close()


def test_several_ways_to_authenticate_are_tried_by_ansible() -> None:
    connection = load("winrm", ["basic", "plaintext"])
    attached = attachment.attach(connection)
    assert connection.protocol.shells == 1
    assert attached.transport is connection.protocol.transport
    assert (attached.shell_id, connection.shell_id) == ("SHELL", None)


def test_a_connection_already_made_is_taken_over() -> None:
    connection = load("winrm")
    connection._connect()
    attached = attachment.attach(connection)
    assert len(Protocol.made) == 1
    assert (attached.shell_id, connection.shell_id) == ("SHELL", None)


@pytest.mark.parametrize("gone", ["_build_winrm_kwargs", "_winrm_connect"])
def test_a_core_without_the_private_methods_connects_itself(gone: str) -> None:
    connection = load("winrm")

    class Bare:
        """The connection of a core to come."""

        transport = "winrm"
        protocol: Any = None
        shell_id: str | None = None

        def __getattr__(self, attribute: str) -> Any:
            if attribute == gone:
                raise AttributeError(attribute)
            return getattr(connection, attribute)

        def _connect(self) -> None:
            connection._connect()
            self.protocol, self.shell_id = connection.protocol, connection.shell_id

    bare: Any = Bare()
    assert attachment.attach(bare).shell_id == "SHELL"
    assert bare.protocol.shells == 1


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (OSError("[Errno 111] refused"), ConnectionFailed),
        (WinRMTransportError("http", 401, ""), AuthenticationRefused),
    ],
)
def test_what_ansible_could_not_connect_is_told_apart(
    refusal: Exception, expected: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Protocol, "refusals", [refusal])
    connection = load("winrm", ["basic", "plaintext"])
    with pytest.raises(expected, match=r"10\.1\.1\.1: "):
        attachment.attach(connection)
    with pytest.raises(AnsibleConnectionFailure):
        connection._connect()


def test_user_and_password_are_known_and_not_shown() -> None:
    user, password = attachment.account_of(load("winrm"))
    assert (user, password.value) == ("operator", "p")
    assert "'p'" not in repr(password)
    bare = connection_loader.get("winrm", PlayContext(), os.devnull)
    bare.set_options(var_options={"_extras": {}}, direct={"remote_addr": "10.1.1.1"})
    assert attachment.account_of(bare)[1].value == ""


def test_pywinrm_has_what_is_used() -> None:
    assert issubclass(AuthenticationError, WinRMError)
    assert WinRMTransportError("http", 500, "text").response_text == "text"
    assert issubclass(WSManFaultError, WinRMError)
    transport = Transport("http://127.0.0.1:1/wsman", "u", "p", auth_method="basic", read_timeout_sec=30)
    assert (transport.session, transport.encryption) == (None, None)
    for method in ("build_session", "setup_encryption", "send_message", "close_session"):
        assert callable(getattr(transport, method))


def test_display_has_what_is_used() -> None:
    Display().vvv("WSMAN reading X", host="10.1.1.1")
