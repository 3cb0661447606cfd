# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""Timers of MPIO, the initiator and the disks: where each release keeps them, how they are read and set.

They are read in the same line of ``reg query`` as the rest of the registry. A value that is not there is no fault: then
Windows works with its default. Private to the collection.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .._model import TIMERS_CHANGED, Host, Setting, Unknown
from .._plan import steps
from .._wire.command import Command
from . import marker
from .actions import Action, CannotRender, Draft, DraftWord, Later, action_of
from .reading import Unreadable
from .releases import BY_KEY, Release
from .text import reg

_HIVE: t.Final = "HKLM"
_SERVICES: t.Final = r"SYSTEM\CurrentControlSet\Services"
_MPIO: t.Final = rf"{_SERVICES}\mpio\Parameters"
_DISK: t.Final = rf"{_SERVICES}\Disk"
_TCP: t.Final = rf"{_SERVICES}\Tcpip\Parameters"
_ADAPTERS: t.Final = r"SYSTEM\CurrentControlSet\Control\Class\{4D36E97B-E325-11CE-BFC1-08002BE10318}"
"""Setup class of SCSI and RAID controllers; the initiator's driver has one of its instances, whose number differs from
host to host (Microsoft's quick reference of initiator timers; NetApp KB on retries of the initiator)."""
_DEVICE_ID: t.Final = "root\\iscsiprt"
_DRIVER: t.Final = "microsoft iscsi initiator"
"""DriverDesc of the initiator. Whether it is translated is not documented, so the device id is looked at too."""

_QUICK_REFERENCE: t.Final = 'Microsoft, "iSCSI Software Initiator and iSNS Server timers quick reference"'
_MULTIPATH_PAPER: t.Final = 'Microsoft, "Highly Available Storage", appendix E'
_MPIO_GUIDANCE: t.Final = 'Microsoft, "Updated Guidance on Microsoft MPIO Settings"'
_NETAPP: t.Final = "NetApp KB on how the initiator survives lost connections"


@dataclass(frozen=True)
class Timer:
    """One value of the registry."""

    name: str
    """What options call it."""
    of: str
    """Whose it is, which tells its key: ``mpio``, ``initiator``, ``disk`` or ``tcp``."""
    value: str
    """Its name in the registry; each is a REG_DWORD."""
    default: int | None = None
    """What Windows works with where it is not there; None where no source at hand tells that."""
    source: str | None = None
    """What tells the default."""
    since: str = "2003"
    until: str = "2025"
    """First and last release that has it, by their keys."""
    inverted: bool = False
    """Whether 1 in the registry is what options call false."""

    def exists_in(self, release: Release) -> bool:
        """Tell whether a release has it."""
        order = list(BY_KEY)
        return order.index(self.since) <= order.index(release.key) <= order.index(self.until)

    def turned(self, number: int) -> int:
        """Turn what the registry holds into what options call it, or back."""
        return int(not number) if self.inverted else number


_TABLE: t.Final = (
    Timer("path_verify_enabled", "mpio", "PathVerifyEnabled", 0, _MULTIPATH_PAPER),
    Timer("path_verification_period", "mpio", "PathVerificationPeriod", 30, _MULTIPATH_PAPER),
    Timer("pdo_remove_period", "mpio", "PDORemovePeriod", 20, _MULTIPATH_PAPER),
    Timer("retry_count", "mpio", "RetryCount", 3, _MULTIPATH_PAPER),
    Timer("retry_interval", "mpio", "RetryInterval", 1, _MULTIPATH_PAPER),
    # New in 2008 R2, and off: then recovery is tried every two PDORemovePeriods (Microsoft's guidance of 2012).
    Timer("use_custom_path_recovery_interval", "mpio", "UseCustomPathRecoveryInterval", 0, _MPIO_GUIDANCE, "2008r2"),
    Timer("path_recovery_interval", "mpio", "PathRecoveryInterval", 40, "Microsoft, Set-MPIOSetting", "2008r2"),
    # The two names and senses are those that public configuration scripts set (sc_win_mpio); no document of Microsoft's
    # with them was found, and none with the defaults.
    Timer("disk_path_check", "mpio", "DiskPathCheckEnabled", since="2008r2", until="2008r2"),
    Timer("disk_path_check", "mpio", "DiskPathCheckDisabled", since="2012", inverted=True),
    Timer("disk_path_check_interval", "mpio", "DiskPathCheckInterval", since="2008r2"),
    Timer("link_down_time", "initiator", "LinkDownTime", 15, _QUICK_REFERENCE),
    Timer("max_request_hold_time", "initiator", "MaxRequestHoldTime", 60, _QUICK_REFERENCE),
    Timer("srb_timeout_delta", "initiator", "SrbTimeoutDelta", 15, _QUICK_REFERENCE),
    Timer("enable_nop_out", "initiator", "EnableNOPOut", 0, _QUICK_REFERENCE),
    Timer("delay_between_reconnect", "initiator", "DelayBetweenReconnect", 5, _NETAPP),
    Timer("portal_retry_count", "initiator", "PortalRetryCount"),
    Timer("max_pending_requests", "initiator", "MaxPendingRequests"),
    Timer("max_transfer_length", "initiator", "MaxTransferLength"),
    Timer("max_burst_length", "initiator", "MaxBurstLength"),
    Timer("first_burst_length", "initiator", "FirstBurstLength"),
    Timer("max_recv_data_segment_length", "initiator", "MaxRecvDataSegmentLength"),
    Timer("error_recovery_level", "initiator", "ErrorRecoveryLevel"),
    # 60 in Microsoft's documents of Azure Backup, 120 in those of Set-MPIOSetting: so no default is relied upon.
    Timer("disk_timeout", "disk", "TimeOutValue"),
    Timer("tcp1323_opts", "tcp", "Tcp1323Opts"),
)
_FLAGS: t.Final = frozenset(
    ("path_verify_enabled", "use_custom_path_recovery_interval", "disk_path_check", "enable_nop_out")
)


