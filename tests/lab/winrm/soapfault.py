# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SOAP faults of the WinRM service: codes, sentences and the forms they take on the wire.

Codes, sides, subcodes and sentences: wsmerror.h of the Windows SDK; shapes: recorded faults (zenoss/txwinrm
max_concurrent.xml, WinRb/WinRM soap_fault_v1.xml, soap_fault_v2.xml and wmi_error_v2.xml, OpenNMS/wsman,
CoprHD/coprhd-controller soapFault*.xml, Microsoft article KB2679685).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

from .profile import Profile

NOT_FOUND = 0x80338000
INVALID_HEADER = 0x8033800F
MUST_UNDERSTAND = 0x80338010
HEADER_REQUIRED = 0x80338011
ACTION_NOT_SUPPORTED = 0x80338013
FILTER_DIALECT = 0x80338019
CANNOT_PROCESS_FILTER = 0x8033801A
INVALID_CONTEXT = 0x8033801B
TIMED_OUT = 0x80338029
CONCURRENCY = 0x80338032
INVALID_RESOURCE_URI = 0x8033803B
SCHEMA_VALIDATION = 0x80338041
INVALID_XML = 0x80338043
ENVELOPE_EXCEEDED = 0x80338048
INVALID_NAMESPACE = 0x80338058
INSUFFICIENT_SELECTORS = 0x8033805A
UNEXPECTED_SELECTORS = 0x8033805B
ADDRESSING_MODE = 0x80338076
ENVELOPE_TOO_SMALL = 0x8033807E
INVALID_TIMEOUT = 0x80338081
ENUMERATION_MODE = 0x80338086
LOCALE_MUST_UNDERSTAND = 0x80338087
PROVIDER_NOT_CAPABLE = 0x80338102
WMI_ACCESS_DENIED = 0x80338104
KEYS_IN_ENUMERATE = 0x80338108
PROVIDER_INVALID_PARAMETER = 0x8033811E
DIFFERENT_NAMESPACE = 0x8033813B
MAX_SHELLS = 0x803381A5
MAX_OPERATIONS = 0x803381A6
QUOTA_USER = 0x803381A7
FILE_NOT_FOUND = 2
ACCESS_DENIED = 5
NOT_SUPPORTED = 50
INVALID_PARAMETER = 87
OPERATION_ABORTED = 995
NO_IMPERSONATION = 1309
INTERNAL_ERROR = 1359

_SERVICE = "The WS-Management service cannot process the request. "
_FAULT_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"


@dataclass(frozen=True)
class Kind:
    """What a code always says: whose fault it is, the subcode, the sentence, the w:FaultDetail if any."""

    side: str
    subcode: str
    reason: str
    detail: str = ""


