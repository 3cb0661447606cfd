# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What iscsicli's listing commands print; each function returns text in the language it is given."""

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
from ...language import Language
from . import texts

DISK = 7
"""FILE_DEVICE_DISK."""


def _labels(language: Language, labels: dict[str, str]) -> dict[str, str]:
    return {key: language(text) for key, text in labels.items()}


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


def security_flags(language: Language, flags: int) -> str:
    """Print the security flags and the names of those set."""
    names = [language(name) for bit, name in texts.SECURITY_FLAG_NAMES.items() if flags & bit]
    return "    " + language(texts.SECURITY_FLAGS, flags=flags) + "".join(f"        {name}\n" for name in names)


def login_options(language: Language, options: LoginOptions) -> str:
    """Print those login options that were specified; never the password."""
    labels = _labels(language, texts.OPTION_LABELS)
    given = options.specified
    lines = [
        f"{labels['version']}0",
        f"{labels['specified']}0x{int(given):x}",
    ]
    if given & Specified.HEADER_DIGEST:
        lines.append(labels["header_digest"] + language(texts.DIGESTS.get(options.header_digest, "")))
    if given & Specified.DATA_DIGEST:
        lines.append(labels["data_digest"] + language(texts.DIGESTS.get(options.data_digest, "")))
    if given & Specified.MAXIMUM_CONNECTIONS:
        lines.append(f"{labels['maximum_connections']}{options.maximum_connections}")
    if given & Specified.DEFAULT_TIME2WAIT:
        lines.append(f"{labels['time2wait']}{options.default_time2wait}")
    if given & Specified.DEFAULT_TIME2RETAIN:
        lines.append(f"{labels['time2retain']}{options.default_time2retain}")
    lines.append(f"{labels['login_flags']}0x{options.login_flags:x}")
    lines += [f"    {language(name)}" for bit, name in texts.LOGIN_FLAG_NAMES.items() if options.login_flags & bit]
    if given & Specified.AUTH_TYPE:
        kind = texts.AUTH_TYPES.get(options.auth_type, texts.UNKNOWN_AUTH_TYPE)
        lines.append(labels["auth_type"] + language(kind, number=options.auth_type))
    text = "".join(f"    {line}\n" for line in lines)
    if given & Specified.USERNAME:
        text += f"    {labels['username']}\n{hex_dump(options.username)}"
    if given & Specified.PASSWORD:
        text += f"    {labels['password']}{language(texts.PASSWORD_SET)}\n"
    return text


def _port(language: Language, number: int) -> str:
    return language(texts.ANY_PORT) if number == ANY_PORT else str(number)


def sessions(
    language: Language, listed: list[Session], disks: DiskStack, zero_when_any: bool, with_devices: bool
) -> str:
    """Print the session list."""
    text = language(texts.TOTAL_SESSIONS, count=len(listed))
    for session in listed:
        text += _session(language, session) + _connections(language, session, zero_when_any)
        devices = disks.session_devices(session.id) if with_devices else ()
        if devices:
            text += language(texts.DEVICES) + "".join(_device(language, device, session) for device in devices)
    return text


def _session(language: Language, session: Session) -> str:
    labels = _labels(language, texts.SESSION_LABELS)
    return (
        f"{labels['id']}{session.adapter:x}-{session.number:x}\n"
        f"{labels['node']}{session.node_name}\n"
        f"{labels['target_node']}{texts.NULL}\n"
        f"{labels['target']}{session.target}\n"
        f"{labels['isid']}{_hex_bytes(session.isid)}\n"
        f"{labels['tsid']}{_hex_bytes(session.tsih.to_bytes(2, 'little'))}\n"
        f"{labels['connections']}{int(session.connected)}\n"
    )


def _connections(language: Language, session: Session, zero_when_any: bool) -> str:
    if not session.connected:
        return "\n"
    labels = _labels(language, texts.CONNECTION_LABELS)
    local = "0.0.0.0" if session.any_port and zero_when_any else session.nic_address
    return (
        f"{language(texts.CONNECTIONS)}"
        f"{labels['id']}{session.adapter:x}-{session.connection_number:x}\n"
        f"{labels['initiator']}{local}/{session.local_port}\n"
        f"{labels['target']}{session.portal.address}/{session.portal.tcp_port}\n"
        f"{labels['cid']}01 00\n\n"
    )


def _device(language: Language, device: SessionDevice, session: Session) -> str:
    labels = _labels(language, texts.DEVICE_LABELS)
    place = {
        "port": device.address.port,
        "bus": device.address.bus,
        "target": device.address.target,
        "lun": device.address.lun,
    }
    return (
        f"{labels['type']}{language(texts.DISK if device.device_type == DISK else texts.UNKNOWN)}\n"
        f"{labels['number']}{device.device_number}\n"
        f"{labels['storage_type']}{device.device_type}\n"
        f"{labels['partition']}0\n"
        f"{labels['friendly']}{device.friendly_name}\n"
        f"{labels['description']}{language(texts.DISK_DRIVE)}\n"
        f"{labels['mappings']}{language(texts.REPORTED_MAPPING, **place)}\n"
        f"{labels['location']}{language(texts.LOCATION, **place)}\n"
        f"{labels['initiator']}{INSTANCE.upper()}\n"
        f"{labels['target']}{session.target}\n"
        f"{labels['interface']}{device.interface_name}\n"
        f"{labels['legacy']}{device.legacy_name}\n"
        f"{labels['instance']}0x{0x800 + 4 * device.device_number:x}\n\n"
    )


