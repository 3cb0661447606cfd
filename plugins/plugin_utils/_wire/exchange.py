# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request and its answer; whatever goes wrong becomes a typed error. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from xml.etree.ElementTree import Element

from . import document
from .bounded import Budget, bound
from .deadline import Deadline
from .envelope import MAX_ENVELOPE, Maker, Request
from .faults import (
    AccessDenied,
    AuthenticationRefused,
    CannotSend,
    ConnectionFailed,
    MalformedAnswer,
    WireError,
    error_of,
    find_fault,
)
from .libraries import AuthenticationError, Transport, WinRMError, WinRMTransportError, requests, urllib3
from .masking import Masks

_LONGEST: t.Final = 60.0
"""Seconds that a host gives any operation by default, however many are asked for (WinRM's MaxTimeoutms)."""
Listener = t.Callable[[str, str, int], None]
"""Told of each exchange: the request and the answer as they are before encryption, secrets included, and the HTTP
status of the answer. Requests that only authenticate are not told."""
_LOGON_FAILURE: t.Final = re.compile("0x(8009030c|c000006d)", re.IGNORECASE)
"""SEC_E_LOGON_DENIED and STATUS_LOGON_FAILURE (winerror.h, ntstatus.h), which CredSSP has for a wrong password."""
_NOT_THERE: t.Final = frozenset({404, 503})
"""What http.sys says for WinRM while the service is not listening."""


class _Stale(Exception):
    """HTTP 400 without a fault: the host could not read the message, so it did nothing with it."""


