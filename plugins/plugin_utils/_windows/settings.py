# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""Timers of MPIO, the initiator and the disks: where each release keeps them, how they are read and set.

Where they are asked for they are read in the same line of ``reg query`` as the rest of the registry. A value that is
not there is no fault: then Windows works with its default. Private to the collection.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .._model import TIMER_BY_NAME, TIMERS_CHANGED, Host, Setting, Unknown
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


@dataclass(frozen=True)
class Place:
    """Where a timer stands in the registry."""

    name: str
    """What options call it."""
    of: str
    """Whose it is, which tells its key: ``mpio``, ``initiator``, ``disk`` or ``tcp``."""
    value: str
    """Its name in the registry; each is a REG_DWORD."""
    since: str = "2003"
    until: str | None = None
    """First and last release that has it, by their keys; None for the newest."""
    inverted: bool = False
    """Whether 1 in the registry is what options call false."""

    def exists_in(self, release: Release) -> bool:
        """Tell whether a release has it."""
        order = list(BY_KEY)
        number = order.index(release.key)
        return order.index(self.since) <= number and (self.until is None or number <= order.index(self.until))

    def read(self, number: int) -> int:
        """Turn what the registry holds into a value of the timer."""
        return TIMER_BY_NAME[self.name].value(not number if self.inverted else number)

    def written(self, value: int) -> int:
        """Turn a value of the timer into what the registry shall hold."""
        return int(not value if self.inverted else value)


_TABLE: t.Final = (
    Place("path_verify_enabled", "mpio", "PathVerifyEnabled"),
    Place("path_verification_period", "mpio", "PathVerificationPeriod"),
    Place("pdo_remove_period", "mpio", "PDORemovePeriod"),
    Place("retry_count", "mpio", "RetryCount"),
    Place("retry_interval", "mpio", "RetryInterval"),
    # New in 2008 R2 (Microsoft, "Updated Guidance on Microsoft MPIO Settings").
    Place("use_custom_path_recovery_interval", "mpio", "UseCustomPathRecoveryInterval", "2008r2"),
    Place("path_recovery_interval", "mpio", "PathRecoveryInterval", "2008r2"),
    # The two names and senses are those that public configuration scripts set (sc_win_mpio); no document of Microsoft's
    # with them was found, and none with the defaults.
    Place("disk_path_check", "mpio", "DiskPathCheckEnabled", "2008r2", "2008r2"),
    Place("disk_path_check", "mpio", "DiskPathCheckDisabled", "2012", inverted=True),
    Place("disk_path_check_interval", "mpio", "DiskPathCheckInterval", "2008r2"),
    Place("link_down_time", "initiator", "LinkDownTime"),
    Place("max_request_hold_time", "initiator", "MaxRequestHoldTime"),
    Place("srb_timeout_delta", "initiator", "SrbTimeoutDelta"),
    Place("enable_nop_out", "initiator", "EnableNOPOut"),
    Place("delay_between_reconnect", "initiator", "DelayBetweenReconnect"),
    Place("portal_retry_count", "initiator", "PortalRetryCount"),
    Place("max_pending_requests", "initiator", "MaxPendingRequests"),
    Place("max_transfer_length", "initiator", "MaxTransferLength"),
    Place("max_burst_length", "initiator", "MaxBurstLength"),
    Place("first_burst_length", "initiator", "FirstBurstLength"),
    Place("max_recv_data_segment_length", "initiator", "MaxRecvDataSegmentLength"),
    Place("error_recovery_level", "initiator", "ErrorRecoveryLevel"),
    Place("disk_timeout", "disk", "TimeOutValue"),
    Place("tcp1323_opts", "tcp", "Tcp1323Opts"),
)


def places_of(release: Release) -> tuple[Place, ...]:
    """Return what a release has."""
    return tuple(place for place in _TABLE if place.exists_in(release))


def _fixed_key(place: Place, release: Release) -> str | None:
    """Return the key of a timer; None for the initiator's, which must be looked for.

    On 2003 MPIO's timers are those of the Microsoft iSCSI DSM (NetApp Windows Host Utilities).
    """
    if place.of == "mpio":
        return _MPIO if release.claim_list else release.dsm_key
    return {"disk": _DISK, "tcp": _TCP}.get(place.of)


def queries(release: Release) -> tuple[Command, ...]:
    """Return what is asked where timers are to be read, besides the keys that are read in any case."""
    mpio = [_query(_MPIO)] if release.claim_list else []
    single = [place for place in places_of(release) if place.of in ("disk", "tcp")]
    return (
        *mpio,
        *(_query(str(_fixed_key(place, release)), "/v", place.value) for place in single),
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
    for place in places_of(release):
        key = _fixed_key(place, release) or initiator
        if isinstance(key, Unreadable):
            found.append(Setting(place.name, None, _default(place), None, place.of, str(key)))
        else:
            found.append(_setting(place, key, registry))
    return tuple(found)


def _default(place: Place) -> int | None:
    return TIMER_BY_NAME[place.name].default


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


def _setting(place: Place, key: str, registry: reg.Registry) -> Setting:
    where, default = rf"{_HIVE}\{key}\{place.value}", _default(place)
    value = registry.value(key, place.value)
    if value is None:
        return Setting(place.name, None, default, where, place.of)
    if value.number is None:
        text = f"{where} is a {value.kind} ({value.data.strip()!r}) and must be a REG_DWORD: delete it or mend it"
        return Setting(place.name, None, default, where, place.of, text)
    return Setting(place.name, place.read(value.number), default, where, place.of)


def set_settings(wanted: Sequence[steps.SetSetting], host: Host, release: Release) -> Action:
    """Return the one line that sets timers, with the note that a restart is due before them, unless it is there.

    Raises:
        CannotRender: the release has no such timer.
    """
    pending = () if isinstance(host.pending_reboot, Unknown) else host.pending_reboot.value
    note = [] if TIMERS_CHANGED in pending else [marker.write_timers(host.os.booted)]
    return action_of([*note, *(_write(step, host, release) for step in wanted)])


def _write(step: steps.SetSetting, host: Host, release: Release) -> Draft:
    place = next((place for place in places_of(release) if place.name == step.name), None)
    if place is None:
        raise CannotRender(f"{release.name} has no timer {step.name}.")
    key, data = _key_of(place, host, release), str(place.written(step.value))
    return Draft("reg", ("add", key, "/v", place.value, "/t", "REG_DWORD", "/d", data, "/f"))


def _key_of(place: Place, host: Host, release: Release) -> DraftWord:
    key = _fixed_key(place, release)
    if key is not None:
        return rf"{_HIVE}\{key}"
    known: Iterable[Setting] = () if isinstance(host.settings, Unknown) else host.settings.value
    where = next((setting.place for setting in known if setting.name == place.name), None)
    return where.rpartition("\\")[0] if where else Later("registry key of the initiator's driver")
