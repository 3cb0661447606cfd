# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bounds of size and time on pywinrm's HTTP session. Private to the collection.

requests bounds the wait for each packet and never the whole, so a host that sends an octet now and then, or without
end, would hold a task for ever. The adapter here is mounted on the session that pywinrm builds, and counts. The time
is looked at before each packet.
"""

from __future__ import annotations

import http.client
import typing as t
from dataclasses import dataclass

from .deadline import Deadline
from .faults import AnswerTooLarge, ConnectionFailed, HostWentAway, MalformedAnswer, TimedOut
from .libraries import HTTPAdapter, PreparedRequest, Response, Session, Transport
from .patience import patient

LARGEST: t.Final = 4 * 1024 * 1024
"""Octets of one answer. WinRM sends 512,000 at most by default (MS-WSMV appendix B), encrypted a little more."""
_PIECE: t.Final = 64 * 1024


@dataclass
class Budget:
    """What the request under way may take. ``subject`` begins every sentence about it."""

    deadline: Deadline
    subject: str
    acts: bool
    patience: float
    """Seconds of silence to bear."""
    octets: int = LARGEST

    def timed_out(self) -> TimedOut:
        """Return the exception for an answer that did not come, or not wholly."""
        unknown = " Whether the host carried it out is unknown." if self.acts else ""
        return TimedOut(
            f"{self.subject}: no complete answer within {self.deadline.seconds:.0f} seconds, or none at all for"
            f" {self.patience:.0f}: see whether the host is overloaded (host side), or lengthen"
            f" ansible_winrm_operation_timeout_sec and ansible_winrm_read_timeout_sec.{unknown}"
        )

    def went_away(self, reason: object) -> HostWentAway:
        """Return the exception for a connection that was lost after something was sent."""
        return HostWentAway(
            f"{self.subject}: the connection was lost in the middle of the request ({reason}). "
            "Whether the host acted is unknown; its state must be read again."
        )


class BoundedResponse(Response):
    """A response whose body is read within a budget, and only when somebody asks for it.

    Reading it later matters: channel bindings of NTLM and Kerberos are taken from the socket of an unread response.
    """

    budget: Budget

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> t.Iterator[t.Any]:
        """Yield the body in pieces, whatever size is asked for."""
        encoding = self.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            self.close()
            raise MalformedAnswer(f"{self.budget.subject}: the answer is compressed ({encoding}), unasked.")
        try:
            yield from self._pieces()
        except TimeoutError as error:
            self.close()
            raise self.budget.timed_out() from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self.budget.went_away(type(error).__name__) from error
        except Exception:
            self.close()
            raise
        self.raw.release_conn()

    def _pieces(self) -> t.Iterator[bytes]:
        # urllib3's own read() waits until it has all octets that were asked for; http.client's read1() hands over
        # what one packet brought. urllib3 1.26, still common on controllers, has no read1() of its own.
        source = t.cast("http.client.HTTPResponse", self.raw._fp)
        taken = 0
        while piece := source.read1(_PIECE):
            taken += len(piece)
            if taken > self.budget.octets:
                raise AnswerTooLarge(
                    f"{self.budget.subject}: the answer is larger than {self.budget.octets} octets, "
                    "more than WinRM ever sends."
                )
            if self.budget.deadline.expired:
                raise self.budget.timed_out()
            yield piece
        announced = self.headers.get("Content-Length", "")
        if announced.isdecimal() and taken < int(announced):
            raise http.client.IncompleteRead(b"", int(announced) - taken)
        source.close()


class BoundedAdapter(HTTPAdapter):
    """Sends requests within the budget of the moment."""

    def __init__(self) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1)
        self.budget: Budget | None = None

    def init_poolmanager(self, *arguments: t.Any, **named: t.Any) -> None:
        """Make the connections to hosts."""
        super().init_poolmanager(*arguments, **named)
        self._make_patient(self.poolmanager)

    def proxy_manager_for(self, *arguments: t.Any, **named: t.Any) -> t.Any:
        """Make the connections to a proxy."""
        return self._make_patient(super().proxy_manager_for(*arguments, **named))

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: t.Any = None,
        verify: bool | str = True,
        cert: t.Any = None,
        proxies: t.Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request, within what is left of the time; an authentication takes several."""
        budget = self._current()
        left = budget.deadline.remaining
        if not left:
            raise budget.timed_out()
        connecting = left if timeout is None else min(float(timeout), left)
        response = super().send(request, True, (connecting, min(budget.patience, left)), verify, cert, proxies)
        if 300 <= response.status_code < 400:
            response.close()
            raise ConnectionFailed(
                f"{budget.subject}: the host answered with a redirection (HTTP {response.status_code}), which WinRM "
                "never does. Check address, port, path and proxy of the connection."
            )
        return response

    def build_response(self, req: PreparedRequest, resp: t.Any) -> Response:
        """Return the response in its bounded kind."""
        response = BoundedResponse()
        response.__dict__.update(super().build_response(req, resp).__dict__)
        response.budget = self._current()
        return response

    def _make_patient(self, manager: t.Any) -> t.Any:
        """Bound the time of what a manager of urllib3 reads; that of a proxy is asked for again and again."""
        if not hasattr(manager, "patient"):
            classes = manager.pool_classes_by_scheme
            manager.pool_classes_by_scheme = {name: patient(kind, self._limits) for name, kind in classes.items()}
            manager.patient = True
        return manager

    def _limits(self) -> tuple[Deadline, float]:
        budget = self._current()
        return budget.deadline, budget.patience

    def _current(self) -> Budget:
        if self.budget is None:
            raise RuntimeError("nothing may be sent without a budget")
        return self.budget


def bound(transport: Transport) -> BoundedAdapter:
    """Put every request that a transport of pywinrm makes from now on under one adapter, and return that."""
    adapter = BoundedAdapter()
    kind = type(transport)  # its methods, and not those of an earlier call of this function

    def mount(session: Session) -> None:
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        session.headers["Accept-Encoding"] = "identity"
        # pywinrm has asked the environment for proxies by now; requests would ask again with every message.
        session.trust_env = False

    def build_session() -> Session:
        if transport.session is None:
            mount(kind.build_session(transport))
        return kind.build_session(transport)

    def setup_encryption(session: Session) -> None:
        # Called while the session is being built, and authenticates: the first requests of all.
        mount(session)
        kind.setup_encryption(transport, session)

    if transport.session is not None:
        mount(transport.session)
    transport.build_session = build_session  # type: ignore[method-assign]
    transport.setup_encryption = setup_encryption  # type: ignore[method-assign]
    return adapter