def timers_of(release: Release) -> tuple[Timer, ...]:
    """Return what a release has."""
    return tuple(timer for timer in _TABLE if timer.exists_in(release))


def _fixed_key(timer: Timer, release: Release) -> str | None:
    """Return the key of a timer; None for the initiator's, which must be looked for.

    On 2003 MPIO's timers are those of the Microsoft iSCSI DSM (NetApp Windows Host Utilities).
    """
    if timer.of == "mpio":
        return _MPIO if release.claim_list else release.dsm_key
    return {"disk": _DISK, "tcp": _TCP}.get(timer.of)


def queries(release: Release) -> tuple[Command, ...]:
    """Return what is asked besides the keys that are read in any case."""
    mpio = [_query(_MPIO)] if release.claim_list else []
    single = [timer for timer in timers_of(release) if timer.of in ("disk", "tcp")]
    return (
        *mpio,
        *(_query(str(_fixed_key(timer, release)), "/v", timer.value) for timer in single),
        _query(_ADAPTERS, "/s"),
    )


def _query(key: str, *options: str) -> Command:
    return Command("reg", ("query", f"{_HIVE}\\{key}", *options))


def settings_of(registry: reg.Registry, release: Release) -> tuple[Setting, ...]:
    """Return the timers; the initiator's are unknown where its driver has no instance, or more than one."""
    try:
        initiator: str | Unreadable = _key_of_initiator(registry)
    except Unreadable as error:
        initiator = error
    found = []
    for timer in timers_of(release):
        key = _fixed_key(timer, release) or initiator
        if isinstance(key, Unreadable):
            found.append(Setting(timer.name, None, timer.default, None, timer.of, str(key)))
        else:
            found.append(_setting(timer, key, registry))
    return tuple(found)


def _key_of_initiator(registry: reg.Registry) -> str:
    instances = sorted(number for number, key in registry.below(_ADAPTERS) if _is_initiator(key))
    if not instances:
        raise Unreadable(
            "no instance of the class of SCSI controllers is the iSCSI initiator's driver, by DriverDesc or"
            " MatchingDeviceId: is the initiator installed?"
        )
    if len(instances) > 1:
        raise Unreadable(
            f"the instances {', '.join(instances)} of the class of SCSI controllers are all the iSCSI initiator's"
            " driver, so it is not known which of them counts: remove those in Device Manager that are no longer there"
        )
    return rf"{_ADAPTERS}\{instances[0]}\Parameters"


def _is_initiator(key: reg.Key) -> bool:
    device, driver = key.value("MatchingDeviceId"), key.value("DriverDesc")
    return (device is not None and device.data.strip().casefold() == _DEVICE_ID) or (
        driver is not None and driver.data.strip().casefold() == _DRIVER
    )


def _setting(timer: Timer, key: str, registry: reg.Registry) -> Setting:
    place = rf"{_HIVE}\{key}\{timer.value}"
    value = registry.value(key, timer.value)
    if value is None:
        return Setting(timer.name, None, timer.default, place, timer.of)
    number = value.number
    if number is None:
        text = f"{place} is a {value.kind} ({value.data.strip()!r}) and must be a REG_DWORD: delete it or mend it"
        return Setting(timer.name, None, timer.default, place, timer.of, text)
    if timer.name in _FLAGS:
        number = timer.turned(int(number != 0))
    return Setting(timer.name, number, timer.default, place, timer.of)


def set_settings(wanted: Sequence[steps.SetSetting], host: Host, release: Release) -> Action:
    """Return the one line that sets timers, with the note that a restart is due before them, unless it is there.

    Raises:
        CannotRender: the release has no such timer.
    """
    pending = () if isinstance(host.pending_reboot, Unknown) else host.pending_reboot.value
    note = [] if TIMERS_CHANGED in pending else [marker.write_timers(host.os.booted)]
    return action_of([*note, *(_write(step, host, release) for step in wanted)])


def _write(step: steps.SetSetting, host: Host, release: Release) -> Draft:
    timer = next((timer for timer in timers_of(release) if timer.name == step.name), None)
    if timer is None:
        raise CannotRender(f"{release.name} has no timer {step.name}.")
    key, data = _place(timer, host, release), str(timer.turned(step.value))
    return Draft("reg", ("add", key, "/v", timer.value, "/t", "REG_DWORD", "/d", data, "/f"))


def _place(timer: Timer, host: Host, release: Release) -> DraftWord:
    key = _fixed_key(timer, release)
    if key is not None:
        return rf"{_HIVE}\{key}"
    known: Iterable[Setting] = () if isinstance(host.settings, Unknown) else host.settings.value
    place = next((setting.place for setting in known if setting.name == timer.name), None)
    return place.rpartition("\\")[0] if place else Later("registry key of the initiator's driver")
