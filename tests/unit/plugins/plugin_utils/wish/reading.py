# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the tests of wishes read arguments."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.eva.mpio.plugins.plugin_utils._options import (
    INITIATOR,
    LAYOUT,
    PATHS,
    POLICIES,
    PURGE,
    REBOOT,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Layout,
    WantedArray,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import (
    BadWish,
    Faults,
    layout,
)

SPEC = {**LAYOUT, **INITIATOR, **PATHS, **PURGE, **POLICIES, **REBOOT}
WWN = "6001438005DE2B6A0000400000B10000"
ARRAY: dict[str, t.Any] = {"name": "eva01", "model": "P6300", "portals": ["10.10.1.21"]}


def arguments(**given: t.Any) -> dict[str, t.Any]:
    """Validate arguments as a module does; they start from a good layout."""
    validated = ArgumentSpecValidator(SPEC).validate({"arrays": [ARRAY], "nics": ["10.10.1.11"], **given})
    assert validated.error_messages == []
    result: dict[str, t.Any] = validated.validated_parameters
    return result


def read(**given: t.Any) -> Layout:
    faults = Faults()
    result = layout(arguments(**given), faults)
    faults.check()
    return result


def read_array(**given: t.Any) -> WantedArray:
    return read(arrays=[{**ARRAY, **given}]).arrays[0]


def faults_of(**given: t.Any) -> tuple[str, ...]:
    faults = Faults()
    layout(arguments(**given), faults)
    return raised(faults)


def array_faults(**given: t.Any) -> tuple[str, ...]:
    return faults_of(arrays=[{**ARRAY, **given}])


def raised(faults: Faults) -> tuple[str, ...]:
    with pytest.raises(BadWish) as caught:
        faults.check()
    assert str(caught.value) == "; ".join(caught.value.faults)
    return caught.value.faults
