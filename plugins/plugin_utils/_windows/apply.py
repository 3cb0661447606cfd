# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Doing what a step comes down to. Private to the collection.

There is no verdict here: what a tool or method returns only explains what is read afterwards.
"""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from .._wire.command import Completed
from .._wire.faults import WsmanFault
from .._wire.link import Link
from .._wire.masking import Masks
from .._wire.schema import Schema
from . import classes, status
from .actions import Action, Announced, CannotRender, Confirm, InOrder, InvokeMethod, InvokeOrRun, RunCommand, RunScript
from .script import status_of
from .status import Status

_LAST_LINES: t.Final = 8
_LOOKS: t.Final = 5
_BETWEEN: t.Final = 1.0
"""The storage management classes learn of what diskpart did by notifications, so they may lag behind a moment."""

_TABLES: t.Final[Mapping[str, Mapping[int, Status]]] = {
    "iscsicli": status.INITIATOR,
    "dism": status.SERVICING,
    # No document tells the exit codes of mpclaim.
    "mpclaim": {},
}
_OTHER_WAY: t.Final = "method_calls: script has the same done by a script on the host"
_OF_CLASS: t.Final[Mapping[str, Mapping[int, Status]]] = {
    classes.SERVICE.name: status.SERVICE,
    classes.DRIVER.name: status.SERVICE,
    classes.DSM_OPERATIONS.name: status.DSM,
}


@dataclass(frozen=True)
class Outcome:
    """What the host said about an action."""

    exit_code: int | None
    """Exit code or return value, unsigned; of several commands that of the last one. None where it was not told."""
    output: str
    """The last lines that were printed, without secrets."""
    status: Status | None
    """What the code or, failing that, the English text means, where that is known."""


def perform(link: Link, action: Action, deadline: float, pause: Callable[[float], None] = time.sleep) -> Outcome:
    """Do it.

    Args:
        link: The host.
        action: What to do.
        deadline: Seconds that commands may take; a method has the link's own time.
        pause: Lets seconds pass between two looks at the host.

    Raises:
        WireError: the host could not be told, or its answer was lost; what it did must be read again.
        CannotRender: something is missing that should be known by now.
    """
    if isinstance(action, Announced):
        raise CannotRender(f"It is not known yet, so nothing was done: {action.missing}. The plan was: {action.text}.")
    if isinstance(action, InvokeMethod):
        return _invoke(link, action)
    if isinstance(action, InvokeOrRun):
        return _invoke_or_run(link, action, deadline)
    if isinstance(action, RunScript):
        return _run_script(link, action, deadline)
    if isinstance(action, InOrder):
        return _run_in_order(link, action, deadline, pause)
    return _run(link, action, deadline)


def _run_in_order(link: Link, action: InOrder, deadline: float, pause: Callable[[float], None]) -> Outcome:
    """Return the outcome of the command after which nothing more was done, or of the last one that is no aside."""
    outcome = Outcome(None, "", None)
    for part in action.parts:
        if isinstance(part, Confirm):
            if not _awaited(link, part, pause):
                return replace(outcome, output="\n".join(filter(None, (outcome.output, part.otherwise))))
            continue
        if part.aside:
            _run(link, part, deadline)
            continue
        outcome = _run(link, part, deadline)
        by_code = part.codes is None or bool(part.codes)
        if outcome.exit_code is None or (by_code and not (outcome.status is not None and outcome.status.done)):
            break
    return outcome


def _awaited(link: Link, part: Confirm, pause: Callable[[float], None]) -> bool:
    """Look until the host shows it, or a few times in vain."""
    for _attempt in range(_LOOKS - 1):
        if _shows(link, part):
            return True
        pause(_BETWEEN)
    return _shows(link, part)


def _shows(link: Link, part: Confirm) -> bool:
    try:
        found = link.enumerate(part.schema, part.where)
    except WsmanFault as fault:
        if fault.quota or fault.shell_lost:
            raise
        return False
    return len(found) == 1 and (part.name is None or found[0].boolean(part.name) is part.value)


def _run(link: Link, action: RunCommand, deadline: float) -> Outcome:
    commands = action.commands
    if len(commands) == 1:
        completed: tuple[Completed, ...] = (link.run(commands[0], deadline),)
    else:
        completed = link.run_batch(commands, deadline)
    code, program = completed[-1].exit_code, commands[-1].program
    # What stands before another program in its line are notes, and what is said of those would pass for its answer.
    told = [one for command, one in zip(commands, completed, strict=True) if command.program == program]
    text = "\n".join(f"{one.stdout}\n{one.stderr}" for one in told)
    masks = Masks()
    masks.add(action.secrets)
    table = _TABLES.get(program, status.WIN32) if action.codes is None else action.codes
    return Outcome(code, masks.conceal(_last_lines(text)), _status(program, code, text, table))


def _last_lines(text: str) -> str:
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(lines[-_LAST_LINES:])


def _run_script(link: Link, action: RunScript, deadline: float) -> Outcome:
    """Take the code that the script printed: the exit code is that of the command that deletes it."""
    completed = link.run(action.script, deadline)
    text = f"{completed.stdout}\n{completed.stderr}"
    code = status_of(text)
    return Outcome(code, _last_lines(text), None if code is None else status.of_code(code, status.DSM))


def _invoke_or_run(link: Link, action: InvokeOrRun, deadline: float) -> Outcome:
    """Make the call, and run the script where the call failed otherwise than by the DSM's own status."""
    try:
        return _call(link, action.call)
    except WsmanFault as fault:
        if fault.quota or fault.shell_lost:
            raise
        if any(_is_ntstatus(code) for code in (fault.provider_fault, fault.code, fault.wdm_code)):
            return _refused(fault, status.DSM)
    return _run_script(link, action.script, deadline)


