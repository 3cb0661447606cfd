# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for the package of the iSCSI initiator, where Windows has none of its own. Private to the collection.

On Windows Server 2003 the initiator, MPIO and the Microsoft DSM come with one setup program, whose arguments are the
administrator's: no switch that selects MPIO is publicly known, so what it has installed is read and never assumed.
"""

from __future__ import annotations

from collections.abc import Iterator

from .._eva.dsm_names import is_microsofts
from .._judge.effect import MPIO_COMPONENT
from .._model import Host, Unknown, value_of
from .desired import Desired, Package
from .guards import objections
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .preparation import INITIATOR_SERVICE, MPIO_DRIVER, unreadable
from .reboot import hindrance
from .steps import InstallInitiator
from .targets import array_sessions

_WHERE = "iSCSI initiator"
_SHARE = "\\\\"
_LAST_BUILD = 3790
"""Windows Server 2003. Each later Windows has an initiator of its own (HP P6350 user guide, page 100)."""


def plan_package(desired: Desired, host: Host, memory: Memory) -> Iterator[Item]:
    """The package, run once where the initiator, or MPIO that is wished for, is not installed."""
    if host.traits.initiator_included or desired.initiator is None or isinstance(host.initiator_service, Unknown):
        return
    missing = tuple(_missing(desired, host))
    if not missing:
        return
    package = desired.initiator.package
    if package is None:
        yield Finding(
            Severity.REFUSAL,
            Side.HOST,
            _WHERE,
            f"{_listed(missing)} not installed, and {host.os.caption} comes without: put the setup program of"
            " Microsoft's iSCSI Software Initiator 2.08 for this architecture on the host or on a share, and name it"
            " with the option package",
        )
        return
    if host.os.build > _LAST_BUILD:
        yield _of_another_windows(host, package)
        return
    step = InstallInitiator(
        package.path, package.arguments, reason=f"{_listed(missing)} not installed, and {host.os.caption} comes without"
    )
    if step in memory.failed:
        yield _left_out(package, missing, memory.failed[step].text.removeprefix(f"{step.becomes}: "))
        return
    yield from _takes_others(desired, host)
    hindered = [*_hindered(host), *_interrupts(desired, package, host)]
    yield from hindered
    if not hindered:
        yield Planned(step)
    elif desired.reboot_allowed and desired.paths is not None:
        # This very run may store what keeps it off now.
        yield Planned(step, "what keeps it off is mended", fallback=True)


def _of_another_windows(host: Host, package: Package) -> Finding:
    """Refuse to run the setup of 2003 on what was taken for it (assume_release)."""
    return Finding(
        Severity.REFUSAL,
        Side.WISH,
        _WHERE,
        f"{package.path} is not run: it is for Windows Server 2003, and this host runs build {host.os.build}"
        f" ({host.os.caption}), which has an initiator of its own: take assume_release away, or name the release that"
        " this host really is like",
    )


def _missing(desired: Desired, host: Host) -> Iterator[str]:
    """Name the components that are wished for and known not to be there."""
    feature = host.feature
    if _is_absent(host):
        yield f"the initiator (service {INITIATOR_SERVICE})"
    # HP's kit brings MPIO of its own, and this package besides it the DSM that must not claim the same LUNs.
    wished = (desired.feature or desired.paths is not None) and desired.owner.microsoft
    if wished and not isinstance(feature, Unknown) and not feature.value.enabled:
        yield f'"{MPIO_COMPONENT}" (drivers {" and ".join(_missing_drivers(host))})'


def _is_absent(host: Host) -> bool:
    """Tell whether the host is known to have no initiator."""
    return not isinstance(host.initiator_service, Unknown) and not host.initiator_service.value.installed


def _missing_drivers(host: Host) -> tuple[str, ...]:
    """Return the drivers of MPIO that are not there; both where that is not known."""
    both = (MPIO_DRIVER, host.traits.microsoft_dsm_driver)
    if isinstance(host.drivers, Unknown):
        return both
    there = {driver.name.casefold() for driver in host.drivers.value if driver.installed}
    return tuple(name for name in both if name not in there) or both


def _listed(missing: tuple[str, ...]) -> str:
    return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'}"


def _hindered(host: Host) -> Iterator[Finding]:
    """Say why the package must not be run now: beside a vendor's DSM its setup leaves the initiator out (KB977506)."""
    if isinstance(host.dsms, Unknown):
        yield unreadable("DSMs", host.dsms.reason)
        return
    if not _is_absent(host):
        return  # the claim's own guard looks at DSMs for the same disks
    names = sorted(dsm.name for dsm in host.dsms.value if not is_microsofts(dsm.name))
    if not names and not _mpio_is_a_vendors(host):
        return
    yield Finding(
        Severity.REFUSAL,
        Side.HOST,
        _WHERE,
        f"the DSM of a vendor is there already ({', '.join(names) or 'MPIO is installed without a DSM of Microsoft'}),"
        " and beside one the setup of the initiator selects MPIO only and leaves the initiator out (KB977506): remove"
        " that DSM, run again, and install it afterwards if it is still wanted",
    )


