# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""EVA and P6000 models: which INQUIRY they answer with and whether they are active/active. Private to the collection.

iSCSI cannot tell an active/active array from an active/passive one and the Microsoft DSM assumes active/active, so
HP supports multipath only with active/active models (P6300/P6350/P6500/P6550 user guide, iSCSI rules, page 100).
The access mode per product id is that of the Linux tables (multipath-tools hwtable.c, scsi_dh_hp_sw, scsi_dh_alua),
the product ids per model those of the HP P6000 Command View guide, page 18.
"""

from __future__ import annotations

from dataclasses import dataclass

VENDOR_WIDTH = 8
PRODUCT_WIDTH = 16


@dataclass(frozen=True)
class Product:
    """What a family of controllers answers to INQUIRY."""

    vendor: str
    product: str
    models: tuple[str, ...]
    active_active: bool
    software: str
    """Controller software that answers so; general knowledge, not taken from a page."""

    @property
    def hardware_id(self) -> str:
        """The 24 characters that mpclaim and the claim lists take."""
        return hardware_id(self.vendor, self.product)


PRODUCTS: tuple[Product, ...] = (
    Product("HP", "HSV100", ("EVA3000",), False, "VCS 1.x to 3.x"),
    Product("HP", "HSV110", ("EVA5000",), False, "VCS 1.x to 3.x"),
    # Exactly 16 characters: some units answer with the vendor's old name (old multipath-tools hardware whitelist).
    Product("COMPAQ", "HSV110 (C)COMPAQ", ("EVA5000",), False, "VCS 1.x to 3.x"),
    Product("HP", "HSV101", ("EVA3000",), True, "VCS 4.x"),
    Product("HP", "HSV111", ("EVA5000",), True, "VCS 4.x"),
    Product("HP", "HSV200", ("EVA4000", "EVA4100", "EVA6000", "EVA6100"), True, "XCS 5.x and 6.x"),
    Product("HP", "HSV210", ("EVA8000", "EVA8100"), True, "XCS 5.x and 6.x"),
    Product("HP", "HSV300", ("EVA4400",), True, "XCS 9.x and 10.x"),
    Product("HP", "HSV340", ("P6300", "P6350"), True, "XCS 10.x and 11.x"),
    Product("HP", "HSV360", ("P6500", "P6550"), True, "XCS 10.x and 11.x"),
    Product("HP", "HSV400", ("EVA6400",), True, "XCS 9.5 and 10.x"),
    Product("HP", "HSV450", ("EVA8400",), True, "XCS 9.5 and 10.x"),
)
"""All that is known. HP SVSP may pose as an HSV100; it is no EVA and is refused as one (HP SVSP best practices)."""


class UnknownModel(ValueError):
    """A model or product that the catalogue does not hold, or that could be several products."""


class ActivePassive(ValueError):
    """A model that must not be used over several paths."""


def hardware_id(vendor: str, product: str) -> str:
    """Build a hardware id: vendor padded with blanks to 8 characters and product to 16 (mpclaim help text of 6.1).

    Raises:
        ValueError: a part is longer than its field or has characters that INQUIRY data cannot hold (SPC-4 4.4.1:
            graphic ASCII and blank).
    """
    for name, text, width in (("vendor", vendor, VENDOR_WIDTH), ("product", product, PRODUCT_WIDTH)):
        if len(text) > width:
            raise ValueError(f"{name} {text!r} has {len(text)} characters; INQUIRY holds at most {width}")
        if not all(" " <= character <= "~" for character in text):
            raise ValueError(f"{name} {text!r} has characters other than printable ASCII")
    return vendor.ljust(VENDOR_WIDTH) + product.ljust(PRODUCT_WIDTH)


def find_product(vendor: str | None, product: str | None) -> Product | None:
    """Return the catalogue's entry for INQUIRY strings, None for another array's.

    Padding and letter case are put aside, and a blank may be an underscore: so Windows writes it in device names.
    """
    if vendor is None or product is None:
        return None
    wanted = (_bare(vendor), _bare(product))
    return next((item for item in PRODUCTS if (_bare(item.vendor), _bare(item.product)) == wanted), None)


def same_inquiry(hardware: str, vendor: str | None, product: str | None) -> bool:
    """Tell whether a hardware id is that of INQUIRY strings, padding, letter case and underscores put aside."""
    if vendor is None or product is None:
        return False
    given = (_bare(hardware[:VENDOR_WIDTH]), _bare(hardware[VENDOR_WIDTH:]))
    return given == (_bare(vendor), _bare(product))


def _bare(text: str) -> str:
    return text.replace("_", " ").strip().upper()


def products_of(model: str) -> tuple[Product, ...]:
    """Return what a model named ``P6300``, ``EVA4400`` or ``HSV340`` may answer with, multipath or not.

    Raises:
        UnknownModel: the catalogue does not hold it; the message lists what it holds.
    """
    wanted = model.replace(" ", "").upper()
    found = tuple(item for item in PRODUCTS if wanted in (*item.models, item.product))
    if not found:
        known = sorted({name for item in PRODUCTS for name in item.models})
        raise UnknownModel(f"{model!r} is no EVA or P6000 model that is known; known are {', '.join(known)}")
    return found


def multipath_products(model: str, product: str | None = None) -> tuple[Product, ...]:
    """Return the active/active products that a model answers with.

    Args:
        model: ``P6300``, ``EVA4400``, or a product id such as ``HSV340``.
        product: The product id, needed for EVA3000 and EVA5000, which are active/active only with VCS 4.

    Raises:
        UnknownModel: not in the catalogue, or the model alone does not tell which product it is.
        ActivePassive: the model is active/passive.
    """
    found = products_of(model)
    if product is not None:
        found = tuple(item for item in found if item.product.upper() == product.strip().upper())
        if not found:
            raise UnknownModel(f"a {model} never answers with the product id {product!r}")
    if not any(item.active_active for item in found):
        raise ActivePassive(refusal(found[0]))
    if not all(item.active_active for item in found):
        names = " or ".join(item.product for item in found)
        raise UnknownModel(
            f"{model} answers as {names} depending on its controller software, and only VCS 4 is active/active:"
            " set the product to what the hosts see"
        )
    return found


def refusal(product: Product) -> str:
    """Say why an active/passive product is refused."""
    return (
        f"{product.vendor} {product.product} ({', '.join(product.models)} with {product.software}) is active/passive:"
        " HP supports iSCSI multipath only with an active/active EVA; use one path, or update the controller software"
    )
