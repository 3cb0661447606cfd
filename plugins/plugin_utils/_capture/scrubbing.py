# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which texts of a conversation are private, and what becomes of them. Private to the collection.

Of an instance nothing is kept but what this collection reads, numbers, and what :class:`.disguise.Disguise` recognises:
``select *`` answers with properties that nobody thought of (the owner of the licence, a path, a comment).
"""

from __future__ import annotations

import base64
import binascii
import re
import typing as t
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Address

from .._wire.schema import Kind
from .disguise import MASK, Disguise
from .markup import Element, Message, Piece
from .output import Output, outputs

_NAMES: t.Final = {
    "csname": "host",
    "dnshostname": "host",
    "systemname": "host",
    "pscomputername": "host",
    "__server": "host",
    "ownernode": "host",
    "dnsdomain": "domain",
    "dnsdomainsuffixsearchorder": "domain",
    "domain": "domain",
    "user": "user",
    # Portals may be declared by their DNS name.
    **dict.fromkeys(("portaladdress", "targetportaladdress", "targetaddress", "address"), "host"),
}
"""Properties that name somebody or something, and what."""
_CLUSTER: t.Final = "mscluster_"
_ASKED: t.Final = frozenset({"action", "resourceuri", "filter", "command"})
"""Elements of a request that say what is asked, of whatever host."""
_ANSWERED: t.Final = "Microsoft Windows Server Disk Ven Prod Rev Vendor Product Running Stopped Auto Manual Boot OK"
"""Words of answers that readers go by."""
_SECRETS: t.Final = frozenset({"password", "sharedsecret", "username", "key"})
"""Login options and arguments of the initiator (Iscsidsc.mof); a stored secret may be answered in its octets."""
_NO_DATA: t.Final = (
    *("Header", "Fault", "EndpointReference", "Location", "SelectorSet", "EnumerationContext", "IdentifyResponse"),
    *("ResourceCreated", "Shell", "CommandResponse", "ReceiveResponse"),
)
"""Elements of an answer that hold no properties of instances."""
_NUMBER: t.Final = re.compile(r"\s*[+-]?\d{1,20}\s*")
_OCTETS: t.Final = 4
"""Numbers of eight bits in a row, from which on they may spell something."""


@dataclass(frozen=True)
class Exchange:
    """A request and its answer."""

    request: str
    answer: str
    status: int
    """Of HTTP."""


def scrubbed(exchanges: Sequence[Exchange], disguise: Disguise) -> list[Exchange]:
    """Return a conversation with everything private in it replaced, the same by the same throughout."""
    disguise.keep(_ANSWERED)
    for exchange in exchanges:
        _learn(Message.of(exchange.answer), disguise)
        for piece in Message.of(exchange.request).pieces:
            if piece.attribute is None and piece.element.name.casefold() in _ASKED:
                disguise.keep(piece.text)
    # Twice: what is recognised late (a MAC by its colons) may stand early in a form that tells nothing by itself.
    _replaced(exchanges, disguise)
    return _replaced(exchanges, disguise)


def _replaced(exchanges: Sequence[Exchange], disguise: Disguise) -> list[Exchange]:
    requests = [Message.of(exchange.request) for exchange in exchanges]
    answers = [Message.of(exchange.answer) for exchange in exchanges]
    for output in outputs(requests, answers):
        _replace_output(output, disguise)
    for request, answer in zip(requests, answers, strict=True):
        _Scrubber(request, disguise, instances=False).run()
        _Scrubber(answer, disguise, instances=True).run()
    return [
        Exchange(str(request), str(answer), exchange.status)
        for request, answer, exchange in zip(requests, answers, exchanges, strict=True)
    ]


def _learn(message: Message, disguise: Disguise) -> None:
    """Note names and subnets."""
    arrays: dict[tuple[int, str], list[str]] = defaultdict(list)
    for piece in message.pieces:
        name = piece.element.name.casefold()
        kind = _kind_of_name(piece)
        if kind is not None:
            if kind != "host" or re.fullmatch(r"[\w.-]+", piece.text.strip()):
                disguise.learn(kind, piece.text)
        elif piece.attribute is None and name in ("ipaddress", "ipsubnet"):
            arrays[id(piece.element.parent), name].append(piece.text)
    for (parent, name), addresses in arrays.items():
        if name == "ipaddress":
            for address, subnet in zip(addresses, arrays.get((parent, "ipsubnet"), ()), strict=False):
                _learn_subnet(address, subnet, disguise)


def _kind_of_name(piece: Piece) -> str | None:
    """Return what a text that is a name names, None for any other text."""
    element = piece.element
    if piece.attribute is not None:
        return "host" if piece.attribute == "Machine" else None
    name = (element.attributes.get("Name", "") if element.name == "Selector" else element.name).casefold()
    if name == "name" and element.parent and element.parent.name.casefold().startswith(_CLUSTER):
        return "host" if element.parent.name.casefold() == f"{_CLUSTER}node" else "group"
    return _NAMES.get(name)


def _learn_subnet(address: str, subnet: str, disguise: Disguise) -> None:
    try:
        disguise.addresses.learn(IPv4Interface(f"{address.strip()}/{subnet.strip()}"))
    except ValueError:
        return  # an IPv6 address, whose subnet is its /64


_KEPT = re.compile(
    r".*DeviceList|InstallationType|CurrentBuild\w*|\w+ChangedInBoot|DisksTakenOffline|DriverDesc|MatchingDeviceId"
)


def _replace_output(output: Output, disguise: Disguise) -> None:
    lines = output.text.splitlines(keepends=True)
    output.replace("".join(_registry_line(line, disguise) or disguise.text(line) for line in lines))


def _registry_line(line: str, disguise: Disguise) -> str | None:
    """Replace in a value that ``reg query`` prints; None for any other line.

    Texts are kept where they hold a hardware id, a release, the time of a boot, a driver or WWNs, whose shape is
    replaced, and octets where they are few.
    """
    found = re.fullmatch(r"(\s+)(\S.*?)(\s+REG_\w+\s+)(.*?)(\s*)", line, re.DOTALL)
    if found is None:
        return None
    before, name, kind, data, after = found.groups()
    if "REG_BINARY" in kind:
        data = data if len(data) <= 16 else "0" * len(data)
    elif "REG_DWORD" not in kind and "REG_QWORD" not in kind and data:
        # The tool joins texts by a backslash and a zero, which would belong to a number that follows.
        data = "\\0".join(map(disguise.text, data.split("\\0"))) if _KEPT.fullmatch(name) else disguise.whole(data)
    return f"{before}{disguise.text(name)}{kind}{data}{after}"


class _Scrubber:
    """Goes through one message."""

    def __init__(self, message: Message, disguise: Disguise, instances: bool) -> None:
        self._disguise = disguise
        self._instances = instances
        self._pieces = message.pieces
        self._arrays: dict[tuple[int, str], list[Piece]] = defaultdict(list)
        for piece in message.pieces:
            if piece.attribute is None:
                self._arrays[id(piece.element.parent), piece.element.name.casefold()].append(piece)

    def run(self) -> None:
        """Set the replacement of each piece that needs one."""
        for piece in self._pieces:
            if piece.replacement is None and not (piece.attribute or "").startswith(("xmlns", "xsi:")):
                piece.replacement = self._replacement(piece)

    def _replacement(self, piece: Piece) -> str:
        element, text = piece.element, piece.text
        name = element.name.casefold()
        if _kind_of_name(piece) is not None:
            return self._disguise.named(text)
        if piece.attribute is not None:
            return self._disguise.text(text)
        if name in _SECRETS:
            return _hidden(text)
        if name == "ipv4address" and _NUMBER.fullmatch(text):
            return str(self._number_of_address(int(text)))
        if name == "ipv6address":
            self._replace_v6(self._array(element))
            return piece.replacement or text
        if not self._instances or element.inside(*_NO_DATA) or not element.inside("Body"):
            return self._disguise.text(text)
        return self._property(piece, name)

    def _property(self, piece: Piece, name: str) -> str:
        element, text = piece.element, piece.text
        if element.declared is not None and element.declared.kind is not Kind.STRING:
            return text
        if name == "serialnumber":
            return self._disguise.whole(text)
        if element.declared is not None or name in ("ipaddress", "ipsubnet"):
            return self._disguise.text(text)
        if name in ("datetime", "date", "interval") or text.strip().lower() in ("true", "false"):
            return text
        if _NUMBER.fullmatch(text):
            octets = [number.text for number in self._array(element)]
            if len(octets) >= _OCTETS and all(_NUMBER.fullmatch(each) and 0 <= int(each) < 256 for each in octets):
                return "0"
            return self._disguise.text(text) if len(text.strip()) == 16 else text
        return self._disguise.whole(text)

    def _array(self, element: Element) -> list[Piece]:
        return self._arrays[id(element.parent), element.name.casefold()]

    def _number_of_address(self, number: int) -> int:
        # ISCSI_IP_Address has the first octet in the low byte (windows-driver-docs); 0 is no address.
        address = IPv4Address((number & 0xFFFFFFFF).to_bytes(4, "little"))
        return int.from_bytes(self._disguise.addresses.v4(address).packed, "little")

    def _replace_v6(self, pieces: list[Piece]) -> None:
        texts = [piece.text.strip() for piece in pieces]
        if len(texts) == 1 and not texts[0].isdecimal():
            pieces[0].replacement = base64.b64encode(bytes(len(base64.b64decode(texts[0])))).decode()
        elif len(texts) == 16 and all(text.isdecimal() and int(text) < 256 for text in texts):
            stand_in = self._disguise.addresses.v6(IPv6Address(bytes(map(int, texts))))
            for piece, octet in zip(pieces, stand_in.packed, strict=True):
                piece.replacement = str(octet)
        else:
            for piece in pieces:
                piece.replacement = "0"


def _hidden(text: str) -> str:
    """Return what stands for a secret, or a part of one, in the form that it has."""
    if _NUMBER.fullmatch(text):
        return "42"
    try:
        return base64.b64encode(b"*" * len(base64.b64decode(text, validate=True))).decode()
    except (binascii.Error, ValueError):
        return MASK
