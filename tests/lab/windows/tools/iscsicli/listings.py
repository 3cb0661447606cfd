# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What iscsicli's listing commands print; each function returns text."""

from __future__ import annotations

from ...interface import DiskStack, SessionDevice
from ...iscsi.model import (
    ANY_PORT,
    INSTANCE,
    DiscoveryPortal,
    KnownTarget,
    LoginOptions,
    PersistentLogin,
    Session,
    Specified,
    StaticTarget,
    TargetMapping,
)
from ...iscsi.sessions import SCSI_PORT
from . import texts

DISK = 7
"""FILE_DEVICE_DISK."""


def _hex_bytes(data: bytes) -> str:
    return " ".join(f"{byte:02x}" for byte in data)


def hex_dump(data: bytes) -> str:
    """Print bytes 16 a line with their characters; the sample's own layout was not at hand."""
    lines = []
    for offset in range(0, len(data), 16):
        chunk = data[offset : offset + 16]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in chunk)
        lines.append(f"        {offset:04x}: {_hex_bytes(chunk):<47}  {shown}\n")
    return "".join(lines)


def security_flags(flags: int) -> str:
    """Print the security flags and the names of those set."""
    text = "    " + texts.SECURITY_FLAGS.format(flags=flags)
    return text + "".join(f"        {name}\n" for bit, name in texts.SECURITY_FLAG_NAMES.items() if flags & bit)


def login_options(options: LoginOptions) -> str:
    """Print those login options that were specified; never the password."""
    labels = texts.OPTION_LABELS
    given = options.specified
    lines = [
        f"{labels['version']}0",
        f"{labels['specified']}0x{int(given):x}",
    ]
    if given & Specified.HEADER_DIGEST:
        lines.append(labels["header_digest"] + texts.DIGESTS.get(options.header_digest, ""))
    if given & Specified.DATA_DIGEST:
        lines.append(labels["data_digest"] + texts.DIGESTS.get(options.data_digest, ""))
    if given & Specified.MAXIMUM_CONNECTIONS:
        lines.append(f"{labels['maximum_connections']}{options.maximum_connections}")
    if given & Specified.DEFAULT_TIME2WAIT:
        lines.append(f"{labels['time2wait']}{options.default_time2wait}")
    if given & Specified.DEFAULT_TIME2RETAIN:
        lines.append(f"{labels['time2retain']}{options.default_time2retain}")
    lines.append(f"{labels['login_flags']}0x{options.login_flags:x}")
    lines += [f"    {name}" for bit, name in texts.LOGIN_FLAG_NAMES.items() if options.login_flags & bit]
    if given & Specified.AUTH_TYPE:
        lines.append(labels["auth_type"] + texts.AUTH_TYPES.get(options.auth_type, f"Unknown - {options.auth_type}"))
    text = "".join(f"    {line}\n" for line in lines)
    if given & Specified.USERNAME:
        text += f"    {labels['username']}\n{hex_dump(options.username)}"
    if given & Specified.PASSWORD:
        text += f"    {labels['password']}{texts.PASSWORD_SET}\n"
    return text


def _port(number: int) -> str:
    return texts.ANY_PORT if number == ANY_PORT else str(number)


def sessions(listed: list[Session], disks: DiskStack, zero_when_any: bool, with_devices: bool) -> str:
    """Print the session list."""
    text = texts.TOTAL_SESSIONS.format(count=len(listed))
    for session in listed:
        text += _session(session) + _connections(session, zero_when_any)
        devices = disks.session_devices(session.id) if with_devices else ()
        if devices:
            text += texts.DEVICES + "".join(_device(device, session) for device in devices)
    return text


def _session(session: Session) -> str:
    labels = texts.SESSION_LABELS
    return (
        f"{labels['id']}{session.adapter:x}-{session.number:x}\n"
        f"{labels['node']}{session.node_name}\n"
        f"{labels['target_node']}{texts.NULL}\n"
        f"{labels['target']}{session.target}\n"
        f"{labels['isid']}{_hex_bytes(session.isid)}\n"
        f"{labels['tsid']}{_hex_bytes(session.tsih.to_bytes(2, 'little'))}\n"
        f"{labels['connections']}{int(session.connected)}\n"
    )


def _connections(session: Session, zero_when_any: bool) -> str:
    if not session.connected:
        return "\n"
    labels = texts.CONNECTION_LABELS
    local = "0.0.0.0" if session.any_port and zero_when_any else session.nic_address
    return (
        f"{texts.CONNECTIONS}"
        f"{labels['id']}{session.adapter:x}-{session.connection_number:x}\n"
        f"{labels['initiator']}{local}/{session.local_port}\n"
        f"{labels['target']}{session.portal.address}/{session.portal.tcp_port}\n"
        f"{labels['cid']}01 00\n\n"
    )


