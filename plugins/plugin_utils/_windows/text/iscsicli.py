# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What iscsicli's lists print, parsed; targets in targets.py. Private to the collection.

The order of the lines is that of the Windows 7 SDK sample ISCSICLI.C and of a captured SessionList of build 7601.
Every list says how many entries it has; a parser that finds another number refuses the text.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from ..._model import Authentication, Device, Digests, DiscoveryPortal, PersistentLogin, ScsiAddress, TargetPortal
from ..login_options import AUTHENTICATION, DATA_DIGEST, HEADER_DIGEST, MULTIPATH, LoginOptions
from ..names import (
    connection_number,
    drive_number_of,
    inquiry_of,
    is_multipath,
    port_number_of,
    portal_of,
    session_id_of,
)
from ..records import ConnectionRecord, SessionRecord
from .lines import Field, NotUnderstood, field_of, written

Entry = t.TypeVar("Entry")

_AUTHENTICATIONS: t.Final[Mapping[str, Authentication]] = {
    "None": Authentication.NONE,
    "CHAP": Authentication.CHAP,
    "Mutual CHAP": Authentication.MUTUAL_CHAP,
}
_DIGESTS: t.Final[Mapping[str, bool]] = {"None": False, "CRC-32C": True}
_SESSION_TYPES: t.Final[Mapping[str, bool]] = {"Data": False, "Informational": True}
"""English name of a session type to "informational"."""

_DISK: t.Final = 7
"""FILE_DEVICE_DISK (ntddk.h)."""

_SESSION_LINES: t.Final = 7
_CONNECTION_LINES: t.Final = 4
_HEADING_INDENT: t.Final = 4
_TARGET_NAME = re.compile(r"(iqn\.|eui\.|naa\.).+", re.IGNORECASE)
_SOCKET = re.compile(r"(?P<address>\S+) (?P<port>\d{1,10})")
_SLASH_PORTAL = re.compile(r"(?P<address>\S+)/(?P<port>\d{1,10})")


def sessions(text: str) -> tuple[SessionRecord, ...]:
    """Read ``SessionList``.

    Raises:
        NotUnderstood: it is no such list.
    """
    name = "iscsicli SessionList"
    fields, total = _fields(name, text)
    starts = [index for index, field in enumerate(fields) if field.indent == 0 and _is_session_id(field.value)]
    found = []
    for block in _blocks(fields, starts):
        session = _session(block)
        if session is None:
            raise NotUnderstood(name, f"the session {block[0].value} has another form", text)
        found.append(session)
    return _counted(name, text, tuple(found), total)


def logins(text: str) -> tuple[PersistentLogin, ...]:
    """Read ``ListPersistentTargets``.

    Raises:
        NotUnderstood: it is no such list, or not in English: the type of a session is told by a word only.
    """
    name = "iscsicli ListPersistentTargets"
    fields, total = _fields(name, text)
    starts = [index for index, field in enumerate(fields) if _TARGET_NAME.fullmatch(field.value)]
    found = []
    for block in _blocks(fields, starts):
        login = _login(block)
        if login is None:
            raise NotUnderstood(name, f"a stored login of {block[0].value} has another form", text)
        found.append(login)
    return _counted(name, text, tuple(found), total)


def portals(text: str) -> tuple[DiscoveryPortal, ...]:
    """Read ``ListTargetPortals``; a portal that is stored by a host name is left out.

    Raises:
        NotUnderstood: it is no such list.
    """
    name = "iscsicli ListTargetPortals"
    fields, total = _fields(name, text)
    starts = [index for index, field in enumerate(fields) if _SOCKET.fullmatch(field.value)]
    found = []
    for block in _counted(name, text, tuple(_blocks(fields, starts)), total):
        if len(block) < 4:
            raise NotUnderstood(name, f"the portal {block[0].value} has another form", text)
        portal, options = portal_in(block[0].value), _options(block[6:])
        kind = None if options is None else options.proof
        if portal:
            number = port_number_of(block[3].number)
            found.append(DiscoveryPortal(portal, _instance(block[2]), number, authentication=kind))
    return tuple(found)


def body(name: str, text: str) -> list[str]:
    """Return the lines that hold anything between the first one, the banner, and the last one, the status.

    Raises:
        NotUnderstood: there is no banner.
    """
    lines = written(text)
    if len(lines) < 2 or "iscsi" not in lines[0].casefold():
        raise NotUnderstood(name, "the tool's first line is missing, as it is when its service does not answer", text)
    return lines[1:-1]


def portal_in(value: str) -> TargetPortal | None:
    """Return the portal of "Address and Socket", None for one that is named by a host name or not at all."""
    return _portal(_SOCKET, value)


def _session(block: Sequence[Field]) -> SessionRecord | None:
    count = block[_SESSION_LINES - 1].number if len(block) >= _SESSION_LINES else None
    indented = [field for field in block[_SESSION_LINES:] if field.indent > 0]
    # The headings "Connections:" and "Devices:" have no value; without connections the first may be missing.
    headings = [index for index, field in enumerate(indented) if not field.value and field.indent == _HEADING_INDENT]
    end = headings[1] if len(headings) > 1 else len(indented)
    lines = indented[headings[0] + 1 : end] if headings and count else []
    if count is None or len(lines) != count * _CONNECTION_LINES:
        return None
    return SessionRecord(
        id=session_id_of(block[0].value),
        target=block[3].value,
        connections=tuple(
            _connection(lines[start : start + _CONNECTION_LINES]) for start in range(0, len(lines), _CONNECTION_LINES)
        ),
        devices=tuple(_devices(indented[end + 1 :] if count else indented)),
    )


