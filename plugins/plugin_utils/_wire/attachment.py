# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that touches Ansible's winrm connection. Private to the collection.

Used of ``ansible.plugins.connection.winrm.Connection``, ansible-core 2.16 to 2.21: ``get_option``, ``_connect``,
``protocol``, ``shell_id``, and where present ``_build_winrm_kwargs``, ``_winrm_connect`` and ``_winrm_transport``.
``tests/unit/plugins/plugin_utils/wire/test_link_contract.py`` holds each core to it.

Never ``_winrm_exec``: it prints command lines at -vvvvv, also under no_log, and waits without a deadline.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible.errors import AnsibleConnectionFailure, AnsibleError

from . import libraries
from .faults import AuthenticationRefused, ConnectionFailed, UnsupportedConnection
from .libraries import Transport
from .masking import Secret

if t.TYPE_CHECKING:
    from ansible.plugins.connection.winrm import Connection

CODE_PAGE: t.Final = 65001
"""Code page of the shells that Ansible opens."""

_MODULES: t.Final = frozenset(
    {"ansible.plugins.connection.winrm", "ansible_collections.ansible.builtin.plugins.connection.winrm"}
)

# Stands in for a shell while the connection is made; the connection opens none as long as it believes it has one.
_NO_SHELL: t.Final = "none"

# The connection raises one exception for all its troubles and has nothing but words to tell them apart.
_ABOUT_CREDENTIALS: t.Final = re.compile("credential|auth|kerberos|kinit", re.IGNORECASE)


@dataclass(frozen=True)
class Attachment:
    """pywinrm's transport with the connection's settings; ``shell_id`` is a shell that the connection had opened.

    That shell has :data:`CODE_PAGE`.
    """

    transport: Transport
    operation_timeout: float
    read_timeout: float
    shell_id: str | None


def checked(connection: object) -> Connection:
    """Return a connection that this collection can talk over; nothing is sent."""
    if not is_winrm(connection):
        name = getattr(connection, "transport", type(connection).__name__)
        raise UnsupportedConnection(
            f"The host is reached over the connection {name!r}, and this collection talks WS-Management over "
            "ansible.builtin.winrm alone: set ansible_connection: winrm (with ansible_port, ansible_winrm_transport "
            "and the credentials) for this host."
        )
    if libraries.MISSING:
        raise UnsupportedConnection(
            "The controller lacks a Python library: pywinrm 0.5.0 or newer with requests is needed for every host "
            f"({libraries.MISSING}). Install it for the Python that runs Ansible: pip install 'pywinrm>=0.5.0'."
        )
    return t.cast("Connection", connection)


def is_winrm(connection: object) -> bool:
    """Tell whether a connection is Ansible's own winrm, or derived from it.

    Told by names, because there are two such classes: Ansible's loader imports the plugin once for each of its names,
    ``winrm`` and ``ansible.builtin.winrm``.
    """
    return any(kind.__name__ == "Connection" and kind.__module__ in _MODULES for kind in type(connection).__mro__)


def address_of(connection: Connection) -> str:
    """Return the address of the host, as Ansible's own messages name it."""
    return str(connection.get_option("remote_addr"))


def account_of(connection: Connection) -> tuple[str, Secret]:
    """Return user and password of the connection, empty where there are none."""
    user, password = (connection.get_option(option) or "" for option in ("remote_user", "remote_password"))
    return str(user), Secret(str(password))


def attach(connection: Connection) -> Attachment:
    """Make the connection, or take over one that was made.

    No request is sent where the connection has one way to authenticate. Its shell, if it had to open one, becomes
    the caller's, who deletes it: no two shells at once, of which WinRM 1.1 allows a user no more.
    """
    host = address_of(connection)
    try:
        protocol = _own_protocol(connection)
        if protocol is None:
            connection._connect()
    except AnsibleConnectionFailure as error:
        kind = AuthenticationRefused if _ABOUT_CREDENTIALS.search(str(error)) else ConnectionFailed
        raise kind(f"{host}: {error}") from error
    except AnsibleError as error:
        raise UnsupportedConnection(f"{host}: {error}") from error
    shell_id = None
    if protocol is None:
        protocol = connection.protocol
        shell_id, connection.shell_id = connection.shell_id, None
    return Attachment(
        protocol.transport, float(protocol.operation_timeout_sec), float(protocol.read_timeout_sec), shell_id
    )


def _own_protocol(connection: Connection) -> t.Any:
    """Return a pywinrm Protocol with no shell opened for it, None where the connection must make its own.

    Ansible's ``_connect()`` opens a shell to prove that it can talk; a task that only asks WMI would pay two requests
    for it. These two methods are private, so any core that has them not is served by ``_connect()``.
    """
    build = getattr(connection, "_build_winrm_kwargs", None)
    connect = getattr(connection, "_winrm_connect", None)
    if connection.protocol is not None or build is None or connect is None:
        return None
    build()
    if len(connection._winrm_transport) != 1:
        return None  # only opening a shell finds out which of several ways to authenticate the host takes
    connection.shell_id = _NO_SHELL
    try:
        return connect()
    finally:
        connection.shell_id = None
