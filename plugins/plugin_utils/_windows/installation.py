# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What installs and removes: initiator, MPIO, HP's DSM; and what claims. Private to the collection.

A note that MPIO was changed in this boot stands before each of them (see ``marker.py``).
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Mapping, Sequence

from .._model import CHANGED_IN_THIS_BOOT, SetupRun, Unknown
from .._plan import steps
from . import marker, mpclaim, status
from .actions import Action, CannotRender, Draft, InOrder, RunCommand, action_of
from .on import On


def changing_mpio(on: On, drafts: Sequence[Draft], codes: Mapping[int, status.Status] | None = None) -> Action:
    """Put a note that MPIO was changed in this boot, unless there is one, before what may need a restart."""
    return action_of([*_note(on), *drafts], codes)


def _note(on: On) -> tuple[Draft, ...]:
    pending = () if isinstance(on.host.pending_reboot, Unknown) else on.host.pending_reboot.value
    return () if CHANGED_IN_THIS_BOOT in pending else (marker.write(on.host.os.booted),)


def _run_setup(step: steps.InstallInitiator, on: On) -> Action:
    return changing_mpio(on, [_program(step)], _codes(step))


def _program(step: steps.InstallInitiator | steps.RunDsmProgram) -> Draft:
    """Let ``start`` run the program to its end; it takes a quoted first argument for a title, so there is one."""
    blanks = [""] if re.search(r"[\s\"]", step.path) else []
    return Draft("start", ("/w", *blanks, step.path, *step.arguments))


def _codes(step: steps.InstallInitiator | steps.RunDsmProgram) -> Mapping[int, status.Status]:
    return status.PACKAGE_ON_SHARE if step.path.startswith("\\\\") else status.PACKAGE


def _run_dsm_program(step: steps.RunDsmProgram, on: On) -> Action:
    """Note before it that it is run, and after it that it says that it worked."""
    begun, ended = (marker.write_setup(_run(step, end), on.host.os.booted) for end in (False, True))
    line = tuple(draft.command for draft in (*_note(on), begun, _program(step)))
    return InOrder((RunCommand(line, _codes(step)), RunCommand((ended.command,), aside=True)))


def _run(step: steps.RunDsmProgram, ended: bool) -> SetupRun:
    return SetupRun(isinstance(step, steps.InstallDsm), step.fingerprint, ended, in_this_boot=True)


def _enable_feature(step: steps.EnableFeature, on: On) -> Action:
    release = on.release
    command = release.core_feature_command if on.host.os.core else release.feature_command
    if command is None:
        raise CannotRender(f"{release.name} has no MPIO feature: MPIO comes with the package of the initiator.")
    program, *arguments = command
    codes = status.SERVER_MANAGER if program == "ServerManagerCmd" else status.SERVICING
    return changing_mpio(on, [Draft(program, tuple(arguments))], codes)


def _claim(step: steps.ClaimHardware, on: On) -> Action:
    """Make MPIO's list where there is none: infi.wmpio does so, for mpclaim may fail without it (not documented)."""
    if not on.release.claim_list:
        raise CannotRender(f"The Microsoft DSM of {on.release.name} claims every iSCSI LUN and has no list to add to.")
    claims = on.host.claims
    none_yet = not isinstance(claims, Unknown) and not claims.value.mpio
    return changing_mpio(on, [*([mpclaim.make_list()] if none_yet else []), mpclaim.claim(step.hardware_ids)])


def _list(step: steps.ListHardware, on: On) -> Action:
    """Without the note: what these ids claim is claimed already, so nothing waits for a restart."""
    return action_of([mpclaim.claim(step.hardware_ids)])


def _unclaim(step: steps.UnclaimHardware, on: On) -> Action:
    if not on.release.claim_list:
        raise CannotRender(
            f"The Microsoft DSM of {on.release.name} claims every iSCSI LUN and has no list to take something off:"
            " only without its driver it claims nothing."
        )
    return changing_mpio(on, [mpclaim.unclaim(step.hardware_ids)])


def _begin_change(step: steps.BeginChange, on: On) -> Action:
    return action_of([marker.write_change()])


def _end_change(step: steps.EndChange, on: On) -> Action:
    return action_of(marker.end_change(step.removed))


RENDERERS: t.Final[Mapping[type[steps.Step], Callable[[t.Any, On], Action]]] = {
    steps.InstallInitiator: _run_setup,
    steps.EnableFeature: _enable_feature,
    steps.ClaimHardware: _claim,
    steps.ListHardware: _list,
    steps.UnclaimHardware: _unclaim,
    steps.InstallDsm: _run_dsm_program,
    steps.RemoveDsm: _run_dsm_program,
    steps.BeginChange: _begin_change,
    steps.EndChange: _end_change,
}