def _connection(lines: Sequence[Field]) -> ConnectionRecord:
    number, local, remote = (
        lines[0].value,
        _portal(_SLASH_PORTAL, lines[1].value),
        _portal(_SLASH_PORTAL, lines[2].value),
    )
    return ConnectionRecord(connection_number(number), local.address if local else None, remote)


def _devices(fields: Sequence[Field]) -> Iterator[Device]:
    # A device begins with a word (its type) and three numbers: device number, storage device type, partition.
    numbers = [field.number for field in fields]
    starts = [
        index
        for index in range(len(fields) - 3)
        if numbers[index] is None and all(number is not None for number in numbers[index + 1 : index + 4])
    ]
    for block in _blocks(fields, starts):
        values = [field.value for field in block]
        address = next((found for value in values if (found := _scsi_address(value))), None)
        if address is None:
            continue  # a device that Windows has not addressed yet carries no path
        interface = next((value for value in values if value.startswith("\\\\?\\")), None)
        disk = block[2].number == _DISK
        vendor, product = inquiry_of(interface)
        yield Device(
            address=address,
            number=drive_number_of(block[1].number) if disk else None,
            disk=disk,
            multipath=is_multipath(interface),
            vendor=vendor,
            product=product,
        )


def _scsi_address(value: str) -> ScsiAddress | None:
    # "Reported Mappings : Port 1, Bus 0, Target Id 0, LUN 0"; "Location" has no port and so three numbers.
    parts = value.split(", ")
    numbers = [match[1] for part in parts if (match := re.fullmatch(r"\D*(\d{1,10})", part))]
    if len(parts) != 4 or len(numbers) != 4:
        return None
    port, bus, target, lun = map(int, numbers)
    return ScsiAddress(port, bus, target, lun)


def _login(block: Sequence[Field]) -> PersistentLogin | None:
    if len(block) < 8:
        return None
    socket, kind, instance, port, options = block[1].value, block[2].value, block[3], block[4], _options(block[7:])
    if options is None or kind not in _SESSION_TYPES:
        return None
    return PersistentLogin(
        target=block[0].value,
        portal=portal_in(socket),
        instance=_instance(instance),
        port_number=port_number_of(port.number),
        multipath=bool(options.flags & MULTIPATH),
        informational=_SESSION_TYPES[kind],
        authentication=options.authentication,
        login_flags=options.flags,
        digests=options.digests,
    )


def _options(fields: Sequence[Field]) -> LoginOptions | None:
    """Read login options from "Information Specified" on; None where they have another form.

    Digests and limits stand between it and the flags, in the order of their bits and only if they were specified; none
    of them is written with 0x. The user's name is a hexadecimal dump of unknown layout and stays unread.
    """
    specified = fields[0].flags if fields else None
    place = next((index for index in range(1, len(fields)) if fields[index].flags is not None), None)
    if specified is None or place is None:
        return None
    between = iter(fields[1:place])
    header, data = (
        _DIGESTS.get(field.value) if specified & bit and (field := next(between, None)) else None
        for bit in (HEADER_DIGEST, DATA_DIGEST)
    )
    authentication = None
    if specified & AUTHENTICATION:
        words = (_AUTHENTICATIONS.get(field.value) for field in fields[place + 1 :])
        authentication = next((word for word in words if word), None)
    return LoginOptions(fields[place].flags or 0, authentication, specified, digests=Digests(header, data))


def _instance(field: Field) -> str | None:
    return None if not field.value or field.value.startswith("<") else field.value


def _portal(form: re.Pattern[str], value: str) -> TargetPortal | None:
    match = form.fullmatch(value)
    return portal_of(match["address"], int(match["port"])) if match else None


def _is_session_id(value: str) -> bool:
    try:
        session_id_of(value)
    except ValueError:
        return False
    return True


def _fields(name: str, text: str) -> tuple[list[Field], int]:
    """Return the fields of a list and how many entries it announces. An empty one may have no line at all."""
    lines = body(name, text)
    if not lines:
        return [], 0
    total = re.search(r"\d{1,10}", lines[0])
    if total is None:
        raise NotUnderstood(name, "it does not say how many entries it has", text)
    return [field for line in lines[1:] if (field := field_of(line))], int(total[0])


def _blocks(fields: Sequence[Field], starts: Sequence[int]) -> Iterator[Sequence[Field]]:
    """Cut the fields before each start; what stands before the first one is dropped."""
    for start, end in pairwise([*starts, len(fields)]):
        yield fields[start:end]


def _counted(name: str, text: str, found: tuple[Entry, ...], total: int) -> tuple[Entry, ...]:
    if len(found) != total:
        raise NotUnderstood(name, f"it announces {total} entries and {len(found)} were found", text)
    return found
