# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs before this one noted on the host of the programs of HP's DSM. Private to the collection.

A program that was run in this boot may show what it did only when Windows starts. One that said that it worked, and of
which nothing is seen although Windows was restarted, does nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .._judge.dsms import HP_DSM
from .._model import NOT_READ, DsmNotes, Host, NotKnown, SetupRun, Unknown, value_of
from .desired import WantedDsm
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .preparation import INITIATOR_SERVICE, unreadable
from .steps import BeginChange, InstallDsm, RemoveDsm, SetServiceStart


def notes_of(host: Host) -> DsmNotes:
    """Return what is noted; nothing while nobody has asked for it, for that may cost a request.

    Raises:
        NotKnown: the notes could not be read.
    """
    return DsmNotes() if host.dsm_notes == NOT_READ else value_of(host.dsm_notes)


def installation_of_this_boot(host: Host) -> SetupRun | None:
    """Return the setup that was run in this boot, whether or not it ended, unless its removal was run after it.

    Raises:
        NotKnown: the notes could not be read.
    """
    return _of_this_boot(host, installs=True)


def removal_of_this_boot(host: Host) -> SetupRun | None:
    """Return the removal that was run in this boot, whether or not it ended, unless the setup was run after it.

    Raises:
        NotKnown: the notes could not be read.
    """
    return _of_this_boot(host, installs=False)


def _of_this_boot(host: Host, *, installs: bool) -> SetupRun | None:
    run = notes_of(host).setup
    return run if run is not None and run.in_this_boot and run.installs is installs else None


def was_run(step: InstallDsm, host: Host) -> bool:
    """Tell whether this very setup was run in this boot and said that it worked, so that it waits for the restart.

    Raises:
        NotKnown: the notes could not be read.
    """
    run = installation_of_this_boot(host)
    return run is not None and run.ended and run.program == step.fingerprint


def cut_off(wanted: WantedDsm, host: Host) -> Iterator[Finding]:
    """Say to a run that is not to change the DSM that one before it was cut off in the middle of that.

    Args:
        wanted: The wish.
        host: What was read; what is not known of the notes is told by who needs it.
    """
    disks = () if isinstance(host.taken_offline, Unknown) else host.taken_offline.value
    if not disks and (isinstance(host.dsm_notes, Unknown) or not host.dsm_notes.value.change_begun):
        return
    owner, other = wanted.owner, wanted.owner.other
    offline = f" (LUN {', '.join(disks)}: offline until then)" if disks else ""
    text = (
        f"a change of the DSM was cut off on this host, and dsm: {owner.kind.value} leads its disks to the"
        f" {owner.label}{offline}. Where that takes more than a usual run may do, change_dsm: true allows it; if the"
        f" {other.label} was to have them, run the change again with dsm: {other.kind.value}"
    )
    yield Finding(Severity.NOTE, Side.HOST, BeginChange.about, text)


def held_by_change(items: Iterable[Item], host: Host) -> Iterator[Finding]:
    """Refuse to let the initiator service start with Windows in the middle of a change of DSM, which does so last.

    Args:
        items: The plan for the initiator alone.
        host: What was read.
    """
    start = SetServiceStart(INITIATOR_SERVICE, reason="")
    if not any(isinstance(item, Planned) and item.step == start for item in items):
        return
    try:
        begun = notes_of(host).change_begun
    except NotKnown as error:
        yield unreadable(start.subject, str(error))
        return
    if begun:
        text = (
            "a change of the DSM was begun on this host and has not ended, and the service starts with Windows again as"
            " its last step: go on with eva.mpio.host, change_dsm: true and the dsm that was wished for, or go back"
            " with the former one"
        )
        yield Finding(Severity.REFUSAL, Side.HOST, start.subject, text)


def in_vain(step: RemoveDsm, host: Host, memory: Memory, severity: Severity) -> Finding | None:
    """Say of a removal that is due that it was run before the last restart of Windows already, and said that it worked.

    Args:
        step: The removal of a DSM that is there.
        host: What was read.
        memory: What this run has done; of a removal that it ran itself it says more.
        severity: How bad that is.

    Raises:
        NotKnown: the notes could not be read.
    """
    run = notes_of(host).setup
    if step in memory.failed or run is None or run.program != step.fingerprint:
        return None
    if run.installs or run.in_this_boot or not run.ended:
        return None
    text = (
        f"{step.path} was run with these arguments before and said that it worked, Windows was restarted since, and the"
        " DSM is still there, so it is not run for one more restart: name another removal or other arguments"
        " (dsm_package.removal_path, removal_arguments), or remove the DSM by hand and restart Windows; if somebody has"
        r" installed it anew meanwhile, take the note of that run away: reg delete HKLM\SOFTWARE\eva.mpio"
        " /v DsmProgramRun /f"
    )
    return Finding(severity, Side.HOST, HP_DSM, text)
