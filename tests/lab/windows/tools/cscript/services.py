# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SWbemServices: classes, instances and queries of one namespace, and how a script gets there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ....winrm import wql
from ....winrm.interface import WmiClass, WmiFailure, WmiObject
from ...storage.switches import StorageSwitches
from . import com, errors
from .com import wbem_error
from .errors import ScriptError
from .paths import DEFAULT_NAMESPACE, ObjectPath, parse_moniker, parse_path
from .values import EMPTY, NULL, Argument, ScriptObject, Value, to_long, to_string
from .wbem import WbemObject

_SOURCE = "SWbemServicesEx"
_LOCATOR = "SWbemLocator"


class Machine(Protocol):
    """The server whose WMI classes a script reaches."""

    @property
    def name(self) -> str:
        """Computer name."""

    @property
    def switches(self) -> StorageSwitches:
        """What nobody has confirmed."""

    def wmi_class(self, namespace: str, class_name: str) -> WmiClass:
        """Find a class, letter case aside."""

    def wmi_subclasses(self, namespace: str, class_name: str) -> Sequence[WmiClass]:
        """Return the class and everything derived from it."""


class Services(ScriptObject):
    """One namespace."""

    type_name = "SWbemServicesEx"

    def __init__(self, machine: Machine, namespace: str) -> None:
        """Connect."""
        self._machine = machine
        self.name = namespace
        self.server = machine.name.upper()

    @property
    def signed(self) -> bool:
        """Whether large 32-bit numbers are shown as negative ones."""
        return self._machine.switches.script_uint32 == "signed"

    def wmi_class(self, class_name: str) -> WmiClass:
        """Find a class."""
        try:
            return self._machine.wmi_class(self.name, class_name)
        except WmiFailure as failure:
            raise com.translated(failure, _SOURCE) from failure

    def instances(self, class_name: str) -> list[WmiObject]:
        """Return the instances of a class and of those derived from it."""
        try:
            family = self._machine.wmi_subclasses(self.name, class_name)
            return [found for member in family for found in member.instances()]
        except WmiFailure as failure:
            raise com.translated(failure, _SOURCE) from failure

    # members

    def vb_instancesof(self, class_name: Value, flags: Value = 0, context: Value = None) -> Value:
        """Return the instances; what is wrong with the class shows when they are walked through."""
        wanted = to_string(class_name)
        return ObjectSet(lambda: [WbemObject.of(self, found) for found in self.instances(wanted)])

    def vb_execquery(self, query: Value, language: Value = "WQL", flags: Value = 16, context: Value = None) -> Value:
        """Run a query; what is wrong with it shows when its result is walked through."""
        text = to_string(query)
        return ObjectSet(lambda: self._query(text))

    def vb_get(self, path: Value = "", flags: Value = 0, context: Value = None) -> Value:
        """Return a class or an instance."""
        wanted = parse_path(to_string(path))
        wmi_class = self.wmi_class(wanted.class_name)
        if not wanted.is_instance:
            empty: dict[str, Value] = dict.fromkeys(wmi_class.properties, NULL)
            return WbemObject(self, wmi_class.name, empty, is_class=True)
        for found in self.instances(wanted.class_name):
            if _selected(found, wmi_class, wanted):
                return WbemObject.of(self, found)
        raise wbem_error(com.NOT_FOUND, _SOURCE)

    def vb_execmethod(
        self, path: Value, name: Value, parameters: Value = None, flags: Value = 0, context: Value = None
    ) -> Value:
        """Call a method of the object with this path."""
        target = self.vb_get(path)
        if not isinstance(target, WbemObject):
            raise wbem_error(com.INVALID_OBJECT_PATH, _SOURCE)
        return target.vb_execmethod_(name, parameters)

    def vb_security_(self) -> Value:
        """Return the security settings, which a local call has no use for."""
        return Security()

    def _query(self, text: str) -> list[WbemObject]:
        try:
            query = wql.parse(text)
        except wql.InvalidQueryError as error:
            raise wbem_error(com.INVALID_QUERY, _SOURCE) from error
        wmi_class = self.wmi_class(query.class_name)
        known = {name.lower() for name in wmi_class.properties}
        if not query.mentioned <= known:
            raise wbem_error(com.INVALID_QUERY, _SOURCE)
        try:
            found = [item for item in self.instances(query.class_name) if query.matches(item, self._is_a)]
        except wql.InvalidQueryError as error:
            raise wbem_error(com.INVALID_QUERY, _SOURCE) from error
        objects = [WbemObject.of(self, item) for item in found]
        if query.selected is not None:
            wanted = {*query.selected, *(key.lower() for key in wmi_class.keys)}
            for item in objects:
                item.values = {name: value for name, value in item.values.items() if name.lower() in wanted}
        return objects

    def _is_a(self, class_name: str, base: str) -> bool:
        return any(
            member.name.lower() == class_name.lower() for member in self._machine.wmi_subclasses(self.name, base)
        )


