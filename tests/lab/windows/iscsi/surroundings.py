# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the parts of the initiator share: the server they live in and the settings of the service."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from ...fabric.interface import Fabric
from ..clock import Clock
from ..interface import DiskStack
from ..network import Network
from ..registry import Registry
from ..releases import Release
from ..storage.policies import TargetPortGroups
from ..switches import Switches
from .failures import InitiatorError
from .model import ANY_PORT, INSTANCE
from .ports import InitiatorPortals
from .status import Status

DISCOVERY_KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\iSCSI\\Discovery"
"""Holds DefaultInitiatorName (blogs.msdn.com/b/san, 27 July 2008)."""

_NAME_FORM = re.compile(r"(iqn\.\d{4}-\d{2}\.[^\s:]+(:\S+)?|eui\.[0-9a-fA-F]{16}|naa\.[0-9a-fA-F]{16,32})")
FUNCTIONS = (
    "login",
    "store_login",
    "remove_login",
    "logout",
    "add_portal",
    "remove_portal",
    "refresh",
    "add_isns_server",
    "remove_isns_server",
)
"""What can be made to fail by plan."""

MAXIMUM_NAME = 223
"""MAX_ISCSI_NAME_LEN (iscsidsc.h)."""


class Disks(DiskStack, Protocol):
    """The disk stack with what a logout has to know of it."""

    def used_luns(self) -> frozenset[str]:
        """Return the NAA ids, in lower case, of the LUNs that something on the server uses."""

    def set_target_port_groups(self, naa: str, groups: TargetPortGroups) -> None:
        """REPORT TARGET PORT GROUPS says this about a LUN."""

    def withdraw(self, session_id: str, luns: Collection[int]) -> None:
        """Single LUNs of a session are not presented any more: their paths go, the others stay as they are."""


@dataclass
class Surroundings:
    """The server around the initiator. Nothing of the fabric is called while ``lock`` is held."""

    dns_name: str
    registry: Registry
    network: Network
    fabric: Fabric
    disks: Disks
    switches: Switches
    release: Release
    clock: Clock
    emit: Callable[..., object]
    batch: Callable[[], AbstractContextManager[None]]
    """Holds events of state changes back until several changes that belong together are done."""
    lock: threading.RLock
    service_runs: Callable[[], bool]
    portals: InitiatorPortals = field(init=False)
    mutual_secret: bytes | None = field(default=None, repr=False)
    """The initiator's own CHAP secret, with which targets prove themselves."""
    planned_failures: dict[str, list[int]] = field(default_factory=dict)
    """Statuses that the next calls of one of ``FUNCTIONS`` end with, without doing anything. For tests of retries: a
    session that is busy (0xEFFF001F) or a list that outgrew its buffer (122) cannot be had otherwise."""
    planned_answers: dict[str, list[int]] = field(default_factory=dict)
    """As ``planned_failures``, but for calls that do what they have to: an error that hides a success."""
    adapter_id: int = 0
    """UniqueAdapterId: a kernel address, another one after each boot."""
    epoch: int = 0
    """Counts starts and stops of the service: what began in an earlier epoch must not take effect."""

    def __post_init__(self) -> None:
        """Number the NICs."""
        self.portals = InitiatorPortals(self.network, self.switches)

    @property
    def default_node_name(self) -> str:
        """What the node is called when nobody named it."""
        return f"iqn.1991-05.com.microsoft:{self.dns_name.lower()}"

    @property
    def node_name(self) -> str:
        """The initiator's iSCSI name."""
        name = self.registry.get(DISCOVERY_KEY, "DefaultInitiatorName")
        return name if isinstance(name, str) and name else self.default_node_name

    def set_node_name(self, name: str | None) -> None:
        """Name the node, None for the default; sessions keep the name that they were opened with.

        Raises:
            InitiatorError: SERVICE_NOT_RUNNING, INVALID_ISCSI_NAME
        """
        self.need_service()
        wanted = self.default_node_name if name is None else name
        if len(wanted) > MAXIMUM_NAME or not _NAME_FORM.fullmatch(wanted):
            raise InitiatorError(Status.INVALID_ISCSI_NAME)
        with self.lock:
            self.registry.set(DISCOVERY_KEY, "DefaultInitiatorName", wanted, "REG_SZ")
            self.emit("state", change="node name", name=wanted)

    def begin(self, function: str) -> None:
        """Begin a call of the initiator.

        Raises:
            InitiatorError: SERVICE_NOT_RUNNING, or what was planned for this function.
        """
        self.need_service()
        self._answer(self.planned_failures, function)

    def done(self, function: str) -> None:
        """End a call that did what it had to.

        Raises:
            InitiatorError: what was planned to be said of it all the same.
        """
        self._answer(self.planned_answers, function)

    def _answer(self, planned: dict[str, list[int]], function: str) -> None:
        with self.lock:
            statuses = planned.get(function)
            status = statuses.pop(0) if statuses else None
        if status is not None:
            raise InitiatorError(status)

    @contextmanager
    def patience(self) -> Iterator[None]:
        """Let a call that met silence last as long as Windows waits for a portal; no lock may be held."""
        try:
            yield
        except InitiatorError as error:
            if error.silent:
                self.clock.sleep(self.switches.login_deadline)
            raise

    def need_service(self) -> None:
        """Raise InitiatorError SERVICE_NOT_RUNNING unless the service runs."""
        if not self.service_runs():
            raise InitiatorError(Status.SERVICE_NOT_RUNNING)

    def check_initiator(self, instance: str | None, port_number: int) -> None:
        """Refuse an instance or port number that this server does not have.

        LoginIScsiTarget: without an instance the port number has to be "any". Which status it gives otherwise is
        not documented.

        Raises:
            InitiatorError: INITIATOR_NOT_FOUND, INVALID_PARAMETER, INVALID_PORT_NUMBER
        """
        if instance is not None and instance.lower() != INSTANCE.lower():
            raise InitiatorError(Status.INITIATOR_NOT_FOUND)
        if port_number == ANY_PORT:
            return
        if instance is None:
            raise InitiatorError(Status.INVALID_PARAMETER)
        if self.portals.address(port_number) is None:
            raise InitiatorError(Status.INVALID_PORT_NUMBER)

    def nic_for(self, port_number: int, destination: str) -> str:
        """Return the address a connection leaves from.

        Raises:
            InitiatorError: INVALID_PORT_NUMBER, or CONNECTION_FAILED when no NIC leads there.
        """
        if port_number != ANY_PORT:
            address = self.portals.address(port_number)
            if address is None:
                raise InitiatorError(Status.INVALID_PORT_NUMBER)
            return address
        routed = self.network.route(destination)
        if routed is None:
            raise InitiatorError(Status.CONNECTION_FAILED)
        return routed
