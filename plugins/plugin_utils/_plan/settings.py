# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for timers of MPIO, the initiator and the disks. Private to the collection.

The value that Windows works with is what counts, whether the registry holds it or it is the default; nothing that an
earlier run left behind says that a timer is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .._model import TIMERS_CHANGED, Host, Setting, Unknown, setting_words
from .desired import Desired
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .preparation import INSTALLED, unreadable
from .steps import SetSetting

_TIMERS = "timers"
_MPIO_INSTALLED = "Multipath I/O is installed"
_CUSTOM = "use_custom_path_recovery_interval"
_RECOVERY = "path_recovery_interval"
_REMOVE = "pdo_remove_period"


def settings_parts(desired: Desired) -> frozenset[str]:
    """Return the parts of a host that the plan for timers looks at."""
    if not desired.settings:
        return frozenset()
    return frozenset({"settings", "feature", "pending_reboot"})


def settings_reasons(desired: Desired, host: Host, memory: Memory) -> tuple[str, ...]:
    """Say that changed timers need a restart; empty where none were changed since Windows last started.

    The module that manages the whole host tells of those that another run has changed, where what it reads anyway
    shows the note of them.
    """
    if not desired.settings and not desired.proof:
        return ()
    pending = () if isinstance(host.pending_reboot, Unknown) else host.pending_reboot.value
    written = any(isinstance(step, SetSetting) for step in memory.since_boot)
    return (TIMERS_CHANGED,) if written or TIMERS_CHANGED in pending else ()


def plan_settings(desired: Desired, host: Host) -> Iterator[Item]:
    """Each timer as wished, by what Windows works with after its next start.

    Args:
        desired: The wish.
        host: What was read.
    """
    if not desired.settings:
        return
    if isinstance(host.settings, Unknown):
        yield unreadable(_TIMERS, host.settings.reason)
        return
    there = {setting.name: setting for setting in host.settings.value}
    missing = sorted(name for name in desired.settings if name not in there)
    if missing:
        text = f"{host.os.caption} has none of these, so nothing is done about them: {', '.join(missing)}"
        yield Finding(Severity.NOTE, Side.HOST, _TIMERS, text)
    drift = {
        name: value
        for name, value in desired.settings.items()
        if name in there and (there[name].unknown is not None or there[name].in_force != value)
    }
    when = {name: _when(there[name], desired, host) for name in drift}
    for name, waits in when.items():
        if not isinstance(waits, _Never):
            yield Planned(_step(there[name], drift[name], desired), waits)
        elif waits.unknown is not None:
            yield unreadable(f"setting {name}", waits.unknown)
    without_mpio = [name for name, waits in when.items() if waits == _Never()]
    if without_mpio:
        yield _no_mpio(without_mpio, host)
    yield from _too_late(desired.settings, there)


@dataclass(frozen=True)
class _Never:
    """That a timer cannot be set in this run."""

    unknown: str | None = None
    """Why it is not known what there is; None where MPIO is missing."""


def _when(setting: Setting, desired: Desired, host: Host) -> str | _Never | None:
    """Return what a timer waits for, None where it can be set now."""
    if setting.of == "mpio" and not _mpio_is_there(host):
        return _MPIO_INSTALLED if _mpio_comes(desired, host) else _Never()
    if setting.unknown is None:
        return None
    if setting.of == "initiator" and _initiator_comes(desired, host):
        return INSTALLED
    return _Never(setting.unknown)


def _step(setting: Setting, value: int, desired: Desired) -> SetSetting:
    source = desired.settings_sources.get(setting.name)
    return SetSetting(setting.name, value, source=source, reason=source or "it is wished for", was=_was(setting))


def _was(setting: Setting) -> str:
    if setting.value is not None:
        return setting_words(setting.name, setting.value)
    if setting.default is None:
        return "not set"
    return f"not set, which means {setting_words(setting.name, setting.default)}"


def _mpio_is_there(host: Host) -> bool:
    """Tell whether MPIO is installed; where that is unknown, its timers are not held up by it."""
    return isinstance(host.feature, Unknown) or host.feature.value.enabled


def _mpio_comes(desired: Desired, host: Host) -> bool:
    """Tell whether MPIO is part of the wish: its installation may write timers, so they are set after it."""
    return desired.feature if host.traits.feature_exists else _initiator_comes(desired, host, mpio=True)


def _initiator_comes(desired: Desired, host: Host, mpio: bool = False) -> bool:
    """Tell whether the package of the initiator is still to be installed."""
    if desired.initiator is None or desired.initiator.package is None or host.traits.initiator_included:
        return False
    service = host.initiator_service
    return mpio or (not isinstance(service, Unknown) and not service.value.installed)


def _no_mpio(names: list[str], host: Host) -> Finding:
    how = "eva.mpio.feature" if host.traits.feature_exists else "eva.mpio.initiator with the option package"
    text = f"Multipath I/O is not installed, so these are not set: {', '.join(names)}; install it first with {how}"
    return Finding(Severity.PROBLEM, Side.HOST, _TIMERS, text)


def _too_late(wanted: Mapping[str, int], there: Mapping[str, Setting]) -> Iterator[Finding]:
    """Say that a recovery interval of one's own comes too late to be of use.

    A path that came back unnoticed is found again only if recovery is tried before MPIO gives the disk up (Microsoft,
    "Updated Guidance on Microsoft MPIO Settings", 2012-02-22).
    """
    if not {_CUSTOM, _RECOVERY, _REMOVE} & set(wanted):
        return
    then = {name: wanted.get(name, setting.in_force) for name, setting in there.items()}
    recovery, remove = then.get(_RECOVERY), then.get(_REMOVE)
    if then.get(_CUSTOM) and recovery is not None and remove is not None and recovery >= remove:
        text = (
            f"with {_CUSTOM} it should be less than {_REMOVE}: recovery is tried every {recovery} seconds, and a disk"
            f" without paths is given up after {remove}"
        )
        yield Finding(Severity.NOTE, Side.WISH, f"setting {_RECOVERY}", text)