def _selected(found: WmiObject, wmi_class: WmiClass, wanted: ObjectPath) -> bool:
    values = {name.lower(): str(value).lower() for name, value in found.properties.items()}
    keys = [key.lower() for key in wmi_class.keys]
    for name, value in wanted.keys.items():
        key = name.lower() or (keys[0] if len(keys) == 1 else "")
        if key not in keys:
            raise wbem_error(com.INVALID_OBJECT_PATH, _SOURCE)
        if values.get(key) != value.lower():
            return False
    return True


class ObjectSet(ScriptObject):
    """``SWbemObjectSet``: filled when somebody looks (the call returns before the answer is there)."""

    type_name = "SWbemObjectSet"

    def __init__(self, fill: Callable[[], list[WbemObject]]) -> None:
        """``fill`` asks WMI."""
        self._fill = fill
        self._objects: list[WbemObject] | None = None

    def _all(self) -> list[WbemObject]:
        if self._objects is None:
            self._objects = self._fill()
        return self._objects

    def items(self) -> Iterator[Value]:
        """Return all."""
        return iter(list(self._all()))

    def default(self, arguments: Sequence[Argument]) -> Value:
        """Return an object by its path."""
        return self.vb_item(*(argument.value for argument in arguments))

    def vb_count(self) -> Value:
        """Return how many there are."""
        return len(self._all())

    def vb_item(self, path: Value, flags: Value = 0) -> Value:
        """Return an object by its path."""
        wanted = parse_path(to_string(path))
        for found in self._all():
            wmi_class = found.namespace.wmi_class(found.class_name)
            if found.class_name.lower() == wanted.class_name.lower() and _selected(
                found.wmi_object(), wmi_class, wanted
            ):
                return found
        raise wbem_error(com.NOT_FOUND, "SWbemObjectSet")

    def vb_itemindex(self, number: Value) -> Value:
        """Return an object by its number."""
        at, found = to_long(number), self._all()
        if not 0 <= at < len(found):
            raise wbem_error(com.NOT_FOUND, "SWbemObjectSet")
        return found[at]


class Security(ScriptObject):
    """``Security_`` and its ``Privileges``: takes every setting."""

    type_name = "SWbemSecurity"

    def put(self, name: str, arguments: Sequence[Argument], value: Value) -> None:
        """Take a setting."""

    def vb_privileges(self) -> Value:
        """Return the privileges."""
        return self

    def vb_add(self, privilege: Value, enabled: Value = True) -> Value:
        """Take a privilege."""
        return EMPTY

    def vb_addasstring(self, privilege: Value, enabled: Value = True) -> Value:
        """Take a privilege."""
        return EMPTY


class Locator(ScriptObject):
    """``WbemScripting.SWbemLocator``."""

    type_name = "SWbemLocatorEx"

    def __init__(self, connect: Callable[[str], Services]) -> None:
        """``connect`` opens a namespace."""
        self._connect = connect

    def vb_connectserver(self, server: Value = ".", namespace: Value = DEFAULT_NAMESPACE, *_unused: Value) -> Value:
        """Connect to a namespace of this server."""
        return self._connect(to_string(namespace))

    def vb_security_(self) -> Value:
        """Return the security settings."""
        return Security()


class Connections:
    """The ways from a script to WMI."""

    def __init__(self, machine: Machine, elevated: bool) -> None:
        """A token that is not elevated does not get into root/wmi."""
        self._machine = machine
        self._elevated = elevated

    def connect(self, namespace: str) -> Services:
        """Open a namespace.

        Raises:
            ScriptError: access denied.
        """
        name = namespace.replace("\\", "/").strip("/").lower() or DEFAULT_NAMESPACE
        if not name.startswith("root"):
            raise wbem_error(com.INVALID_NAMESPACE, _LOCATOR)
        if not self._elevated and name != DEFAULT_NAMESPACE:
            raise ScriptError(errors.PERMISSION_DENIED, "GetObject")
        return Services(self._machine, name)

    def get_object(self, name: Value = "", class_name: Value = "") -> Value:
        """``GetObject("winmgmts:...")``."""
        moniker = parse_moniker(to_string(name))
        if moniker is None:
            raise ScriptError(errors.CANNOT_CREATE, "GetObject")
        services = self.connect(moniker.namespace)
        return services.vb_get(moniker.path) if moniker.path else services
