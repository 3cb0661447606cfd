# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What MPIO owns: its DSMs, its disks and their paths. Private to the collection.

Three classes are joined: MPIO_DISK_INFO (name, serial number, DSM) and MPIO_GET_DESCRIPTOR (paths with SCSI
addresses) by the number in the disk's name, DSM_QueryLBPolicy (policy, states) by instance name and path id.
A path id is never computed from an address (windows-driver-docs mpio-*; captured outputs show other ids too).
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import replace

from .._eva.dsm_names import is_microsofts
from .._model import NO_PATH_ID, DiskPath, Dsm, Known, MpioDisk, Part, PathState, Policy, ScsiAddress, Session, Unknown
from .._wire.command import Command
from .._wire.instance import Instance
from . import classes, names
from .balance import Balance, PathFacts, balance_of, balances_of, folded
from .reading import Reading, Unreadable, counted, first_known
from .system import mpio_absent
from .text import mpclaim
from .text.lines import NotUnderstood

_COMMANDS_A_LINE: t.Final = 50
"""How many disks are described in one command line, well below cmd.exe's limit."""


def read_dsms(reading: Reading) -> Part[tuple[Dsm, ...]]:
    """Read which DSMs are registered; none is while MPIO itself does not run."""
    return first_known(
        lambda: Known(dsms_of(reading.single(classes.REGISTERED_DSM))), lambda: _nothing_without_mpio(reading)
    )


def _nothing_without_mpio(reading: Reading) -> Part[tuple[t.Any, ...]]:
    if mpio_absent(reading):
        return Known(())
    raise Unreadable("the driver of MPIO runs, or may run")


def dsms_of(instance: Instance) -> tuple[Dsm, ...]:
    """Turn the instance of MPIO_REGISTERED_DSM into DSMs."""
    return tuple(
        Dsm((dsm.text("DsmName") or "").strip(), _version(dsm.embedded("DsmVersion")))
        for dsm in counted(instance, "DsmParameters", "NumberDSMs")
    )


def _version(version: Instance | None) -> str:
    parts = ("MajorVersion", "MinorVersion", "ProductBuild", "QfeNumber")
    return ".".join(str(version.integer(part) or 0) for part in parts) if version else ""


def read_disks(reading: Reading) -> Part[tuple[MpioDisk, ...]]:
    """Read the disks that MPIO owns; none while it does not run."""
    return first_known(
        lambda: _read_by_class(reading), lambda: _nothing_without_mpio(reading), lambda: _read_by_tool(reading)
    )


def _read_by_class(reading: Reading) -> Part[tuple[MpioDisk, ...]]:
    info = reading.single(classes.DISK_INFO)
    if info.integer("NumberDrives") == 0:
        return Known(())
    descriptors = reading.instances(classes.DISK_DESCRIPTOR)
    try:
        balances = balances_of(reading.instances(reading.release.policy_class))
    except Unreadable as error:
        return _with_tool(reading, info, descriptors, error)
    return Known(join(info, descriptors, balances))


def _with_tool(
    reading: Reading, info: Instance, descriptors: tuple[Instance, ...], why: Unreadable
) -> Part[tuple[MpioDisk, ...]]:
    """Let mpclaim tell policies and states; if it cannot either, they are unknown and the rest still stands."""
    try:
        rows, details = _ask_tool(reading)
    except (Unreadable, NotUnderstood) as error:
        reason = f"{why}; {error}"
        found = join(info, descriptors, {})
        return Known(tuple(replace(disk, policy_unknown=reason) if disk.policy is None else disk for disk in found))
    told = {row.number: balance_of(row, details[row.number]) for row in rows}
    numbers = {_number(descriptor.text("DeviceName")): folded(descriptor) for descriptor in descriptors}
    balances = {instance: told[number] for number, instance in numbers.items() if number in told}
    return Known(join(info, descriptors, balances), "mpclaim")


def _read_by_tool(reading: Reading) -> Part[tuple[MpioDisk, ...]]:
    rows, details = _ask_tool(reading)
    told = tool_disks(rows, details)
    sessions: Part[tuple[Session, ...]] = reading.part("sessions")
    if isinstance(told, Unknown) or isinstance(sessions, Unknown):
        return told
    return Known(tuple(named(disk, sessions.value) for disk in told.value), told.source)


def named(disk: MpioDisk, sessions: Iterable[Session]) -> MpioDisk:
    """Give a disk that has no vendor and product those of the devices on its paths, as the sessions show them."""
    addresses = {path.address for path in disk.paths}
    for device in (device for session in sessions for device in session.disks):
        if device.address in addresses and device.vendor is not None:
            return replace(disk, vendor=device.vendor, product=device.product)
    return disk


def _ask_tool(reading: Reading) -> tuple[tuple[mpclaim.Row, ...], Mapping[int, mpclaim.Detail]]:
    if not reading.release.tool_for_policies:
        raise Unreadable(f"{reading.release.name} has no tool that shows MPIO disks")
    rows = mpclaim.disks(reading.text(Command("mpclaim", ("-s", "-d"))))
    commands = tuple(Command("mpclaim", ("-s", "-d", str(row.number))) for row in rows)
    details: dict[int, mpclaim.Detail] = {}
    for start in range(0, len(commands), _COMMANDS_A_LINE):
        for text in reading.texts(commands[start : start + _COMMANDS_A_LINE]):
            detail = mpclaim.detail(text)
            details[detail.number] = detail
    missing = [row.number for row in rows if row.number not in details]
    if missing:
        raise NotUnderstood("mpclaim -s -d N", f"it does not describe the MPIO disks {missing}", "")
    return rows, details