def _device(device: SessionDevice, session: Session) -> str:
    labels = texts.DEVICE_LABELS
    place = {
        "port": device.address.port,
        "bus": device.address.bus,
        "target": device.address.target,
        "lun": device.address.lun,
    }
    return (
        f"{labels['type']}{texts.DISK if device.device_type == DISK else texts.UNKNOWN}\n"
        f"{labels['number']}{device.device_number}\n"
        f"{labels['storage_type']}{device.device_type}\n"
        f"{labels['partition']}0\n"
        f"{labels['friendly']}{device.friendly_name}\n"
        f"{labels['description']}{texts.DISK_DRIVE}\n"
        f"{labels['mappings']}{texts.REPORTED_MAPPING.format(**place)}\n"
        f"{labels['location']}{texts.LOCATION.format(**place)}\n"
        f"{labels['initiator']}{INSTANCE.upper()}\n"
        f"{labels['target']}{session.target}\n"
        f"{labels['interface']}{device.interface_name}\n"
        f"{labels['legacy']}{device.legacy_name}\n"
        f"{labels['instance']}0x{0x800 + 4 * device.device_number:x}\n\n"
    )


def persistent_logins(stored: list[PersistentLogin]) -> str:
    """Print the persistent logins; with none there is no heading either."""
    if not stored:
        return ""
    labels = texts.PERSISTENT_LABELS
    text = texts.TOTAL_PERSISTENT.format(count=len(stored))
    for login in stored:
        request = login.request
        portal = f"{request.portal.address} {request.portal.tcp_port}" if request.portal else "* 0"
        text += (
            f"{labels['target']}{request.target}\n"
            f"{labels['portal']}{portal}\n"
            f"{labels['type']}{texts.SESSION_TYPES[request.informational]}\n"
            f"{labels['initiator']}{request.instance or ''}\n"
            f"{labels['port']}{_port(request.port_number)}\n"
            f"{security_flags(request.security_flags)}"
            f"{login_options(request.options)}"
        )
        if request.mapping:
            text += stored_mapping(request.target, request.mapping)
        text += "\n"
    return text


def stored_mapping(target: str, mapping: TargetMapping) -> str:
    """Print a mapping that belongs to no session yet."""
    luns = [(item.target_lun, item.os_lun) for item in mapping.luns]
    return _mapping("0-0", target, mapping.os_bus, mapping.os_target, luns)


def _mapping(session: str, target: str, bus: int, target_id: int, luns: list[tuple[int, int]]) -> str:
    labels = texts.MAPPING_LABELS
    text = (
        f"{labels['session']}{session}\n"
        f"{labels['target']}{target}\n"
        f"{labels['initiator']}{INSTANCE}\n"
        f"{labels['device']}\\\\.\\Scsi{SCSI_PORT}:\n"
        f"{labels['bus']}{bus}\n"
        f"{labels['target_id']}{target_id}\n"
    )
    text += "".join(texts.MAPPED_LUN.format(target_lun=wire, os_lun=shown) for wire, shown in luns)
    return text + "\n"


def active_mappings(listed: list[Session]) -> str:
    """Print the LUNs of all sessions; the target's LUN is eight bytes as on the wire (SAM-3, 4.9)."""
    shown = [session for session in listed if session.units]
    if not shown:
        return texts.NO_MAPPINGS
    text = texts.TOTAL_MAPPINGS.format(count=len(shown))
    for session in shown:
        luns = [(unit.lun << 48, unit.lun) for unit in session.units]
        text += _mapping(f"{session.adapter:x}-{session.number:x}", session.target, 0, session.scsi_target, luns)
    return text


def discovery_portals(stored: list[DiscoveryPortal]) -> str:
    """Print the discovery portals; with none there is no heading either."""
    if not stored:
        return ""
    labels = texts.PORTAL_LABELS
    text = texts.TOTAL_PORTALS.format(count=len(stored))
    for item in stored:
        text += (
            f"{labels['portal']}{item.portal.address} {item.portal.tcp_port}\n"
            f"{labels['symbolic']}\n"
            f"{labels['initiator']}{item.instance or ''}\n"
            f"{labels['port']}{_port(item.port_number)}\n"
            f"{security_flags(item.security_flags)}"
            f"{login_options(item.options)}\n"
        )
    return text


def target_names(targets: list[KnownTarget]) -> str:
    """Print the names of the known targets, each once."""
    names = dict.fromkeys(target.name for target in targets)
    return texts.TARGETS + "".join(f"    {name}\n" for name in names)


def mechanisms(targets: list[KnownTarget]) -> str:
    """Print the discovery mechanisms of one target."""
    return texts.MECHANISMS + "".join(f'         "{target.mechanism}"\n' for target in targets)


def target_details(target: KnownTarget) -> str:
    """Print what one discovery mechanism knows of a target."""
    labels = texts.TARGET_LABELS
    groups: dict[int, list[str]] = {}
    for tag, portal in target.portals:
        line = texts.GROUP_PORTAL.format(address=portal.address, port=portal.tcp_port, name="")
        groups.setdefault(tag, []).append(line)
    text = (
        f"{labels['protocol']}{texts.PROTOCOL}\n"
        f"{labels['alias']}{target.alias or ''}\n"
        f"{labels['groups']}{texts.GROUP_COUNT.format(count=len(groups))}"
    )
    for position, lines in enumerate(groups.values()):
        text += texts.GROUP.format(number=position, count=len(lines)) + "".join(lines)
    text += f"{labels['initiator']}{INSTANCE}\n"
    flags = target.source.flags if isinstance(target.source, StaticTarget) else 0
    text += f"{labels['flags']}0x{flags:x}\n" + (texts.HIDDEN if flags & 0x2 else "")
    return text + login_options(target.source.options)
