# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which controller owns each virtual disk, and what the array tells of it (ALUA, implicit only).

An EVA is asymmetric active-active: the paths through the controller that owns a virtual disk are optimised, and much
I/O through the other controller moves the ownership by an implicit transition (HP vSphere white paper for the P6000,
p. 5, 6 and 25). How much that is, and how long it takes, is not told there.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from .interface import AccessState, PortGroup
from .scsi import ACCESS_STATE_CHANGED, ACCESS_TRANSITION, CheckCondition
from .vdisk import Vdisk

if TYPE_CHECKING:
    from .array import Array

CONTROLLERS = ("A", "B")
GROUP_NUMBERS = {"A": 1, "B": 2}
"""The SCSI target port group of each controller's ports."""

IMPLICIT_ONLY = 1
"""TPGS of INQUIRY (SPC-4, standard INQUIRY data): the array alone decides which ports are optimised."""

MUCH_IO = 1000
"""How many reads and writes more through the other controller than through the owner move a virtual disk: made up."""

Observer = Callable[[Vdisk], None]


def other(controller: str) -> str:
    """Return the other controller.

    Raises:
        ValueError: there is no such controller
    """
    if controller not in CONTROLLERS:
        raise ValueError(f"an EVA's controllers are A and B, not {controller!r}")
    return "B" if controller == "A" else "A"


class Ownership:
    """The owners of one array's virtual disks. Safe from any thread."""

    def __init__(self, array: Array) -> None:
        """Begin with the owners that the virtual disks are made with."""
        self._array = array
        self._failed: set[str] = set()
        self._moving: set[Vdisk] = set()
        self._through_other: Counter[Vdisk] = Counter()
        self._observers: list[Observer] = []
        self._lock = threading.Lock()
        self.much_io = MUCH_IO

    def observe(self, observer: Observer) -> None:
        """Call ``observer`` after each change that a server can notice, in the thread that made it."""
        self._observers.append(observer)

    def port_groups(self, vdisk: Vdisk) -> tuple[PortGroup, ...]:
        """Return what REPORT TARGET PORT GROUPS tells of a virtual disk, nothing where the bridge hides it."""
        if self._array.hides_port_groups:
            return ()
        ports = tuple(self._array.ports)
        return tuple(
            PortGroup(
                number=GROUP_NUMBERS[controller],
                state=self._state(vdisk, controller),
                ports=tuple(port.number for port in ports if port.controller == controller),
            )
            for controller in CONTROLLERS
            if any(port.controller == controller for port in ports)
        )

    def check_access(self, vdisk: Vdisk) -> None:
        """Refuse what cannot be done in a transition.

        Raises:
            CheckCondition: LOGICAL UNIT NOT ACCESSIBLE, ASYMMETRIC ACCESS STATE TRANSITION
        """
        if vdisk in self._moving and not self._array.hides_port_groups:
            raise CheckCondition(ACCESS_TRANSITION)

    def count_io(self, vdisk: Vdisk, controller: str) -> None:
        """Take note of a read or write; too much through the other controller moves the virtual disk."""
        with self._lock:
            own = controller == vdisk.owner
            self._through_other[vdisk] = max(self._through_other[vdisk] + (-1 if own else 1), 0)
            too_much = self._through_other[vdisk] >= self.much_io
        if too_much:
            self.move(vdisk, controller)

    def begin_move(self, vdisk: Vdisk) -> None:
        """Begin a transition, which ``move`` ends."""
        with self._lock:
            self._moving.add(vdisk)
        self._changed(vdisk, "move begins")

    def move(self, vdisk: Vdisk, owner: str) -> None:
        """Let a controller take a virtual disk over.

        Raises:
            ValueError: there is no such controller, or it is down
        """
        other(owner)  # which refuses what is no controller
        if owner in self._failed:
            raise ValueError(f"controller {owner} of array {self._array.name} is down")
        with self._lock:
            vdisk.owner = owner
            self._moving.discard(vdisk)
            del self._through_other[vdisk]
        self._changed(vdisk, "move")

    def controller_down(self, controller: str) -> None:
        """Give what a controller owns to the other one; its ports are unavailable until it is back.

        Raises:
            ValueError: there is no such controller
        """
        heir = other(controller)
        self._failed.add(controller)
        for vdisk in tuple(self._array.vdisks):
            if vdisk.owner == controller and heir not in self._failed:
                self.move(vdisk, heir)
            else:
                self._changed(vdisk, None)

    def controller_up(self, controller: str) -> None:
        """Let a controller's ports be there again; the virtual disks stay where they are."""
        self._failed.discard(controller)
        for vdisk in tuple(self._array.vdisks):
            self._changed(vdisk, None)

    def _state(self, vdisk: Vdisk, controller: str) -> AccessState:
        if controller in self._failed:
            return AccessState.UNAVAILABLE
        if vdisk in self._moving:
            return AccessState.TRANSITIONING
        return AccessState.ACTIVE_OPTIMIZED if vdisk.owner == controller else AccessState.ACTIVE_UNOPTIMIZED

    def _changed(self, vdisk: Vdisk, action: str | None) -> None:
        if action is not None:
            self._array.log.add(self._array.name, "state", action=action, vdisk=vdisk.name, owner=vdisk.owner)
        if self._array.hides_port_groups:
            return
        self._array.sessions.raise_attention_of(vdisk, ACCESS_STATE_CHANGED)
        for observer in tuple(self._observers):
            observer(vdisk)
