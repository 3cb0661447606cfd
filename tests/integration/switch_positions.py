# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's switches, facts about Windows that nobody has confirmed, and stories told in their positions."""

from __future__ import annotations

import gc
import sys
import typing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any
from unittest.mock import patch

from ansible_collections.eva.mpio.tests.lab.windows.storage.switches import StorageSwitches
from ansible_collections.eva.mpio.tests.lab.windows.switches import Switches
from ansible_collections.eva.mpio.tests.sweep.points import Course
from ansible_collections.eva.mpio.tests.sweep.run import CourseRun

NUMBERS: Mapping[str, tuple[Any, ...]] = {
    "install_state_while_pending": (2, 4),
    "mpclaim_reboot_exit_code": (3010,),
    "path_id_top_byte": (0x87,),
    "path_id_port_offset": (1,),
    "disk_order_seed": (7, 99),
    "first_port_number": (0, 4),
    "device_delay": (3.0,),
    "login_deadline": (3.0,),
    "bound_device_timeout": (5.0,),
}
"""Positions of the switches that are numbers."""
CLASSES_OF_THEIR_OWN = "embedded_arrays_readable"
"""The switch that has a position for each set of classes."""
OPEN = {
    ("port_number_source", "port"): "the initiator's port number is taken from Index alone",
    (
        "iscsi_dsm_policies_outlive_boots",
        False,
    ): "a policy that Windows forgets comes with the next run",
}
"""Positions in which the collection is known not to come out right yet, with the reason."""
NEVER_ASKED: Mapping[str, str] = {
    "persistent_logins_merge_equal": "nothing stores a login twice; test_layouts tells of a host where somebody did",
    "second_session_of_2008_names_instance": "every login names the initiator's instance",
    "short_initiator_secret": "a short secret is refused before anything is sent",
    "stopped_service_answer": "nothing is asked of a service that is stopped",
    "driver_needs_service": "nothing is asked of the driver of a service that is stopped",
    "volumes_bound_as": "no volume is bound",
    "binding_replaces_list": "no volume is bound",
    "bound_device_timeout": "no volume is bound",
    "batch_mode_silences_echo": "scripts are run without //B",
    "cscript_runtime_error_exit_code": "the scripts handle their errors themselves",
    "cmd_waits_for_windows": "programs with a window are started by start /w",
    "mpclaim_accepts_bare_all": "-a and -c are not used",
}
"""The switches at which no run of the collection ever comes by, each with the reason."""
_COPIERS = ("<string>", fields.__code__.co_filename)
"""Where dataclasses compare and copy all their fields at once."""


def positions() -> Iterator[tuple[str, Any]]:
    """Yield every position of every switch, but for the default ones."""
    hints = typing.get_type_hints(Switches)
    for field in fields(Switches):
        if hints[field.name] is bool:
            yield field.name, not field.default
        elif field.name in NUMBERS:
            yield from ((field.name, value) for value in NUMBERS[field.name])
        elif typing.get_origin(hints[field.name]) is typing.Literal:
            choices = typing.get_args(hints[field.name])
            yield from ((field.name, choice) for choice in choices if choice != field.default)
        elif field.name != CLASSES_OF_THEIR_OWN:
            raise AssertionError(f"say in NUMBERS which positions {field.name} has")


def positions_of(*names: str) -> list[tuple[str, Any]]:
    """Return the positions of these switches, but for the default ones.

    Raises:
        KeyError: There is no such switch.
    """
    known = list(positions())
    for name in names:
        if name not in {one for one, _value in known}:
            raise KeyError(name)
    return [(name, value) for name, value in known if name in names]


def stories_of(decides: Mapping[tuple[str, str], Sequence[str]]) -> list[tuple[str, str, str, Any]]:
    """Return profile, story, switch and position for each position of the switches that decide in a story."""
    return [(*where, *position) for where, names in decides.items() for position in positions_of(*names)]


@contextmanager
def consulted() -> Iterator[set[str]]:
    """Collect the names of the switches that a lab in this process looks at meanwhile."""
    known = {field.name for field in fields(Switches)}
    seen: set[str] = set()

    def look(switches: StorageSwitches, name: str) -> Any:
        if name in known and sys._getframe(1).f_code.co_filename not in _COPIERS:
            seen.add(name)
        return object.__getattribute__(switches, name)

    with patch.object(StorageSwitches, "__getattribute__", look, create=True):
        yield seen


def told(profile: str, story: str, name: str, value: Any) -> None:
    """Tell a story of the sweep, undisturbed and judged as there, with one switch in another position.

    It fails also where the story does not come by the switch: then it would come out the same in any position.

    Args:
        profile: the kind of server
        story: which one
        name: of the switch
        value: its position
    """
    with consulted() as seen:
        [verdict] = CourseRun(Course(profile, story, (name, value)), lambda point: False, jobs=1).verdicts()
    gc.unfreeze()  # what the sweep has frozen for copies, which are not made here
    assert not verdict.faults, "\n".join(verdict.faults)
    assert name in seen, f"{story} does not come by {name}: tell it in a story that does"
    assert seen.isdisjoint(NEVER_ASKED), "NEVER_ASKED is wrong"
