# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the DSM claims, and the policies of LUNs. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping, Sequence

from .._eva.models import ActivePassive, UnknownModel, hardware_id, multipath_products
from .._model import Policy
from .._options import SETTABLE_POLICIES
from .._plan.desired import WantedPolicies
from .faults import Faults
from .words import unfilled

_WWN = re.compile(r"[0-9A-F]{16}(?:[0-9A-F]{16})?")


def policies(arguments: Mapping[str, t.Any], faults: Faults) -> WantedPolicies:
    """Read ``lun_policies``: a policy for each WWN and for ``default``."""
    default: Policy | None = None
    by_wwn: dict[str, Policy] = {}
    for key, value in arguments["lun_policies"].items():
        where = f"lun_policies[{key}]"
        policy = _policy(value, where, faults)
        if key == "default":
            default = policy
            continue
        wwn = read_wwn(str(key), where, faults)
        if wwn in by_wwn:
            faults.add(where, f"LUN {wwn} is given twice, in two notations")
        elif policy is not None and wwn:
            by_wwn[wwn] = policy
    return WantedPolicies(default, by_wwn)


def claim(models: Sequence[str], hardware_ids: Sequence[str], faults: Faults) -> tuple[str, ...]:
    """Return the hardware ids of models and those given as such, each once."""
    found: list[str] = []
    for index, model in enumerate(models):
        found += model_ids(model, None, f"models[{index}]", faults)
    for index, name in enumerate(hardware_ids):
        where = f"hardware_ids[{index}]"
        if unfilled(name):
            faults.add(where, f"{name!r} is a template that was not filled in")
            continue
        if "%" in name or '"' in name:
            faults.add(
                where, f"{name!r} holds a percent sign or a quotation mark, which no tool would be handed as it is"
            )
            continue
        if len(name) > 24 or len(name) < 9:
            faults.add(where, f"{name!r} is no vendor (padded to 8) and product (padded to 16 characters)")
            continue
        try:
            padded = hardware_id(name[:8].rstrip(), name[8:].rstrip())
        except ValueError as error:
            faults.add(where, str(error))
            continue
        _refuse_active_passive(padded, where, faults)
        found.append(padded)
    return tuple(dict.fromkeys(found))


def model_ids(model: str, product: str | None, where: str, faults: Faults) -> list[str]:
    """Return the hardware ids of a model, 24 characters each."""
    try:
        return [found.hardware_id for found in multipath_products(model, product)]
    except (UnknownModel, ActivePassive) as error:
        faults.add(where, str(error))
        return []


def read_wwn(text: str, where: str, faults: Faults) -> str | None:
    """Read a WWN in any notation as upper-case hexadecimal digits; None where it is none."""
    wwn = re.sub(r"[-:\s]", "", text).upper().removeprefix("0X")
    if not _WWN.fullmatch(wwn):
        faults.add(where, f"{text!r} is no WWN: 16 or 32 hexadecimal digits, with or without '-' or ':'")
        return None
    return wwn


def _policy(value: t.Any, where: str, faults: Faults) -> Policy | None:
    if value not in SETTABLE_POLICIES:
        faults.add(where, f"{value!r} is no load-balance policy; known are {', '.join(SETTABLE_POLICIES)}")
        return None
    policy = Policy[str(value).upper()]
    if policy is Policy.LEAST_QUEUE_DEPTH:
        faults.add(
            where, "least_queue_depth is not supported by MPIO on EVA through iSCSI (HP MPX200 user guide, page 97)"
        )
        return None
    return policy


def _refuse_active_passive(padded: str, where: str, faults: Faults) -> None:
    product = padded[8:].strip()
    if not product.startswith("HSV"):
        return
    try:
        multipath_products(product.split(" ")[0])
    except ActivePassive as error:
        faults.add(where, str(error))
    except UnknownModel:
        return  # not in the catalogue: the administrator knows better
