# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hardware ids: what the Microsoft DSM shall claim, or claim no more. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from .._eva.models import (
    PRODUCTS,
    VENDOR_WIDTH,
    ActivePassive,
    Product,
    UnknownModel,
    hardware_id,
    multipath_products,
    products_of,
)
from .._judge.dsms import ISCSI_BUS
from .faults import Faults
from .words import unfilled

_NOT_ASKED_FOR: t.Final[Mapping[str, str]] = {
    ISCSI_BUS.upper(): "claims every iSCSI LUN of every array; all_iscsi of eva.mpio.claim asks for that",
    "MSFT2011SASBUSTYPE_0XA": "claims every SAS disk, which has nothing to do with iSCSI",
    "MSFT2015FCBUSTYPE_0X6": "claims every Fibre Channel disk, which has nothing to do with iSCSI",
    "VENDOR 8PRODUCT       16": "is the placeholder of the list that Windows puts there itself",
}
"""Entries that are no hardware id, in upper case (Microsoft, "MPIO on Nano Server"; the placeholder as captured)."""
_SHORTEST: t.Final = 9
"""Characters of a hardware id: the vendor, padded, and a product of one."""
_LONGEST: t.Final = 24


def claim(models: Sequence[str], hardware_ids: Sequence[str], faults: Faults) -> tuple[str, ...]:
    """Return the hardware ids of models and those given as such, each once; what is active/passive is refused."""
    found: list[str] = []
    for index, model in enumerate(models):
        found += model_ids(model, None, f"models[{index}]", faults)
    for where, padded in _given(hardware_ids, faults):
        _refuse_active_passive(padded, where, faults)
        found.append(padded)
    return tuple(dict.fromkeys(found))


def unclaim(models: Sequence[str], hardware_ids: Sequence[str], faults: Faults) -> tuple[str, ...]:
    """Return the same for what shall be claimed no more: of models all that they may answer with, active or not."""
    found: list[str] = []
    for index, model in enumerate(models):
        try:
            found += [product.hardware_id for product in products_of(model)]
        except UnknownModel as error:
            faults.add(f"models[{index}]", str(error))
    found += [padded for _where, padded in _given(hardware_ids, faults)]
    return tuple(dict.fromkeys(found))


def model_ids(model: str, product: str | None, where: str, faults: Faults) -> list[str]:
    """Return the hardware ids of a model, 24 characters each."""
    try:
        return [found.hardware_id for found in multipath_products(model, product)]
    except (UnknownModel, ActivePassive) as error:
        faults.add(where, str(error))
        return []


def pad_hardware_id(name: str, where: str, faults: Faults) -> str | None:
    """Read a hardware id and pad it to 24 characters; None where it is none."""
    if unfilled(name):
        faults.add(where, f"{name!r} is a template that was not filled in")
    elif "%" in name or '"' in name:
        faults.add(where, f"{name!r} holds a percent sign or a quotation mark, which no tool would be handed as it is")
    elif name.strip().upper() in _NOT_ASKED_FOR:
        faults.add(where, f"{name!r} {_NOT_ASKED_FOR[name.strip().upper()]}")
    elif not _SHORTEST <= len(name) <= _LONGEST:
        faults.add(where, f"{name!r} is no vendor (padded to 8) and product (padded to 16 characters){_meant(name)}")
    elif _is_misplaced(name):
        faults.add(
            where,
            f"{name!r} would be the vendor {name[:VENDOR_WIDTH]!r} and the product {name[VENDOR_WIDTH:]!r}, since the"
            f" vendor takes 8 characters and is padded with blanks{_meant(name)}",
        )
    else:
        try:
            return hardware_id(name[:VENDOR_WIDTH].rstrip(), name[VENDOR_WIDTH:].rstrip())
        except ValueError as error:
            faults.add(where, str(error))
    return None


def _is_misplaced(name: str) -> bool:
    """Tell whether vendor and product of a hardware id do not begin where INQUIRY has them.

    All 24 characters leave nothing to guess, unless they are an EVA's with the blanks in other places. In a shorter id
    a vendor with a blank in it, or a product that begins with one, is a vendor that was not padded to 8 characters.
    """
    known = _eva_of(name)
    if known is not None:
        return known.hardware_id != name.upper().ljust(_LONGEST)
    vendor, product = name[:VENDOR_WIDTH].rstrip(), name[VENDOR_WIDTH:]
    return not product.strip() or (len(name) < _LONGEST and (" " in vendor or product.startswith(" ")))


def _eva_of(name: str) -> Product | None:
    """Return the EVA whose hardware id this is, wherever the blanks are."""
    return next((one for one in PRODUCTS if _pressed(one.hardware_id) == _pressed(name)), None)


def _pressed(name: str) -> str:
    return name.replace(" ", "").upper()


def _meant(name: str) -> str:
    """Say what a hardware id with its blanks in other places is likely to mean; nothing where that is no guess."""
    known = _eva_of(name)
    if known is not None:
        return f"; did you mean {known.hardware_id.rstrip()!r}, which is that of models {', '.join(known.models)}?"
    vendor, _blank, product = name.strip().partition(" ")
    if not product or len(vendor) > VENDOR_WIDTH:
        return ""
    return f"; did you mean {vendor.ljust(VENDOR_WIDTH) + product.strip()!r}?"


def _given(hardware_ids: Sequence[str], faults: Faults) -> list[tuple[str, str]]:
    """Return where each hardware id stands, and the id."""
    places = [(f"hardware_ids[{index}]", name) for index, name in enumerate(hardware_ids)]
    padded = [(where, pad_hardware_id(name, where, faults)) for where, name in places]
    return [(where, name) for where, name in padded if name is not None]


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
