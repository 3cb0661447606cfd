# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""What stands in the registry only: claim lists, policies that were set, a restart that Windows waits for.

One line of ``reg query`` commands reads it all. A missing key makes the tool fail with a localised sentence, as a
tool that cannot run does; so the last query of the line is for a value that every Windows has: if it is shown, the
line ran to its end and a key that is not shown is not there. Private to the collection.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from .._model import (
    CHANGED_IN_THIS_BOOT,
    TIMERS_CHANGED,
    Claims,
    Dependencies,
    DsmNotes,
    Known,
    NewDiskPolicy,
    OperatingSystem,
    Part,
    Policy,
    PolicyDefaults,
    Setting,
)
from .._wire.command import Command
from . import marker, settings
from .reading import Reading, Unreadable, first_known
from .releases import Release
from .system import CORE_IS_AN_OPTION
from .text import reg

_SOURCE: t.Final = "registry"

# Claim lists: Windows driver sample msdsm (its .inf and source); Nano Server's MPIO page.
_MPDEV: t.Final = r"SYSTEM\CurrentControlSet\Control\MPDEV"
# Policies, below the key of the DSM's parameters: Windows driver sample msdsm. The shipped driver may differ from its
# sample, and whether the Microsoft iSCSI DSM of 2003 keeps policies in the same way was found nowhere.
_LUNS: t.Final = "DsmLoadBalanceSettings"
_HARDWARE_IDS: t.Final = "DsmTargetsLoadBalanceSetting"

# VDS_SAN_POLICY, as the partition manager keeps it (Windows Setup reference, Microsoft-Windows-PartitionManager).
_NEW_DISKS: t.Final = (r"SYSTEM\CurrentControlSet\Services\partmgr\Parameters", "SanPolicy")

_SERVICES: t.Final = r"SYSTEM\CurrentControlSet\Services"
_START: t.Final = "Start"
"""A value that each service has (CreateService demands it), so it tells whether there is such a service."""
_ON_SERVICES: t.Final = "DependOnService"
_ON_GROUPS: t.Final = "DependOnGroup"
_GROUP_SIGN: t.Final = "+"
"""SC_GROUP_IDENTIFIER (winsvc.h)."""
_SERVICE_NAME: t.Final = re.compile(r'[^/\\%"\x00-\x1f\x7f]{1,256}')
"""What CreateService takes for a name, without what reg cannot be asked for."""

_CURRENT_VERSION: t.Final = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_SERVICING: t.Final = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing"
_UPDATE: t.Final = r"SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update"
_SESSION_MANAGER: t.Final = r"SYSTEM\CurrentControlSet\Control\Session Manager"

_PROOF: t.Final = (_CURRENT_VERSION, "CurrentBuildNumber")
_SIGNS: t.Final = (
    (rf"{_SERVICING}\RebootPending", marker.SERVICING_WAITS),
    (rf"{_UPDATE}\RebootRequired", "Windows Update waits for a restart"),
)
_INSTALLATION_TYPE: t.Final = (_CURRENT_VERSION, "InstallationType")
_SERVER_CORE: t.Final = {"server core": True, "server": False}
"""What the installation type is on Server Core and with a desktop, in every language."""
_RENAMES: t.Final = (_SESSION_MANAGER, "PendingFileRenameOperations")


def _query(key: str, *options: str) -> Command:
    return Command("reg", ("query", f"HKLM\\{key}", *options))


_LAST: t.Final = _query(_PROOF[0], "/v", _PROOF[1])


