# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeping secrets out of results and messages. Private to the collection.

Ansible scrubs the results of modules, not those of action plugins, so ours do it themselves.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping

from ansible.module_utils.common.parameters import remove_values

from ._options import ArgumentSpec

_MOST_BITS: t.Final = 10_000


def secrets_in(spec: ArgumentSpec, arguments: t.Any) -> frozenset[str]:
    """Return the values of all ``no_log`` options, and the hexadecimal form in which tools take them.

    Args:
        spec: The argument spec, with suboptions.
        arguments: Arguments as the task gave them, valid or not.
    """
    found = set(_walk(spec, arguments))
    return frozenset(found | {value.encode(errors="surrogatepass").hex() for value in found})


def scrub(value: t.Any, secrets: frozenset[str]) -> t.Any:
    """Return the value with every secret in it hidden."""
    return remove_values(value, secrets) if secrets else value


def _walk(spec: ArgumentSpec, arguments: t.Any) -> Iterator[str]:
    if not isinstance(arguments, Mapping):
        return
    for name, option in spec.items():
        value = arguments.get(name)
        # A number of some thousand digits, which is refused anyway, cannot be written out.
        is_text = isinstance(value, str) or (isinstance(value, int) and value.bit_length() < _MOST_BITS)
        if option.get("no_log") and is_text and str(value):
            yield str(value)
        for item in value if isinstance(value, list) else [value]:
            yield from _walk(option.get("options", {}), item)
