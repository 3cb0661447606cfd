# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Building requests of WS-Management and of the command shell. Private to the collection.

The shapes are those of the examples in MS-WSMV 4.1. Texts come in English wherever the host has English
(``w:Locale``); nothing is decided by them.
"""

from __future__ import annotations

import base64
import typing as t
import uuid
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from . import values
from .schema import WMI, Schema, checked_name, resource_of

_ENUMERATION: t.Final = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
_TRANSFER: t.Final = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
_SHELL: t.Final = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
_WQL: t.Final = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
_ANONYMOUS: t.Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
_COMMAND_SHELL: t.Final = f"{_SHELL}/cmd"

_NAMESPACES: t.Final = (
    'xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    f'xmlns:n="{_ENUMERATION}" '
    'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" '
    f'xmlns:rsp="{_SHELL}" '
    'xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)

MAX_ENVELOPE: t.Final = 153_600
"""Octets that a request or an answer may have: the most that WinRM 1.1 and 2.0 allow (MS-WSMV appendix B)."""
MAX_ELEMENTS: t.Final = 32_000


@dataclass(frozen=True)
class Request:
    """A message to send. ``message_id`` is None where the answer does not name it."""

    text: str
    message_id: str | None


Maker = t.Callable[[float], Request]
"""Completes a request, once it is known how many seconds the host may take."""


def identify(_seconds: float) -> Request:
    """Ask what the host is (DSP0226 11)."""
    namespace = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
    text = (
        f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsmid="{namespace}">'
        "<s:Header/><s:Body><wsmid:Identify/></s:Body></s:Envelope>"
    )
    return Request(text, None)


def enumerate_instances(schema: Schema, where: str | None) -> Maker:
    """Ask for all instances by WQL, the first of them in the answer itself.

    The resource must be ``namespace/*``: a class together with a WQL filter is refused.
    """
    query = " ".join(["select * from", checked_name(schema.name), *(["where", where] if where else [])])
    query_filter = f'<w:Filter Dialect="{_WQL}">{values.escaped(query)}</w:Filter>'
    return _enumeration(f"{WMI}/{schema.namespace}/*", query_filter)


def enumerate_references(schema: Schema) -> Maker:
    """Ask for the keys of all instances (DSP0226 8.3, EnumerateEPR)."""
    return _enumeration(resource_of(schema), "<w:EnumerationMode>EnumerateEPR</w:EnumerationMode>")


def _enumeration(resource: str, mode: str) -> Maker:
    body = f"<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>{MAX_ELEMENTS}</w:MaxElements>{mode}</n:Enumerate>"
    return _maker(f"{_ENUMERATION}/Enumerate", resource, body)


def pull(schema: Schema, context: str, by_query: bool) -> Maker:
    """Ask for the next page."""
    body = (
        f"<n:Pull><n:EnumerationContext>{values.escaped(context)}</n:EnumerationContext>"
        f"<n:MaxElements>{MAX_ELEMENTS}</n:MaxElements></n:Pull>"
    )
    resource = f"{WMI}/{schema.namespace}/*" if by_query else resource_of(schema)
    return _maker(f"{_ENUMERATION}/Pull", resource, body)


def get(schema: Schema, selectors: t.Mapping[str, str]) -> Maker:
    """Ask for one instance."""
    return _maker(f"{_TRANSFER}/Get", resource_of(schema), "", selectors)


def put(schema: Schema, selectors: t.Mapping[str, str], properties: t.Mapping[str, values.Value]) -> Maker:
    """Change one instance."""
    resource, name = resource_of(schema), checked_name(schema.name)
    body = f'<p:{name} xmlns:p="{resource}">{values.elements("p", properties)}</p:{name}>'
    return _maker(f"{_TRANSFER}/Put", resource, body, selectors)


def invoke(
    schema: Schema, method: str, arguments: t.Mapping[str, values.Value], selectors: t.Mapping[str, str]
) -> Maker:
    """Call a method. An object among the arguments is sent as the tree that DSP0230 describes (see :mod:`.values`)."""
    resource, name = resource_of(schema), f"{checked_name(method)}_INPUT"
    body = f'<p:{name} xmlns:p="{resource}">{values.elements("p", arguments)}</p:{name}>'
    return _maker(f"{resource}/{method}", resource, body, selectors)


def create_shell(code_page: int) -> Maker:
    """Open a command shell."""
    options = {"WINRS_NOPROFILE": "FALSE", "WINRS_CODEPAGE": str(code_page)}
    body = (
        "<rsp:Shell><rsp:InputStreams>stdin</rsp:InputStreams>"
        "<rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>"
    )
    return _maker(f"{_TRANSFER}/Create", _COMMAND_SHELL, body, options=options)


def delete_shell(shell_id: str) -> Maker:
    """Delete a shell and whatever runs in it."""
    return _maker(f"{_TRANSFER}/Delete", _COMMAND_SHELL, "", {"ShellId": shell_id})


def run_command(shell_id: str, line: str, typed: bool) -> Maker:
    """Start a command line; ``typed`` where it reads a pipe and no console (MS-WSMV 2.2.4.38)."""
    options = {"WINRS_CONSOLEMODE_STDIN": "FALSE" if typed else "TRUE", "WINRS_SKIP_CMD_SHELL": "FALSE"}
    body = f"<rsp:CommandLine><rsp:Command>{values.escaped(line)}</rsp:Command></rsp:CommandLine>"
    return _maker(f"{_SHELL}/Command", _COMMAND_SHELL, body, {"ShellId": shell_id}, options)


def send_input(shell_id: str, command_id: str, octets: bytes) -> Maker:
    """Type all of a command's standard input and end it."""
    body = (
        f'<rsp:Send><rsp:Stream Name="stdin" CommandId={quoteattr(command_id)} End="true">'
        f"{base64.b64encode(octets).decode()}</rsp:Stream></rsp:Send>"
    )
    return _maker(f"{_SHELL}/Send", _COMMAND_SHELL, body, {"ShellId": shell_id})


def receive(shell_id: str, command_id: str) -> Maker:
    """Ask for the output there is; the host waits until there is some."""
    body = (
        f"<rsp:Receive><rsp:DesiredStream CommandId={quoteattr(command_id)}>stdout stderr</rsp:DesiredStream>"
        "</rsp:Receive>"
    )
    return _maker(f"{_SHELL}/Receive", _COMMAND_SHELL, body, {"ShellId": shell_id})


def terminate(shell_id: str, command_id: str) -> Maker:
    """End a command, or free what an ended one still holds."""
    body = f"<rsp:Signal CommandId={quoteattr(command_id)}><rsp:Code>{_SHELL}/signal/terminate</rsp:Code></rsp:Signal>"
    return _maker(f"{_SHELL}/Signal", _COMMAND_SHELL, body, {"ShellId": shell_id})


def _maker(
    action: str,
    resource: str,
    body: str,
    selectors: t.Mapping[str, str] | None = None,
    options: t.Mapping[str, str] | None = None,
) -> Maker:
    sets = _set("Selector", selectors) + _set("Option", options)

    def make(seconds: float) -> Request:
        message_id = f"uuid:{str(uuid.uuid4()).upper()}"
        text = (
            f"<s:Envelope {_NAMESPACES}><s:Header><a:To>http://windows-host/wsman</a:To>"
            f'<w:ResourceURI s:mustUnderstand="true">{resource}</w:ResourceURI>'
            f'<a:ReplyTo><a:Address s:mustUnderstand="true">{_ANONYMOUS}</a:Address></a:ReplyTo>'
            f'<a:Action s:mustUnderstand="true">{action}</a:Action>'
            f'<w:MaxEnvelopeSize s:mustUnderstand="true">{MAX_ENVELOPE}</w:MaxEnvelopeSize>'
            f"<a:MessageID>{message_id}</a:MessageID>"
            f'<w:Locale xml:lang="en-US" s:mustUnderstand="false"/>{sets}'
            f"<w:OperationTimeout>PT{max(1.0, seconds):.3f}S</w:OperationTimeout>"
            f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
        )
        return Request(text, message_id)

    return make


def _set(kind: str, members: t.Mapping[str, str] | None) -> str:
    if not members:
        return ""
    inner = "".join(
        f"<w:{kind} Name={quoteattr(name)}>{values.escaped(value)}</w:{kind}>" for name, value in members.items()
    )
    return f"<w:{kind}Set>{inner}</w:{kind}Set>"