def persistent_logins(language: Language, stored: list[PersistentLogin]) -> str:
    """Print the persistent logins; with none there is no heading either."""
    if not stored:
        return ""
    labels = _labels(language, texts.PERSISTENT_LABELS)
    text = language(texts.TOTAL_PERSISTENT, count=len(stored))
    for login in stored:
        request = login.request
        portal = f"{request.portal.address} {request.portal.tcp_port}" if request.portal else "* 0"
        text += (
            f"{labels['target']}{request.target}\n"
            f"{labels['portal']}{portal}\n"
            f"{labels['type']}{language(texts.SESSION_TYPES[request.informational])}\n"
            f"{labels['initiator']}{request.instance or ''}\n"
            f"{labels['port']}{_port(language, request.port_number)}\n"
            f"{security_flags(language, request.security_flags)}"
            f"{login_options(language, request.options)}"
        )
        if request.mapping:
            text += stored_mapping(language, request.target, request.mapping)
        text += "\n"
    return text


def stored_mapping(language: Language, target: str, mapping: TargetMapping) -> str:
    """Print a mapping that belongs to no session yet."""
    luns = [(item.target_lun, item.os_lun) for item in mapping.luns]
    return _mapping(language, "0-0", target, mapping.os_bus, mapping.os_target, luns)


def _mapping(
    language: Language, session: str, target: str, bus: int, target_id: int, luns: list[tuple[int, int]]
) -> str:
    labels = _labels(language, texts.MAPPING_LABELS)
    text = (
        f"{labels['session']}{session}\n"
        f"{labels['target']}{target}\n"
        f"{labels['initiator']}{INSTANCE}\n"
        f"{labels['device']}\\\\.\\Scsi{SCSI_PORT}:\n"
        f"{labels['bus']}{bus}\n"
        f"{labels['target_id']}{target_id}\n"
    )
    text += "".join(language(texts.MAPPED_LUN, target_lun=wire, os_lun=shown) for wire, shown in luns)
    return text + "\n"


def active_mappings(language: Language, listed: list[Session]) -> str:
    """Print the LUNs of all sessions; the target's LUN is eight bytes as on the wire (SAM-3, 4.9)."""
    shown = [session for session in listed if session.units]
    if not shown:
        return language(texts.NO_MAPPINGS)
    text = language(texts.TOTAL_MAPPINGS, count=len(shown))
    for session in shown:
        luns = [(unit.lun << 48, unit.lun) for unit in session.units]
        session_id = f"{session.adapter:x}-{session.number:x}"
        text += _mapping(language, session_id, session.target, 0, session.scsi_target, luns)
    return text


def discovery_portals(language: Language, stored: list[DiscoveryPortal]) -> str:
    """Print the discovery portals; with none there is no heading either."""
    if not stored:
        return ""
    labels = _labels(language, texts.PORTAL_LABELS)
    text = language(texts.TOTAL_PORTALS, count=len(stored))
    for item in stored:
        text += (
            f"{labels['portal']}{item.portal.address} {item.portal.tcp_port}\n"
            f"{labels['symbolic']}\n"
            f"{labels['initiator']}{item.instance or ''}\n"
            f"{labels['port']}{_port(language, item.port_number)}\n"
            f"{security_flags(language, item.security_flags)}"
            f"{login_options(language, item.options)}\n"
        )
    return text


def target_names(language: Language, targets: list[KnownTarget]) -> str:
    """Print the names of the known targets, each once."""
    names = dict.fromkeys(target.name for target in targets)
    return language(texts.TARGETS) + "".join(f"    {name}\n" for name in names)


def mechanisms(language: Language, targets: list[KnownTarget]) -> str:
    """Print the discovery mechanisms of one target."""
    return language(texts.MECHANISMS) + "".join(f'         "{target.mechanism}"\n' for target in targets)


def target_details(language: Language, target: KnownTarget) -> str:
    """Print what one discovery mechanism knows of a target."""
    labels = _labels(language, texts.TARGET_LABELS)
    groups: dict[int, list[str]] = {}
    for tag, portal in target.portals:
        line = language(texts.GROUP_PORTAL, address=portal.address, port=portal.tcp_port, name="")
        groups.setdefault(tag, []).append(line)
    text = (
        f"{labels['protocol']}{language(texts.PROTOCOL)}\n"
        f"{labels['alias']}{target.alias or ''}\n"
        f"{labels['groups']}{language(texts.GROUP_COUNT, count=len(groups))}"
    )
    for position, lines in enumerate(groups.values()):
        text += language(texts.GROUP, number=position, count=len(lines)) + "".join(lines)
    text += f"{labels['initiator']}{INSTANCE}\n"
    flags = target.source.flags if isinstance(target.source, StaticTarget) else 0
    text += f"{labels['flags']}0x{flags:x}\n" + (language(texts.HIDDEN) if flags & 0x2 else "")
    return text + login_options(language, target.source.options)
