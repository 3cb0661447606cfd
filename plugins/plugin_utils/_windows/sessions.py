# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions and persistent logins. Private to the collection.

The initiator service lists sessions with their devices; its driver alone knows the real local address and the state
of each connection. Both are joined by the numbers in the session id.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

from .._model import (
    Address,
    Connection,
    ConnectionState,
    Device,
    Known,
    Part,
    PersistentLogin,
    ScsiAddress,
    Session,
    SessionId,
    TargetPortal,
)
from .._wire.command import Command
from .._wire.instance import Instance
from . import classes, names
from .login_options import MULTIPATH, agreed, options_of
from .reading import Reading, Unreadable, counted, first_known
from .records import ConnectionRecord, SessionRecord
from .system import initiator_stopped
from .text import iscsicli

DriverConnections = Mapping[SessionId, tuple[ConnectionRecord, ...]]

_DISK: t.Final = 7
"""FILE_DEVICE_DISK (ntddk.h)."""


def read_sessions(reading: Reading) -> Part[tuple[Session, ...]]:
    """Read the sessions."""
    return initiator_stopped(reading) or first_known(
        lambda: _joined(reading, records_of(reading.instances(classes.SESSION)), "wmi"),
        lambda: _joined(reading, iscsicli.sessions(reading.text(Command("iscsicli", ("SessionList",)))), "iscsicli"),
    )


def _joined(reading: Reading, records: tuple[SessionRecord, ...], source: str) -> Part[tuple[Session, ...]]:
    if not records:
        return Known((), source)
    try:
        driver, addresses = driver_connections(reading.instances(classes.DRIVER_SESSIONS)), None
    except Unreadable:
        driver, addresses = {}, _storage_addresses(reading)
    return Known(join(records, driver, addresses), source)


def _storage_addresses(reading: Reading) -> Mapping[int, Address]:
    """Return NIC addresses by connection number from the storage management classes, where there are any."""
    if not reading.release.storage_classes:
        return {}
    try:
        return storage_addresses_of(reading.instances(classes.MSFT_CONNECTION))
    except Unreadable:
        return {}


def records_of(instances: Iterable[Instance]) -> tuple[SessionRecord, ...]:
    """Turn instances of MSiSCSIInitiator_SessionClass into records.

    Raises:
        Unreadable: a session has no id by which it could be joined or logged out.
    """
    return tuple(_record(instance) for instance in instances)


def _record(instance: Instance) -> SessionRecord:
    try:
        number = names.session_id_of(instance.text("SessionId") or "")
    except ValueError as error:
        raise Unreadable(f"{classes.SESSION.name} cannot be used: {error}") from error
    return SessionRecord(
        id=number,
        target=instance.text("TargetName") or "",
        connections=tuple(
            ConnectionRecord(
                number=names.connection_number(connection.text("ConnectionID")),
                local=names.address_of_text(connection.text("InitiatorAddress")),
                remote=names.portal_of(connection.text("TargetAddress"), connection.integer("TargetPort")),
            )
            for connection in instance.embeddeds("ConnectionInformation")
        ),
        devices=tuple(_devices(instance)),
    )


def _devices(instance: Instance) -> t.Iterator[Device]:
    for device in instance.embeddeds("Devices"):
        numbers = [device.integer(f"Scsi{name}") for name in ("PortNumber", "PathId", "TargetId", "Lun")]
        known = [number for number in numbers if number is not None]
        if len(known) < len(numbers):
            continue  # a device that Windows has not addressed yet carries no path
        interface, disk = device.text("DeviceInterfaceName"), device.integer("DeviceType") == _DISK
        vendor, product = names.inquiry_of(interface)
        yield Device(
            address=ScsiAddress(*known),
            number=names.drive_number_of(device.integer("DeviceNumber")) if disk else None,
            disk=disk,
            multipath=names.is_multipath(interface),
            vendor=vendor,
            product=product,
        )


def driver_connections(instances: Iterable[Instance]) -> DriverConnections:
    """Turn instances of MSiSCSI_InitiatorSessionInfo into connections by session.

    Raises:
        Unreadable: a list did not come through.
    """
    return {
        SessionId(adapter.integer("UniqueAdapterId") or 0, session.integer("UniqueSessionId") or 0): tuple(
            _driver_connection(session, connection)
            for connection in counted(session, "ConnectionsList", "ConnectionCount")
        )
        for adapter in instances
        for session in counted(adapter, "SessionsList", "SessionCount")
    }


