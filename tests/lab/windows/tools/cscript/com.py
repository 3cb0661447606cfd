# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What WMI's values become in a script and back, and which errors WMI's scripting library raises.

Scripting API for WMI: 64-bit numbers and times are strings, a uint32 becomes a signed Long; arrays are arrays of
Variants, embedded objects SWbemObjects.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from ....winrm.interface import WmiFailure, WmiObject, WmiReference, WmiValue
from ...wmi import wdm
from ...wmi.embedded import TYPES
from ...wmi.inputs import PROVIDER_INVALID_PARAMETER
from .errors import ScriptError
from .values import EMPTY, LONG_RANGE, NULL, ScriptObject, Value, VbArray, plain

FAILED = 0x80041001
NOT_FOUND = 0x80041002
ACCESS_DENIED = 0x80041003
TYPE_MISMATCH = 0x80041005
INVALID_PARAMETER = 0x80041008
NOT_SUPPORTED = 0x8004100C
INVALID_NAMESPACE = 0x8004100E
INVALID_CLASS = 0x80041010
INVALID_QUERY = 0x80041017
PROVIDER_NOT_CAPABLE = 0x80041024
INVALID_METHOD = 0x8004102E
INVALID_METHOD_PARAMETERS = 0x8004102F
INVALID_OBJECT_PATH = 0x8004103A
TEXTS = {
    FAILED: "Generic failure",
    NOT_FOUND: "Not found",
    ACCESS_DENIED: "Access denied",
    TYPE_MISMATCH: "Type mismatch",
    INVALID_PARAMETER: "Invalid parameter",
    NOT_SUPPORTED: "Not supported",
    INVALID_NAMESPACE: "Invalid namespace",
    INVALID_CLASS: "Invalid class",
    INVALID_QUERY: "Invalid query",
    PROVIDER_NOT_CAPABLE: "Provider is not capable of the attempted operation",
    INVALID_METHOD: "Invalid method",
    INVALID_METHOD_PARAMETERS: "Invalid method Parameter(s)",
    INVALID_OBJECT_PATH: "Invalid object path",
}
"""Texts of WMI's error constants (wbemErrorEnum); Windows puts a blank behind each."""

_OF_WDM = {4200: NOT_SUPPORTED, 87: INVALID_PARAMETER, 50: NOT_SUPPORTED, 5: ACCESS_DENIED}
"""What a driver's Win32 error becomes: "Not supported" for a class without a driver was seen with other classes of
root/wmi, the rest is a guess."""
_OF_WINRM = {
    wdm.UNKNOWN_CLASS: INVALID_CLASS,
    wdm.NOT_FOUND: NOT_FOUND,
    wdm.SCHEMA_VALIDATION: INVALID_METHOD_PARAMETERS,
    PROVIDER_INVALID_PARAMETER: INVALID_PARAMETER,
    5: ACCESS_DENIED,
}

_UINT64_NAMES = (
    "DsmPathId PathIdentifier PathId DsmUniqueId DsmContext PreferredPath Reserved64 UniqueAdapterId UniqueSessionId "
    "UniqueConnectionId SecurityFlags EstimatedThroughput TargetLun Size TotalSectors TotalCylinders TotalTracks "
    "TotalPhysicalMemory FreePhysicalMemory TotalVisibleMemorySize BytesRead BytesWritten NumberReads NumberWrites"
)
UINT64_PROPERTIES = frozenset(_UINT64_NAMES.lower().split())
"""Properties that are 64 bits wide in the classes that are not described one by one."""


def wbem_error(number: int, source: str = "SWbemObjectEx") -> ScriptError:
    """Make an error as Err shows it: a negative number."""
    return ScriptError(number - (1 << 32), description=f"{TEXTS[number]} ", source=source)


def translated(failure: WmiFailure, source: str) -> ScriptError:
    """Return what a script sees of a failure that WinRM would show as a fault."""
    code = (failure.extended or "").rpartition(":")[2].strip()
    if code.isdigit():
        return wbem_error(_OF_WDM.get(int(code), FAILED), source)
    return wbem_error(_OF_WINRM.get(failure.hresult, FAILED), source)


