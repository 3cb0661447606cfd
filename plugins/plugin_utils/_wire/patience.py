# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A limit of time on every octet that is read of an answer, its head included. Private to the collection.

http.client reads the head in one go and gives each packet of it the whole patience again, so a host that sends one
octet of a header, or "100 Continue", now and then would hold a task for ever.
"""

from __future__ import annotations

import http.client
import io
import socket
import typing as t

from .deadline import Deadline

Limits = t.Callable[[], tuple[Deadline, float]]
"""Tells until when the request under way may take, and how many seconds of silence are borne."""


def patient(pool_class: type[t.Any], limits: Limits) -> type[t.Any]:
    """Return a class of urllib3's connection pools whose connections read answers within limits."""

    class PatientPool(pool_class):  # type: ignore[misc]
        """Its connections, of whatever class, take another kind of answer."""

        def _new_conn(self) -> t.Any:
            connection = super()._new_conn()
            connection.response_class = answer
            return connection

    def answer(source: t.Any, *more: t.Any, **named: t.Any) -> http.client.HTTPResponse:
        return http.client.HTTPResponse(t.cast("socket.socket", _Source(source, *limits())), *more, **named)

    return PatientPool


class _Source:
    """What http.client takes for the socket of one answer: it only asks for a file."""

    def __init__(self, source: socket.socket, deadline: Deadline, silence: float) -> None:
        self._source = source
        self._deadline = deadline
        self._silence = silence

    def makefile(self, mode: str, *_buffering: int) -> io.BufferedReader:
        raw = self._source.makefile("rb", 0)
        return io.BufferedReader(_Octets(self._source, raw, self._deadline, self._silence))


class _Octets(io.RawIOBase):
    """The octets of one answer."""

    def __init__(self, source: socket.socket, raw: socket.SocketIO, deadline: Deadline, silence: float) -> None:
        super().__init__()
        self._sock = source  # by this name requests_ntlm and pywinrm find the certificate for channel bindings
        self._raw = raw
        self._deadline = deadline
        self._silence = silence

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int | None:
        left = self._deadline.remaining
        if not left:
            raise TimeoutError("the time for the whole answer is over")
        self._sock.settimeout(min(self._silence, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