KINDS: dict[int, Kind] = {
    NOT_FOUND: Kind(
        "Sender",
        "a:DestinationUnreachable",
        _SERVICE + "The service cannot find the resource identified by the resource URI and selectors. ",
        "InvalidResourceURI",
    ),
    INVALID_HEADER: Kind(
        "Sender",
        "a:InvalidMessageInformationHeader",
        _SERVICE + "The request contains one or more invalid SOAP headers. ",
    ),
    MUST_UNDERSTAND: Kind(
        "MustUnderstand",
        "",
        "The WS-Management service cannot process a SOAP header in the request that is marked as mustUnderstand by the "
        "client. This could be caused by the use of a version of the protocol which is not supported, or may be an "
        "incompatibility between the client and server implementations. ",
    ),
    HEADER_REQUIRED: Kind(
        "Sender",
        "a:MessageInformationHeaderRequired",
        _SERVICE + "The request does not have all the expected SOAP headers. ",
    ),
    ACTION_NOT_SUPPORTED: Kind(
        "Sender",
        "a:ActionNotSupported",
        "The WS-Management service does not support the action specified in the request. ",
    ),
    FILTER_DIALECT: Kind(
        "Sender",
        "n:FilterDialectRequestedUnavailable",
        "The filter dialect (the type associated with the filter) was not supported for this resource. Change the "
        "filter dialect or remove it from the request and try the request again. ",
    ),
    CANNOT_PROCESS_FILTER: Kind(
        "Sender",
        "n:CannotProcessFilter",
        "The data source could not process the filter. The filter might be missing or it might be invalid. Change the "
        "filter and try the request again.  ",
    ),
    INVALID_CONTEXT: Kind(
        "Receiver",
        "n:InvalidEnumerationContext",
        "The WS-Enumeration context in the enumeration is not valid. Enumeration may have been completed or canceled. "
        "You cannot use this enumeration context anymore. Start a new enumeration. ",
    ),
    TIMED_OUT: Kind(
        "Receiver",
        "w:TimedOut",
        "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  ",
    ),
    CONCURRENCY: Kind(
        "Sender",
        "w:Concurrency",
        "The WS-Management service cannot complete the WS-Addressing Action URI in the request because the resource "
        "was already in use. ",
    ),
    INVALID_RESOURCE_URI: Kind(
        "Sender",
        "w:InvalidResourceURI",
        _SERVICE + "The resource URI is missing or it has an incorrect format. Check the documentation or use the "
        'following command for information on how to construct a resource URI: "winrm help uris". ',
    ),
    SCHEMA_VALIDATION: Kind(
        "Sender",
        "w:SchemaValidationError",
        "The SOAP XML in the message does not match the corresponding XML schema definition. Change the XML and "
        "retry. ",
    ),
    INVALID_XML: Kind(
        "Sender",
        "w:SchemaValidationError",
        "The WS-Management service cannot process the request because the XML is invalid. ",
    ),
    ENVELOPE_EXCEEDED: Kind(
        "Sender",
        "w:EncodingLimit",
        "The response that the WS-Management service computed exceeds the maximum envelope size in the request. ",
    ),
    INVALID_NAMESPACE: Kind(
        "Sender",
        "x:InvalidRepresentation",
        "The WS-Management service cannot identify the format of the object passed to a Put or Create method. The XML "
        "namespace for the input XML is invalid. Change the XML namespace for the input XML in the request. ",
        "InvalidNamespace",
    ),
    INSUFFICIENT_SELECTORS: Kind(
        "Sender",
        "w:InvalidSelectors",
        "The WS-Management service cannot process the request because the request did not contain all required "
        "selectors. ",
    ),
    UNEXPECTED_SELECTORS: Kind(
        "Sender",
        "w:InvalidSelectors",
        "The WS-Management service cannot process the request because the request contained invalid selectors for the "
        "resource. ",
    ),
    ADDRESSING_MODE: Kind(
        "Sender",
        "w:UnsupportedFeature",
        "The WS-Management service does not support the addressing mode. ",
        "AddressingMode",
    ),
    ENVELOPE_TOO_SMALL: Kind(
        "Sender",
        "w:EncodingLimit",
        "The WS-Management service cannot process the request because the envelope size in the request is too small. ",
    ),
    INVALID_TIMEOUT: Kind(
        "Sender",
        "a:InvalidMessageInformationHeader",
        "The WS-Management service cannot process the request because the timeout header in the request is invalid. ",
    ),
    ENUMERATION_MODE: Kind(
        "Sender",
        "w:UnsupportedFeature",
        "The WS-Management service does not support the specified enumeration mode. ",
        "EnumerationMode",
    ),
    LOCALE_MUST_UNDERSTAND: Kind(
        "Sender",
        "w:UnsupportedFeature",
        "The WS-Management service cannot guarantee that all data is returned in the requested locale as some data "
        "sources may not be able to comply. Resend the remote request with locale as a hint (the SOAP header should "
        'have mustUnderstand="false") ',
        "Locale",
    ),
    PROVIDER_NOT_CAPABLE: Kind(
        "Receiver",
        "w:InternalError",
        _SERVICE + "The WMI service reported that the WMI provider could not perform the requested operation. ",
    ),
    WMI_ACCESS_DENIED: Kind(
        "Sender", "w:AccessDenied", _SERVICE + "The WMI service returned an 'access denied' error. "
    ),
    KEYS_IN_ENUMERATE: Kind(
        "Sender",
        "w:InvalidSelectors",
        _SERVICE + "The resource URI for an Enumerate operation must not contain keys. ",
    ),
    PROVIDER_INVALID_PARAMETER: Kind(
        "Receiver", "w:InternalError", _SERVICE + "The WMI provider returned an 'invalid parameter' error. "
    ),
    DIFFERENT_NAMESPACE: Kind(
        "Receiver",
        "w:InternalError",
        _SERVICE + "The namespace in the resource URI and the __cimnamespace selector are different. ",
    ),
    MAX_SHELLS: Kind(
        "Sender",
        "w:QuotaLimit",
        _SERVICE + "The maximum number of concurrent shells for this user has been exceeded. Close existing shells or "
        "raise the quota for this user. ",
    ),
    MAX_OPERATIONS: Kind(
        "Sender",
        "w:QuotaLimit",
        _SERVICE + "The maximum number of concurrent operations for this user has been exceeded. Close existing "
        "operations for this user, or raise the quota for this user. ",
    ),
    ACCESS_DENIED: Kind("Sender", "w:AccessDenied", "Access is denied. "),
    NOT_SUPPORTED: Kind("Receiver", "w:InternalError", "The request is not supported. "),
    INVALID_PARAMETER: Kind("Sender", "w:InvalidParameter", "The parameter is incorrect. "),
    OPERATION_ABORTED: Kind(
        "Receiver",
        "w:InternalError",
        "The I/O operation has been aborted because of either a thread exit or an application request. ",
    ),
    INTERNAL_ERROR: Kind("Receiver", "w:InternalError", "An internal error occurred. "),
}


