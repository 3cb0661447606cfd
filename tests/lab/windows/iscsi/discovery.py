# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Discovery portals, static targets and the list of targets that the service makes of them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from ...fabric.interface import DiscoveredTarget, FabricError, PortalAddress
from .authentication import check_options, initiator_side
from .failures import InitiatorError, failure_of
from .model import ANY_PORT, INSTANCE, DiscoveryPortal, KnownTarget, StaticTarget
from .status import Status
from .surroundings import Surroundings

STATIC_MECHANISM = "Static"

_HIDE_STATIC = 0x2
"""ISCSI_TARGET_FLAG_HIDE_STATIC_TARGET."""


def check_address(address: str) -> None:
    """Refuse an address that is none; names cannot be resolved here.

    Raises:
        InitiatorError: DNS_NAME_UNRESOLVED
    """
    try:
        ipaddress.ip_address(address.partition("%")[0].strip("[]"))
    except ValueError:
        raise InitiatorError(Status.DNS_NAME_UNRESOLVED) from None


class Discovery:
    """The discovery side of one initiator. Portals and persistent static targets outlive a boot, the list does not."""

    def __init__(self, around: Surroundings) -> None:
        """Start with nothing known."""
        self._around = around
        self._portals: list[DiscoveryPortal] = []
        self._static: list[StaticTarget] = []
        self._found: dict[str, list[KnownTarget]] = {}

    def portals(self) -> list[DiscoveryPortal]:
        """Return the stored discovery portals in the order of their making."""
        with self._around.lock:
            return list(self._portals)

    def targets(self) -> list[KnownTarget]:
        """Return what is known, one entry for each target and discovery mechanism; nothing is asked."""
        with self._around.lock:
            found = [target for targets in self._found.values() for target in targets]
            names = {target.name.lower() for target in found}
            static = [
                KnownTarget(item.name, STATIC_MECHANISM, ((0, item.portal),) if item.portal else (), item)
                for item in self._static
                if not item.flags & _HIDE_STATIC or item.name.lower() in names
            ]
            return found + static

    def find(self, name: str) -> KnownTarget:
        """Return one entry of a target, letter case aside.

        Raises:
            InitiatorError: TARGET_NOT_FOUND
        """
        for target in self.targets():
            if target.name.lower() == name.lower():
                return target
        raise InitiatorError(Status.TARGET_NOT_FOUND)

    def mechanism(self, portal: DiscoveryPortal) -> str:
        """Return the discovery mechanism string of a portal, in the form that NetApp's and INFINIDAT's tools show.

        It ends in a blank, after which the source address stands when the portal is bound to a NIC.
        """
        source = ""
        if portal.port_number != ANY_PORT:
            source = self._around.portals.address(portal.port_number) or ""
        return f"SendTargets:*{portal.portal.address} {portal.portal.tcp_port:07d} {INSTANCE} {source}"

    def add_portal(self, portal: DiscoveryPortal) -> Status:
        """Store a portal and send SendTargets to it.

        Raises:
            InitiatorError: CONNECTION_FAILED and the like; then the portal is stored nevertheless, or not (switch).
        """
        around = self._around
        around.begin("add_portal")
        check_address(portal.portal.address)
        around.check_initiator(portal.instance, portal.port_number)
        check_options(portal.options, portal.security_flags, around.mutual_secret)
        with around.lock:
            known = any(item.multi_key == portal.multi_key for item in self._portals)
            if not known and around.switches.dead_portal_is_stored:
                self._store(portal)
        with around.patience():
            found = self._discover(portal)
        with around.lock:
            if not known and not around.switches.dead_portal_is_stored:
                self._store(portal)
            self._merge(portal, found)
        around.done("add_portal")
        return Status.SUCCESS

    def _store(self, portal: DiscoveryPortal) -> None:
        self._portals.append(portal)
        self._around.emit("state", change="discovery portal stored", portal=portal.portal.address)

    def remove_portal(self, portal: PortalAddress, instance: str | None, port_number: int) -> Status:
        """Forget a portal; the targets found through it stay until the list is refreshed (initiator user's guide).

        Raises:
            InitiatorError: PORTAL_NOT_FOUND unless all four match what was added.
        """
        self._around.begin("remove_portal")
        with self._around.lock:
            stored = self._stored(portal, instance, port_number)
            self._portals.remove(stored)
            self._around.emit("state", change="discovery portal removed", portal=portal.address)
        self._around.done("remove_portal")
        return Status.SUCCESS

    def refresh_portal(self, portal: PortalAddress, instance: str | None, port_number: int) -> Status:
        """Ask one portal again; targets are only added to the list."""
        self._around.need_service()
        stored = self._stored(portal, instance, port_number)
        with self._around.patience():
            found = self._discover(stored)
        with self._around.lock:
            self._merge(stored, found)
        return Status.SUCCESS

    def _stored(self, portal: PortalAddress, instance: str | None, port_number: int) -> DiscoveryPortal:
        wanted = DiscoveryPortal(portal, instance, port_number).multi_key
        with self._around.lock:
            for item in self._portals:
                if item.multi_key == wanted:
                    return item
        raise InitiatorError(Status.PORTAL_NOT_FOUND)

    def refresh(self) -> Status:
        """Ask every portal again and forget what no mechanism shows any more (RefreshTargetList).

        The warning OPERATION_NOT_ALL_SUCCESS tells that a portal did not answer. One after the other is asked, so
        each that is silent costs its deadline; whether Windows asks them side by side is not documented.
        """
        self._around.begin("refresh")
        everything = self.ask_all(self._around.patience)
        self._around.done("refresh")
        return Status.SUCCESS if everything else Status.OPERATION_NOT_ALL_SUCCESS

    def ask_all(self, patience: Callable[[], AbstractContextManager[None]] = nullcontext) -> bool:
        """Make the list of targets anew; what a portal that does not answer had shown stays.

        Without ``patience`` nobody waits: the service does this in the background when it starts.
        Returns whether every portal answered.
        """
        failed = False
        portals = self.portals()
        fresh: dict[str, list[KnownTarget]] = {}
        for portal in portals:
            mechanism = self.mechanism(portal)
            try:
                with patience():
                    fresh[mechanism] = self._known(portal, self._discover(portal))
            except InitiatorError:
                failed = True
                fresh[mechanism] = self._found.get(mechanism, [])
        with self._around.lock:
            self._found = fresh
        return not failed

    def forget_found(self) -> None:
        """Lose the list, as the service does when it ends, and static targets that were not to persist."""
        with self._around.lock:
            self._found = {}
            self._static = [item for item in self._static if item.persist]

    def _discover(self, portal: DiscoveryPortal) -> tuple[DiscoveredTarget, ...]:
        around = self._around
        nic = around.nic_for(portal.port_number, portal.portal.address)
        side = initiator_side(around.node_name, nic, portal.options, around.mutual_secret)
        try:
            return around.fabric.discover(side, portal.portal)
        except FabricError as error:
            raise failure_of(error) from error

    def _known(self, portal: DiscoveryPortal, found: tuple[DiscoveredTarget, ...]) -> list[KnownTarget]:
        mechanism = self.mechanism(portal)
        return [
            KnownTarget(target.name, mechanism, tuple((item.group_tag, item.portal) for item in target.portals), portal)
            for target in found
        ]

    def _merge(self, portal: DiscoveryPortal, found: tuple[DiscoveredTarget, ...]) -> None:
        fresh = self._known(portal, found)
        names = {target.name.lower() for target in fresh}
        mechanism = self.mechanism(portal)
        kept = [target for target in self._found.get(mechanism, []) if target.name.lower() not in names]
        self._found[mechanism] = kept + fresh

    def add_static(self, target: StaticTarget) -> Status:
        """Put a target into the list by hand.

        Raises:
            InitiatorError: TARGET_ALREADY_EXISTS
        """
        self._around.need_service()
        if target.portal:
            check_address(target.portal.address)
        with self._around.lock:
            if any(item.name.lower() == target.name.lower() for item in self._static):
                raise InitiatorError(Status.TARGET_ALREADY_EXISTS)
            self._static.append(target)
            self._around.emit("state", change="static target stored", target=target.name)
        return Status.SUCCESS

    def remove_static(self, name: str) -> Status:
        """Take a target that was put in by hand out again.

        Raises:
            InitiatorError: TARGET_NOT_FOUND
        """
        self._around.need_service()
        with self._around.lock:
            kept = [item for item in self._static if item.name.lower() != name.lower()]
            if len(kept) == len(self._static):
                raise InitiatorError(Status.TARGET_NOT_FOUND)
            self._static = kept
            self._around.emit("state", change="static target removed", target=name)
        return Status.SUCCESS
