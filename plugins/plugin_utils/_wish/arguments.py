# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments of a task against an argument spec, as far as it can tell. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import NoLogError, UnsupportedError

from .._options import ArgumentSpec
from .faults import Faults
from .names import Resolver, from_system, resolve_portals

_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")
_NO_NUMBER = 10**18
"""No option takes a number of this size; to write one of some thousand digits out, Python refuses."""
_KINDS: t.Final[Mapping[str, type | tuple[type, ...]]] = {
    "str": str,
    "path": str,
    "int": int,
    "bool": bool,
    "list": list,
    "dict": Mapping,
}


def read_arguments(
    spec: ArgumentSpec, given: Mapping[str, t.Any], faults: Faults, resolver: Resolver = from_system
) -> dict[str, t.Any]:
    """Validate arguments, and return what the reading of the wish can go on with, so that it names its faults as well.

    In place of what did not validate stands the option's default, and None for an option that has none. Names of
    target portals are resolved here, once for the task.

    Args:
        spec: The argument spec of the module.
        given: The arguments as the task has them.
        faults: Takes what is wrong.
        resolver: Finds the addresses of names.
    """
    clean: dict[str, t.Any] = _clean(given, "", faults)
    _drop_other_kinds(spec, clean, "", faults)
    validated = ArgumentSpecValidator(spec).validate(clean)
    errors = validated.errors.errors
    # The search for secrets comes upon what the validation of types names as well, with its place.
    told = [error for error in errors if not isinstance(error, NoLogError)] or errors
    for sentence in dict.fromkeys(_sentence(error) for error in told):
        faults.say(sentence)
    arguments = _usable(spec, validated.validated_parameters)
    for name, value in arguments.items():
        if value == [] and clean.get(name):
            arguments[name] = spec[name].get("default")  # nothing in it validated
    for index, array in enumerate(arguments.get("arrays") or ()):
        if array.get("portals") is not None:
            where = f"arrays[{index}] ({array['name']}).portals"
            array["portals"] = resolve_portals(array["portals"], where, faults, resolver)
    return arguments


def _sentence(error: Exception) -> str:
    """Say what a fault of the arguments is, in YAML's words instead of Python's.

    Of names that are no options the validator gives only the names.
    """
    text = f"unsupported parameters: {error}" if isinstance(error, UnsupportedError) else str(error)
    text = text.rstrip(". ")  # sentences are joined with semicolons
    return re.sub(r"<class '(\w+)'>", r"\1", text).replace("NoneType", "null")


def _clean(value: t.Any, where: str, faults: Faults) -> t.Any:
    """Return a copy of arguments with text for keys, and without what no text and no number can be."""
    if isinstance(value, Mapping):
        keys = [str(_clean(key, f"a key of {where or 'the task'}", faults)) for key in value]
        return {
            key: _clean(item, f"{where}.{key}".lstrip("."), faults)
            for key, item in zip(keys, value.values(), strict=True)
        }
    if isinstance(value, (list, tuple)):
        return [_clean(item, f"{where}[{index}]", faults) for index, item in enumerate(value)]
    if isinstance(value, (int, float)) and not abs(value) < _NO_NUMBER:
        faults.add(where, "it is no number that can be used")
        return "a number"
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        faults.add(where, "it holds half of a character (a lone surrogate), which is no text")
        return value.encode(errors="replace").decode()
    # YAML has dates and more; written without quotation marks they are meant as text.
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def _drop_other_kinds(spec: ArgumentSpec, given: t.Any, where: str, faults: Faults) -> None:
    """Refuse, and take out, what Ansible would turn into a text or a number that nobody meant."""
    if not isinstance(given, dict):
        return
    for name, option in spec.items():
        value, place = given.get(name), f"{where}{name}"
        inner = option.get("options", {})
        if isinstance(value, list):
            for index, item in enumerate(value):
                _is_other_kind(option.get("elements", "raw"), option, item, f"{place}[{index}]", faults)
                _drop_other_kinds(inner, item, f"{place}[{index}].", faults)
        else:
            _drop_other_kinds(inner, value, f"{place}.", faults)
        if _is_other_kind(option.get("type", "str"), option, value, place, faults) and not option.get("required"):
            del given[name]


def _is_other_kind(kind: str, option: Mapping[str, t.Any], value: t.Any, where: str, faults: Faults) -> bool:
    shown = "it" if option.get("no_log") else repr(value)
    if kind in ("str", "path") and not option.get("choices") and isinstance(value, (Mapping, list, bool)):
        faults.add(where, f"{shown} is no text; quote it if it is meant as one")
        return True
    if kind == "dict" and value is not None and not isinstance(value, (Mapping, str)):
        faults.add(where, f"{shown} is no mapping")
        return True
    if kind == "int" and (isinstance(value, bool) or (isinstance(value, str) and not _INTEGER.fullmatch(value))):
        faults.add(where, f"{value!r} is no whole number")
        return True
    return False


def _usable(spec: ArgumentSpec, given: Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {name: _usable_value(option, given.get(name)) for name, option in spec.items()}


def _usable_value(option: Mapping[str, t.Any], value: t.Any) -> t.Any:
    fallback, kind, choices = option.get("default"), option.get("type", "str"), option.get("choices")
    if value is None or (kind in _KINDS and not isinstance(value, _KINDS[kind])):
        return fallback
    inner = option.get("options")
    if kind == "list":
        if inner:
            return [_usable(inner, item) for item in value if isinstance(item, Mapping)]
        return [item for item in value if not choices or item in choices]
    if inner:
        return _usable(inner, value)
    return fallback if choices and value not in choices else value