@dataclass(frozen=True)
class WmiOrigin:
    """Where in WMI a fault arose; ``operation`` is ExecQuery, ExecMethod or GetObject."""

    namespace: str
    operation: str
    parameter: str
    description: str | None = None


class WsmanFault(Exception):
    """A request that the service answers with a SOAP fault.

    ``message`` is the sentence in the detail; without it the code's own sentence stands there too.
    """

    def __init__(self, code: int, message: str | None = None, origin: WmiOrigin | None = None) -> None:
        """Keep code, sentence and where in WMI it arose."""
        self.code = code
        self.kind = KINDS.get(code) or Kind("Receiver", "w:InternalError", message or f"Error 0x{code:08X}. ")
        self.message = message or self.kind.reason
        self.origin = origin
        self.relates_to = ""
        super().__init__(f"{code}: {self.message}")

    def said_in(self, language: Callable[[str], str]) -> WsmanFault:
        """Return the same fault with its texts in the language of the server.

        A client gets its own language where it is installed (DSP0226, wsman:Locale); a server of the lab has one.
        """
        fault = WsmanFault(self.code, language(self.message), self.origin)
        fault.kind = replace(self.kind, reason=language(self.kind.reason))
        if self.origin is not None and self.origin.description is not None:
            fault.origin = replace(self.origin, description=language(self.origin.description))
        fault.relates_to = self.relates_to
        return fault


def action_of(fault: WsmanFault) -> str:
    """Return the a:Action of a fault's envelope: each standard has its own."""
    return {
        "n": "http://schemas.xmlsoap.org/ws/2004/09/enumeration/fault",
        "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer/fault",
        "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault",
        "": "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault",
    }.get(fault.kind.subcode.partition(":")[0], "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault")


def body_of(fault: WsmanFault, profile: Profile, *, computer: str, addressed_as: str, locale: str) -> str:
    """Render s:Fault.

    Args:
        fault: what happened.
        profile: decides between the old and the new form of quota faults and of providers' faults.
        computer: name of the computer, for the Machine attribute of a provider's fault.
        addressed_as: the host in the request's a:To, which is what the outer Machine attribute shows.
        locale: the request's; the reason's xml:lang is empty without one.
    """
    side, subcode = fault.kind.side, fault.kind.subcode
    if not profile.names_machine_in_faults:
        computer = addressed_as = ""
    if fault.code in (MAX_SHELLS, MAX_OPERATIONS):
        if profile.quota_fault_is_wmi_error:
            detail = _wmi_error(fault)
        else:
            side, subcode = "Receiver", "w:InternalError"
            detail = _wsman_fault(fault.code, addressed_as, escape(fault.message))
    elif fault.origin is not None:
        detail = _wsman_fault(fault.code, addressed_as, _provider_fault(fault, fault.origin, profile, computer))
    else:
        detail = _wsman_fault(fault.code, addressed_as, escape(fault.message))
    if fault.kind.detail:
        detail = f"<w:FaultDetail>{_FAULT_DETAIL}{fault.kind.detail}</w:FaultDetail>{detail}"
    nested = f"<s:Subcode><s:Value>{subcode}</s:Value></s:Subcode>" if subcode else ""
    return (
        f"<s:Fault><s:Code><s:Value>s:{side}</s:Value>{nested}</s:Code>"
        f"<s:Reason><s:Text xml:lang={quoteattr(locale)}>{escape(fault.kind.reason)}</s:Text></s:Reason>"
        f"<s:Detail>{detail}</s:Detail></s:Fault>"
    )