def tool_disks(rows: Iterable[mpclaim.Row], details: Mapping[int, mpclaim.Detail]) -> Part[tuple[MpioDisk, ...]]:
    """Build disks from mpclaim's text alone, which knows no instance name, vendor and product.

    A disk of a vendor's DSM has paths there that are counted but not listed: that is no disk without paths, so the
    disks as a whole are unknown.
    """
    disks = []
    for row in rows:
        detail = details[row.number]
        if detail.announced and not detail.paths:
            return Unknown(
                f"mpclaim does not list the {detail.announced} paths of MPIO Disk{row.number} ({row.dsm}), and the "
                "classes that do cannot be read"
            )
        facts = balance_of(row, detail).paths
        paths = tuple(_path(path.id, path.address, facts[path.id]) for path in detail.paths)
        disks.append(MpioDisk(row.number, "", _wwn(detail.serial), row.dsm, None, None, row.policy, detail.alua, paths))
    return Known(tuple(disks), "mpclaim")


def join(info: Instance, descriptors: Iterable[Instance], balances: Mapping[str, Balance]) -> tuple[MpioDisk, ...]:
    """Join what the classes say of each disk.

    Args:
        info: The instance of MPIO_DISK_INFO.
        descriptors: The instances of MPIO_GET_DESCRIPTOR.
        balances: What the DSMs say, by folded instance name; a disk that is not there has unknown states, and where it
            is a vendor's the policy that says so.

    Raises:
        Unreadable: a disk has no descriptor, or a list did not come through, so paths are not known.
    """
    by_number = {_number(descriptor.text("DeviceName")): descriptor for descriptor in descriptors}
    disks = []
    for drive in counted(info, "DriveInfo", "NumberDrives"):
        number = _number(drive.text("Name"))
        descriptor = by_number.get(number)
        if number is None or descriptor is None:
            raise Unreadable(f"{classes.DISK_DESCRIPTOR.name} does not tell the paths of {drive.text('Name')}")
        balance = balances.get(folded(descriptor), Balance())
        vendor, product = names.inquiry_of(descriptor.text("InstanceName"))
        dsm = (drive.text("DsmName") or "").strip()
        disks.append(
            MpioDisk(
                number=number,
                instance=descriptor.text("InstanceName") or "",
                wwn=_wwn(drive.text("SerialNumber")),
                dsm=dsm,
                vendor=vendor,
                product=product,
                policy=balance.policy or _policy_of(dsm),
                alua=balance.alua,
                paths=_paths(descriptor, balance),
            )
        )
    return tuple(disks)


def _policy_of(dsm: str) -> Policy | None:
    """Tell the policy of a disk of which the classes of policies show nothing.

    They are Windows' interface to a DSM that implements them (windows-driver-docs dsm-*). Whether HP's does is not
    public: where the DSM of a vendor shows no instance, that means what policy 7 and no paths mean in captured outputs.
    """
    return None if not dsm or is_microsofts(dsm) else Policy.VENDOR_SPECIFIC


def _paths(descriptor: Instance, balance: Balance) -> tuple[DiskPath, ...]:
    """Give each path of the descriptor what the DSM says of it.

    The paths that the DSM does not name are its failed ones if there are not more of them than it has nameless ones;
    otherwise nobody can say which of them are failed.
    """
    known = [
        (path.integer("PathIdentifier") or NO_PATH_ID, address)
        for path in counted(descriptor, "PdoInformation", "NumberPdos")
        if (address := _address(path))
    ]
    rest = [identifier for identifier, _address in known if identifier not in balance.paths]
    failed = PathFacts(PathState.FAILED, target_port_group_state=balance.nameless_state)
    other = failed if 0 < len(rest) <= balance.nameless else PathFacts()
    return tuple(_path(identifier, address, balance.paths.get(identifier, other)) for identifier, address in known)


def _path(identifier: int, address: ScsiAddress, facts: PathFacts) -> DiskPath:
    group, its_state = facts.target_port_group, facts.target_port_group_state
    return DiskPath(identifier, address, facts.state, facts.weight, facts.preferred, group, its_state)


def _address(path: Instance) -> ScsiAddress | None:
    address = path.embedded("ScsiAddress")
    if address is None:
        return None
    port, bus, target, lun = (address.integer(name) for name in ("PortNumber", "ScsiPathId", "TargetId", "Lun"))
    return ScsiAddress(port or 0, bus or 0, target or 0, lun or 0)


def _number(name: str | None) -> int | None:
    match = re.search(r"MPIO ?Disk(\d{1,10})$", (name or "").strip(), re.IGNORECASE)
    return int(match[1]) if match else None


def _wwn(serial: str | None) -> str:
    return (serial or "").strip().upper()
