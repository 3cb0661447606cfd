# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iscsicli's commands, each in two parts as in the SDK sample ISCSICLI.C: read the arguments, call the initiator."""

from __future__ import annotations

from collections.abc import Callable

from ...iscsi import scsi_data
from ...iscsi.failures import InitiatorError
from ...iscsi.initiator import Initiator
from ...iscsi.model import ANY_PORT, DiscoveryPortal, LoginOptions, LoginRequest, Session, StaticTarget
from ...iscsi.status import Status
from . import arguments as read
from . import listings, texts
from .arguments import WrongUsage
from .printer import Printer

Arguments = list[str]
Command = Callable[[Arguments, Printer], int]


def _need(arguments: Arguments, *counts: int) -> None:
    if len(arguments) not in counts:
        raise WrongUsage


class Commands:
    """All commands by their name in lower case; each returns the status or raises InitiatorError or WrongUsage."""

    def __init__(self, initiator: Initiator) -> None:
        """Bind the commands to one initiator."""
        self._initiator = initiator
        names = texts.commands(initiator.around.release.major_minor)
        self.by_name: dict[str, Command] = {name.lower(): getattr(self, f"_{name.lower()}") for name in names}

    # targets and portals

    def _addtarget(self, arguments: Arguments, out: Printer) -> int:
        if len(arguments) < 16:
            raise WrongUsage
        name, alias, address, socket, flags, persist = arguments[:6]
        portal = None if read.star(address) or read.star(socket) else read.portal(address, socket)
        target = StaticTarget(
            name=name,
            alias=read.optional(alias),
            portal=portal,
            flags=read.number(flags),
            persist=read.true(persist, default=True),
            options=read.login_options(arguments[6:15]),
            mapping=read.mapping(read.number(arguments[15]), arguments[16:]),
        )
        return self._initiator.discovery.add_static(target)

    def _qaddtarget(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 2)
        portal = None if read.star(arguments[1]) else read.portal(arguments[1], "3260")
        return self._initiator.discovery.add_static(StaticTarget(arguments[0], portal=portal))

    def _removetarget(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 1)
        return self._initiator.discovery.remove_static(arguments[0])

    def _addtargetportal(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 2, 14)
        portal = DiscoveryPortal(read.portal(arguments[0], arguments[1]))
        if len(arguments) == 14:
            portal = DiscoveryPortal(
                portal.portal,
                read.optional(arguments[2]),
                read.port_number(arguments[3]),
                read.number(arguments[4]),
                read.login_options(arguments[5:14]),
            )
        return self._initiator.discovery.add_portal(portal)

    def _qaddtargetportal(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 1, 3)
        options = read.chap_options(*arguments[1:]) if len(arguments) == 3 else LoginOptions()
        return self._initiator.discovery.add_portal(DiscoveryPortal(read.portal(arguments[0], "3260"), options=options))

    def _removetargetportal(self, arguments: Arguments, out: Printer) -> int:
        return self._on_stored_portal(arguments, self._initiator.discovery.remove_portal)

    def _refreshtargetportal(self, arguments: Arguments, out: Printer) -> int:
        return self._on_stored_portal(arguments, self._initiator.discovery.refresh_portal)

    @staticmethod
    def _on_stored_portal(arguments: Arguments, action: Callable[..., int]) -> int:
        _need(arguments, 2, 3, 4)
        instance = read.optional(arguments[2]) if len(arguments) > 2 else None
        port = read.port_number(arguments[3]) if len(arguments) > 3 else ANY_PORT
        return action(read.portal(arguments[0], arguments[1]), instance, port)

    def _listtargetportals(self, arguments: Arguments, out: Printer) -> int:
        self._initiator.around.need_service()
        out.verbatim(listings.discovery_portals(out.language, self._initiator.discovery.portals()))
        return Status.SUCCESS

    def _listtargets(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 0, 1)
        self._initiator.around.need_service()
        if arguments and read.true(arguments[0], default=False):
            self._initiator.discovery.refresh()
        out.verbatim(listings.target_names(out.language, self._initiator.discovery.targets()))
        return Status.SUCCESS

    def _targetinfo(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 1, 2)
        self._initiator.around.need_service()
        mechanism = read.optional(arguments[1]) if len(arguments) == 2 else None
        out(texts.TARGET_INFO, target=arguments[0], mechanism=mechanism or out.language(texts.ALL_MECHANISMS))
        self._initiator.discovery.find(arguments[0])
        known = [
            target
            for target in self._initiator.discovery.targets()
            if target.name.lower() == arguments[0].lower() and mechanism in (None, target.mechanism)
        ]
        if not known:
            raise InitiatorError(Status.DISCOVERY_MECHANISM_NOT_FOUND)
        out.verbatim(listings.mechanisms(out.language, known))
        if mechanism is not None:
            out.verbatim(listings.target_details(out.language, known[0]))
        out.verbatim("\n")
        return Status.SUCCESS

    # logins

    def _announce(self, request: LoginRequest, out: Printer) -> None:
        out(
            texts.LOGIN_TO,
            target=request.target,
            instance=request.instance or out.language(texts.NO_INSTANCE),
            address=request.portal.address if request.portal else out.language(texts.NO_PORTAL),
            port=request.portal.tcp_port if request.portal else 0,
        )

    @staticmethod
    def _print_ids(session: Session, out: Printer) -> None:
        out(texts.SESSION_ID_IS, adapter=session.adapter, number=session.number)
        out(texts.CONNECTION_ID_IS, adapter=session.adapter, number=session.connection_number)

    def _logintarget(self, arguments: Arguments, out: Printer) -> int:
        request = read.login_request(arguments)
        self._announce(request, out)
        self._print_ids(self._initiator.login(request), out)
        return Status.SUCCESS

    def _persistentlogintarget(self, arguments: Arguments, out: Printer) -> int:
        request = read.login_request(arguments)
        self._announce(request, out)
        self._initiator.store_login(request)
        return Status.SUCCESS

    def _qlogintarget(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 1, 3)
        options = read.chap_options(*arguments[1:]) if len(arguments) == 3 else LoginOptions()
        self._print_ids(self._initiator.login(LoginRequest(arguments[0], options=options)), out)
        return Status.SUCCESS

    def _logouttarget(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 1)
        adapter, number = read.session_id(arguments[0])
        out(texts.LOGOUT, adapter=adapter, number=number)
        return self._initiator.logout(adapter, number)

    def _listpersistenttargets(self, arguments: Arguments, out: Printer) -> int:
        self._initiator.around.need_service()
        out.verbatim(listings.persistent_logins(out.language, self._initiator.persistent.all()))
        return Status.SUCCESS

    def _removepersistenttarget(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 5)
        instance, target, port, address, socket = arguments
        portal = None if read.star(address) else read.portal(address, socket)
        return self._initiator.persistent.remove(read.optional(instance), target, read.port_number(port), portal)

    # sessions

    def _sessionlist(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 0, 1)
        around = self._initiator.around
        around.need_service()
        with_devices = read.true(arguments[0], default=True) if arguments else True
        zero = around.switches.session_local_address_zero_when_any
        out.verbatim(listings.sessions(out.language, self._initiator.sessions.all(), around.disks, zero, with_devices))
        return Status.SUCCESS

    def _reporttargetmappings(self, arguments: Arguments, out: Printer) -> int:
        self._initiator.around.need_service()
        out.verbatim(listings.active_mappings(out.language, self._initiator.sessions.all()))
        return Status.SUCCESS

    def _addconnection(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 15, 16)
        return self._initiator.add_connection(*_pair(arguments[0]))

    def _qaddconnection(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 3, 5)
        return self._initiator.add_connection(*_pair(arguments[0]))

    def _removeconnection(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 2)
        return self._initiator.remove_connection(*_pair(arguments[0]), _pair(arguments[1])[1])

    def _scsiinquiry(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 4)
        session, lun = self._session_and_lun(arguments)
        evpd, page = read.number(arguments[2]), read.number(arguments[3])
        return self._print_response(scsi_data.inquiry(session, lun, evpd, page), out)

    def _readcapacity(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 2)
        session, lun = self._session_and_lun(arguments)
        return self._print_response(scsi_data.read_capacity(session, lun), out)

    def _reportluns(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 1)
        session = self._initiator.sessions.find(*read.session_id(arguments[0]))
        return self._print_response(scsi_data.report_luns(session), out)

    def _session_and_lun(self, arguments: Arguments) -> tuple[Session, int]:
        session = self._initiator.sessions.find(*read.session_id(arguments[0]))
        return session, read.number64(arguments[1])

    @staticmethod
    def _print_response(data: bytes, out: Printer) -> int:
        out(texts.SCSI_STATUS, status=0)
        out(texts.RESPONSE_SIZE, size=len(data))
        out.verbatim(listings.hex_dump(data) + "\n")
        return Status.SUCCESS

    # the node

    def _listinitiators(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 0)
        names = self._initiator.instances()
        out(texts.INITIATORS)
        out.verbatim("".join(f"    {name}\n" for name in names))
        return Status.SUCCESS

    def _nodename(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 1)
        self._initiator.around.set_node_name(read.optional(arguments[0]))
        return Status.SUCCESS

    def _chapsecret(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 1)
        given = None if read.star(arguments[0]) else read.secret(arguments[0])
        return self._initiator.set_mutual_secret(given)

    # bound devices

    def _bindpersistentvolumes(self, arguments: Arguments, out: Printer) -> int:
        return self._initiator.bound.bind_all()

    _bindpersistentdevices = _bindpersistentvolumes

    def _reportpersistentdevices(self, arguments: Arguments, out: Printer) -> int:
        out(texts.BOUND)
        out.verbatim("".join(f'"{path}"\n' for path in self._initiator.bound.all()) + "\n")
        return Status.SUCCESS

    def _addpersistentdevice(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 1)
        return self._initiator.bound.bind(arguments[0])

    def _removepersistentdevice(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 1)
        return self._initiator.bound.unbind(arguments[0])

    def _clearpersistentdevices(self, arguments: Arguments, out: Printer) -> int:
        return self._initiator.bound.unbind(None)

    # iSNS and IPsec

    def _addisnsserver(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 1)
        return self._initiator.add_isns_server(arguments[0])

    def _removeisnsserver(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 1)
        return self._initiator.remove_isns_server(arguments[0])

    def _refreshisnsserver(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 1)
        return self._initiator.refresh_isns_server(read.optional(arguments[0]))

    def _listisnsservers(self, arguments: Arguments, out: Printer) -> int:
        servers = self._initiator.isns_servers()
        out.verbatim("".join(f"    {name}\n" for name in servers) or out.language(texts.NO_ISNS))
        return Status.SUCCESS

    def _firewallexemptisnsserver(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 0)
        self._initiator.around.need_service()
        return Status.SUCCESS

    def _ping(self, arguments: Arguments, out: Printer) -> int:
        """Refuse: what the software initiator does with it nobody has recorded."""
        _need(arguments, 2, 3, 4, 5)
        self._initiator.around.need_service()
        raise InitiatorError(Status.REQUEST_NOT_SUPPORTED)

    def _tunneladdr(self, arguments: Arguments, out: Printer) -> int:
        return self._ipsec(arguments, 5)

    def _groupkey(self, arguments: Arguments, out: Printer) -> int:
        return self._ipsec(arguments, 2)

    def _pskey(self, arguments: Arguments, out: Printer) -> int:
        return self._ipsec(arguments, 7)

    def _ipsec(self, arguments: Arguments, count: int) -> int:
        """Take IPsec settings as given; no connection of the lab uses them."""
        _need(arguments, count)
        self._initiator.around.need_service()
        return Status.SUCCESS

    def _getpskey(self, arguments: Arguments, out: Printer) -> int:
        _need(arguments, 4)
        self._initiator.around.need_service()
        raise InitiatorError(Status.NO_AUTH_INFO_AVAILABLE)


def _pair(text: str) -> tuple[int, int]:
    """Read an id where the tool prints its usage when it is none."""
    pair = read.id_pair(text)
    if pair is None:
        raise WrongUsage
    return pair
