# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WMI objects as XML and back ([DMTF-DSP0230] WS-CIM mapping as Windows applies it).

Order, nil, arrays, times and namespaces follow answers recorded from Windows 2003 R2, 2008 and 2012 (zenoss/txwinrm)
and from an iSCSI initiator (CoprHD/coprhd-controller); [MS-WSMV] 3.1.4.1.25, 3.1.4.1.26, <58>, <59>. Uncertain: the
prefixes of embedded objects inside embedded objects, and uint8 arrays, here repeated numbers as in the recorded
GenerationalGuid.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from . import soap
from .interface import WmiObject, WmiReference, WmiValue

INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
CIM = "http://schemas.dmtf.org/wbem/wscim/1/common"
_WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"

_SPECIAL = re.compile("[^\t\n\x20-%'-;=\\?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_FRACTION = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d+)")


def text(value: str) -> str:
    """Escape a string; what XML 1.0 cannot hold becomes a question mark (MS-WSMV 3.1.4.1.25)."""
    return _SPECIAL.sub(lambda match: _ENTITIES.get(match[0], "?"), value)


def ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Put property names into the order in which WinRM shows them: alphabetical, letter case aside."""
    return tuple(sorted(names, key=str.lower))


@dataclass(frozen=True)
class Writer:
    """Renders objects as one WinRM stack does."""

    omits_empty_arrays: bool
    """Whether an array without elements is left out instead of shown once as xsi:nil."""

    def instance(self, uri: str, wmi_object: WmiObject, names: Iterable[str]) -> str:
        """Render an object of the class that ``uri`` names; ``names`` are its class's properties in order."""
        name = wmi_object.class_name
        return (
            f'<p:{name} xmlns:xsi="{INSTANCE}" xmlns:p="{text(uri)}" xmlns:cim="{CIM}" xsi:type="p:{name}_Type">'
            f"{self._properties('p:', uri, wmi_object.properties, names, 0)}</p:{name}>"
        )

    def fragment(self, wmi_object: WmiObject, names: Iterable[str]) -> str:
        """Render the selected properties of a query: no class, no namespaces (MS-WSMV <58>), ordered (<59>)."""
        inside = self._properties("", "", wmi_object.properties, ordered(names), 0)
        return f'<w:XmlFragment xmlns:xsi="{INSTANCE}">{inside}</w:XmlFragment>'

    def output(self, uri: str, method: str, values: Mapping[str, WmiValue]) -> str:
        """Render what a method gave back."""
        return (
            f'<p:{method}_OUTPUT xmlns:xsi="{INSTANCE}" xmlns:p="{text(uri)}" xmlns:cim="{CIM}">'
            f"{self._properties('p:', uri, values, ordered(values), 0)}</p:{method}_OUTPUT>"
        )

    def _properties(
        self, prefix: str, uri: str, values: Mapping[str, WmiValue], names: Iterable[str], depth: int
    ) -> str:
        return "".join([self._property(prefix + name, uri, values.get(name), depth) for name in names])

    def _property(self, tag: str, uri: str, value: WmiValue, depth: int) -> str:
        if isinstance(value, str):
            return f"<{tag}>{text(value)}</{tag}>"
        if value is None:
            return f'<{tag} xsi:nil="true"/>'
        if isinstance(value, bool):
            return f"<{tag}>{'true' if value else 'false'}</{tag}>"
        if isinstance(value, int):
            return f"<{tag}>{value}</{tag}>"
        if isinstance(value, datetime):
            prefix = "cim:" if ":" in tag else ""  # a fragment has no namespaces
            return f"<{tag}><{prefix}Datetime>{_time(value)}</{prefix}Datetime></{tag}>"
        if isinstance(value, WmiObject):
            return self._embedded(tag, uri, value, depth)
        if isinstance(value, WmiReference):
            return _reference(tag, value)
        parts = [self._property(tag, uri, part, depth) for part in value if part is not None]
        return "".join(parts) or ("" if self.omits_empty_arrays else f'<{tag} xsi:nil="true"/>')

    def _embedded(self, tag: str, uri: str, value: WmiObject, depth: int) -> str:
        """Render an embedded object: its own namespace prefix, its class in xsi:type."""
        own = f"m{depth or ''}"
        own_uri = f"{uri.rpartition('/')[0]}/{value.class_name}"
        inside = self._properties(f"{own}:", own_uri, value.properties, ordered(value.properties), depth + 1)
        return f'<{tag} xmlns:{own}="{text(own_uri)}" xsi:type="{own}:{value.class_name}_Type">{inside}</{tag}>'


def _reference(tag: str, value: WmiReference) -> str:
    """Render a reference: the instance's address, with namespaces of its own (recorded for Msvm associations)."""
    selectors = "".join(f'<w:Selector Name="{key}">{text(held)}</w:Selector>' for key, held in value.keys.items())
    return (
        f'<{tag} xmlns:a="{soap.ADDRESSING}" xmlns:w="{soap.WSMAN}"><a:Address>{soap.ANONYMOUS}</a:Address>'
        f"<a:ReferenceParameters><w:ResourceURI>{_WMI}{value.namespace}/{value.class_name}</w:ResourceURI>"
        f"<w:SelectorSet>{selectors}</w:SelectorSet></a:ReferenceParameters></{tag}>"
    )


def _time(value: datetime) -> str:
    """Render a time as recorded: UTC, the fraction without trailing zeros."""
    utc = value.astimezone(timezone.utc) if value.tzinfo else value
    fraction = f".{utc.microsecond:06d}".rstrip("0").rstrip(".")
    return f"{utc:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def local_name(element: ET.Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def read_properties(element: ET.Element) -> dict[str, WmiValue]:
    """Read properties or arguments; what repeats becomes a list, everything simple stays text.

    An instance may carry its own endpoint reference as cim:Location (MS-WSMV 4.1.3), which is no property.
    """
    found: dict[str, list[WmiValue]] = {}
    for child in element:
        if child.tag != f"{{{CIM}}}Location":
            found.setdefault(local_name(child), []).append(_read(child))
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def _read(element: ET.Element) -> WmiValue:
    if element.get(f"{{{INSTANCE}}}nil") in ("true", "1"):
        return None
    children = list(element)
    if not children:
        return element.text or ""
    if children[0].tag == f"{{{CIM}}}Datetime":
        return _read_time(children[0].text or "")
    declared = element.get(f"{{{INSTANCE}}}type", "").rpartition(":")[2]
    class_name = declared[: -len("_Type")] if declared.endswith("_Type") else declared or local_name(element)
    return WmiObject(class_name, read_properties(element))


def _read_time(value: str) -> WmiValue:
    """Read a cim:Datetime; text that is no time is left to the class to refuse."""
    # Before Python 3.11 fromisoformat takes neither "Z" nor a fraction that has not three or six digits.
    whole = _FRACTION.sub(lambda match: f"{match[1]}.{match[2][:6]:0<6}", value.strip())
    try:
        return datetime.fromisoformat(whole.replace("Z", "+00:00"))
    except ValueError:
        return value
