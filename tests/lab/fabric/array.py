# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one truth of an EVA: controllers, ports, virtual disks, hosts and what they are shown.

Both fabrics, and whoever plays the storage administrator, work on the same ``Array``. Everything may be called at run
time from any thread. The log is written outside of the array's lock, so a listener may call the array back.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..events import EventLog
from .addresses import canonical
from .admission import (
    MUTUAL_CHAP,
    NO_CHAP,
    ONE_WAY_CHAP,
    SUCCESS,
    ChapDemand,
    LoginRefused,
    LoginRequest,
)
from .interface import EVERY_DIGEST, Chap, Digests, LogicalUnit
from .ownership import CONTROLLERS, IMPLICIT_ONLY, Ownership
from .ports import PortChange, TargetPort
from .scsi import ARRAY_CONTROLLER, BLOCK_SIZE, CONSOLE_LUN, DISK, REPORTED_LUNS_CHANGED
from .sessions import Sessions
from .vdisk import Vdisk

MAX_LUN = 255
"""The highest LUN number that can be presented: 256 LUNs an initiator (HP vSphere white paper for the P6000, p. 20)."""

MAX_PORTS = 32
"""More ports than any EVA has, and few enough for SendTargets to fit one Text Response of 8192 bytes."""

MAX_SECRET = 100
"""Characters of a CHAP secret (HP MPX200 user guide 5697-0568, p. 101)."""

Observer = Callable[[TargetPort, PortChange], None]


@dataclass
class Host:
    """What the array knows about one initiator name."""

    initiator: str
    presented: dict[int, Vdisk] = field(default_factory=dict)
    chap: ChapDemand = field(default_factory=ChapDemand)


