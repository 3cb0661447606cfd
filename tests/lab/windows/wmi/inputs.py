# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of WMI providers, and how providers read selectors and method inputs that arrive as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...winrm.interface import WmiFailure, WmiObject, WmiValue
from .wdm import NOT_FOUND, PROVIDER_FAILED, UNKNOWN_CLASS, argument, number

PROVIDER_INVALID_PARAMETER = 2150859038
"""Recorded with "The WMI provider returned an 'invalid parameter' error."."""

__all__ = [
    "argument",
    "boolean",
    "byte_string",
    "embedded",
    "instance_not_found",
    "invalid_parameter",
    "number",
    "provider_failed",
    "selector",
    "text",
    "unknown_class",
]


def instance_not_found() -> WmiFailure:
    """Return the fault for selectors that select nothing (recorded, WMI_E_NOT_FOUND behind it)."""
    return WmiFailure(
        NOT_FOUND,
        "The WS-Management service cannot process the request. The service cannot find the resource identified by "
        "the resource URI and selectors. ",
    )


def unknown_class() -> WmiFailure:
    """Return the fault for a class that the namespace does not have."""
    return WmiFailure(
        UNKNOWN_CLASS,
        "The WS-Management service cannot process the request. The class does not exist in the given namespace. ",
    )


def invalid_parameter() -> WmiFailure:
    """Return the fault for a method input that the provider cannot use."""
    return WmiFailure(
        PROVIDER_INVALID_PARAMETER,
        "The WS-Management service cannot process the request. The WMI provider returned an 'invalid parameter' "
        "error. ",
    )


def provider_failed() -> WmiFailure:
    """Return the fault for a provider that cannot answer, without a driver's code."""
    return WmiFailure(
        PROVIDER_FAILED,
        "The WS-Management service cannot process the request. The WMI service reported that the WMI provider could "
        "not perform the requested operation. ",
    )


def selector(selectors: Mapping[str, str], name: str) -> str:
    """Return a selector by its name, letter case aside, empty when it was not given."""
    return next((value for key, value in selectors.items() if key.lower() == name.lower()), "")


def text(values: Mapping[str, WmiValue], name: str) -> str | None:
    """Return a string input."""
    value = argument(values, name)
    return None if value is None else str(value)


def boolean(values: Mapping[str, WmiValue], name: str, default: bool = False) -> bool:
    """Return a boolean input."""
    value = argument(values, name)
    return default if value is None else str(value).lower() in ("true", "1")


def byte_string(values: Mapping[str, WmiValue], name: str) -> bytes | None:
    """Return a uint8 array input: repeated elements, of which a single one looks like a scalar.

    Raises:
        WmiFailure: it holds something else.
    """
    value = argument(values, name)
    if value is None or isinstance(value, bytes):
        return value
    items: Sequence[WmiValue] = value if isinstance(value, (list, tuple)) else [value]
    try:
        return bytes(number(item) for item in items)
    except ValueError:
        raise invalid_parameter() from None


def embedded(values: Mapping[str, WmiValue], name: str) -> Mapping[str, WmiValue] | None:
    """Return the properties of an embedded object, None when it was not given.

    Raises:
        WmiFailure: it is something else.
    """
    value = argument(values, name)
    if value is None or value == "":
        return None
    if not isinstance(value, WmiObject):
        raise invalid_parameter()
    return value.properties
