# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong on the wire, as typed exceptions with a sentence. Private to the collection.

A WS-Management fault has two forms: ``f:WSManFault`` with a code, which every WinRM sends, and from WinRM 3.0 on
``p:MSFT_WmiError`` with ``error_Code`` for some of the same codes (MS-WSMV 2.2.4.43 and 2.2.4.20).
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from xml.etree.ElementTree import Element

# wsmerror.h of the Windows SDK
_UNREACHABLE: t.Final = 0x80338000  # the resource URI and selectors name nothing
_INVALID_RESOURCE_URI: t.Final = frozenset({0x8033803B, 0x80338002})
_CANNOT_PROCESS_FILTER: t.Final = 0x8033801A
_OPERATION_TIMED_OUT: t.Final = 0x80338029
_CONCURRENCY: t.Final = 0x80338032  # wsmerror.h: the resource was already in use
_UNEXPECTED_SELECTORS: t.Final = 0x8033805B  # what a shell that is no more is answered with
_SHELL_DISCONNECTED: t.Final = 0x803381C4
_PROVIDER_NOT_CAPABLE: t.Final = 0x80338102
_QUOTAS: t.Final = frozenset(
    {
        0x8033803F,  # QUOTA_LIMIT
        0x803381A5,  # shells
        0x803381A6,  # operations
        0x803381A7,  # requests of a user
        0x803381A8,  # requests of all
        0x803381AB,  # users with shells
        0x803381E4,  # shells, as WinRM 3.0 counts them
        0x803381E5,  # users with shells, as WinRM 3.0 counts them
        0x803381E6,  # shells of a plugin
        0x803381E7,  # operations of a plugin
        0x803381E8,  # operations of a user
        0x803381E9,  # commands of a shell
    }
)
_ACCESS_DENIED: t.Final = frozenset(
    {
        5,  # ERROR_ACCESS_DENIED
        0x80070005,  # the same as an HRESULT
        0x80338104,  # from the WMI service
        0x80338105,  # from the WMI provider
        0x80338106,  # while connecting to the WMI service
        0x80041003,  # WBEM_E_ACCESS_DENIED
    }
)
# MS-WMI 2.2.11
_WBEM_NOT_FOUND: t.Final = 0x80041002
_WBEM_INVALID_NAMESPACE: t.Final = 0x8004100E
_WBEM_INVALID_CLASS: t.Final = 0x80041010

_NO_IMPERSONATION_TOKEN: t.Final = 1309  # ERROR_NO_IMPERSONATION_TOKEN, winerror.h
_GUID_NOT_FOUND: t.Final = 4200  # ERROR_WMI_GUID_NOT_FOUND, winerror.h: no loaded driver serves the class

FILTERED_RIGHTS: t.Final = (
    "The user must be an administrator of the host: a domain account, or the built-in Administrator; the rights of any "
    "other local account are filtered over the network unless LocalAccountTokenFilterPolicy=1 is set there."
)
"""Why an administrator may be refused (Microsoft KB 951016), and what to do: errors 5 and 740, and WinRM's faults."""


class WireError(Exception):
    """Talking to the host failed. Its text is a sentence for the administrator and holds no secret."""


class UnsupportedConnection(WireError):
    """The host is not reached over ansible.builtin.winrm, or a Python library is missing on the controller."""


class ConnectionFailed(WireError):
    """No connection to the host's WinRM service: nothing was asked of the host."""


class AuthenticationRefused(WireError):
    """The host, or the authentication library on the controller, refused the credentials."""


class AccessDenied(WireError):
    """The host knows the user and refuses what was asked."""


class TimedOut(WireError):
    """The time allowed was over before the answer was complete; the host may still be acting."""


class OperationTimedOut(TimedOut):
    """The host itself ended the operation at its time-out; for a command's output that is no error."""


class AnswerTooLarge(WireError):
    """The host answered with more than any sound host would."""


class MalformedAnswer(WireError):
    """The answer is not what WinRM sends, or a value does not fit its declared type."""


class HostWentAway(WireError):
    """The connection was lost in the middle of a request: whether the host acted is unknown."""


class CannotSend(WireError):
    """A text cannot be sent unharmed, so nothing was sent."""


@dataclass(frozen=True)
class Fault:
    """A fault as the host sent it, in either form."""

    code: int | None
    subcode: str | None
    """The SOAP subcode without its prefix, for instance ``QuotaLimit``."""
    message: str
    """The most specific message, in the language the host chose."""
    provider: str | None
    """Name of the provider that faulted, None where the fault is WinRM's own."""
    provider_code: int | None
    extended_status: str | None
    """Description of WMI's ``__ExtendedStatus``."""
    wdm_code: int | None
    """The number of "WDM specific return code: N": what the driver behind the class answered."""


