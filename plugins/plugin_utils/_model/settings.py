# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Timers of MPIO, initiator and disks. Private to the collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

TIMERS_CHANGED: t.Final = "timers were changed since Windows last started, and they count from its next start on"
"""Reason for a restart that a run leaves behind which has written timers."""
_LARGEST: t.Final = 0xFFFFFFFF
"""MAXULONG: what a REG_DWORD holds at most."""


@dataclass(frozen=True)
class Timer:
    """A timer, whatever the release and its registry."""

    name: str
    """What options call it, such as ``pdo_remove_period``."""
    lowest: int = 0
    highest: int = _LARGEST
    """What it may be. Where no source tells a range, what the registry can hold, and no time of no length."""
    default: int | None = None
    """What Windows works with where the registry does not hold it; None where no source at hand tells that."""
    source: str | None = None
    """What tells the default."""
    switch: bool = False
    """Whether it is on or off."""
    unit: str = ""
    """What it is counted in: ``s`` or ``bytes``; empty where it is a mere number."""

    def value(self, number: int) -> int:
        """Return a number as a value of this timer: of a switch whether it is on."""
        return bool(number) if self.switch else number


def _switch(name: str, default: bool | None = None, source: str | None = None) -> Timer:
    return Timer(name, 0, 1, default, source, switch=True)


_SECONDS: t.Final = "s"
_BYTES: t.Final = "bytes"
_PAPER: t.Final = (
    'Microsoft, "Highly Available Storage: Multipath Solutions in Windows Server 2008 and Windows Server 2003",'
    " appendix E"
)
_GUIDANCE: t.Final = 'Microsoft, "Updated Guidance on Microsoft MPIO Settings", 2012'
_CMDLET: t.Final = "Microsoft, documentation of Set-MPIOSetting"
_QUICK_REFERENCE: t.Final = 'Microsoft, "iSCSI Software Initiator and iSNS Server timers quick reference", 2008'
_NETAPP: t.Final = "NetApp KB on how the initiator survives lost connections"

TIMERS: t.Final = (
    _switch("path_verify_enabled", default=False, source=_PAPER),
    Timer("path_verification_period", 1, default=30, source=_PAPER, unit=_SECONDS),
    Timer("pdo_remove_period", 1, default=20, source=_PAPER, unit=_SECONDS),
    Timer("retry_count", 0, 500, 3, _PAPER),  # MPIO_TIMERS_COUNTERS of the MPIO driver
    Timer("retry_interval", default=1, source=_PAPER, unit=_SECONDS),
    # Off: then recovery is tried every two PDORemovePeriods.
    _switch("use_custom_path_recovery_interval", default=False, source=_GUIDANCE),
    Timer("path_recovery_interval", 1, default=40, source=_CMDLET, unit=_SECONDS),
    _switch("disk_path_check"),
    Timer("disk_path_check_interval", 1, unit=_SECONDS),
    Timer("link_down_time", default=15, source=_QUICK_REFERENCE, unit=_SECONDS),
    Timer("max_request_hold_time", default=60, source=_QUICK_REFERENCE, unit=_SECONDS),
    Timer("srb_timeout_delta", default=15, source=_QUICK_REFERENCE, unit=_SECONDS),
    _switch("enable_nop_out", default=False, source=_QUICK_REFERENCE),
    Timer("delay_between_reconnect", default=5, source=_NETAPP, unit=_SECONDS),
    Timer("portal_retry_count"),
    Timer("max_pending_requests", 1),
    Timer("max_transfer_length", 1, unit=_BYTES),
    Timer("max_burst_length", 512, 0xFFFFFF, unit=_BYTES),  # RFC 7143 13.13
    Timer("first_burst_length", 512, 0xFFFFFF, unit=_BYTES),  # RFC 7143 13.14
    Timer("max_recv_data_segment_length", 512, 0xFFFFFF, unit=_BYTES),  # RFC 7143 13.12
    Timer("error_recovery_level", 0, 2),  # RFC 7143 13.20
    # 60 in Microsoft's documents of Azure Backup, 120 in those of Set-MPIOSetting: so no default is relied upon.
    Timer("disk_timeout", 1, unit=_SECONDS),
    Timer("tcp1323_opts", 0, 3),  # Microsoft KB 224829
)
"""All that can be wished for."""
TIMER_BY_NAME: t.Final = {timer.name: timer for timer in TIMERS}


def setting_words(name: str, value: int) -> str:
    """Return the value of a timer for people, with its unit, and a switch as options have it."""
    return str(value).lower() if isinstance(value, bool) else f"{value} {TIMER_BY_NAME[name].unit}".rstrip()


@dataclass(frozen=True)
class Setting:
    """One value of the registry that Windows takes a timer from."""

    name: str
    """What options call it, such as ``pdo_remove_period``."""
    value: int | None
    """Of a switch whether it is on. None where the registry does not hold it, so that the default is in force."""
    default: int | None
    """What is in force then; None where no source tells it."""
    place: str | None
    """Key and value in the registry; None where it is not known which key it is."""
    of: str = "mpio"
    """Whose timer it is: ``mpio``, ``initiator``, ``disk`` or ``tcp``."""
    unknown: str | None = None
    """Why it could not be read, as a sentence; None where it was."""

    @property
    def in_force(self) -> int | None:
        """What Windows works with after its next start; None where that is not known."""
        return self.default if self.value is None else self.value