def queries(release: Release, services: Sequence[str] = (), timers: bool = False) -> tuple[Command, ...]:
    """Return the commands of the line.

    Of the keys whose mere presence is a sign the parent is asked: an empty key itself is shown as nothing at all.

    Args:
        release: The release of the host.
        services: Those whose dependencies are asked for.
        timers: Whether timers are asked for; the class of adapters is much to be shown.
    """
    return (
        *([_query(_MPDEV, "/v", "MPIOSupportedDeviceList")] if release.claim_list else []),
        _query(release.dsm_key, "/s"),
        _query(_SERVICING),
        _query(_UPDATE),
        _query(_RENAMES[0], "/v", _RENAMES[1]),
        marker.QUERY,
        _query(_INSTALLATION_TYPE[0], "/v", _INSTALLATION_TYPE[1]),
        *(settings.queries(release) if timers else ()),
        *([_query(_NEW_DISKS[0], "/v", _NEW_DISKS[1])] if release.new_disk_policy else []),
        *(
            _query(_service_key(name), "/v", value)
            for name in services
            if _SERVICE_NAME.fullmatch(name)
            for value in (_START, _ON_SERVICES, _ON_GROUPS)
        ),
        _LAST,
    )


def _registry(reading: Reading) -> reg.Registry:
    return registry_of(
        reading.texts(queries(reading.release, reading.ways.services, timers="settings" in reading.wanted))
    )


def registry_of(texts: Iterable[str]) -> reg.Registry:
    """Parse the outputs of the line.

    Raises:
        Unreadable: the line did not run to its end, so what is missing may be there.
    """
    registry = reg.parse("\n".join(texts))
    if registry.value(*_PROOF) is None:
        raise Unreadable("reg query did not show a value that every Windows has, so the registry was not read")
    return registry


def with_installation_type(system: OperatingSystem, reading: Reading) -> OperatingSystem:
    """Add whether it is Server Core where the edition does not tell, if the line was read: nothing is sent for it."""
    if system.core is not None or system.build < CORE_IS_AN_OPTION or not reading.has_run(_LAST):
        return system
    try:
        value = _registry(reading).value(*_INSTALLATION_TYPE)
    except Unreadable:
        return system
    return replace(system, core=_SERVER_CORE.get(value.data.strip().casefold()) if value else None)


def read_claims(reading: Reading) -> Part[Claims]:
    """Read which hardware ids are claimed; none are on a release whose DSM takes every iSCSI LUN."""
    if not reading.release.claim_list:
        return Known(Claims((), ()))
    return first_known(lambda: Known(claims_of(_registry(reading), reading.release), _SOURCE))


def claims_of(registry: reg.Registry, release: Release) -> Claims:
    """Return both claim lists; one that is not there is empty."""
    mpio = registry.value(_MPDEV, "MPIOSupportedDeviceList")
    dsm = registry.value(release.dsm_key, "DsmSupportedDeviceList")
    return Claims(mpio.texts if mpio else (), dsm.texts if dsm else ())


def read_policy_defaults(reading: Reading) -> Part[PolicyDefaults]:
    """Read where the policies of LUNs come from."""
    return first_known(lambda: Known(policy_defaults_of(_registry(reading), reading.release), _SOURCE))


def policy_defaults_of(registry: reg.Registry, release: Release) -> PolicyDefaults:
    """Return the defaults, and the LUNs whose own policy was set.

    A LUN's key is called by vendor, product and serial number with underscores between (Windows driver sample msdsm).
    """
    own = registry.key(release.dsm_key)
    luns = registry.below(rf"{release.dsm_key}\{_LUNS}")
    by_hardware_id = ((name, _policy(key)) for name, key in registry.below(rf"{release.dsm_key}\{_HARDWARE_IDS}"))
    return PolicyDefaults(
        overall=_policy(own) if own else None,
        by_hardware_id=tuple((name, policy) for name, policy in by_hardware_id if policy),
        explicit_wwns=tuple(name.rpartition("_")[2].upper() for name, key in luns if _explicit(key)),
    )


def _policy(key: reg.Key) -> Policy | None:
    value = key.value("DsmLoadBalancePolicy")
    number = value.number if value else None
    return next((policy for policy in Policy if policy.value == number), None)


def _explicit(key: reg.Key) -> bool:
    # A REG_BINARY of one byte, shown as "01".
    value = key.value("DsmLoadBalancePolicyExplicitlySet")
    return value is not None and any(digit not in "0x" for digit in value.data.strip())


