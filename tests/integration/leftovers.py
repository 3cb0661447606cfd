# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody else left on a server: stored logins and sessions that nobody declares any more, made as the lab."""

from __future__ import annotations

from ansible_collections.eva.mpio.tests.integration.stage import ARRAY, Stage
from ansible_collections.eva.mpio.tests.lab.fabric.interface import PortalAddress
from ansible_collections.eva.mpio.tests.lab.windows.iscsi.model import (
    ANY_PORT,
    INSTANCE,
    LOGIN_FLAG_MULTIPATH,
    LoginOptions,
    LoginRequest,
    Specified,
)

MULTIPATH = LoginOptions(Specified(0), LOGIN_FLAG_MULTIPATH)
"""What a login over a redundant path is flagged with."""


def target_at(stage: Stage, portal: str, array_name: str = ARRAY) -> str:
    """Return the name of the target at an array's portal."""
    return next(port.target_name for port in stage.fleet.array(array_name).ports if port.address == portal)


def port_of(stage: Stage, host: str, nic: str) -> int:
    """Return the number that a server's initiator has for a NIC."""
    number = stage.fleet.host(host).initiator.around.portals.number(nic)
    assert number is not None, f"{host} has no initiator port {nic}"
    return number


def request(
    stage: Stage, host: str, portal: str | None, nic: str | None, target: str | None = None, *, multipath: bool = True
) -> LoginRequest:
    """Return a login; None for any NIC or any portal, the target being that of the portal unless it is named."""
    name = target or target_at(stage, portal or "")
    return LoginRequest(
        name,
        None if portal is None else PortalAddress(portal),
        None if nic is None else INSTANCE,
        ANY_PORT if nic is None else port_of(stage, host, nic),
        options=MULTIPATH if multipath else LoginOptions(),
    )


def store(stage: Stage, host: str, wanted: LoginRequest) -> None:
    """Store a login on a server."""
    with stage.fleet.laws.fault():
        stage.fleet.host(host).initiator.persistent.leave_behind(wanted)


def log_in(stage: Stage, host: str, wanted: LoginRequest) -> str:
    """Make a session on a server and return its id."""
    with stage.fleet.laws.fault():
        return stage.fleet.host(host).initiator.login(wanted).id
