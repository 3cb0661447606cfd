# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SWbemObject with its properties and methods ("Scripting API Objects" of the WMI reference)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from ....winrm.interface import WmiClass, WmiFailure, WmiObject, WmiValue
from ...wmi.embedded import TYPES
from ...wmi.wdm import LocalCall
from . import com, errors
from .com import wbem_error
from .errors import ScriptError
from .paths import ObjectPath
from .signatures import Signature, signature_of
from .values import EMPTY, NULL, Argument, ScriptObject, Value, element, to_string

PARAMETERS = "__PARAMETERS"


class Namespace(Protocol):
    """What an object knows of the namespace that it comes from."""

    name: str
    server: str

    @property
    def signed(self) -> bool:
        """Whether large 32-bit numbers are shown as negative ones."""

    def wmi_class(self, class_name: str) -> WmiClass:
        """Find a class.

        Raises:
            ScriptError: wbemErrInvalidClass.
        """


class WbemObject(ScriptObject):
    """A class or an instance."""

    type_name = "SWbemObjectEx"

    def __init__(
        self,
        namespace: Namespace,
        class_name: str,
        values: Mapping[str, Value],
        is_class: bool = False,
        kinds: Mapping[str, str] | None = None,
    ) -> None:
        """``kinds`` are the types of the properties, None where the class has them."""
        self.namespace = namespace
        self.class_name = class_name
        self.is_class = is_class
        self.values = dict(values)
        self._kinds = kinds

    @classmethod
    def of(cls, namespace: Namespace, found: WmiObject) -> WbemObject:
        """Show an object of WMI to a script."""

        def wrap(inner: WmiObject) -> Value:
            return cls.of(namespace, inner)

        values = {
            name: com.to_script(value, com.property_type(found.class_name, name), wrap, namespace.signed)
            for name, value in found.properties.items()
        }
        return cls(namespace, found.class_name, values)

    def kind(self, name: str) -> str:
        """Return a property's type, empty where it is not known."""
        if self._kinds is not None:
            return self._kinds.get(name, "")
        return com.property_type(self.class_name, name)

    def wmi_object(self) -> WmiObject:
        """Return what WMI is given."""
        return WmiObject(self.class_name, {name: self.wmi_value(name) for name in self.values})

    def wmi_value(self, name: str) -> WmiValue:
        """Return one property as WMI is given it."""
        return com.to_wmi(self.values[name], self.kind(name), unwrapped)

    # what scripts do with it

    def find(self, name: str) -> str | None:
        """Return a property's name as the class spells it."""
        return next((known for known in self.values if known.lower() == name.lower()), None)

    def get(self, name: str, arguments: Sequence[Argument]) -> Value:
        """Return a member with an underscore, a property, or what a method returns."""
        if name.endswith("_"):
            return super().get(name, arguments)
        known = self.find(name)
        if known is not None:
            return element(self.values[known], arguments) if arguments else self.values[known]
        method = self._method(name)
        if method is None:
            raise ScriptError(errors.NO_SUCH_MEMBER, name)
        return self._call(method, arguments)

    def put(self, name: str, arguments: Sequence[Argument], value: Value) -> None:
        """Assign a property, directly or as ``Properties_("Name") = value``."""
        if name == "properties_" and arguments:
            PropertySet(self).vb_put_item(arguments[0].value, value)
            return
        known = self.find(name)
        if known is None:
            raise ScriptError(errors.NO_SUCH_MEMBER, name)
        self.set_property(known, value)

    def set_property(self, name: str, value: Value) -> None:
        """Assign a property after a look at its type."""
        com.to_wmi(value, self.kind(name), unwrapped)
        if self.kind(name) == "uint64" and value is not NULL and value is not EMPTY:
            value = to_string(value)
        self.values[name] = value

    # methods

    def _method(self, name: str) -> str | None:
        if self.class_name == PARAMETERS:
            return None
        try:
            methods = self.namespace.wmi_class(self.class_name).methods
        except ScriptError:
            return None
        return next((known for known in methods if known.lower() == name.lower()), None)

    def _call(self, method: str, arguments: Sequence[Argument]) -> Value:
        signature = signature_of(self.class_name, method)
        if len(arguments) > len(signature.inputs) + len(signature.outputs):
            raise ScriptError(errors.WRONG_ARGUMENTS, method)
        given: dict[str, WmiValue] = {}
        for name, argument in zip(signature.inputs, arguments, strict=False):
            given[name] = com.to_wmi(argument.value, signature.kind_of(name), unwrapped)
        result = self._invoke(method, signature, given)
        for name, argument in zip(signature.outputs, arguments[len(signature.inputs) :], strict=False):
            if argument.assign is not None:
                argument.assign(result.get(name, NULL))
        return result.get("ReturnValue", EMPTY)

    def _invoke(self, method: str, signature: Signature, given: Mapping[str, WmiValue]) -> dict[str, Value]:
        for name, value in given.items():
            if signature.kind_of(name) in TYPES:
                com.check_class(value, signature.kind_of(name))
        wmi_class = self.namespace.wmi_class(self.class_name)
        selectors = {} if self.is_class else {key: to_string(self.values[key]) for key in wmi_class.keys}
        try:
            result = wmi_class.methods[method](selectors, LocalCall(given))
        except WmiFailure as failure:
            raise com.translated(failure, "SWbemObjectEx") from failure

        def wrap(inner: WmiObject) -> Value:
            return WbemObject.of(self.namespace, inner)

        return {name: com.to_script(value, "", wrap, self.namespace.signed) for name, value in result.items()}

    def vb_execmethod_(self, name: Value, parameters: Value = None, flags: Value = 0, context: Value = None) -> Value:
        """Call a method with an object of parameters; what comes out is one too."""
        method = self._method(to_string(name))
        if method is None:
            raise wbem_error(com.INVALID_METHOD)
        signature = signature_of(self.class_name, method)
        given: dict[str, WmiValue] = {}
        if isinstance(parameters, WbemObject):
            given = {known: parameters.wmi_value(known) for known in parameters.values}
        elif signature.inputs:
            raise wbem_error(com.INVALID_METHOD_PARAMETERS)
        return WbemObject(self.namespace, PARAMETERS, self._invoke(method, signature, given), kinds={})

    # members with an underscore

    def vb_properties_(self) -> Value:
        """Return the properties."""
        return PropertySet(self)

    def vb_methods_(self) -> Value:
        """Return the methods."""
        return MethodSet(self)

    def vb_path_(self) -> Value:
        """Return the object's path."""
        return PathObject(self)

    def vb_spawninstance_(self, flags: Value = 0) -> Value:
        """Return a new instance without values."""
        return WbemObject(
            self.namespace, self.class_name, dict.fromkeys(self.values, NULL), is_class=False, kinds=self._kinds
        )

    def vb_clone_(self) -> Value:
        """Return a copy."""
        return WbemObject(self.namespace, self.class_name, self.values, self.is_class, self._kinds)

    def vb_put_(self, flags: Value = 0, context: Value = None) -> Value:
        """Write the properties back."""
        wmi_class = self.namespace.wmi_class(self.class_name)
        if wmi_class.put is None:
            raise wbem_error(com.PROVIDER_NOT_CAPABLE)
        selectors = {key: to_string(self.values[key]) for key in wmi_class.keys}
        try:
            wmi_class.put(selectors, LocalCall(self.wmi_object().properties))
        except WmiFailure as failure:
            raise com.translated(failure, "SWbemObjectEx") from failure
        return PathObject(self)


def unwrapped(value: ScriptObject) -> WmiObject:
    """Return the WMI object that a script's object stands for."""
    if not isinstance(value, WbemObject):
        raise wbem_error(com.TYPE_MISMATCH)
    return value.wmi_object()


class Property(ScriptObject):
    """One property."""

    type_name = "SWbemProperty"

    def __init__(self, owner: WbemObject, name: str) -> None:
        """Stand for a property of an object."""
        self._owner = owner
        self._name = name

    def default(self, arguments: Sequence[Argument]) -> Value:
        """Return the value."""
        held = self._owner.values[self._name]
        return element(held, arguments) if arguments else held

    def put_default(self, arguments: Sequence[Argument], value: Value) -> None:
        """Assign the value."""
        self._owner.set_property(self._name, value)

    def vb_value(self) -> Value:
        """Return the value."""
        return self._owner.values[self._name]

    def vb_put_value(self, value: Value) -> None:
        """Assign the value."""
        self._owner.set_property(self._name, value)

    def vb_name(self) -> Value:
        """Return the name."""
        return self._name

    def vb_isarray(self) -> Value:
        """Whether it is an array."""
        return self._owner.kind(self._name).endswith("[]") or hasattr(self._owner.values[self._name], "bounds")


class PropertySet(ScriptObject):
    """``Properties_``."""

    type_name = "SWbemPropertySet"

    def __init__(self, owner: WbemObject) -> None:
        """Stand for an object's properties."""
        self._owner = owner

    def default(self, arguments: Sequence[Argument]) -> Value:
        """Return a property by its name."""
        return self.vb_item(*(argument.value for argument in arguments))

    def items(self) -> Iterator[Value]:
        """Return all."""
        return iter([Property(self._owner, name) for name in self._owner.values])

    def vb_item(self, name: Value) -> Value:
        """Return a property by its name."""
        return Property(self._owner, self._known(name))

    def vb_put_item(self, name: Value, value: Value) -> None:
        """Assign a property by its name."""
        self._owner.set_property(self._known(name), value)

    def vb_count(self) -> Value:
        """Return how many there are."""
        return len(self._owner.values)

    def _known(self, name: Value) -> str:
        found = self._owner.find(to_string(name))
        if found is None:
            raise wbem_error(com.NOT_FOUND, "SWbemPropertySet")
        return found