def read_pending_reboot(reading: Reading) -> Part[tuple[str, ...]]:
    """Read why a restart is due."""
    return first_known(lambda: Known(pending_reboot_of(_registry(reading), reading.system.booted), _SOURCE))


def pending_reboot_of(registry: reg.Registry, booted: datetime) -> tuple[str, ...]:
    """Return the reasons: what Windows wants a restart for, and what a run left behind in this boot."""
    reasons = [reason for path, reason in _SIGNS if registry.key(path)]
    renames = registry.value(*_RENAMES)
    if renames and renames.data:
        reasons.append("files in use wait to be replaced at the next start")
    if marker.names(registry, booted):
        reasons.append(CHANGED_IN_THIS_BOOT)
    if marker.names_timers(registry, booted):
        reasons.append(TIMERS_CHANGED)
    return tuple(reasons)


def read_settings(reading: Reading) -> Part[tuple[Setting, ...]]:
    """Read the timers that the release has."""
    return first_known(lambda: Known(settings.settings_of(_registry(reading), reading.release), _SOURCE))


def read_taken_offline(reading: Reading) -> Part[tuple[str, ...]]:
    """Read the LUNs whose disks a run took offline and none has brought back yet; none where Windows takes none."""
    if not reading.release.offline_disks:
        return Known(())
    return first_known(lambda: Known(marker.taken_offline(_registry(reading)), _SOURCE))


def notes_beside(reading: Reading) -> Mapping[str, Part[t.Any]]:
    """Return what runs noted, of DSMs and of a restart that is due, if the line was read: nothing is sent for it."""
    if not reading.has_run(_LAST):
        return {}
    return {"dsm_notes": read_dsm_notes(reading), "pending_reboot": read_pending_reboot(reading)}


def read_dsm_notes(reading: Reading) -> Part[DsmNotes]:
    """Read what runs noted of HP's DSM and of a change of DSM."""
    return first_known(lambda: Known(marker.dsm_notes(_registry(reading), reading.system.booted), _SOURCE))


def read_new_disk_policy(reading: Reading) -> Part[NewDiskPolicy | None]:
    """Read what Windows does with a new disk; None where nobody has set it or the release has no such policy."""
    if not reading.release.new_disk_policy:
        return Known(None)
    return first_known(lambda: Known(new_disk_policy_of(_registry(reading)), _SOURCE))


def new_disk_policy_of(registry: reg.Registry) -> NewDiskPolicy | None:
    """Return the policy for new disks.

    Raises:
        Unreadable: it is a number that VDS_SAN_POLICY does not have.
    """
    value = registry.value(*_NEW_DISKS)
    if value is None:
        return None
    policy = next((policy for policy in NewDiskPolicy if policy.value == value.number), None)
    if policy is None:
        raise Unreadable(f"the policy for new disks is {value.data!r}, which has no meaning known")
    return policy


def read_dependencies(reading: Reading) -> Part[tuple[Dependencies, ...]]:
    """Read what the services depend on that the wish names."""
    if not reading.ways.services:
        return Known(())
    return first_known(lambda: Known(dependencies_of(_registry(reading), reading.ways.services), _SOURCE))


def dependencies_of(registry: reg.Registry, services: Sequence[str]) -> tuple[Dependencies, ...]:
    """Return the dependencies of services as the service control manager orders them: services, then groups.

    Raises:
        Unreadable: the registry cannot be asked for such a name.
    """
    for name in services:
        if not _SERVICE_NAME.fullmatch(name):
            raise Unreadable(f"{name!r} is no name of a service that reg can be asked for")
    return tuple(Dependencies(name, _names(registry.key(_service_key(name)))) for name in services)


def _names(service: reg.Key | None) -> tuple[str, ...] | None:
    if service is None or service.value(_START) is None:
        return None
    on_services, on_groups = service.value(_ON_SERVICES), service.value(_ON_GROUPS)
    groups = on_groups.texts if on_groups else ()
    return (*(on_services.texts if on_services else ()), *(f"{_GROUP_SIGN}{group}" for group in groups))


def _service_key(name: str) -> str:
    return rf"{_SERVICES}\{name}"
