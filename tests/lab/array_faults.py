# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong in an array, or be done to it by its administrator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from .fabric.admission import OUT_OF_RESOURCES
from .fabric.ownership import Ownership, other
from .fabric.ports import TargetPort
from .fault import Fault
from .spec import ChapSpec

if TYPE_CHECKING:
    from .fleet import Fleet


class ArrayFaults:
    """The faults of one fleet's arrays."""

    def __init__(self, fleet: Fleet) -> None:
        """Bind them to a fleet."""
        self._fleet = fleet

    def all(self) -> Iterator[Fault]:
        """Yield them."""
        yield Fault(
            "port-down",
            ("PORTAL",),
            "an array port loses its power: its sessions are reset and it refuses connections",
            lambda portal: self.port(portal).kill(),
            lambda portal: self.port(portal).restore(),
        )
        yield Fault(
            "port-hang",
            ("PORTAL",),
            "an array port accepts connections and answers nothing",
            lambda portal: self.port(portal).hang(),
            lambda portal: self.port(portal).restore(),
        )
        yield Fault(
            "port-status",
            ("PORTAL", "STATUS"),
            "an array port answers each login with a status of RFC 7143, 11.13.5, such as 0201 or 0302",
            lambda portal, status: self.port(portal).answer_logins_with(*_status(status)),
            lambda portal, status: self.port(portal).judge_logins(),
        )
        yield Fault(
            "controller-down",
            ("ARRAY", "CONTROLLER"),
            "an array controller, A or B, fails; the other one takes its virtual disks over",
            lambda array, controller: self._fleet.array(array).controller_down(controller),
            lambda array, controller: self._fleet.array(array).controller_up(controller),
        )
        yield Fault(
            "port-full",
            ("PORTAL", "[SESSIONS]", "[STATUS]"),
            "an array port takes no more sessions than it has, or than SESSIONS; further logins get STATUS, unless "
            "named 0302 (out of resources)",
            self._fill,
            lambda portal, sessions=None, status=None: self.port(portal).take_sessions(),
        )
        yield Fault(
            "redirect",
            ("PORTAL", "OTHER", "[temporary|permanent]"),
            "an array port sends each login to another portal (status 0101, or 0102 for good)",
            self._redirect,
            lambda portal, other, kind="temporary": self.port(portal).judge_logins(),
        )
        yield Fault(
            "vdisk-owner",
            ("ARRAY", "VDISK", "CONTROLLER"),
            "a virtual disk goes over to a controller, A or B; healed, to the other one",
            self._move,
            lambda array, vdisk, controller: self._move(array, vdisk, other(controller)),
        )
        yield Fault(
            "vdisk-transition",
            ("ARRAY", "VDISK"),
            "a virtual disk is on its way to the other controller, and where ALUA is shown takes no reads and writes "
            "until it is healed",
            lambda array, vdisk: self._ownership(array).begin_move(self._fleet.array(array).vdisk(vdisk)),
            self._end_transition,
        )
        yield Fault(
            "drop-sessions",
            ("PORTAL", "[SERVER]"),
            "an array port resets its sessions, or those of one server; new logins are taken at once",
            self._drop_sessions,
        )

        yield Fault(
            "chap-secret",
            ("ARRAY", "SERVER", "SECRET"),
            "the array's administrator sets another CHAP secret for a server; its sessions go on",
            self._chap_secret,
            lambda array, server, secret: self._fleet.set_chap(server, self._fleet.spec_of(server).chap, array),
        )

    def port(self, portal: str) -> TargetPort:
        """Find a target port by ``address`` or ``address:port``."""
        ports = [port for array in self._fleet.arrays for port in array.ports]
        for port in ports:
            if portal in (port.address, port.portal_text):
                return port
        raise LookupError(f"no array has the portal {portal}; there are: {', '.join(p.portal_text for p in ports)}")

    def _drop_sessions(self, portal: str, server: str | None = None) -> None:
        self.port(portal).drop(None if server is None else self._fleet.node_name(server))

    def _fill(self, portal: str, sessions: str | None = None, status: str | None = None) -> None:
        port = self.port(portal)
        limit = len(port.sessions) if sessions is None else int(sessions)
        port.take_sessions(limit, OUT_OF_RESOURCES if status is None else _status(status))

    def _redirect(self, portal: str, elsewhere: str, kind: str = "temporary") -> None:
        if kind not in ("temporary", "permanent"):
            raise ValueError(f"a redirection is temporary or permanent, not {kind!r}")
        self.port(portal).redirect(self.port(elsewhere).portal, permanent=kind == "permanent")

    def _ownership(self, array: str) -> Ownership:
        return self._fleet.array(array).ownership

    def _move(self, array: str, vdisk: str, controller: str) -> None:
        self._ownership(array).move(self._fleet.array(array).vdisk(vdisk), controller)

    def _end_transition(self, array: str, vdisk: str) -> None:
        self._move(array, vdisk, other(self._fleet.array(array).vdisk(vdisk).owner))

    def _chap_secret(self, array: str, server: str, secret: str) -> None:
        known = self._fleet.spec_of(server).chap or ChapSpec("")
        self._fleet.set_chap(server, replace(known, secret=secret), array)


def _status(text: str) -> tuple[int, int]:
    """Read a login status as RFC 7143 writes it: class and detail, four hexadecimal digits."""
    if len(text) != 4:
        raise ValueError(f"a login status has four hexadecimal digits, such as 0302, not {text!r}")
    return int(text[:2], 16), int(text[2:], 16)
