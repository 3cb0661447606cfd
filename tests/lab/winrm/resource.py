# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resource URIs of WMI classes ([MS-WSMV] 3.1.4.1.1) and the endpoint references of their instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from . import soap, soapfault
from .interface import WmiClass, WmiObject, WmiValue
from .soapfault import WsmanFault
from .wmixml import text

WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"
DMTF = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
ALL_CLASSES = "*"

_NAMESPACE_SELECTOR = "__cimnamespace"
_DEFAULT_DMTF_NAMESPACE = "root/hardware"


@dataclass(frozen=True)
class Resource:
    """A WMI class, or all classes of a namespace, as a request addresses it."""

    base: str
    """The URI up to the last slash."""
    namespace: str
    """With slashes, in lower case."""
    class_name: str
    selectors: Mapping[str, str]
    """Without ``__cimnamespace``."""

    def uri_of(self, class_name: str) -> str:
        """Return the URI of a class beside this one."""
        return f"{self.base}/{class_name}"


def is_wmi(uri: str) -> bool:
    """Whether the WMI provider serves this URI."""
    return uri.lower().startswith((WMI, DMTF))


def read(request: soap.Request, uri: str) -> Resource:
    """Take a resource URI and the selectors apart.

    Raises:
        WsmanFault: the URI has no class, or ``__cimnamespace`` contradicts it (MS-WSMV <46>).
    """
    selectors = {name: value for name, value in request.selectors.items() if name.lower() != _NAMESPACE_SELECTOR}
    chosen = next((value for name, value in request.selectors.items() if name.lower() == _NAMESPACE_SELECTOR), None)
    chosen = None if chosen is None else chosen.replace("\\", "/").strip("/").lower()
    base, _unused, class_name = uri.rpartition("/")
    if not class_name or not is_wmi(base + "/"):
        raise WsmanFault(soapfault.INVALID_RESOURCE_URI)
    if uri.lower().startswith(DMTF):
        return Resource(base, chosen or _DEFAULT_DMTF_NAMESPACE, class_name, selectors)
    namespace = base[len(WMI) :].lower()
    if not namespace:
        raise WsmanFault(soapfault.INVALID_RESOURCE_URI)
    if chosen not in (None, namespace):
        raise WsmanFault(soapfault.DIFFERENT_NAMESPACE)
    return Resource(base, namespace, class_name, selectors)


def selector_text(value: WmiValue) -> str:
    """Write a key's value as a selector."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def endpoint_reference(uri: str, wmi_class: WmiClass, wmi_object: WmiObject) -> str:
    """Render the endpoint reference of an instance, in the form of the example in MS-WSMV 4.1.1."""
    selectors = "".join(
        f'<w:Selector Name="{key}">{text(selector_text(wmi_object.properties.get(key)))}</w:Selector>'
        for key in wmi_class.keys
    )
    selector_set = f"<w:SelectorSet>{selectors}</w:SelectorSet>" if selectors else ""
    return (
        f"<a:EndpointReference><a:Address>{soap.ANONYMOUS}</a:Address><a:ReferenceParameters>"
        f"<w:ResourceURI>{text(uri)}</w:ResourceURI>{selector_set}</a:ReferenceParameters></a:EndpointReference>"
    )
