# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SOAP envelopes: what a WS-Management request says, and the answer's envelope around a body.

Sources: [DMTF-DSP0226] (WS-Management 1.x), [MS-WSMV] 3.1.4.1; which namespace prefixes an answer declares follows
recordings of Windows servers (zenoss/txwinrm, WinRb/WinRM).
"""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from . import soapfault
from .soapfault import WsmanFault

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
EVENTING = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
WSMV = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
IDENTITY = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
ANONYMOUS = ADDRESSING + "/role/anonymous"
XML = "http://www.w3.org/XML/1998/namespace"

PREFIXES: Mapping[str, str] = {
    "s": SOAP,
    "a": ADDRESSING,
    "x": TRANSFER,
    "e": EVENTING,
    "n": ENUMERATION,
    "w": WSMAN,
    "rsp": SHELL,
    "p": WSMV,
}

# The headers that a service of this kind may be told to understand (DSP0226; MS-WSMV 3.1.4.1).
_UNDERSTOOD = frozenset(
    f"{{{namespace}}}{name}"
    for namespace, names in (
        (ADDRESSING, "To ReplyTo FaultTo From Action MessageID RelatesTo"),
        (WSMAN, "ResourceURI SelectorSet OptionSet OperationTimeout MaxEnvelopeSize RequestEPR"),
        (WSMV, "DataLocale SessionId ActivityId OperationID SequenceId CompressionType"),
    )
    for name in names.split()
)
_SMALLEST_ENVELOPE = 8192  # MS-WSMV 3.1.4.1.7
_LONGEST_ID = 2048  # MS-WSMV <47>
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d*)?)S)?)?")


@dataclass(frozen=True)
class Request:
    """A WS-Management request, read but not yet acted on."""

    action: str
    resource: str
    message_id: str
    body: ET.Element | None
    """The first element inside the SOAP body."""
    selectors: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    to: str = ""
    locale: str = ""
    timeout: float | None = None
    max_envelope: int | None = None

    @property
    def verb(self) -> str:
        """The last part of the action: Get, Enumerate, Command, the name of a method."""
        return self.action.rsplit("/", 1)[-1]

    def child(self, path: str) -> ET.Element | None:
        """Find an element under the body's first one; ``path`` uses the prefixes of this module."""
        return None if self.body is None else self.body.find(path, dict(PREFIXES))

    def text(self, path: str) -> str | None:
        """Return the text of such an element, trimmed; None where it is absent."""
        found = self.child(path)
        return None if found is None else (found.text or "").strip()


class IdentifyRequest(Exception):  # not an error: the one request that has no header
    """The message is an Identify request (DSP0226 11)."""


def seconds(duration: str) -> float:
    """Read an xs:duration of days, hours, minutes and seconds.

    Raises:
        ValueError: it is something else.
    """
    match = _DURATION.fullmatch(duration.strip())
    if match is None or not any(match.groups()):
        raise ValueError(duration)
    days, hours, minutes, rest = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


def parse(document: bytes) -> Request:
    """Read a request and check its headers as the service does.

    Raises:
        IdentifyRequest: it is one.
        WsmanFault: the XML or a header is wrong; ``relates_to`` is set where a MessageID was found.
    """
    try:
        envelope = ET.fromstring(document)  # the lab's own clients
    except ET.ParseError as error:
        raise WsmanFault(soapfault.INVALID_XML) from error
    header, body = envelope.find(f"{{{SOAP}}}Header"), envelope.find(f"{{{SOAP}}}Body")
    first = None if body is None else next(iter(body), None)
    if first is not None and first.tag == f"{{{IDENTITY}}}Identify":
        raise IdentifyRequest
    if header is None or body is None:
        raise WsmanFault(soapfault.HEADER_REQUIRED)
    message_id = _text(header, "a:MessageID")
    try:
        return _request(header, first, message_id)
    except WsmanFault as fault:
        fault.relates_to = message_id
        raise


def _request(header: ET.Element, body: ET.Element | None, message_id: str) -> Request:
    action, reply_to = _text(header, "a:Action"), _text(header, "a:ReplyTo/a:Address")
    if not 0 < len(message_id) <= _LONGEST_ID:
        raise WsmanFault(soapfault.INVALID_HEADER)
    if not action or not reply_to:
        raise WsmanFault(soapfault.HEADER_REQUIRED)
    if reply_to != ANONYMOUS:
        raise WsmanFault(soapfault.ADDRESSING_MODE)
    _check_must_understand(header)
    locale = header.find(f"{{{WSMAN}}}Locale")
    return Request(
        action=action,
        resource=_text(header, "w:ResourceURI"),
        message_id=message_id,
        body=body,
        selectors=dict(_named(header, "w:SelectorSet/w:Selector")),
        options=dict(_named(header, "w:OptionSet/w:Option")),
        to=_text(header, "a:To"),
        locale="" if locale is None else locale.get(f"{{{XML}}}lang", ""),
        timeout=_timeout(header),
        max_envelope=_max_envelope(header),
    )


def _text(header: ET.Element, path: str) -> str:
    return (header.findtext(path, "", dict(PREFIXES)) or "").strip()


def _named(header: ET.Element, path: str) -> Iterator[tuple[str, str]]:
    """Yield name and value; a value keeps its blanks unless it is broken over lines (as in MS-WSMV's examples)."""
    for element in header.iterfind(path, dict(PREFIXES)):
        value = element.text or ""
        yield element.get("Name", ""), value.strip() if "\n" in value else value


def _check_must_understand(header: ET.Element) -> None:
    for element in header:
        if element.get(f"{{{SOAP}}}mustUnderstand") not in ("true", "1"):
            continue
        if element.tag == f"{{{WSMAN}}}Locale":
            raise WsmanFault(soapfault.LOCALE_MUST_UNDERSTAND)
        if element.tag not in _UNDERSTOOD:
            raise WsmanFault(soapfault.MUST_UNDERSTAND)


def _timeout(header: ET.Element) -> float | None:
    text = _text(header, "w:OperationTimeout")
    try:
        return seconds(text) if text else None
    except ValueError as error:
        raise WsmanFault(soapfault.INVALID_TIMEOUT) from error


def _max_envelope(header: ET.Element) -> int | None:
    text = _text(header, "w:MaxEnvelopeSize")
    if not text:
        return None
    if not text.isdigit():
        raise WsmanFault(soapfault.INVALID_HEADER)
    if int(text) < _SMALLEST_ENVELOPE:
        raise WsmanFault(soapfault.ENVELOPE_TOO_SMALL)
    return int(text)


def new_uuid() -> str:
    """Return a GUID as Windows writes it."""
    return str(uuid.uuid4()).upper()


def envelope(prefixes: str, action: str, relates_to: str, body: str) -> str:
    """Wrap a body; ``prefixes`` names the namespaces to declare, ``s a n w`` for instance."""
    declared = "".join(f' xmlns:{prefix}="{PREFIXES[prefix]}"' for prefix in prefixes.split())
    related = f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo>" if relates_to else ""
    return (
        f'<s:Envelope xml:lang="en-US"{declared}><s:Header><a:Action>{escape(action)}</a:Action>'
        f"<a:MessageID>uuid:{new_uuid()}</a:MessageID><a:To>{ANONYMOUS}</a:To>{related}</s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )
