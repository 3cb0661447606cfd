# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WS-Management of one simulated server: finds who answers a request, and puts answer or fault into an envelope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from . import resource, soap, soapfault, wmixml
from .enumeration import Enumerations, Page, provider_fault, queried_class
from .interface import Machine, WmiClass, WmiFailure, WmiObject
from .profile import Profile
from .resource import Resource
from .shell import RESOURCE, Caller, Shells
from .soapfault import WmiOrigin, WsmanFault
from .wql import property_of

_TRANSFER = "s a x w p"
_PROFILES = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/"


@dataclass(frozen=True)
class Answer:
    """A finished answer."""

    status: int
    document: str


@dataclass(frozen=True)
class Call:
    """A request that has been read: what the log and fault injection know of it before anything happens.

    ``request`` is None for Identify; ``fault`` is set when reading it failed.
    """

    action: str
    resource: str
    request: soap.Request | None = None
    fault: WsmanFault | None = None


class Service:
    """What stands behind ``/wsman`` on one server."""

    def __init__(self, machine: Machine, profile: Profile) -> None:
        """Start with no shell and no enumeration."""
        self.machine = machine
        self.profile = profile
        self.shells = Shells(machine, profile)
        self._writer = wmixml.Writer(profile.omits_empty_arrays)
        self._enumerations = Enumerations(machine, profile)

    def forget(self) -> None:
        """Lose shells and enumerations, as a restart does."""
        self.shells.forget()
        self._enumerations.forget()

    def read(self, document: bytes) -> Call:
        """Read a request without acting on it."""
        try:
            request = soap.parse(document)
        except soap.IdentifyRequest:
            return Call("Identify", "")
        except WsmanFault as fault:
            return Call("", "", fault=fault)
        return Call(request.verb, self._subject(request), request)

    def answer(self, call: Call, caller: Caller) -> Answer:
        """Act on a request."""
        if call.fault is not None:
            return self.refusal(call, call.fault)
        if call.request is None:
            return self.identify(authenticated=True)
        try:
            prefixes, action, body = self._act(call.request, caller)
        except WsmanFault as fault:
            return self.refusal(call, fault)
        return Answer(200, soap.envelope(prefixes, action, call.request.message_id, body))

    def refusal(self, call: Call, fault: WsmanFault) -> Answer:
        """Put a fault into its envelope."""
        request = call.request
        body = soapfault.body_of(
            fault.said_in(self.machine.language),
            self.profile,
            computer=self.machine.name,
            addressed_as=(urlsplit(request.to).hostname or "") if request else "",
            locale=request.locale if request else "en-US",
        )
        relates_to = request.message_id if request else fault.relates_to
        prefixes = "s a x e n w" if self.profile.stack == "1.1" else "s a x e n w p"
        return Answer(500, soap.envelope(prefixes, soapfault.action_of(fault), relates_to, body))

    def injected(self, call: Call, code: int, message: str | None) -> Answer:
        """Answer with a fault that nothing but a test wants, in the form in which WMI would give it."""
        origin = None
        if call.request is not None and resource.is_wmi(call.request.resource):
            target = resource.read(call.request, call.request.resource)
            origin = WmiOrigin(target.namespace, "ExecQuery", f"select * from {call.resource}")
        return self.refusal(call, WsmanFault(code, message, origin))

    def identify(self, *, authenticated: bool) -> Answer:
        """Say what this is; a caller without sign-in does not learn the release (MS-WSMV <71>, <72>)."""
        system = self.machine.operating_system_version() if authenticated else "0.0.0 SP: 0.0"
        profiles = ""
        if authenticated and self.profile.identify_lists_security_profiles:
            names = ("http/basic", "https/basic", "http/spnego-kerberos", "https/spnego-kerberos")
            profiles = "".join(
                f"<wsmid:SecurityProfileName>{_PROFILES}{name}</wsmid:SecurityProfileName>" for name in names
            )
            profiles = f"<wsmid:SecurityProfiles>{profiles}</wsmid:SecurityProfiles>"
        return Answer(
            200,
            f'<s:Envelope xml:lang="en-US" xmlns:s="{soap.SOAP}"><s:Header/><s:Body>'
            f'<wsmid:IdentifyResponse xmlns:wsmid="{soap.IDENTITY}">'
            f"<wsmid:ProtocolVersion>{soap.WSMAN}</wsmid:ProtocolVersion>"
            "<wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor>"
            f"<wsmid:ProductVersion>OS: {escape(system)} Stack: {self.profile.stack}</wsmid:ProductVersion>{profiles}"
            "</wsmid:IdentifyResponse></s:Body></s:Envelope>",
        )

    def _subject(self, request: soap.Request) -> str:
        """Name what a request is about: the class, ``shell``, or the whole URI."""
        if request.resource.lower().startswith(soap.SHELL):
            return "shell"
        if not resource.is_wmi(request.resource):
            return request.resource
        class_name = request.resource.rpartition("/")[2]
        if request.verb in ("Pull", "Release"):
            return self._enumerations.class_of(request.text("n:EnumerationContext") or "") or class_name
        return queried_class(request) or class_name if class_name == resource.ALL_CLASSES else class_name

    def _act(self, request: soap.Request, caller: Caller) -> tuple[str, str, str]:
        """Return the prefixes, the action and the body of the answer."""
        if not request.resource:
            raise WsmanFault(soapfault.INVALID_RESOURCE_URI)
        if request.resource.lower().startswith(soap.SHELL):
            return self._shell(request, caller)
        if not resource.is_wmi(request.resource):
            raise WsmanFault(soapfault.INVALID_RESOURCE_URI)
        target = resource.read(request, request.resource)
        standard = {
            f"{soap.ENUMERATION}/Enumerate": self._enumerate,
            f"{soap.ENUMERATION}/Pull": self._pull,
            f"{soap.ENUMERATION}/Release": self._release,
            f"{soap.TRANSFER}/Get": self._get,
            f"{soap.TRANSFER}/Put": self._put,
        }.get(request.action)
        if standard is not None:
            return standard(request, target, caller)
        base, _unused, method = request.action.rpartition("/")
        if base.lower() != request.resource.lower():
            raise WsmanFault(soapfault.ACTION_NOT_SUPPORTED)
        return self._invoke(request, target, method)

    def _shell(self, request: soap.Request, caller: Caller) -> tuple[str, str, str]:
        verbs: dict[str, tuple[str, Callable[[soap.Request], str]]] = {
            f"{soap.TRANSFER}/Create": ("s a x w rsp p", lambda request: self.shells.create(request, caller)),
            f"{soap.TRANSFER}/Delete": ("s a x w p", self.shells.delete),
            f"{soap.SHELL}/Command": ("s a x w rsp p", self.shells.command),
            f"{soap.SHELL}/Receive": ("s a w rsp p", self.shells.receive),
            f"{soap.SHELL}/Send": ("s a x w rsp p", self.shells.send),
            f"{soap.SHELL}/Signal": ("s a x w rsp p", self.shells.signal),
        }
        verb = verbs.get(request.action)
        if verb is None or request.resource.lower() != RESOURCE:
            raise WsmanFault(soapfault.ACTION_NOT_SUPPORTED)
        prefixes, act = verb
        return prefixes, f"{request.action}Response", act(request)

    def _enumerate(self, request: soap.Request, target: Resource, caller: Caller) -> tuple[str, str, str]:
        found = self._enumerations.enumerate(request, target, caller.user)
        if isinstance(found, Page):
            context_id, end = found.context_id, "" if found.context_id else "<w:EndOfSequence/>"
            inside = f"<w:Items>{found.items}</w:Items>{end}"
        else:
            context_id, inside = found, ""
        body = f"<n:EnumerationContext>{context_id}</n:EnumerationContext>{inside}"
        return "s a n w", f"{request.action}Response", f"<n:EnumerateResponse>{body}</n:EnumerateResponse>"

    def _pull(self, request: soap.Request, _target: Resource, _caller: Caller) -> tuple[str, str, str]:
        page = self._enumerations.pull(request)
        context = f"<n:EnumerationContext>{page.context_id}</n:EnumerationContext>" if page.context_id else ""
        end = "" if page.context_id else "<n:EndOfSequence/>"
        body = f"<n:PullResponse>{context}<n:Items>{page.items}</n:Items>{end}</n:PullResponse>"
        return "s a n w", f"{request.action}Response", body

    def _release(self, request: soap.Request, _target: Resource, _caller: Caller) -> tuple[str, str, str]:
        self._enumerations.release(request)
        return "s a n w", f"{request.action}Response", ""

    def _get(self, request: soap.Request, target: Resource, _caller: Caller) -> tuple[str, str, str]:
        wmi_class, wmi_object = self._find(target, WmiOrigin(target.namespace, "GetObject", target.class_name))
        return _TRANSFER, f"{request.action}Response", self._rendered(target, wmi_class, wmi_object)

    def _put(self, request: soap.Request, target: Resource, _caller: Caller) -> tuple[str, str, str]:
        origin = WmiOrigin(target.namespace, "PutInstance", target.class_name)
        wmi_class, wmi_object = self._find(target, origin)
        if request.body is None:
            raise WsmanFault(soapfault.SCHEMA_VALIDATION)
        namespace = request.body.tag.rpartition("}")[0].lstrip("{")
        if namespace.lower() != target.uri_of(target.class_name).lower():
            raise WsmanFault(
                soapfault.INVALID_NAMESPACE,
                f"The XML namespace URI ({namespace}) is invalid. Check the documentation for constructing the "
                "namespace URI for a CIM class. ",
                WmiOrigin(target.namespace, "GetObject", target.class_name),
            )
        values = wmixml.read_properties(request.body)
        _check_names(wmi_class, values, target)
        if wmi_class.put is None:
            raise WsmanFault(soapfault.PROVIDER_NOT_CAPABLE, None, origin)
        try:
            wmi_object = wmi_class.put(_selectors(wmi_class, wmi_object), values)
        except WmiFailure as failure:
            raise provider_fault(failure, origin) from failure
        return _TRANSFER, f"{request.action}Response", self._rendered(target, wmi_class, wmi_object)

    def _invoke(self, request: soap.Request, target: Resource, method: str) -> tuple[str, str, str]:
        path = ",".join(f'{name}="{_doubled(value)}"' for name, value in target.selectors.items())
        parameter = f"{target.class_name}.{path}" if path else target.class_name
        origin = WmiOrigin(target.namespace, "ExecMethod", parameter)
        if target.selectors:
            wmi_class, wmi_object = self._find(target, origin)
            selectors = _selectors(wmi_class, wmi_object)
        else:
            wmi_class, selectors = self._class(target, origin), {}
        spelling = next((name for name in wmi_class.methods if name.lower() == method.lower()), None)
        if spelling is None:
            # Uncertain: what Windows says to a method that a class does not have.
            raise WsmanFault(soapfault.ACTION_NOT_SUPPORTED)
        if request.body is not None and wmixml.local_name(request.body).lower() != f"{spelling}_input".lower():
            raise _unrecognized(wmixml.local_name(request.body), target)
        arguments = {} if request.body is None else wmixml.read_properties(request.body)
        try:
            values = wmi_class.methods[spelling](selectors, arguments)
        except WmiFailure as failure:
            raise provider_fault(failure, origin) from failure
        return _TRANSFER, f"{request.action}Response", self._writer.output(request.resource, spelling, values)

    def _class(self, target: Resource, origin: WmiOrigin) -> WmiClass:
        """Find the class that a Get, Put or method call addresses; the fault differs from a query's (MS-WSMV 4.10)."""
        try:
            return self.machine.wmi_class(target.namespace, target.class_name)
        except WmiFailure as failure:
            if failure.hresult == soapfault.CANNOT_PROCESS_FILTER:
                raise _not_found(target) from failure
            raise provider_fault(failure, origin) from failure

    def _find(self, target: Resource, origin: WmiOrigin) -> tuple[WmiClass, WmiObject]:
        """Find the instance that the selectors name; names and values in any letter case (MS-WSMV 3.1.4.1.2)."""
        wmi_class = self._class(target, origin)
        wanted = {name.lower(): value.lower() for name, value in target.selectors.items()}
        keys = {key.lower() for key in wmi_class.keys}
        if not wanted.keys() <= keys:
            raise WsmanFault(soapfault.UNEXPECTED_SELECTORS)
        if wanted.keys() != keys:
            raise WsmanFault(soapfault.INSUFFICIENT_SELECTORS)
        try:
            for wmi_object in wmi_class.instances():
                if all(resource.selector_text(property_of(wmi_object, key)).lower() == wanted[key] for key in keys):
                    return wmi_class, wmi_object
        except WmiFailure as failure:
            raise provider_fault(failure, origin) from failure
        raise _not_found(target)

    def _rendered(self, target: Resource, wmi_class: WmiClass, wmi_object: WmiObject) -> str:
        names = wmixml.ordered(wmi_class.properties)
        return self._writer.instance(target.uri_of(wmi_object.class_name), wmi_object, names)


