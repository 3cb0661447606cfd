# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that builds hardware ids."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.eva.mpio.plugins.plugin_utils._eva.models import hardware_id, multipath_products

DOCUMENTATION = r"""
name: hardware_id
short_description: Hardware id of an EVA model, or of vendor and product
version_added: 0.1.0
author:
  - The eva.mpio authors (@eva-mpio)
description:
  - Returns the 24 characters that C(mpclaim) and the claim lists of Windows take, the vendor padded with blanks to 8
    characters and the product to 16.
  - A wrongly padded id is accepted by Windows and matches nothing, so it is better built than typed.
options:
  _input:
    description:
      - A model as HP sells it (V(P6300)) or a product id (V(HSV340)), or a mapping with C(vendor) and C(product).
      - Active/passive models are refused.
    type: raw
    required: true
  product:
    description: Product id that hosts see, for EVA3000 and EVA5000, which answer with either of two.
    type: str
"""

EXAMPLES = r"""
- name: Show the id of a P6300
  ansible.builtin.debug:
    msg: "{{ 'P6300' | eva.mpio.hardware_id }}"

- name: Show the id of an EVA5000 with VCS 4
  ansible.builtin.debug:
    msg: "{{ 'EVA5000' | eva.mpio.hardware_id(product='HSV111') }}"

- name: Show the id of another array
  ansible.builtin.debug:
    msg: "{{ {'vendor': 'HP', 'product': 'MSA2012i'} | eva.mpio.hardware_id }}"
"""

RETURN = r"""
_value:
  description: The hardware id, exactly 24 characters.
  type: str
"""


def build(value: t.Any, product: str | None = None) -> str:
    """Return the hardware id of a model, or of a vendor and product."""
    try:
        if isinstance(value, Mapping):
            unknown = sorted(set(value) - {"vendor", "product"})
            if unknown or "vendor" not in value or "product" not in value:
                raise ValueError("a mapping must have the keys vendor and product, and no other")
            return hardware_id(str(value["vendor"]), str(value["product"]))
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is neither a model nor a mapping")
        found = {item.hardware_id for item in multipath_products(value, product)}
        if len(found) > 1:
            raise ValueError(f"{value} has several hardware ids: {', '.join(sorted(found))}")
        return found.pop()
    except ValueError as error:
        raise AnsibleFilterError(f"hardware_id: {error}") from error


class FilterModule:
    """Offers the filter to Ansible."""

    def filters(self) -> dict[str, t.Callable[..., str]]:
        """Return the filter under its name."""
        return {"hardware_id": build}
