# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enumerations: what a query finds, given out page by page ([DMTF-DSP0226] 8, [MS-WSMV] 3.1.4.8, 3.1.4.9)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from . import resource, soap, soapfault, wql
from .interface import Machine, WmiClass, WmiFailure, WmiObject
from .profile import Profile
from .resource import Resource
from .soapfault import WmiOrigin, WsmanFault
from .wmixml import Writer, local_name, ordered

WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
SELECTOR_FILTER = "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter"

_ENVELOPE_ALLOWANCE = 2048  # octets for everything around the items
# Neither the code nor the sentence of this refusal was found in print; the sentence is as Hyper-V hosts show it.
_CLASS_WITH_WQL = (
    "The WS-Management service cannot process the request. The resource URI cannot contain keys, and the class name "
    "must be '*' (asterisk), when a WQL filter is used. "
)
# Uncertain: WMI says WBEM_E_INVALID_QUERY (0x80041017); that WinRM shows it in this sentence was not seen recorded.
_INVALID_QUERY = "The WQL query is invalid. "


@dataclass(frozen=True)
class Found:
    """An instance that a query found and how to write it."""

    wmi_class: WmiClass
    wmi_object: WmiObject
    names: tuple[str, ...]


@dataclass
class Context:
    """An open enumeration."""

    user: str
    class_name: str
    render: Callable[[Found], str]
    rest: Sequence[Found]
    touched: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Page:
    """What one answer holds."""

    items: str
    context_id: str
    """Empty when the enumeration is at its end."""


class Enumerations:
    """The open enumerations of one server."""

    def __init__(self, machine: Machine, profile: Profile) -> None:
        """Start with none."""
        self._machine = machine
        self._profile = profile
        self._writer = Writer(profile.omits_empty_arrays)
        self._contexts: dict[str, Context] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Drop all contexts, as a restart does."""
        with self._lock:
            self._contexts.clear()

    def class_of(self, context_id: str) -> str:
        """Return the class that a context enumerates, for the log; empty when there is no such context."""
        with self._lock:
            context = self._contexts.get(context_id)
            return context.class_name if context else ""

    def enumerate(self, request: soap.Request, target: Resource, user: str) -> Page | str:
        """Answer Enumerate: a first page when it is to be optimised, else the new context's id."""
        mode = request.text("w:EnumerationMode") or "EnumerateObject"
        if mode not in ("EnumerateObject", "EnumerateEPR", "EnumerateObjectAndEPR"):
            raise WsmanFault(soapfault.ENUMERATION_MODE)
        query, found = self._find(request, target)
        projected = query is not None and query.selected is not None
        class_name = query.class_name if query else target.class_name
        context = Context(user, class_name, _renderer(self._writer, target, mode, projected), found)
        if request.child("w:OptimizeEnumeration") is None:
            return self._keep(context)
        limit = _max_elements(request, "w:MaxElements")
        if self._profile.first_page_items is not None and len(found) > 1:
            limit = min(limit, self._profile.first_page_items)
        return self._page(request, context, limit, None)

    def pull(self, request: soap.Request) -> Page:
        """Answer Pull."""
        context_id = request.text("n:EnumerationContext") or ""
        context = self._take(context_id)
        return self._page(request, context, _max_elements(request, "n:MaxElements"), context_id)

    def release(self, request: soap.Request) -> None:
        """Answer Release."""
        self._take(request.text("n:EnumerationContext") or "")

    def _find(self, request: soap.Request, target: Resource) -> tuple[wql.Query | None, list[Found]]:
        filters = [request.child("w:Filter"), request.child("n:Filter")]
        selected = next((element for element in filters if element is not None), None)
        if selected is None or selected.get("Dialect") == SELECTOR_FILTER:
            wanted = (
                {}
                if selected is None
                else {
                    part.get("Name", "").lower(): (part.text or "").lower()
                    for part in selected.iter(f"{{{soap.WSMAN}}}Selector")
                }
            )
            return None, self._select_all(target, wanted)
        if selected.get("Dialect") != WQL:
            raise WsmanFault(soapfault.FILTER_DIALECT)
        return self._select(target, (selected.text or "").strip())

    def _select_all(self, target: Resource, wanted: dict[str, str]) -> list[Found]:
        """Everything of a class, or what has these values."""
        if target.selectors:
            raise WsmanFault(soapfault.KEYS_IN_ENUMERATE)
        origin = WmiOrigin(target.namespace, "ExecQuery", f"select * from {target.class_name}")
        return [
            found
            for found in self._instances(target.namespace, target.class_name, origin)
            if all(
                resource.selector_text(wql.property_of(found.wmi_object, name)).lower() == value
                for name, value in wanted.items()
            )
        ]

    def _select(self, target: Resource, text: str) -> tuple[wql.Query, list[Found]]:
        """What a WQL query finds."""
        if target.class_name != resource.ALL_CLASSES or target.selectors:
            raise WsmanFault(soapfault.CANNOT_PROCESS_FILTER, _CLASS_WITH_WQL)
        origin = WmiOrigin(target.namespace, "ExecQuery", text)
        try:
            query = wql.parse(text)
            found = self._instances(target.namespace, query.class_name, origin)
            self._check_names(query, target.namespace)
            chosen = [one for one in found if query.matches(one.wmi_object, self._is_a(target.namespace))]
        except wql.InvalidQueryError as error:
            raise WsmanFault(soapfault.CANNOT_PROCESS_FILTER, _INVALID_QUERY, origin) from error
        if query.selected is not None:
            chosen = [Found(one.wmi_class, one.wmi_object, _projected(one, query.selected)) for one in chosen]
        return query, chosen

    def _check_names(self, query: wql.Query, namespace: str) -> None:
        """A query may only name what the class has."""
        known = {name.lower() for name in self._machine.wmi_class(namespace, query.class_name).properties}
        if not query.mentioned <= known:
            raise wql.InvalidQueryError(", ".join(sorted(query.mentioned - known)))

    def _instances(self, namespace: str, class_name: str, origin: WmiOrigin) -> list[Found]:
        try:
            self._machine.wmi_class(namespace, class_name)
            found = []
            for wmi_class in self._machine.wmi_subclasses(namespace, class_name):
                names = ordered(wmi_class.properties)
                found += [Found(wmi_class, one, names) for one in wmi_class.instances()]
            return found
        except WmiFailure as failure:
            raise provider_fault(failure, origin) from failure

    def _is_a(self, namespace: str) -> wql.IsA:
        def is_a(class_name: str, base: str) -> bool:
            try:
                family = self._machine.wmi_subclasses(namespace, base)
            except WmiFailure:
                return False
            return class_name.lower() in {member.name.lower() for member in family}

        return is_a

    def _page(self, request: soap.Request, context: Context, limit: int, context_id: str | None) -> Page:
        """Take what fits from a context; keep it under its id, or a new one, while anything is left."""
        room = self._profile.envelope_kilobytes * 1024
        room = min(room, request.max_envelope or room) - _ENVELOPE_ALLOWANCE
        items: list[str] = []
        for found in context.rest[: min(limit, self._profile.batch_items)]:
            item = context.render(found)
            room -= len(item.encode())
            if room < 0:
                break
            items.append(item)
        if context.rest and not items:
            raise WsmanFault(soapfault.ENVELOPE_EXCEEDED)
        context.rest = context.rest[len(items) :]
        return Page("".join(items), self._keep(context, context_id) if context.rest else "")

    def _keep(self, context: Context, context_id: str | None = None) -> str:
        """Remember a context; a user may only have so many open (MS-WSMV 3.1.4.1.19)."""
        context.touched = time.monotonic()
        with self._lock:
            self._expire()
            quota = self._profile.operations_per_user
            if context_id is None and sum(other.user == context.user for other in self._contexts.values()) >= quota:
                raise operations_fault(quota)
            context_id = context_id or f"uuid:{soap.new_uuid()}"
            self._contexts[context_id] = context
        return context_id

    def _take(self, context_id: str) -> Context:
        with self._lock:
            self._expire()
            context = self._contexts.pop(context_id, None)
        if context is None:
            raise WsmanFault(
                soapfault.INVALID_CONTEXT,
                "The WS-Management service cannot process the request. WS-Management cannot identify the enumeration "
                "context ID in the SOAP packet. The packet may have been invalid, or the operation may have timed "
                "out. ",
            )
        return context

    def _expire(self) -> None:
        oldest = time.monotonic() - self._profile.enumeration_seconds
        for context_id in [key for key, context in self._contexts.items() if context.touched < oldest]:
            del self._contexts[context_id]


