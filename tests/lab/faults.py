# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong in a lab, by name: each fault with its arguments, what it means, and how it heals.

Everything here is done as "the lab", so that the judge of the law blames nobody for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .array_faults import ArrayFaults
from .cluster_faults import cluster_faults
from .fabric.addresses import canonical
from .fault import Fault, FaultError
from .windows.iscsi.failures import InitiatorError
from .windows.iscsi.surroundings import FUNCTIONS
from .windows.services import ServiceError
from .winrm import faults as winrm_faults
from .winrm.soapfault import MAX_SHELLS

if TYPE_CHECKING:
    from .fleet import Fleet


class Faults:
    """The faults of one fleet."""

    def __init__(self, fleet: Fleet) -> None:
        """Bind the table to a fleet."""
        self._fleet = fleet
        self._array = ArrayFaults(fleet)
        self.table = {
            fault.name: fault
            for fault in [
                *self._network(),
                *self._array.all(),
                *self._servers(),
                *cluster_faults(fleet),
            ]
        }

    def inject(self, name: str, *arguments: str) -> None:
        """Break something.

        Raises:
            FaultError: there is no such fault, or nothing like its arguments
        """
        fault = self._fault(name)
        fault.check(arguments)
        self._as_the_lab(fault.inject, arguments)

    def heal(self, name: str, *arguments: str) -> None:
        """Undo a fault; takes the arguments that it was injected with.

        Raises:
            FaultError: as ``inject``, or the fault leaves nothing to undo
        """
        fault = self._fault(name)
        fault.check(arguments)
        if fault.heal is None:
            raise FaultError(f"{name} leaves nothing behind that could be healed")
        self._as_the_lab(fault.heal, arguments)

    def _as_the_lab(self, action: Callable[..., None], arguments: tuple[str, ...]) -> None:
        try:
            with self._fleet.laws.fault():
                action(*arguments)
        except (ServiceError, InitiatorError) as error:
            raise FaultError(f"the server refuses: {error}") from error
        except (ValueError, LookupError) as error:
            raise FaultError(str(error.args[0]) if error.args else str(error)) from error

    def _fault(self, name: str) -> Fault:
        if name not in self.table:
            raise FaultError(f"no fault is called {name!r}; there are: {', '.join(self.table)}")
        return self.table[name]

    # The table

    def _network(self) -> Iterator[Fault]:
        network = self._fleet.network
        yield Fault(
            "nic-down",
            ("NIC",),
            "the cable of a server's NIC is pulled",
            lambda nic: network.nic_down(self._nic(nic)),
            lambda nic: network.nic_up(self._nic(nic)),
        )
        yield Fault(
            "portal-down",
            ("PORTAL",),
            "the cable of a target portal is pulled; the port itself is sound",
            lambda portal: network.portal_down(self._array.port(portal).address),
            lambda portal: network.portal_up(self._array.port(portal).address),
        )
        yield Fault(
            "link-down",
            ("NIC", "PORTAL"),
            "nothing passes between one NIC and one portal, as with a firewall rule",
            lambda nic, portal: network.cut(self._nic(nic), self._array.port(portal).address),
            lambda nic, portal: network.mend(self._nic(nic), self._array.port(portal).address),
        )
        yield Fault(
            "subnet-down",
            ("SUBNET",),
            "the switch of a storage subnet, such as 10.10.1.0/24, is off",
            network.subnet_down,
            network.subnet_up,
        )

    def _servers(self) -> Iterator[Fault]:
        fleet = self._fleet
        yield Fault(
            "unpresent",
            ("SERVER",),
            "the array's administrator takes a server's LUNs away",
            fleet.unpresent,
            fleet.present,
        )
        yield Fault(
            "service-stop",
            ("SERVER", "SERVICE"),
            "a Windows service, such as MSiSCSI, stops",
            lambda server, service: fleet.host(server).services.stop(service),
            lambda server, service: fleet.host(server).services.start(service),
        )
        yield Fault(
            "end-session",
            ("SERVER", "PORTAL", "[NIC]"),
            "somebody logs sessions of a server to a portal out",
            self._end_session,
        )
        yield Fault(
            "forget-login",
            ("SERVER", "PORTAL", "[NIC]"),
            "somebody removes a server's stored logins to a portal",
            self._forget_login,
        )
        yield Fault(
            "busy",
            ("SERVER", "WWN"),
            "a program on a server opens a disk, named by its 32 hexadecimal digits",
            lambda server, wwn: fleet.host(server).disks.in_use.add(wwn.lower()),
            lambda server, wwn: fleet.host(server).disks.in_use.discard(wwn.lower()),
        )
        yield Fault(
            "initiator-status",
            ("SERVER", "FUNCTION", "CODE", "[TIMES]", "[before|after]"),
            "the next calls of a function of a server's initiator (login, store_login, remove_login, logout, "
            "add_portal, remove_portal, refresh, add_isns_server, remove_isns_server) end with a status code, such as "
            "0xEFFF001F or 122: after doing nothing, or after doing their work; 0 before is a success that is none",
            self._initiator_status,
            lambda server, function, status, times="1", when="before": self._planned(server, when).update(
                {function: []}
            ),
        )
        yield Fault(
            "reset",
            ("SERVER",),
            "a server restarts by itself, as after a stop error; its endpoint is back at once",
            self._reset,
        )
        yield Fault(
            "power-off",
            ("SERVER",),
            "a server loses its power",
            lambda server: fleet.host(server).power_off(),
            self._power_on,
        )
        yield Fault(
            "winrm-down",
            ("SERVER",),
            "a server's WinRM service refuses connections",
            lambda server: self._winrm_refuses(server, True),
            lambda server: self._winrm_refuses(server, False),
        )
        yield Fault(
            "winrm-cut",
            ("SERVER", "NUMBER", "[before|after]"),
            "the connection breaks at the NUMBER-th HTTP request from now on, before or after the server acts on it",
            self._winrm_cut,
            lambda server, number, when="before": fleet.winrm(server).faults.clear(),
        )
        yield Fault(
            "winrm-cut-command",
            ("SERVER", "NUMBER", "[before|after]"),
            "the connection breaks at the NUMBER-th command line from now on",
            self._winrm_cut_command,
            lambda server, number, when="before": fleet.winrm(server).faults.clear(),
        )
        yield Fault(
            "winrm-slow",
            ("SERVER", "SECONDS"),
            "a server's WinRM service waits before each answer",
            lambda server, seconds: fleet.winrm(server).faults.on(winrm_faults.Delay(float(seconds))),
            lambda server, seconds: fleet.winrm(server).faults.clear(),
        )
        yield Fault(
            "winrm-late",
            ("SERVER", "NUMBER", "SECONDS"),
            "the NUMBER-th HTTP request from now on is acted on and answered only after so many seconds",
            lambda server, number, seconds: self._winrm_at(server, number, winrm_faults.Delay(float(seconds))),
            lambda server, number, seconds: fleet.winrm(server).faults.clear(),
        )
        yield Fault(
            "access-denied",
            ("SERVER", "[NUMBER]"),
            "the user may do nothing any more, or not what the NUMBER-th HTTP request from now on asks",
            self._access_denied,
            lambda server, number=None: fleet.winrm(server).faults.clear(),
        )
        yield Fault(
            "quota",
            ("SERVER",),
            "the user has as many command shells on a server as he may have",
            self._quota,
            lambda server: fleet.winrm(server).faults.clear(),
        )

    # What takes more than one call

    def _nic(self, address: str) -> str:
        """Find the address of a NIC, however it is written."""
        addresses = [nic.address for host in self._fleet.spec.hosts for nic in host.nics]
        found = canonical(address)
        if found not in map(canonical, addresses):
            raise LookupError(f"no server has the NIC {address}; there are: {', '.join(addresses)}")
        return found

    def _end_session(self, server: str, portal: str, nic: str | None = None) -> None:
        host, wanted = self._fleet.host(server), self._array.port(portal).portal
        views = {
            view.session_id
            for view in host.snapshot().sessions
            if view.portal == wanted and nic in (None, view.nic_address)
        }
        if not views:
            raise LookupError(f"{server} has no session to portal {portal}{_from(nic)}")
        for session in host.initiator.sessions.all():
            if session.id in views:
                host.initiator.sessions.logout(session)

    def _forget_login(self, server: str, portal: str, nic: str | None = None) -> None:
        host, wanted = self._fleet.host(server), self._array.port(portal).portal
        logins = host.initiator.persistent.all()
        found = [
            login
            for login, view in zip(logins, host.initiator.stored_views(), strict=True)
            if view.portal == wanted and nic in (None, view.nic_address)
        ]
        if not found:
            raise LookupError(f"{server} has no stored login to portal {portal}{_from(nic)}")
        for request in dict.fromkeys(login.request for login in found):
            while any(login.request == request for login in host.initiator.persistent.all()):
                host.initiator.persistent.remove(request.instance, request.target, request.port_number, request.portal)

    def _winrm_refuses(self, server: str, refuses: bool) -> None:
        self._fleet.winrm(server).faults.refusing = refuses
        self._fleet.endpoints.settle()

    def _power_on(self, server: str) -> None:
        self._fleet.host(server).start()
        self._fleet.endpoints.settle()

    def _planned(self, server: str, when: str) -> dict[str, list[int]]:
        around = self._fleet.host(server).initiator.around
        moments = {"before": around.planned_failures, "after": around.planned_answers}
        if when not in moments:
            raise ValueError(f"a function ends before or after it does something, not {when!r}")
        return moments[when]

    def _initiator_status(
        self, server: str, function: str, status: str, times: str = "1", when: str = "before"
    ) -> None:
        if function not in FUNCTIONS:
            raise ValueError(f"the initiator has no function {function!r}; there are: {', '.join(FUNCTIONS)}")
        self._planned(server, when).setdefault(function, []).extend([int(status, 0)] * int(times))

    def _reset(self, server: str) -> None:
        self._fleet.host(server).power_off()
        self._power_on(server)

    def _winrm_at(self, server: str, number: str, effect: winrm_faults.Effect) -> None:
        self._fleet.winrm(server).faults.at(int(number), effect)

    def _access_denied(self, server: str, number: str | None = None) -> None:
        if number is None:
            self._fleet.winrm(server).faults.on(winrm_faults.AccessDenied)
        else:
            self._winrm_at(server, number, winrm_faults.AccessDenied)

    def _quota(self, server: str) -> None:
        self._fleet.winrm(server).faults.on(winrm_faults.SoapAnswer(MAX_SHELLS), action="Create", resource="shell")

    def _winrm_cut(self, server: str, number: str, when: str = "before") -> None:
        self._winrm_at(server, number, _cut(when))

    def _winrm_cut_command(self, server: str, number: str, when: str = "before") -> None:
        self._fleet.winrm(server).faults.on(_cut(when), action="Command", times=1, spared=int(number) - 1)


def _cut(when: str) -> winrm_faults.Effect:
    effects: dict[str, winrm_faults.Effect] = {"before": winrm_faults.CutBefore(), "after": winrm_faults.CutAfter()}
    if when not in effects:
        raise ValueError(f"the connection is cut before or after the server acts, not {when!r}")
    return effects[when]


def _from(nic: str | None) -> str:
    return f" from NIC {nic}" if nic else ""
