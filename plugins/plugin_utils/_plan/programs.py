# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Setup programs must be there before anything is changed for them. Private to the collection."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence

from .._judge.effect import changed_in_this_boot
from .._model import NOT_READ, Host, NotKnown, Unknown
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .steps import InstallDsm, InstallInitiator, RemoveDsm, Step

SETUPS = (InstallDsm, InstallInitiator, RemoveDsm)
"""Steps that run one."""
_OPTIONS = {InstallDsm: "dsm_package.path", InstallInitiator: "package.path", RemoveDsm: "dsm_package.removal_path"}


def runs_setup(steps: Iterable[Step]) -> bool:
    """Tell whether any of the steps runs a setup program."""
    return any(isinstance(step, SETUPS) for step in steps)


def check_programs(items: Sequence[Item], host: Host, memory: Memory) -> Iterator[Finding]:
    """Refuse a plan whose setup programs are not there; say where nobody can tell.

    Args:
        items: The plan, also what is to be done later.
        host: What was read; nothing is said while nobody has asked for the programs.
        memory: What this run has done: of a program that it has run, its own answer tells more.
    """
    if host.setup_programs == NOT_READ:
        return
    planned = [item.step for item in items if isinstance(item, Planned) and item.step not in memory.failed]
    for step in dict.fromkeys(step for step in planned if isinstance(step, SETUPS)):
        there = _is_there(step.path, host)
        if there is False:
            yield Finding(Severity.REFUSAL, Side.HOST, step.subject, _missing(step, host))
        elif there is None:
            yield Finding(Severity.NOTE, Side.HOST, step.subject, _untold(step, host))


def _is_there(path: str, host: Host) -> bool | None:
    if isinstance(host.setup_programs, Unknown):
        return None
    return next((one.there for one in host.setup_programs.value if one.path == path), None)


def _missing(step: InstallDsm | InstallInitiator | RemoveDsm, host: Host) -> str:
    if isinstance(step, RemoveDsm) and _may_be_done(host):
        return (
            f"there is no {step.path} on {host.os.name}, and MPIO was changed since Windows last started, so the"
            " removal may have been run already: restart Windows first (eva.mpio.reboot); if the DSM is still there"
            f" then, name the right place with {_OPTIONS[type(step)]}"
        )
    return (
        f"there is no {step.path} on {host.os.name}: put it there, or name the right place with {_OPTIONS[type(step)]}"
    )


def _may_be_done(host: Host) -> bool:
    """Tell whether a removal may have been run in this boot; where nobody knows, another place is asked for."""
    with contextlib.suppress(NotKnown):
        return changed_in_this_boot(host)
    return False


def _untold(step: InstallDsm | InstallInitiator | RemoveDsm, host: Host) -> str:
    why = "Windows tells only of files on its own disks, by their long names"
    if isinstance(host.setup_programs, Unknown):
        why = host.setup_programs.reason
    return f"whether {host.os.name} can reach {step.path} was not looked at, because {why}"