def operations_fault(quota: int) -> WsmanFault:
    """Return the fault of MaxConcurrentOperationsPerUser (zenoss/txwinrm max_concurrent.xml)."""
    return WsmanFault(
        soapfault.MAX_OPERATIONS,
        "The WS-Management service cannot process the request. This user is allowed a maximum number of "
        f"{quota} concurrent operations, which has been exceeded. Close existing operations for this user, or raise "
        "the quota for this user. ",
    )


def provider_fault(failure: WmiFailure, origin: WmiOrigin) -> WsmanFault:
    """Translate a provider's refusal."""
    described = WmiOrigin(origin.namespace, origin.operation, origin.parameter, failure.extended)
    return WsmanFault(failure.hresult, failure.message, described)


def _max_elements(request: soap.Request, path: str) -> int:
    """Read MaxElements; it is 1 by default (DSP0226 8.4)."""
    value = request.text(path)
    if value is None:
        return 1
    if not value.isdigit() or int(value) < 1:
        raise WsmanFault(soapfault.SCHEMA_VALIDATION)
    return int(value)


def _projected(found: Found, selected: tuple[str, ...]) -> tuple[str, ...]:
    """Spell the selected properties as the class does."""
    spelling = {name.lower(): name for name in found.names}
    return ordered({spelling[name] for name in selected if name in spelling})


def _renderer(writer: Writer, target: Resource, mode: str, projected: bool) -> Callable[[Found], str]:
    def as_object(found: Found) -> str:
        if projected:
            return writer.fragment(found.wmi_object, found.names)
        return writer.instance(target.uri_of(found.wmi_object.class_name), found.wmi_object, found.names)

    def as_reference(found: Found) -> str:
        return resource.endpoint_reference(target.uri_of(found.wmi_class.name), found.wmi_class, found.wmi_object)

    def as_both(found: Found) -> str:
        return f"<w:Item>{as_object(found)}{as_reference(found)}</w:Item>"

    return {"EnumerateEPR": as_reference, "EnumerateObjectAndEPR": as_both}.get(mode, as_object)


def queried_class(request: soap.Request) -> str:
    """Return the class a request's WQL names, for the log; empty when there is no query or no class in it."""
    if request.body is None:
        return ""
    for element in request.body:
        if local_name(element) == "Filter" and element.get("Dialect") == WQL:
            try:
                return wql.parse(element.text or "").class_name
            except wql.InvalidQueryError:
                return ""
    return ""