def _wsman_fault(code: int, machine: str, message: str) -> str:
    return (
        '<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" '
        f'Code="{code}" Machine={quoteattr(machine)}><f:Message>{message}</f:Message></f:WSManFault>'
    )


def _provider_fault(fault: WsmanFault, origin: WmiOrigin, profile: Profile, computer: str) -> str:
    extended = ""
    if profile.extended_status and (origin.description is not None or origin.operation != "GetObject"):
        extended = _extended_error(origin)
    return (
        f'<f:ProviderFault provider="{profile.provider_name}" path="%systemroot%\\system32\\WsmWmiPl.dll">'
        f"{_wsman_fault(fault.code, computer, escape(fault.message))}{extended}</f:ProviderFault>"
    )


def _extended_error(origin: WmiOrigin) -> str:
    nil = '<p:{} xsi:nil="true"/>'
    # The recorded text ends in a line break.
    description = (
        nil.format("Description")
        if origin.description is None
        else f"<p:Description>{escape(origin.description)}\n</p:Description>"
    )
    return (
        '<f:ExtendedError><p:__ExtendedStatus xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wmi/{escape(origin.namespace)}/__ExtendedStatus" '
        'xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common" xsi:type="p:__ExtendedStatus_Type">'
        f"{description}<p:Operation>{origin.operation}</p:Operation>"
        f"<p:ParameterInfo>{escape(origin.parameter)}</p:ParameterInfo><p:ProviderName>WinMgmt</p:ProviderName>"
        f"{nil.format('StatusCode')}</p:__ExtendedStatus></f:ExtendedError>"
    )


def _wmi_error(fault: WsmanFault) -> str:
    """Render MSFT_WmiError, the form of WinRM 3.0 (WinRb/WinRM wmi_error_v2.xml)."""
    text = escape(fault.message)
    values: tuple[tuple[str, str, str | None], ...] = (
        ("CIMStatusCode", "UnsignedInt", "27"),
        ("CIMStatusCodeDescription", "String", None),
        ("ErrorSource", "String", None),
        ("ErrorSourceFormat", "UnsignedShort", "0"),
        ("ErrorType", "UnsignedShort", "0"),
        ("Message", "String", text),
        ("MessageID", "String", f"HRESULT 0x{fault.code:08x}"),
        ("OtherErrorSourceFormat", "String", None),
        ("OtherErrorType", "String", None),
        ("OwningEntity", "String", None),
        ("PerceivedSeverity", "UnsignedShort", "0"),
        ("ProbableCause", "UnsignedShort", "0"),
        ("ProbableCauseDescription", "String", None),
        ("error_Category", "UnsignedInt", "30"),
        ("error_Code", "UnsignedInt", str(fault.code)),
        ("error_Type", "String", "HRESULT"),
        ("error_WindowsErrorMessage", "String", text),
    )
    properties = "".join(
        f'<p:{name} xsi:nil="true" xsi:type="cim:cim{kind}"/>'
        if value is None
        else f'<p:{name} xsi:type="cim:cim{kind}">{value}</p:{name}>'
        for name, kind, value in values
    )
    return (
        '<p:MSFT_WmiError b:IsCIM_Error="true" xmlns:b="http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd" '
        'xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common" '
        'xmlns:p="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError" '
        'xsi:type="p:MSFT_WmiError_Type" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{properties}</p:MSFT_WmiError>"
    )
