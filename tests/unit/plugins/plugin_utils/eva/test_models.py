# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The catalogue of EVA and P6000 models."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._eva.models import (
    PRODUCTS,
    ActivePassive,
    UnknownModel,
    find_product,
    hardware_id,
    multipath_products,
    products_of,
)

ACTIVE_ACTIVE = {
    "EVA4000": "HSV200",
    "EVA4100": "HSV200",
    "EVA6000": "HSV200",
    "EVA6100": "HSV200",
    "EVA8000": "HSV210",
    "EVA8100": "HSV210",
    "EVA4400": "HSV300",
    "EVA6400": "HSV400",
    "EVA8400": "HSV450",
    "P6300": "HSV340",
    "P6350": "HSV340",
    "P6500": "HSV360",
    "P6550": "HSV360",
}


@pytest.mark.parametrize(("model", "product"), ACTIVE_ACTIVE.items())
def test_active_active_models(model: str, product: str) -> None:
    (found,) = multipath_products(model)
    assert (found.vendor, found.product, found.hardware_id) == ("HP", product, f"HP      {product}          ")
    assert multipath_products(product) == (found,)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.product)
def test_every_hardware_id_has_24_characters(product: object) -> None:
    assert len(product.hardware_id) == 24  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("vendor", "product", "expected"),
    [
        pytest.param("NFINIDAT", "InfiniBox", "NFINIDATInfiniBox       ", id="L-01"),
        pytest.param("", "", " " * 24, id="L-02"),
        pytest.param("HP", "HSV340", "HP      HSV340          ", id="eva"),
        pytest.param("COMPAQ", "HSV110 (C)COMPAQ", "COMPAQ  HSV110 (C)COMPAQ", id="sixteen-characters"),
    ],
)
def test_padding(vendor: str, product: str, expected: str) -> None:
    assert hardware_id(vendor, product) == expected


@pytest.mark.parametrize(
    ("vendor", "product", "text"),
    [
        ("NFINIDAT1", "x", "vendor 'NFINIDAT1' has 9 characters; INQUIRY holds at most 8"),
        ("HP", "x" * 17, "has 17 characters; INQUIRY holds at most 16"),
        ("HP", "HSV\t340", "other than printable ASCII"),
        ("HÜ", "HSV340", "other than printable ASCII"),
    ],
)
def test_what_inquiry_cannot_hold(vendor: str, product: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"INQUIRY|ASCII") as caught:
        hardware_id(vendor, product)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("vendor", "product", "found"),
    [
        ("HP", "HSV340", "HSV340"),
        ("hp", "hsv340", "HSV340"),
        ("HP      ", "HSV340          ", "HSV340"),
        ("hp______", "hsv340__________", "HSV340"),
        ("compaq", "hsv110_(c)compaq", "HSV110 (C)COMPAQ"),
        ("HP", "HSV34", None),
        ("HP", "HSV3400", None),
        ("COMPAQ", "HSV340", None),
        ("HP", "HSVX700", None),
        ("HP", "MSA1000", None),
        (None, "HSV340", None),
        ("HP", None, None),
    ],
)
def test_find_product(vendor: str | None, product: str | None, found: str | None) -> None:
    product_found = find_product(vendor, product)
    assert (None if product_found is None else product_found.product) == found


@pytest.mark.parametrize("model", ["EVA3000", "EVA5000"])
def test_models_whose_software_decides(model: str) -> None:
    with pytest.raises(UnknownModel, match="only VCS 4 is active/active"):
        multipath_products(model)
    assert len(products_of(model)) > 1


@pytest.mark.parametrize(("model", "product"), [("EVA3000", "HSV101"), ("EVA5000", "HSV111"), ("EVA5000", " hsv111 ")])
def test_the_product_settles_it(model: str, product: str) -> None:
    assert [found.product for found in multipath_products(model, product)] == [product.strip().upper()]


@pytest.mark.parametrize(
    ("model", "product"),
    [("EVA3000", "HSV100"), ("EVA5000", "HSV110"), ("EVA5000", "HSV110 (C)COMPAQ"), ("HSV100", None), ("HSV110", None)],
)
def test_active_passive_is_refused_with_a_way_out(model: str, product: str | None) -> None:
    with pytest.raises(ActivePassive, match="use one path, or update the controller software"):
        multipath_products(model, product)


def test_an_unknown_model_is_told_the_known_ones() -> None:
    with pytest.raises(
        UnknownModel, match=r"'P9500' is no EVA or P6000 model that is known; known are EVA3000, .*P6550"
    ):
        products_of("P9500")
    with pytest.raises(UnknownModel, match="a P6300 never answers with the product id 'HSV450'"):
        multipath_products("P6300", "HSV450")


@pytest.mark.parametrize("name", ["p6300", "P 6300", "hsv340", "Eva4400"])
def test_models_are_named_in_any_spelling(name: str) -> None:
    assert len(products_of(name)) == 1