def _is_ntstatus(code: int | None) -> bool:
    """Tell an error of a driver (ntstatus.h: severity 3 and no facility) from one of WinRM or WMI."""
    return code is not None and code >> 16 == 0xC000


def _status(program: str, code: int | None, text: str, table: Mapping[int, Status]) -> Status | None:
    """Look the exit code up; a good one says little of a typed or batched iscsicli, so its text is looked at too."""
    by_code = None if code is None else status.of_code(code, table)
    if program == "iscsicli" and code in (None, 0):
        return status.of_text(text) or by_code
    return by_code


def _invoke(link: Link, action: InvokeMethod) -> Outcome:
    try:
        return _call(link, action)
    except WsmanFault as fault:
        if fault.quota or fault.shell_lost:
            raise
        outcome = _refused(fault, _table(action))
        if action.schema.name == classes.DSM_OPERATIONS.name and outcome.status is None:
            return replace(outcome, output=f"{outcome.output}; {_OTHER_WAY}")
        return outcome


def _call(link: Link, action: InvokeMethod) -> Outcome:
    selectors = _only_instance(link, action.schema) if action.selectors is None else action.selectors
    answer = link.invoke(action.schema, action.method, action.arguments, action.results, selectors)
    value = answer.integer(action.code)
    code = None if value is None else value & 0xFFFFFFFF
    return Outcome(code, "", None if code is None else status.of_code(code, _table(action)))


def _table(action: InvokeMethod) -> Mapping[int, Status]:
    return _OF_CLASS.get(action.schema.name, status.INITIATOR)


def _refused(fault: WsmanFault, table: Mapping[int, Status]) -> Outcome:
    """Take a fault for an answer: the storage classes fail with the initiator's code (0xEFFF0003) as an error."""
    codes = [code for code in (fault.provider_fault, fault.code, fault.wdm_code) if code is not None]
    known = next((code for code in codes if status.of_code(code, table)), None)
    code = known if known is not None else next(iter(codes), None)
    return Outcome(code, str(fault), None if known is None else status.of_code(known, table))


def _only_instance(link: Link, schema: Schema) -> Mapping[str, str] | None:
    """Ask for the keys of the only instance; none are sent where the host knows none.

    Which keys the initiator's method class has was found nowhere in print, so the host is asked.
    """
    try:
        references = link.enumerate_references(schema)
    except WsmanFault:
        return None
    return references[0] if references else None
