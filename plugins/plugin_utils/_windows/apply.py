# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Doing what a step comes down to. Private to the collection.

There is no verdict here: what a tool or method returns only explains what is read afterwards.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from .._wire.command import Completed
from .._wire.faults import WsmanFault
from .._wire.link import Link
from .._wire.masking import Masks
from .._wire.schema import Schema
from . import classes, status
from .actions import Action, Announced, CannotRender, InvokeMethod, RunCommand
from .status import Status

_LAST_LINES: t.Final = 8

_TABLES: t.Final[Mapping[str, Mapping[int, Status]]] = {
    "iscsicli": status.INITIATOR,
    "dism": status.SERVICING,
    # No document tells the exit codes of mpclaim.
    "mpclaim": {},
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


def perform(link: Link, action: Action, deadline: float) -> Outcome:
    """Do it.

    Args:
        link: The host.
        action: What to do.
        deadline: Seconds that commands may take; a method has the link's own time.

    Raises:
        WireError: the host could not be told, or its answer was lost; what it did must be read again.
        CannotRender: something is missing that should be known by now.
    """
    if isinstance(action, Announced):
        raise CannotRender(f"It is not known yet, so nothing was done: {action.missing}. The plan was: {action.text}.")
    if isinstance(action, InvokeMethod):
        return _invoke(link, action)
    return _run(link, action, deadline)


def _run(link: Link, action: RunCommand, deadline: float) -> Outcome:
    commands = action.commands
    if len(commands) == 1:
        completed: tuple[Completed, ...] = (link.run(commands[0], deadline),)
    else:
        completed = link.run_batch(commands, deadline)
    text = "\n".join(f"{one.stdout}\n{one.stderr}" for one in completed)
    masks = Masks()
    masks.add(action.secrets)
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    code = completed[-1].exit_code
    return Outcome(code, masks.conceal("\n".join(lines[-_LAST_LINES:])), _status(commands[-1].program, code, text))


def _status(program: str, code: int | None, text: str) -> Status | None:
    """Look the exit code up; a good one says little of a typed or batched iscsicli, so its text is looked at too."""
    table = _TABLES.get(program, status.WIN32)
    by_code = None if code is None else status.of_code(code, table)
    if program == "iscsicli" and code in (None, 0):
        return status.of_text(text) or by_code
    return by_code


def _invoke(link: Link, action: InvokeMethod) -> Outcome:
    selectors = _only_instance(link, action.schema) if action.selectors is None else action.selectors
    table = status.SERVICE if action.schema.name == classes.SERVICE.name else status.INITIATOR
    try:
        answer = link.invoke(action.schema, action.method, action.arguments, action.results, selectors)
    except WsmanFault as fault:
        if fault.quota or fault.shell_lost:
            raise
        return _refused(fault, table)
    value = answer.integer("ReturnValue")
    code = None if value is None else value & 0xFFFFFFFF
    return Outcome(code, "", None if code is None else status.of_code(code, table))


def _refused(fault: WsmanFault, table: Mapping[int, Status]) -> Outcome:
    """Take a fault for an answer: the storage classes fail with the initiator's code (0xEFFF0003) as an error."""
    codes = [code for code in (fault.provider_fault, fault.code) if code is not None]
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