def property_type(class_name: str, name: str) -> str:
    """Return the CIM type of a property, empty where only the value tells."""
    for known, types in TYPES.items():
        if known.lower() == class_name.lower():
            return next((kind for key, kind in types.items() if key.lower() == name.lower()), "")
    return "uint64" if name.lower() in UINT64_PROPERTIES else ""


def to_script(value: WmiValue, kind: str, wrap: Callable[[WmiObject], Value], signed: bool) -> Value:
    """Return a property's value as a script sees it."""
    if value is None:
        return NULL
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return _number(value, kind, signed)
    if isinstance(value, datetime):
        return _dmtf(value)
    if isinstance(value, WmiObject):
        return wrap(value)
    if isinstance(value, WmiReference):
        return _object_path(value)
    if isinstance(value, bytes):
        return VbArray.of(list(value))
    return VbArray.of([to_script(item, kind.removesuffix("[]"), wrap, signed) for item in value])


def _number(value: int, kind: str, signed: bool) -> Value:
    if kind == "uint64" or value >= 1 << 32:
        return str(value)
    if value in LONG_RANGE:
        return value
    return value - (1 << 32) if signed else float(value)


def _object_path(reference: WmiReference) -> str:
    keys = ",".join(f'{name}="{value}"' for name, value in reference.keys.items()).replace("\\", "\\\\")
    return f"{reference.namespace}:{reference.class_name}.{keys}".replace("/", "\\")


def _dmtf(moment: datetime) -> str:
    """Return a time as CIM_DATETIME, in UTC."""
    utc = moment.astimezone(timezone.utc) if moment.tzinfo else moment
    return f"{utc:%Y%m%d%H%M%S.%f}+000"


def to_wmi(value: Value, kind: str, unwrap: Callable[[ScriptObject], WmiObject]) -> WmiValue:
    """Return what a script assigned, as the property's type wants it.

    Raises:
        ScriptError: wbemErrTypeMismatch.
    """
    if value is NULL or value is EMPTY or value is None:
        return None
    if kind.endswith("[]") is not isinstance(value, VbArray) and kind:
        raise wbem_error(TYPE_MISMATCH)
    if isinstance(value, VbArray):
        return [to_wmi(item, kind.removesuffix("[]"), unwrap) for item in value.elements]
    if isinstance(value, ScriptObject):
        if kind.startswith("uint"):
            value = plain(value)
        else:
            return unwrap(value)
    if kind.startswith("uint"):
        return _integer(value, int(kind.removeprefix("uint")))
    if kind and not isinstance(value, ScriptObject):
        raise wbem_error(TYPE_MISMATCH)
    if isinstance(value, float):
        return int(value) if value.is_integer() else str(value)
    return value if isinstance(value, (bool, int, str)) else None


def _integer(value: Value, bits: int) -> int:
    """Read an unsigned number from a Long, a Double or a string; a negative Long is the number above 2147483647."""
    try:
        if isinstance(value, bool):
            number = -1 if value else 0
        elif isinstance(value, float) and not value.is_integer():
            raise ValueError(value)
        else:
            number = int(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise wbem_error(TYPE_MISMATCH) from error
    if not -(1 << (bits - 1)) <= number < 1 << bits:
        raise wbem_error(TYPE_MISMATCH)
    return number % (1 << bits)


def check_class(value: WmiValue, wanted: str) -> None:
    """Refuse an object of another class than the method or the object around it declares.

    Raises:
        ScriptError: wbemErrInvalidParameter (which of WMI's errors it is, is not documented).
    """
    if not isinstance(value, WmiObject) or value.class_name.lower() != wanted.lower():
        raise wbem_error(INVALID_PARAMETER)
    for name, inner in value.properties.items():
        kind = TYPES.get(wanted, {}).get(name, "")
        if kind.endswith("[]") and isinstance(inner, list):
            for item in inner:
                check_class(item, kind.removesuffix("[]"))
