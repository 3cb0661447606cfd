# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may log in: the array's judgement of a login, the same whatever carries the login.

Status classes and details are those of RFC 7143, 11.13.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .interface import Chap, InitiatorSide

if TYPE_CHECKING:
    from .ports import TargetPort

NO_CHAP = "none"
ONE_WAY_CHAP = "one-way"
MUTUAL_CHAP = "mutual"

SUCCESS = "0000"
OUT_OF_RESOURCES = (3, 2)
"""Status class and detail that a port without room for another session gives (RFC 7143, 11.13.5). Which one an MPX200
sends is unverified; 0206, too many connections, is by the RFC about connections within one session."""
ABANDONED = "abandoned"
"""Status in the log of a login that the initiator itself gave up, for instance because the array's CHAP answer was
wrong: on the wire the array had said 0000 up to then."""


class LoginRefused(Exception):
    """The array answers a login with this status."""

    def __init__(self, status_class: int, status_detail: int, text: str = "") -> None:
        """Keep the status; ``text`` is the TargetAddress of a redirection."""
        self.status_class = status_class
        self.status_detail = status_detail
        self.text = text
        super().__init__(self.status)

    @property
    def status(self) -> str:
        """The status as four hexadecimal digits."""
        return f"{self.status_class:02x}{self.status_detail:02x}"


def authentication_failure() -> LoginRefused:
    """Return status 0201."""
    return LoginRefused(2, 1)


def not_authorized() -> LoginRefused:
    """Return status 0202."""
    return LoginRefused(2, 2)


def target_not_found() -> LoginRefused:
    """Return status 0203."""
    return LoginRefused(2, 3)


def missing_parameter() -> LoginRefused:
    """Return status 0207."""
    return LoginRefused(2, 7)


def negotiation_failed() -> LoginRefused:
    """Return status 0200, which ends a login whose negotiation fails (RFC 7143, 7.11)."""
    return LoginRefused(2, 0)


@dataclass(frozen=True)
class LoginRequest:
    """What a login says about itself."""

    port: TargetPort
    nic: str
    """The declared address that the connection comes from."""
    initiator: str
    isid: bytes
    target: str | None
    """None in a discovery session."""

    def facts(self) -> dict[str, Any]:
        """Return what every event about this login tells."""
        return {
            "portal": self.port.portal_text,
            "nic": self.nic,
            "initiator": self.initiator,
            "target": self.target,
            "isid": self.isid.hex(),
        }


@dataclass(frozen=True)
class ChapDemand:
    """What the array wants proven and what it can prove itself; both None: it demands no CHAP."""

    one_way: Chap | None = None
    mutual: Chap | None = None


def judge_chap(demand: ChapDemand, side: InitiatorSide) -> None:
    """Judge as the array does what an initiator proves.

    Raises:
        LoginRefused: 0201
    """
    if demand.one_way is None:
        if side.mutual:  # such an initiator offers CHAP and nothing else, and the array has no secret for it
            raise authentication_failure()
    elif side.one_way != demand.one_way or (side.mutual and demand.mutual is None):
        raise authentication_failure()


def admit(request: LoginRequest) -> ChapDemand:
    """Judge the first Login Request of a connection.

    Raises:
        LoginRefused: with the status to answer
    """
    port, array = request.port, request.port.array
    if not request.initiator or request.target == "":
        raise missing_parameter()
    if port.login_status is not None:
        raise LoginRefused(*port.login_status)
    if request.target is not None:
        if request.target != port.target_name and request.target not in port.guests:
            raise target_not_found()
        if not array.may_log_in(request.initiator):
            raise not_authorized()
    elif not array.chap_on_discovery:
        return ChapDemand()
    return array.chap_demand(request.initiator)