def _driver_connection(session: Instance, connection: Instance) -> ConnectionRecord:
    authentication, digests = agreed(connection, session)
    return ConnectionRecord(
        number=connection.integer("UniqueConnectionId"),
        local=names.address_of(connection.embedded("LocalAddr")),
        remote=_remote(connection),
        state=_state(connection.integer("State")),
        authentication=authentication,
        digests=digests,
    )


def _remote(connection: Instance) -> TargetPortal | None:
    address, port = names.address_of(connection.embedded("RemoteAddr")), connection.integer("RemotePort")
    return None if address is None or port is None else TargetPortal(address, port)


def _state(number: int | None) -> ConnectionState | None:
    return next((state for state in ConnectionState if state.value == number), None)


def storage_addresses_of(instances: Iterable[Instance]) -> Mapping[int, Address]:
    """Turn instances of MSFT_iSCSIConnection into NIC addresses by connection number."""
    found = {}
    for instance in instances:
        number = names.connection_number(instance.text("ConnectionIdentifier"))
        address = names.address_of_text(instance.text("InitiatorAddress"))
        if number is not None and address is not None:
            found[number] = address
    return found


def join(
    records: Iterable[SessionRecord], driver: DriverConnections, addresses: Mapping[int, Address] | None = None
) -> tuple[Session, ...]:
    """Join sessions with what the driver says of their connections.

    For a session that the driver lists, the driver's list of connections is the truth, also if it is empty: then the
    session is being reconnected. For any other the service's list stands, with the state unknown.

    Args:
        records: The sessions as the service or iscsicli shows them.
        driver: The connections as the driver shows them.
        addresses: NIC addresses by connection number for sessions that the driver does not list.

    Raises:
        Unreadable: no source tells where a connection ends, so the paths cannot be told apart.
    """
    found = []
    shown = {_as_on_32_bits(number): connections for number, connections in driver.items()}
    for record in records:
        connections = shown.get(_as_on_32_bits(record.id), record.connections)
        found.append(
            Session(
                id=record.id,
                target=record.target,
                connections=tuple(_connection(record, connection, addresses or {}) for connection in connections),
                devices=record.devices,
            )
        )
    return tuple(found)


def _as_on_32_bits(number: SessionId) -> SessionId:
    """Return an id as 32-bit Windows means it, which writes its adapter half with the sign extended to 64 bits.

    A captured list of sessions has ``ffffffff89c1346c-400001370000002e``; whether the driver extends it too is unknown.
    """
    extended = number.adapter >> 32 == 0xFFFFFFFF
    return SessionId(number.adapter & 0xFFFFFFFF, number.session) if extended else number


def _connection(record: SessionRecord, connection: ConnectionRecord, addresses: Mapping[int, Address]) -> Connection:
    twin = next((other for other in record.connections if other.number == connection.number), None)
    if twin is None and len(record.connections) == 1:
        twin = record.connections[0]
    remote = connection.remote or (twin.remote if twin else None)
    if remote is None:
        raise Unreadable(f"nothing tells the target portal of a connection of session {record.id}")
    return Connection(
        local=connection.local
        or (twin.local if twin else None)
        or (addresses.get(connection.number) if connection.number is not None else None),
        remote=remote,
        state=connection.state,
        authentication=connection.authentication,
        digests=connection.digests,
    )


def read_logins(reading: Reading) -> Part[tuple[PersistentLogin, ...]]:
    """Read the persistent logins."""
    return initiator_stopped(reading) or first_known(
        lambda: Known(logins_of(reading.instances(classes.PERSISTENT_LOGIN))),
        lambda: Known(iscsicli.logins(reading.text(Command("iscsicli", ("ListPersistentTargets",)))), "iscsicli"),
    )


def logins_of(instances: Iterable[Instance]) -> tuple[PersistentLogin, ...]:
    """Turn instances of MSiSCSIInitiator_PersistentLoginClass into persistent logins.

    A portal that is stored by a host name reads as "any": such a login is no wanted one either way.
    """
    return tuple(_login(instance) for instance in instances)


def _login(instance: Instance) -> PersistentLogin:
    portal, options = instance.embedded("TargetPortal"), options_of(instance.embedded("LoginOptions"))
    return PersistentLogin(
        target=instance.text("TargetName") or "",
        portal=names.portal_of(portal.text("Address"), portal.integer("Port")) if portal else None,
        instance=instance.text("InitiatorInstance") or None,
        port_number=names.port_number_of(instance.integer("InitiatorPortNumber")),
        multipath=bool(options.flags & MULTIPATH),
        informational=bool(instance.boolean("IsInformationalSession")),
        authentication=options.authentication,
        login_flags=options.flags,
        user=options.user,
        digests=options.digests,
    )
