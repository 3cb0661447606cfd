# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registry values read with the type a driver expects: one of another type counts as missing, as for a driver."""

from __future__ import annotations

from ..registry import Registry


def read_number(registry: Registry, key: str, name: str) -> int | None:
    """Return a REG_DWORD or REG_QWORD."""
    value = registry.get(key, name)
    return value if isinstance(value, int) else None


def read_bytes(registry: Registry, key: str, name: str) -> bytes:
    """Return a REG_BINARY, empty where it is missing."""
    value = registry.get(key, name)
    return value if isinstance(value, bytes) else b""


def read_strings(registry: Registry, key: str, name: str) -> tuple[str, ...] | None:
    """Return a REG_MULTI_SZ."""
    value = registry.get(key, name)
    return tuple(value) if isinstance(value, list) else None