def _selectors(wmi_class: WmiClass, wmi_object: WmiObject) -> dict[str, str]:
    """Return an instance's keys as the class spells them and the instance has them."""
    return {key: resource.selector_text(property_of(wmi_object, key.lower())) for key in wmi_class.keys}


def _check_names(wmi_class: WmiClass, values: Mapping[str, object], target: Resource) -> None:
    known = {name.lower() for name in wmi_class.properties}
    for name in values:
        if name.lower() not in known:
            raise _unrecognized(name, target)


def _unrecognized(element: str, target: Resource) -> WsmanFault:
    """Return the fault recorded for an element that the class does not have (CoprHD soapFault.xml)."""
    return WsmanFault(
        soapfault.SCHEMA_VALIDATION,
        f"The WS-Management service cannot process the request. The input XML contains an unrecognized XML element: "
        f'"{element}". Ensure that the spelling of the element name is correct. ',
        WmiOrigin(target.namespace, "GetObject", target.class_name),
    )


def _not_found(target: Resource) -> WsmanFault:
    return WsmanFault(soapfault.NOT_FOUND, None, WmiOrigin(target.namespace, "GetObject", target.class_name))


def _doubled(value: str) -> str:
    """Escape a key's value in a WMI object path."""
    return value.replace("\\", "\\\\").replace('"', '\\"')