class Array:
    """An EVA with its iSCSI ports."""

    def __init__(
        self,
        name: str,
        log: EventLog,
        *,
        product: str = "HSV340",
        vendor: str = "HP",
        revision: str = "1100",
        serial: str = "0917A00012",
        auto_register: bool = True,
        chap_on_discovery: bool = True,
        discovery_scope: str = "array",
        learns_initiators: bool = False,
        digests: Digests = EVERY_DIGEST,
        hides_port_groups: bool = True,
    ) -> None:
        """Describe the array.

        Args:
            name: its name, the source of its events
            log: the log of the lab
            product: INQUIRY product id, for instance HSV340 for a P6300
            vendor: INQUIRY vendor id
            revision: INQUIRY revision (real ones behind a bridge are unverified)
            serial: serial number of the array
            auto_register: an initiator name that logs in for the first time is let in, remembered, and shown no disk
                (HP 5697-0510, release notes of the EVA iSCSI option 9.0); otherwise it gets status 0202
            chap_on_discovery: CHAP is demanded in discovery sessions too (HP MPX200 user guide 5697-0568, p. 101)
            discovery_scope: which targets one portal tells of: those of the ``array``, of its ``module``, or of the
                ``port`` alone. Unverified for every EVA bridge, therefore a switch.
            learns_initiators: a secret can be set only for a name that has logged in: its first login, without CHAP,
                makes the entry that takes one (HP MPX200 user guide 5697-0568, p. 101)
            digests: which digests it takes where they are offered. Nothing is known about an EVA's bridges.
            hides_port_groups: the iSCSI bridge hides the array's ALUA: INQUIRY shows no support, and REPORT TARGET
                PORT GROUPS is unknown. Whether real ones do was not found.
        """
        if discovery_scope not in ("array", "module", "port"):
            raise ValueError(f"discovery_scope is array, module or port, not {discovery_scope!r}")
        self.name = name
        self.log = log
        self.product = product
        self.vendor = vendor
        self.revision = revision
        self.serial = serial
        self.auto_register = auto_register
        self.chap_on_discovery = chap_on_discovery
        self.discovery_scope = discovery_scope
        self.learns_initiators = learns_initiators
        self.digests = digests
        self.hides_port_groups = hides_port_groups
        self.ownership = Ownership(self)
        self.known_initiators: list[str] = []
        """The names that have logged in, in the order of their first login."""
        self.sessions = Sessions(self)
        self.ports: list[TargetPort] = []
        self.vdisks: list[Vdisk] = []
        self._hosts: dict[str, Host] = {}
        self._observers: list[Observer] = []
        self._lock = threading.RLock()

    # What the array is made of

    def add_port(
        self,
        address: str,
        controller: str,
        *,
        tcp_port: int = 3260,
        fabric: str = "",
        module: str = "",
        group_tag: int | None = None,
        target_name: str | None = None,
    ) -> TargetPort:
        """Add an iSCSI port, which listens at once.

        Args:
            address: the declared IPv4 or IPv6 address
            controller: ``A`` or ``B``
            tcp_port: the TCP port, 1 to 65535
            fabric: name of the network side, free text
            module: name of the iSCSI module, free text
            group_tag: target portal group tag; the port's number when not given
            target_name: the IQN; made up when not given. No public source shows a real one (recollection:
                ``iqn.2004-09.com.hp:fcgw...``), so nothing may match by its form.
        """
        if controller not in CONTROLLERS:
            raise ValueError(f"an EVA's controllers are A and B, not {controller!r}")
        with self._lock:
            number = len(self.ports) + 1
            if number > MAX_PORTS:
                raise ValueError(f"array {self.name}: more than {MAX_PORTS} iSCSI ports")
            port = TargetPort(
                array=self,
                number=number,
                address=canonical(address),
                tcp_port=tcp_port,
                controller=controller,
                fabric=fabric,
                module=module,
                group_tag=number if group_tag is None else group_tag,
                target_name=target_name or self._made_up_target_name(number),
            )
            self.ports.append(port)
        self.notify(port, PortChange.STATE)
        return port

    def add_vdisk(
        self, name: str, mib: int, *, owner: str = "A", naa: str | None = None, serial: str | None = None
    ) -> Vdisk:
        """Create a virtual disk of ``mib`` MiB; designator and serial number are made up when not given."""
        if owner not in CONTROLLERS:
            raise ValueError(f"an EVA's controllers are A and B, not {owner!r}")
        with self._lock:
            number = len(self.vdisks) + 1
            array_id = hashlib.sha256(self.serial.encode()).hexdigest()
            # Real ones: 600508b4... on an HSV300, 60014380... on an HSV340 (public output of multipath -ll).
            prefix = "60014380" if self.product in ("HSV340", "HSV360") else "600508b4"
            vdisk = Vdisk(
                name=name,
                naa=(naa or f"{prefix}{array_id[:12]}{number:08x}0000").lower(),
                serial=serial or f"PB{array_id[:4]}{number:08d}".upper(),
                blocks=mib * 1024 * 1024 // BLOCK_SIZE,
                owner=owner,
            )
            self.vdisks.append(vdisk)
        return vdisk

    def _made_up_target_name(self, number: int) -> str:
        wwpn = hashlib.sha256(f"{self.serial}/{number}".encode()).hexdigest()[:10]
        return f"iqn.2004-09.com.hp:fcgw.mpx200.{self.serial.lower()}.{number}.50001f{wwpn}"

    # What hosts are shown

    def present(self, vdisk: Vdisk, initiator: str, lun: int) -> None:
        """Present a virtual disk to an initiator name as LUN 1 to 255 (0 is the controller itself)."""
        if not 1 <= lun <= MAX_LUN:
            raise ValueError(f"{vdisk.name} cannot be LUN {lun}: presentations use LUN 1 to {MAX_LUN}")
        with self._lock:
            presented = self._host(initiator).presented
            if presented.get(lun, vdisk) is not vdisk:
                raise ValueError(f"LUN {lun} of {initiator} is {presented[lun].name} already")
            presented[lun] = vdisk
        self.sessions.raise_attention(initiator, REPORTED_LUNS_CHANGED)
        self.log.add(self.name, "state", action="present", vdisk=vdisk.name, initiator=initiator, lun=lun)

    def unpresent(self, initiator: str, lun: int) -> None:
        """Take a LUN away from an initiator name."""
        with self._lock:
            vdisk = self._host(initiator).presented.pop(lun, None)
            if vdisk is None:
                raise ValueError(f"array {self.name} presents no LUN {lun} to {initiator}")
        self.sessions.raise_attention(initiator, REPORTED_LUNS_CHANGED)
        self.log.add(self.name, "state", action="unpresent", vdisk=vdisk.name, initiator=initiator, lun=lun)

    def presented_to(self, initiator: str) -> dict[int, Vdisk]:
        """Return the virtual disks that an initiator name is shown, by LUN."""
        with self._lock:
            host = self._hosts.get(initiator)
            return dict(host.presented) if host else {}

    def set_chap(self, initiator: str, one_way: Chap | None, mutual: Chap | None = None) -> None:
        """Demand ``one_way`` of an initiator name from its next login on; ``mutual`` is how the array proves itself.

        Sessions that stand go on.
        """
        if mutual and not one_way:
            raise ValueError("mutual CHAP needs one-way CHAP too (RFC 7143, 12.1.3)")
        if one_way and mutual and one_way.secret == mutual.secret:
            raise ValueError("the array's own secret and the initiator's may not be equal (HP 5697-0568, p. 101)")
        if any(chap and not 1 <= len(chap.secret) <= MAX_SECRET for chap in (one_way, mutual)):
            raise ValueError(f"the array takes secrets of 1 to {MAX_SECRET} characters")
        with self._lock:
            if one_way and self.learns_initiators and initiator not in self.known_initiators:
                raise ValueError(f"array {self.name} has no entry for {initiator}: a first login without CHAP makes it")
            self._host(initiator).chap = ChapDemand(one_way, mutual)
        demanded = NO_CHAP if one_way is None else ONE_WAY_CHAP if mutual is None else MUTUAL_CHAP
        self.log.add(self.name, "state", action="chap", initiator=initiator, demanded=demanded)

    @property
    def target_port_group_support(self) -> int:
        """TPGS of INQUIRY."""
        return 0 if self.hides_port_groups else IMPLICIT_ONLY

    def vdisk(self, name: str) -> Vdisk:
        """Return a virtual disk.

        Raises:
            LookupError: there is none of that name
        """
        for vdisk in self.vdisks:
            if vdisk.name == name:
                return vdisk
        raise LookupError(f"array {self.name} has no virtual disk {name!r}")

    def logical_units(self, initiator: str, port: TargetPort) -> tuple[LogicalUnit, ...]:
        """Return what REPORT LUNS and INQUIRY tell an initiator name on a port: the controller and its disks."""
        console = LogicalUnit(
            lun=CONSOLE_LUN,
            device_type=ARRAY_CONTROLLER,
            vendor=self.vendor,
            product=self.product,
            revision=self.revision,
            serial=self.serial,
            naa=None,
            target_port_group=port.port_group,
            relative_target_port=port.number,
        )
        disks = [
            LogicalUnit(
                lun=lun,
                device_type=DISK,
                vendor=self.vendor,
                product=self.product,
                revision=self.revision,
                serial=vdisk.serial,
                naa=vdisk.naa,
                target_port_group=port.port_group,
                relative_target_port=port.number,
                blocks=vdisk.blocks,
                block_size=BLOCK_SIZE,
                port_group_support=self.target_port_group_support,
                port_groups=self.ownership.port_groups(vdisk),
            )
            for lun, vdisk in sorted(self.presented_to(initiator).items())
        ]
        return (console, *disks)

    def targets_shown(self, request: LoginRequest) -> tuple[TargetPort, ...]:
        """Return the ports that SendTargets=All tells of on the request's port."""
        if not self.may_log_in(request.initiator):
            return ()  # tgtd, too, lets such a discovery succeed with an empty list.
        port = request.port
        if self.discovery_scope == "port":
            return (port,)
        return tuple(
            other for other in tuple(self.ports) if self.discovery_scope == "array" or other.module == port.module
        )

    # Logins

    def may_log_in(self, initiator: str) -> bool:
        """Whether an initiator name is let in."""
        with self._lock:
            return self.auto_register or initiator in self._hosts or initiator in self.known_initiators

    def chap_demand(self, initiator: str) -> ChapDemand:
        """Return what an initiator name has to prove."""
        with self._lock:
            host = self._hosts.get(initiator)
            return host.chap if host else ChapDemand()

    def remember(self, initiator: str) -> None:
        """Note a name that logged in, as the module's database of initiators does (HP 5697-0510, p. 8)."""
        with self._lock:
            if initiator not in self.known_initiators:
                self.known_initiators.append(initiator)

    # Faults and the log

    def controller_down(self, controller: str) -> None:
        """Kill the ports of one controller; its virtual disks go over to the other one."""
        for port in self._ports_of(controller):
            port.kill()
        self.ownership.controller_down(controller)

    def controller_up(self, controller: str) -> None:
        """Bring the ports of one controller back; the virtual disks stay where they are."""
        for port in self._ports_of(controller):
            port.restore()
        self.ownership.controller_up(controller)

    def observe(self, observer: Observer) -> None:
        """Call ``observer`` after every change of a port, in the thread that made it."""
        with self._lock:
            self._observers.append(observer)

    def stop_observing(self, observer: Observer) -> None:
        """Undo ``observe``."""
        with self._lock:
            self._observers.remove(observer)

    def notify(self, port: TargetPort, change: PortChange) -> None:
        """Tell the observers about a port."""
        with self._lock:
            observers = tuple(self._observers)
        for observer in observers:
            observer(port, change)

    def record_fault(self, action: str, **facts: Any) -> None:
        """Log a fault that is about to be injected."""
        self.log.add(self.name, "fault", action=action, **facts)

    def record_discovery(self, request: LoginRequest, chap: str) -> None:
        """Log a discovery session that reached the full feature phase."""
        self.log.add(self.name, "discovery", **request.facts(), chap=chap, status=SUCCESS)

    def record_failed_login(self, request: LoginRequest, chap: str, status: str | LoginRefused) -> None:
        """Log a login, of a discovery session too, that did not get to its end."""
        text = status.status if isinstance(status, LoginRefused) else status
        self.log.add(self.name, "login-failed", **request.facts(), chap=chap, status=text)

    # Helpers

    def _host(self, initiator: str) -> Host:
        return self._hosts.setdefault(initiator, Host(initiator))

    def _ports_of(self, controller: str) -> list[TargetPort]:
        if controller not in CONTROLLERS:
            raise ValueError(f"an EVA's controllers are A and B, not {controller!r}")
        with self._lock:
            return [port for port in self.ports if port.controller == controller]