class Method(ScriptObject):
    """One method."""

    type_name = "SWbemMethod"

    def __init__(self, owner: WbemObject, name: str) -> None:
        """Stand for a method of an object."""
        self._owner = owner
        self._name = name
        self._signature = signature_of(owner.class_name, name)

    def vb_name(self) -> Value:
        """Return the name."""
        return self._name

    def vb_inparameters(self) -> Value:
        """Return the class of the parameters, Nothing for a method that takes none."""
        return self._parameters(self._signature.inputs)

    def vb_outparameters(self) -> Value:
        """Return the class of what comes out."""
        return self._parameters(self._signature.outputs)

    def _parameters(self, names: Sequence[str]) -> Value:
        if not names:
            return None
        kinds = {name: self._signature.kind_of(name) for name in names}
        values: dict[str, Value] = dict.fromkeys(names, NULL)
        return WbemObject(self._owner.namespace, PARAMETERS, values, is_class=True, kinds=kinds)


class MethodSet(ScriptObject):
    """``Methods_``."""

    type_name = "SWbemMethodSet"

    def __init__(self, owner: WbemObject) -> None:
        """Stand for an object's methods."""
        self._owner = owner
        self._names = list(owner.namespace.wmi_class(owner.class_name).methods)

    def default(self, arguments: Sequence[Argument]) -> Value:
        """Return a method by its name."""
        return self.vb_item(*(argument.value for argument in arguments))

    def items(self) -> Iterator[Value]:
        """Return all."""
        return iter([Method(self._owner, name) for name in self._names])

    def vb_item(self, name: Value) -> Value:
        """Return a method by its name."""
        wanted = to_string(name).lower()
        for known in self._names:
            if known.lower() == wanted:
                return Method(self._owner, known)
        raise wbem_error(com.NOT_FOUND, "SWbemMethodSet")

    def vb_count(self) -> Value:
        """Return how many there are."""
        return len(self._names)


class PathObject(ScriptObject):
    """``Path_``."""

    type_name = "SWbemObjectPath"

    def __init__(self, owner: WbemObject) -> None:
        """Stand for an object's path."""
        self._owner = owner

    def default(self, arguments: Sequence[Argument]) -> Value:
        """Return the whole path."""
        return self.vb_path()

    def vb_path(self) -> Value:
        """Return the whole path."""
        space = self._owner.namespace
        where = space.name.upper().replace("/", "\\")
        return f"\\\\{space.server}\\{where}:{self.vb_relpath()}"

    def vb_relpath(self) -> Value:
        """Return class and keys."""
        if self._owner.is_class:
            return self._owner.class_name
        keys = self._owner.namespace.wmi_class(self._owner.class_name).keys
        values = {key: to_string(self._owner.values[key]) for key in keys if key in self._owner.values}
        return ObjectPath(self._owner.class_name, values, is_instance=True).text()

    def vb_class(self) -> Value:
        """Return the class."""
        return self._owner.class_name

    def vb_namespace(self) -> Value:
        """Return the namespace."""
        return self._owner.namespace.name.replace("/", "\\")

    def vb_server(self) -> Value:
        """Return the server."""
        return self._owner.namespace.server

    def vb_isclass(self) -> Value:
        """Whether it is a class."""
        return self._owner.is_class