class WsmanFault(WireError):
    """The host answered with a fault."""

    def __init__(self, sentence: str, fault: Fault) -> None:
        super().__init__(sentence)
        self.fault = fault

    @property
    def code(self) -> int | None:
        """The code of the fault in either form, unsigned."""
        return self.fault.code

    @property
    def provider_fault(self) -> int | None:
        """The code that the provider gave."""
        return self.fault.provider_code

    @property
    def extended_status(self) -> str | None:
        """Description of WMI's ``__ExtendedStatus``."""
        return self.fault.extended_status

    @property
    def wdm_code(self) -> int | None:
        """What the driver behind the class answered."""
        return self.fault.wdm_code

    @property
    def class_missing(self) -> bool:
        """Whether the class or its namespace does not exist.

        A query for a missing class is answered as a filter that cannot be processed, and so is a query with a wrong
        WHERE clause. Get, Put and Invoke on a missing class look like a missing instance.
        """
        missing = {_CANNOT_PROCESS_FILTER, *_INVALID_RESOURCE_URI, _WBEM_INVALID_CLASS, _WBEM_INVALID_NAMESPACE}
        return bool(missing & {self.code, self.provider_fault})

    @property
    def instance_missing(self) -> bool:
        """Whether the selectors name no instance (or the class is missing, see :attr:`class_missing`)."""
        return bool({_UNREACHABLE, _WBEM_NOT_FOUND} & {self.code, self.provider_fault})

    @property
    def provider_missing(self) -> bool:
        """Whether the class exists but no loaded driver serves it: the service is stopped or the feature absent."""
        return self.code == _PROVIDER_NOT_CAPABLE or self.wdm_code == _GUID_NOT_FOUND

    @property
    def quota(self) -> bool:
        """Whether a quota of WinRM is spent."""
        return self.code in _QUOTAS or self.fault.subcode == "QuotaLimit"

    @property
    def busy(self) -> bool:
        """Whether the shell still runs another command: WinRM 1.1 takes one at a time (MS-WSMV appendix B, 116)."""
        return self.code == _CONCURRENCY or self.fault.subcode == "Concurrency"

    @property
    def shell_lost(self) -> bool:
        """Whether the shell is no more: ended by its idle time-out, a restart of the service, or a reboot."""
        return self.code in {_UNEXPECTED_SELECTORS, _SHELL_DISCONNECTED}


def find_fault(root: Element) -> Fault | None:
    """Return the fault in an answer, None where it holds none."""
    fault = root.find("Body/Fault")
    if fault is None:
        if root.tag != "WSManFault":
            return None
        fault = root  # a bare one, as Windows' traces show it
    outer = next(fault.iter("WSManFault"), None)
    wmi = next(fault.iter("MSFT_WmiError"), None)
    provider = next(fault.iter("ProviderFault"), None)
    inner = None if provider is None else provider.find("WSManFault")
    extended = next((_line(status.findtext("Description")) for status in fault.iter("__ExtendedStatus")), "")
    return Fault(
        code=_code(outer) if outer is not None else _number(wmi.findtext("error_Code") if wmi is not None else None),
        subcode=_line(fault.findtext("Code/Subcode/Value")).rpartition(":")[2] or None,
        message=_message(fault),
        provider=None if provider is None else (provider.get("provider") or provider.get("providerId")),
        provider_code=None if inner is None else _code(inner),
        extended_status=extended or None,
        wdm_code=_wdm_code(extended),
    )


def error_of(fault: Fault, subject: str, acts: bool, conceal: t.Callable[[str], str] = str) -> WireError:
    """Turn a fault into the exception to raise.

    ``subject`` says host and request ("host1: reading Win32_Service"); ``acts`` whether the request may change
    something; ``conceal`` takes secrets out of the host's words.
    """
    message = conceal(fault.message.rstrip(" ."))
    if fault.code in _ACCESS_DENIED or fault.provider_code in _ACCESS_DENIED or fault.subcode == "AccessDenied":
        return AccessDenied(f"{subject}: access was denied ({message}). {FILTERED_RIGHTS}")
    if fault.code == _NO_IMPERSONATION_TOKEN:
        # What WinRM says when the password stored beside the certificate is an old one (ansible.windows issue 159).
        return AuthenticationRefused(
            f"{subject}: the host could not sign in the user of the certificate ({message}, code {fault.code}). Its "
            "mapping there holds another password than the account has now: delete it and create it anew on the host "
            "(winrm/config/service/certmapping)."
        )
    if fault.code == _OPERATION_TIMED_OUT:
        unknown = " Whether it was carried out is unknown." if acts else ""
        return OperationTimedOut(f"{subject}: the host ended the operation at its time-out ({message}).{unknown}")
    numbers = [] if fault.code is None else [f"code 0x{fault.code:X}"]
    if fault.wdm_code is not None:
        numbers.append(f"WDM code {fault.wdm_code}")
    elif fault.extended_status:
        numbers.append(conceal(fault.extended_status))
    return WsmanFault(f"{subject}: the host refused: {message} ({', '.join(numbers) or 'no code'}).", fault)


def _message(fault: Element) -> str:
    """Return the innermost message: the outer ones are WinRM's general words for it."""
    messages = [line for element in fault.iter("Message") if (line := _line(element.text))]
    return messages[-1] if messages else (_line(fault.findtext("Reason/Text")) or "no reason given")


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _code(element: Element) -> int | None:
    return _number(element.get("Code"))


def _number(text: str | None) -> int | None:
    """Return a code as an unsigned 32-bit number, as Windows writes it."""
    if text is None or not re.fullmatch(r"\s*-?\d{1,10}\s*", text):
        return None
    return int(text) & 0xFFFFFFFF


def _wdm_code(description: str) -> int | None:
    """Read the number at the end of the description, whatever language its words are in."""
    found = re.search(r":\s*(\d{1,10})\s*$", description)
    return int(found.group(1)) if found else None