class Exchange:
    """Sends messages over pywinrm's authenticated transport and reads what comes back."""

    def __init__(
        self,
        transport: Transport,
        host: str,
        masks: Masks,
        operation_timeout: float,
        patience: float,
        listener: Listener | None = None,
    ) -> None:
        self.host = host
        self.operation_timeout = operation_timeout
        """Seconds after which the host itself ends an operation."""
        self.grace = max(1.0, patience - operation_timeout)
        """Seconds that an answer may take beyond that."""
        self._transport = transport
        self._adapter = bound(transport)
        self._masks = masks
        self._listener = listener
        self._answered = False

    def ask(
        self, maker: Maker, deadline: Deadline, doing: str, acts: bool = False, wait: float | None = None
    ) -> Element:
        """Send a request and return the Body of its answer.

        ``doing`` continues the host's name in sentences ("reading Win32_Service"), without secrets. ``acts`` says
        that the request may change something on the host; such ones get more time. ``wait`` is the seconds after
        which the host is to end the operation by itself, where the usual ones do not fit.
        """
        if wait is None:
            wait = max(self.operation_timeout, _LONGEST) if acts else self.operation_timeout
        wait = min(wait, deadline.remaining)
        subject = f"{self.host}: {doing}"
        budget = Budget(deadline, subject, acts, wait + self.grace)
        request = maker(wait)
        size = len(request.text.encode())
        if size > MAX_ENVELOPE:
            raise CannotSend(f"{subject}: the request has {size} octets, and WinRM takes no more than {MAX_ENVELOPE}.")
        try:
            answer = self._send(request, budget)
        except _Stale:
            # http.sys drops idle connections after two minutes; pywinrm then sends a message on a new one that it
            # encrypted for the old one, and again whenever it is asked to. A new session mends it.
            self.reset()
            try:
                answer = self._send(request, budget)
            except _Stale:
                raise ConnectionFailed(
                    f"{subject}: the host's HTTP service refused the message as malformed (HTTP 400), also on a new "
                    "connection. Check the port, a proxy in between, and ansible_winrm_message_encryption."
                ) from None
        return self._body(document.parse(answer, subject), request, budget)

    def reset(self) -> None:
        """Forget the HTTP session and its authentication; the next request makes a new one."""
        self._transport.close_session()
        self._transport.encryption = None
        self._answered = False

    def _body(self, root: Element, request: Request, budget: Budget) -> Element:
        fault = find_fault(root)
        if fault:
            raise error_of(fault, budget.subject, budget.acts, self._masks.conceal)
        body = root.find("Body")
        if root.tag != "Envelope" or body is None:
            raise MalformedAnswer(f"{budget.subject}: the answer is {root.tag} and no SOAP envelope with a body.")
        relates = (root.findtext("Header/RelatesTo") or "").strip()
        if request.message_id and relates and relates.lower() != request.message_id.lower():
            self.reset()
            raise MalformedAnswer(f"{budget.subject}: the host sent the answer to another request.")
        return body

    def _send(self, request: Request, budget: Budget) -> bytes:
        self._adapter.budget = budget
        building = self._transport.session is None
        try:
            answer = self._transport.send_message(request.text)
        except WireError:
            self.reset()  # what is left of an answer must not be taken for that to the next request
            raise
        except Exception as error:
            self._tell(request, error)
            # Everything: spnego, gssapi, requests_ntlm and requests_credssp each have exceptions of their own, and
            # which of them is installed cannot be known here.
            fault = _fault_in(error)
            failure = None if fault else self._failure(error, budget)
            if failure or (building and self._transport.encryption is None):
                # A session that fails while it sets up encryption stays behind in pywinrm without it, and the next
                # message would go out in the clear.
                self.reset()
            if failure:
                raise failure from error
            answer = fault or b""
        else:
            self._tell(request, answer)
        self._answered = True
        return answer

    def _tell(self, request: Request, answer: bytes | Exception) -> None:
        if self._listener is None:
            return
        if isinstance(answer, bytes):
            self._listener(request.text, answer.decode("utf-8", errors="replace"), 200)
        elif isinstance(answer, WinRMTransportError):
            self._listener(request.text, answer.response_text, answer.code)

    def _failure(self, error: Exception, budget: Budget) -> Exception:
        if isinstance(error, WinRMTransportError):
            return _refusal(error.code, budget.subject)
        if isinstance(error, AuthenticationError):
            return self._refused(str(error), budget)
        if isinstance(error, UnicodeDecodeError):
            return MalformedAnswer(f"{budget.subject}: the answer is not UTF-8.")
        if isinstance(error, requests.exceptions.RequestException):
            return self._loss(error, budget)
        return self._unauthenticated(error, budget)

    def _loss(self, error: Exception, budget: Budget) -> WireError:
        """Tell whether the host was reached at all."""
        subject = budget.subject
        if isinstance(error, requests.exceptions.SSLError):
            return ConnectionFailed(
                f"{subject}: no TLS connection ({error}). Check the host's certificate against "
                "ansible_winrm_ca_trust_path. Where the host's TLS is too old for this controller (Windows Server 2003 "
                "and 2008 speak TLS 1.0 only), the way in is HTTP with encrypted messages: ansible_winrm_scheme: http, "
                "ansible_port: 5985 (80 for WinRM 1.1), and ansible_winrm_transport: ntlm or kerberos."
            )
        if isinstance(error, requests.exceptions.ProxyError):
            return ConnectionFailed(f"{subject}: the proxy did not connect ({error}).")
        if isinstance(error, requests.exceptions.ConnectTimeout) or _never_connected(error):
            return ConnectionFailed(
                f"{subject}: no connection to the WinRM service ({_cause(error)}). Check that the host is up, "
                "ansible_host and ansible_port, the service on the host and the firewalls between."
            )
        if isinstance(error, requests.exceptions.Timeout):
            return budget.timed_out()
        if isinstance(error, requests.exceptions.ConnectionError):
            if self._answered or budget.acts:
                return budget.went_away(_cause(error))
            return ConnectionFailed(f"{subject}: the host closed the connection without an answer ({_cause(error)}).")
        return self._unauthenticated(error, budget)

    def _refused(self, reason: str, budget: Budget) -> WireError:
        return AuthenticationRefused(
            f"{budget.subject}: the host refused the credentials ({self._masks.conceal(reason)}). Check ansible_user, "
            "ansible_password and ansible_winrm_transport, and that the host allows that way."
        )

    def _unauthenticated(self, error: Exception, budget: Budget) -> WireError:
        if _LOGON_FAILURE.search(str(error)):
            return self._refused(str(error), budget)
        reason = self._masks.conceal(f"{type(error).__name__}: {error}")
        if isinstance(error, WinRMError) and self._answered:
            return MalformedAnswer(f"{budget.subject}: the answer cannot be decrypted ({reason}).")
        return AuthenticationRefused(
            f"{budget.subject}: authentication failed on the controller's side ({reason}). Check "
            "ansible_winrm_transport, the tickets or credentials, and the authentication library."
        )


def _fault_in(error: Exception) -> bytes | None:
    """Return the envelope of a fault that came with an HTTP status, None where there is none."""
    if isinstance(error, WinRMTransportError):
        text = error.response_text
        if "<" in text and "Fault" in text:
            return text.encode()
    return None


def _refusal(status: int, subject: str) -> Exception:
    """Judge an HTTP status without a fault."""
    if status == 400:
        return _Stale()
    if status == 403:
        return AccessDenied(f"{subject}: the host's HTTP service forbids it (HTTP 403).")
    if status in _NOT_THERE:
        return ConnectionFailed(
            f"{subject}: something answers on the port, but no WinRM (HTTP {status}). The service may be starting or "
            "stopped; otherwise check ansible_port and ansible_winrm_path."
        )
    if status == 413:
        return WireError(f"{subject}: the request is larger than the host takes (HTTP 413).")
    return MalformedAnswer(f"{subject}: HTTP {status} came without the fault that WinRM sends with it.")


def _never_connected(error: Exception) -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


def _cause(error: BaseException) -> str:
    """Return the innermost reason: requests wraps urllib3, which wraps the operating system."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError) and inner.strerror:
            return inner.strerror
        inner = inner.__cause__ or inner.__context__
    return type(error).__name__