def _interrupts(desired: Desired, package: Package, host: Host) -> Iterator[Finding]:
    """Say why the package must not be run now, since it may take disks away as a restart does, or make one.

    Whether its setup restarts the initiator, or Windows, is not documented.
    """
    for text in objections(host, desired.reboot_despite) if desired.reboot_allowed else ():
        yield _not_run(package, f", because {text}")
    if _is_absent(host) or not value_of(host.initiator_service).running:
        return
    if isinstance(host.sessions, Unknown):
        yield unreadable("sessions", host.sessions.reason)
        return
    if not any(session.disks for session in host.sessions.value):
        return
    if not desired.reboot_allowed:
        yield _not_run(
            package,
            ", because sessions show disks and its setup may interrupt them as a restart of Windows does: allow that"
            " (reboot: true), or log them out",
        )
    elif (found := hindrance(host)) is not None:
        yield _not_run(package, found)


def _takes_others(desired: Desired, host: Host) -> Iterator[Finding]:
    """Say that the DSM that comes with the package takes LUNs that nobody has declared."""
    if not desired.owner.microsoft:
        return  # the plan of HP's DSM sees to it that the other one starts no more
    arrays = desired.layout.arrays if desired.layout is not None else ()
    sessions = () if isinstance(host.sessions, Unknown) else host.sessions.value
    targets = () if isinstance(host.targets, Unknown) else host.targets.value
    ours = {session.id for array in arrays for session in array_sessions(array, sessions, targets)}
    others = sorted({session.target for session in sessions if session.disks and session.id not in ours})
    if others:
        text = f"the Microsoft DSM that it brings claims every iSCSI LUN, so also those of {', '.join(others)}"
        yield Finding(Severity.NOTE, Side.HOST, _WHERE, text)


def _not_run(package: Package, why: str) -> Finding:
    return Finding(Severity.PROBLEM, Side.HOST, _WHERE, f"{package.path} is not run{why}")


def _mpio_is_a_vendors(host: Host) -> bool:
    """Tell whether MPIO is installed without the Microsoft DSM, so that the kit of another DSM has brought it."""
    if isinstance(host.drivers, Unknown):
        return False
    there = {driver.name.casefold() for driver in host.drivers.value if driver.installed}
    return MPIO_DRIVER in there and host.traits.microsoft_dsm_driver not in there


def _left_out(package: Package, missing: tuple[str, ...], said: str) -> Finding:
    share = (
        " The path is on a share, and without delegation (Kerberos, or CredSSP) no credentials travel on from this host"
        " to the share: copy the file to the host."
        if package.path.startswith(_SHARE)
        else ""
    )
    return Finding(
        Severity.PROBLEM,
        Side.HOST,
        _WHERE,
        f"after {package.path} was run, {_listed(missing)} still not installed; of the run is known: "
        f"{said.rstrip('.')}.{share} It"
        " is not run twice in one run: see that the file is there, give it other arguments, or run it by hand and"
        " choose these components; where it asked for a restart, restart first",
    )
