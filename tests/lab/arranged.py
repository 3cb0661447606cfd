# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server has before the lab begins: sessions of another day, and paths over Fibre Channel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .fabric.array import Array
from .fabric.interface import LogicalUnit, PortalAddress
from .fabric.scsi import BLOCK_SIZE, DISK
from .fabric.vdisk import Vdisk
from .spec import FibreChannelSpec
from .windows.host import Host
from .windows.interface import LunPath, ScsiAddress
from .windows.iscsi.initiator import SERVICE
from .windows.iscsi.model import (
    INSTANCE,
    LOGIN_FLAG_MULTIPATH,
    DiscoveryPortal,
    LoginOptions,
    LoginRequest,
    Specified,
)
from .windows.services import AUTOMATIC

FIBRE_CHANNEL_PORT = 2
"""Number of the first SCSI port that is a Fibre Channel adapter's."""


def fibre_channel_paths(spec: FibreChannelSpec, arrays: Iterable[Array]) -> list[LunPath]:
    """Return the paths of a server's Fibre Channel adapters, each adapter one path to each LUN."""
    vdisks = {vdisk.name: (array, vdisk) for array in arrays for vdisk in array.vdisks}
    return [
        LunPath(
            ScsiAddress(FIBRE_CHANNEL_PORT + adapter, 0, 0, lun.lun),
            _unit(*vdisks[lun.vdisk], lun.lun),
            session_id=f"fibre-channel-{adapter + 1}",
            target="",
            portal=PortalAddress("", 0),
            nic_address="",
            iscsi=False,
        )
        for adapter in range(spec.paths)
        for lun in spec.luns
    ]


def _unit(array: Array, vdisk: Vdisk, lun: int) -> LogicalUnit:
    """Describe a virtual disk as an adapter's own driver finds it; the lab has no target port groups there."""
    return LogicalUnit(
        lun=lun,
        device_type=DISK,
        vendor=array.vendor,
        product=array.product,
        revision=array.revision,
        serial=vdisk.serial,
        naa=vdisk.naa,
        target_port_group=None,
        relative_target_port=None,
        blocks=vdisk.blocks,
        block_size=BLOCK_SIZE,
    )


def connect(host: Host, array: Array, paths: Sequence[tuple[str, PortalAddress]]) -> None:
    """Let a server have found an array, with a session and a stored login for each (NIC, portal)."""
    if not host.services.running(SERVICE):
        host.services.set_start(SERVICE, AUTOMATIC)
        host.services.start(SERVICE)
    targets = {port.portal: port.target_name for port in array.ports}
    for nic, portal in paths:
        number = host.initiator.around.portals.number(nic)
        if number is None:
            raise LookupError(f"server {host.name} has no initiator port for NIC {nic}")
        host.initiator.discovery.add_portal(DiscoveryPortal(portal, INSTANCE, number))
        flags = LoginOptions(Specified(0), LOGIN_FLAG_MULTIPATH)
        request = LoginRequest(targets[portal], portal, INSTANCE, number, options=flags)
        host.initiator.login(request)
        host.initiator.persistent.leave_behind(request)
