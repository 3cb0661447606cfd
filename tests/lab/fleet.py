# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole lab from a declared fleet: arrays, network, servers, their WinRM endpoints, and the judge of the law."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, TypeVar

from . import arranged, inventory, pictures
from .access import Access
from .clauses import ArrayLayout, Declaration
from .events import EventLog
from .fabric.array import Array
from .fabric.interface import Chap, Digests
from .fabric.memory import MemoryFabric
from .fabric.network import Network
from .fabric.tcp import TcpFabric
from .faults import Faults
from .judged import JudgedMachine
from .laws import MIGRATION, LawChecker
from .spec import ArraySpec, ChapSpec, FleetSpec, HostSpec
from .windows.clock import Clock, RealClock
from .windows.host import Host
from .windows.host_spec import HostSpec as Installation
from .windows.membership import FailoverCluster
from .windows.switches import Switches
from .winrm.profile import profile_of
from .winrm.server import Endpoints, WinRmServer

_T = TypeVar("_T")


class Fleet:
    """Use as a context manager, or ``start`` and ``stop`` it. Safe from any thread once it has started."""

    def __init__(self, spec: FleetSpec, clock: Clock | None = None) -> None:
        """Build everything; nothing listens and no server runs yet.

        Args:
            spec: the fleet
            clock: what the servers wait with; None for real time in which a second lasts as the spec says
        """
        self.spec = spec
        self.log = EventLog()
        self.laws = LawChecker(self.log)
        self.clock = clock or RealClock(spec.second)
        self.arrays = [self._build_array(array) for array in spec.arrays]
        self.network = Network(self.log, self.arrays, spec.isolated)
        self._cleanup = contextlib.ExitStack()
        if spec.fabric == "tcp":
            self.fabric: MemoryFabric | TcpFabric = self._cleanup.enter_context(TcpFabric(self.network))
        else:
            self.fabric = MemoryFabric(self.network)
        self._clusters: dict[str, FailoverCluster] = {}
        self.hosts = {host.name: self._build_host(host) for host in spec.hosts}
        for array in self.arrays:
            array.ownership.observe(lambda _vdisk: self.fabric.later(self._learn_port_groups))
        self.faults = Faults(self)
        self._winrm: dict[str, WinRmServer] = {}
        self._endpoints: Endpoints | None = None
        self._access: Access | None = None

    def __enter__(self) -> Fleet:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Boot the servers; when this returns, every endpoint listens.

        Raises:
            OSError: an address or a port is taken; nothing is left running
        """
        try:
            self._endpoints = self._cleanup.enter_context(Endpoints(self.log))
            self._access = self._cleanup.enter_context(Access(self.spec, self._endpoints.authority))
            for number, (spec, host) in enumerate(self._pairs(), start=1):
                if spec.presented:
                    self._present(spec, host)
                begun = replace(spec, dsm=spec.first_dsm(self.spec.dsm))
                self.laws.watch(host.name, self._declaration(begun, host), host.snapshot)
                self._winrm[host.name] = self._open(self._endpoints, spec, host, number)
                host.start()
                self._connect(spec, host)
                self._want(spec, host)
            self._endpoints.settle()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything."""
        with self.laws.fault():
            for host in self.hosts.values():
                host.power_off()
        self._cleanup.close()

    # Parts by name

    @property
    def endpoints(self) -> Endpoints:
        """The WinRM endpoints.

        Raises:
            LookupError: the fleet has not started
        """
        if self._endpoints is None:
            raise LookupError("the fleet has not started")
        return self._endpoints

    @property
    def access(self) -> Access:
        """How the servers are signed in to, and the domain if there is one.

        Raises:
            LookupError: the fleet has not started
        """
        if self._access is None:
            raise LookupError("the fleet has not started")
        return self._access

    def host(self, name: str) -> Host:
        """Return a server.

        Raises:
            LookupError: there is none of that name; those that are there are named
        """
        return _named("server", name, self.hosts)

    def spec_of(self, server: str) -> HostSpec:
        """Return a server as it was declared.

        Raises:
            LookupError: there is none of that name
        """
        return _named("server", server, {host.name: host for host in self.spec.hosts})

    def array(self, name: str) -> Array:
        """Return an array.

        Raises:
            LookupError: there is none of that name
        """
        return _named("array", name, {array.name: array for array in self.arrays})

    def winrm(self, name: str) -> WinRmServer:
        """Return a server's WinRM service, its faults among the rest.

        Raises:
            LookupError: there is none of that name
        """
        return _named("server", name, self._winrm)

    def node_name(self, server: str) -> str:
        """Return the name that a server's initiator has now.

        Raises:
            LookupError: there is no such server
        """
        return _node_name(self.host(server))

    # What the array's administrator does

    def present(self, server: str) -> None:
        """Present a server's LUNs to the name that its initiator has now; Windows sees them at once.

        Raises:
            LookupError: there is no such server
        """
        host = self.host(server)
        with self.laws.fault():
            self._present(self.spec_of(server), host)
            host.rescan()

    def unpresent(self, server: str) -> None:
        """Take all of a server's LUNs away.

        Raises:
            LookupError: there is no such server
        """
        host = self.host(server)
        with self.laws.fault():
            for array in self.arrays:
                for lun in array.presented_to(_node_name(host)):
                    array.unpresent(_node_name(host), lun)
            host.rescan()

    def set_chap(self, server: str, chap: ChapSpec | None, array: str | None = None) -> None:
        """Let the array's administrator set what a server has to prove from its next login on; sessions go on.

        Args:
            server: the server; the name that its initiator has now gets the secret
            chap: the secrets, None for none
            array: the array's name, None for all

        Raises:
            LookupError: there is no such server or array
            ValueError: the array learns initiators and has not seen this one
        """
        name = self.node_name(server)
        with self.laws.fault():
            for each in self.arrays if array is None else [self.array(array)]:
                if chap is None:
                    each.set_chap(name, None)
                else:
                    _demand_chap(each, name, chap)
        self.laws.look_again(server)

    def declare_dsm(self, server: str, dsm: str) -> None:
        """Let a server's administrator want another DSM, ``microsoft`` or ``hp``, from now on.

        Until it is in effect with every declared path, the law of the change counts (``laws.MIGRATION``).

        Raises:
            LookupError: there is no such server
            ValueError: it has no kit of HP's DSM
        """
        wanted = replace(self.spec_of(server), dsm=dsm)
        fault = wanted.without_kit(self.spec.dsm)
        if fault:
            raise ValueError(fault)
        hosts = tuple(wanted if host.name == server else host for host in self.spec.hosts)
        self.spec = replace(self.spec, hosts=hosts)
        self.log.add(server, "declaration", dsm=dsm)
        self._want(wanted, self.host(server))

    # What there is to see

    def inventory(self) -> dict[str, Any]:
        """Return the Ansible inventory."""
        listening = {
            name: inventory.Endpoint(server.ports[0].address, server.ports[0].number)
            for name, server in self._winrm.items()
        }
        https = any(host.winrm.scheme == "https" for host in self.spec.hosts)
        authority = self.endpoints.authority.path if https else None
        access = {host.name: self.access.variables(host) for host in self.spec.hosts}
        return inventory.inventory(self.spec, listening, authority, access)

    def state(self) -> dict[str, Any]:
        """Return the truth about servers and arrays, and every breach of the law, in plain values."""
        names = [_node_name(host) for host in self.hosts.values()]
        return {
            "hosts": {
                host.name: {
                    "windows": host.edition,
                    "wanted_dsm": spec.dsm or self.spec.dsm,
                    **pictures.of_host(host.snapshot()),
                }
                for spec, host in self._pairs()
            },
            "arrays": {array.name: pictures.of_array(array, names) for array in self.arrays},
            "violations": [pictures.of_violation(violation) for violation in self.laws.violations],
            "last_event": self.log.last,
        }

    def events(self, since: int = 0, source: str | None = None, kind: str | None = None) -> list[dict[str, Any]]:
        """Return what happened after an event number, in plain values."""
        return [pictures.of_event(event) for event in self.log.since(since, source, kind)]

    # Building

    def _build_array(self, spec: ArraySpec) -> Array:
        array = Array(
            spec.name,
            self.log,
            product=spec.product,
            vendor=spec.vendor,
            serial=spec.serial,
            auto_register=spec.auto_register,
            discovery_scope=spec.discovery_scope,
            chap_on_discovery=spec.chap_on_discovery,
            learns_initiators=spec.learns_initiators,
            hides_port_groups=spec.hides_port_groups,
            digests=Digests(header="header" in spec.digests, data="data" in spec.digests),
        )
        for port in spec.ports:
            array.add_port(
                port.address, port.controller, tcp_port=port.tcp_port, fabric=port.fabric, module=port.module
            )
        for vdisk in spec.vdisks:
            array.add_vdisk(vdisk.name, vdisk.mib, owner=vdisk.owner)
        return array

    def _learn_port_groups(self) -> None:
        """Let the servers notice that a virtual disk belongs to another controller, as by their next I/O."""
        for host in self.hosts.values():
            host.learn_port_groups()

    def _build_host(self, spec: HostSpec) -> Host:
        installed = Installation(
            name=spec.name,
            release=spec.release,
            nics=[(str(nic.interface), nic.adapter) for nic in spec.nics],
            users={spec.user: spec.password},
            switches=replace(Switches(), **dict(spec.switches)),
            elevated=spec.elevated,
            boot_seconds=spec.boot_seconds,
            architecture=spec.architecture,
            core=spec.core,
            language=spec.language,
            package=spec.package,
            credentials_travel=spec.winrm.transport == "credssp",
            logged_on=spec.logged_on,
            cluster=spec.cluster
            and replace(spec.cluster, disks=tuple((group, self._naa(vdisk)) for group, vdisk in spec.cluster.disks)),
            membership=self._cluster(spec.cluster.name) if spec.cluster else None,
            volumes={letter: self._naa(vdisk) for letter, vdisk in spec.volumes.items()},
            services=spec.services,
            new_disk_policy=spec.new_disk_policy,
            dsm_package=spec.dsm_package,
            other_dsms=spec.other_dsms,
            fibre_channel=arranged.fibre_channel_paths(spec.fibre_channel, self.arrays),
            build=spec.build,
        )
        host = Host(installed, self.fabric, self.log, self.clock)
        if spec.chap is not None:
            for array in self.arrays:
                if not array.learns_initiators:
                    _demand_chap(array, _node_name(host), spec.chap)
        return host

    def _cluster(self, name: str) -> FailoverCluster:
        return self._clusters.setdefault(name, FailoverCluster(name))

    def _naa(self, vdisk: str) -> str:
        return next(each.naa for array in self.arrays for each in array.vdisks if each.name == vdisk)

    def _open(self, endpoints: Endpoints, spec: HostSpec, host: Host, number: int) -> WinRmServer:
        https = spec.winrm.scheme == "https"
        return endpoints.open(
            JudgedMachine(host, self.laws),
            profile_of(spec.release, spec.winrm.stack),
            address=spec.winrm.address or f"127.90.{number // 256}.{number % 256}",
            http_port=-1 if https else spec.winrm.port,
            https_port=spec.winrm.port if https else -1,
            policy=self.access.policy(spec),
            membership=self.access.membership(spec),
        )

    def _want(self, spec: HostSpec, host: Host) -> None:
        """Judge a server by the DSM that it is to end up with."""
        self.laws.declare(host.name, self._declaration(spec, host), MIGRATION)

    def _declaration(self, spec: HostSpec, host: Host) -> Declaration:
        layouts = tuple(
            ArrayLayout(
                array.name,
                self.spec.paths(spec, array),
                frozenset((port.portal, port.target_name.lower()) for port in self.array(array.name).ports),
            )
            for array in self.spec.arrays
            if array.managed
        )
        # Microsoft's DSM has another name on 2003 than later; what HP's calls itself is unverified.
        hp = (spec.dsm or self.spec.dsm) == "hp"
        return Declaration(host.switches.hp_dsm_name if hp else host.disks.mpio.dsm.name, layouts)

    def _connect(self, spec: HostSpec, host: Host) -> None:
        """Make the sessions that a server had before the lab began."""
        for array in self.spec.arrays:
            if array.name in spec.connected:
                with self.laws.fault():
                    arranged.connect(host, self.array(array.name), sorted(self.spec.paths(spec, array), key=str))

    def _present(self, spec: HostSpec, host: Host) -> None:
        for lun in spec.luns:
            array = self.array(lun.array)
            vdisk = next(each for each in array.vdisks if each.name == lun.vdisk)
            array.present(vdisk, _node_name(host), lun.lun)

    def _pairs(self) -> Iterator[tuple[HostSpec, Host]]:
        return ((spec, self.hosts[spec.name]) for spec in self.spec.hosts)


def _node_name(host: Host) -> str:
    return host.initiator.around.node_name


def _demand_chap(array: Array, initiator: str, chap: ChapSpec) -> None:
    mutual = None
    if chap.mutual_name and chap.mutual_secret:
        mutual = Chap(chap.mutual_name, chap.mutual_secret.encode())
    array.set_chap(initiator, Chap(chap.name or initiator, chap.secret.encode()), mutual)


def _named(what: str, name: str, known: Mapping[str, _T]) -> _T:
    if name not in known:
        raise LookupError(f"there is no {what} {name!r}; there are: {', '.join(sorted(known))}")
    return known[name]
