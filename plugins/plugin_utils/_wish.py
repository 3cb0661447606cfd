# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From validated arguments to a wish, naming every fault at once. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from ._eva.models import ActivePassive, UnknownModel, hardware_id, multipath_products
from ._model import Address, Chap, Policy, TargetPortal, same_name
from ._options import SETTABLE_POLICIES
from ._plan.desired import Layout, Mesh, WantedArray, WantedInitiator, WantedNic, WantedPolicies, WantedPortal

_NODE_NAME = re.compile(r"(iqn\.\d{4}-\d{2}\.[a-z0-9]|eui\.[0-9a-f]{16}$|naa\.[0-9a-f]{16})[a-z0-9.:-]*")
_NODE_NAME_LENGTH = 223  # RFC 7143, 4.2.7.1
_WWN = re.compile(r"[0-9A-F]{16}(?:[0-9A-F]{16})?")
_SECRET_BYTES = range(12, 17)  # ISDSC_INVALID_TARGET_CHAP_SECRET's text: 12 to 16 bytes without IPsec
_CHAP_USER = re.compile(r"[^\s\"*-][^\s\"]*")
"""How iscsicli splits a typed line at quotes is not known, and a leading "*" or "-" has a meaning of its own."""
_TEMPLATE = re.compile(r"\{\{|\{%")
_PATHS_PER_DISK = 32  # DSM_MAX_PATHS of the Windows driver sample msdsm


class BadWish(ValueError):
    """Arguments that cannot be; ``faults`` has one sentence for each."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(faults))


class Faults:
    """Collects what is wrong with the arguments until all has been looked at."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, where: str, text: str) -> None:
        """Note one fault."""
        self._found.append(f"{where}: {text}")

    def check(self) -> None:
        """Raise when anything was noted.

        Raises:
            BadWish: with every fault.
        """
        if self._found:
            raise BadWish(self._found)


def layout(arguments: Mapping[str, t.Any], faults: Faults) -> Layout:
    """Read ``arrays``, ``nics`` and ``mesh``."""
    mesh = Mesh(arguments["mesh"])
    nics = _nics(arguments["nics"], mesh, faults)
    if not arguments["arrays"]:
        faults.add("arrays", "at least one array is needed")
    arrays = tuple(_array(item, f"arrays[{index}]", mesh, faults) for index, item in enumerate(arguments["arrays"]))
    _no_repetition([array.name for array in arrays], "arrays", "name", faults)
    _no_repetition([wanted.portal for array in arrays for wanted in array.portals], "arrays", "target portal", faults)
    if nics and any(len(nics) * len(array.portals) > _PATHS_PER_DISK for array in arrays) and mesh is Mesh.FULL:
        faults.add("mesh", f"more than {_PATHS_PER_DISK} paths a LUN, which is Windows' limit: use subnet or fabric")
    return Layout(arrays, nics, mesh)


def nics_and_portals(
    nics: Sequence[t.Any], portals: Sequence[t.Any], mesh: Mesh, faults: Faults
) -> tuple[tuple[WantedNic, ...], tuple[WantedPortal, ...]]:
    """Read NICs and the portals of one array, as the options take them."""
    return _nics(nics, mesh, faults), _portals(portals, "portals", mesh, faults)


def initiator(arguments: Mapping[str, t.Any], faults: Faults) -> WantedInitiator:
    """Read ``node_name``, ``mutual_chap_secret`` and ``update_password``."""
    name = arguments["node_name"]
    if name is not None and (len(name) > _NODE_NAME_LENGTH or not _NODE_NAME.fullmatch(name)):
        faults.add(
            "node_name",
            f"{name!r} is no iSCSI name that an EVA takes: iqn.YYYY-MM.reversed.domain:name of at most"
            f" {_NODE_NAME_LENGTH} lower-case letters, digits, '-', '.' and ':' (HP 5697-0510, page 8)",
        )
    secret = arguments["mutual_chap_secret"]
    if secret is not None:
        _check_secret(secret, "mutual_chap_secret", faults)
    update = arguments["update_password"]
    return WantedInitiator(name, secret, update_secret=update == "always")


def check_secrets(wanted: WantedInitiator, arrays: Sequence[WantedArray], faults: Faults) -> None:
    """Refuse one secret for both directions, which CHAP forbids (RFC 7143, 9.2.1)."""
    for array in arrays:
        if array.chap is None:
            continue
        if array.chap.mutual and wanted.mutual_secret == array.chap.secret:
            faults.add(f"array {array.name}", "chap_secret and mutual_chap_secret must differ")


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
        wwn = _wwn(str(key), where, faults)
        if wwn in by_wwn:
            faults.add(where, f"LUN {wwn} is given twice, in two notations")
        elif policy is not None and wwn:
            by_wwn[wwn] = policy
    return WantedPolicies(default, by_wwn)


def minimum_paths(arguments: Mapping[str, t.Any], faults: Faults) -> int | None:
    """Read ``minimum_paths`` and look at ``device_timeout``."""
    if not 0 <= arguments["device_timeout"] <= 3600:
        faults.add("device_timeout", f"{arguments['device_timeout']} is not between 0 and 3600 seconds")
    minimum: int | None = arguments["minimum_paths"]
    if minimum is not None and minimum < 1:
        faults.add("minimum_paths", f"{minimum} is less than 1")
    return minimum


def check_times(arguments: Mapping[str, t.Any], faults: Faults) -> None:
    """Look at the times of a restart."""
    for name, low, high in (("reboot_timeout", 1, 86400), ("pre_reboot_delay", 0, 600), ("post_reboot_delay", 0, 3600)):
        if not low <= arguments[name] <= high:
            faults.add(name, f"{arguments[name]} is not between {low} and {high} seconds")


def claim(models: Sequence[str], hardware_ids: Sequence[str], faults: Faults) -> tuple[str, ...]:
    """Return the hardware ids of models and those given as such, each once."""
    found: list[str] = []
    for index, model in enumerate(models):
        found += _model_ids(model, None, f"models[{index}]", faults)
    for index, name in enumerate(hardware_ids):
        where = f"hardware_ids[{index}]"
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


def _nics(items: Sequence[t.Any], mesh: Mesh, faults: Faults) -> tuple[WantedNic, ...]:
    if not items:
        faults.add("nics", "at least one NIC address is needed")
    found: list[WantedNic] = []
    for index, item in enumerate(items):
        where = f"nics[{index}]"
        values = _mapping(item, where, {"address", "fabric"}, faults)
        if values is None:
            continue
        address = _address(values.get("address"), where, faults)
        fabric = _text(values.get("fabric"), f"{where}.fabric", faults)
        if mesh is Mesh.FABRIC and fabric is None:
            faults.add(where, "mesh is fabric, so the NIC needs a fabric")
        if address is not None:
            found.append(WantedNic(address, fabric))
    unique = tuple(dict.fromkeys(found))
    _no_repetition([nic.address for nic in unique], "nics", "address", faults)
    return unique


def _array(item: Mapping[str, t.Any], where: str, mesh: Mesh, faults: Faults) -> WantedArray:
    name = item["name"]
    where = f"{where} ({name})"
    portals = _portals(item["portals"], f"{where}.portals", mesh, faults)
    ids = _model_ids(item["model"], item["product"], where, faults) if item["model"] else []
    if item["minimum_luns"] < 1:
        faults.add(where, f"minimum_luns is {item['minimum_luns']}; no LUN is no proof, so it must be at least 1")
    luns = tuple(dict.fromkeys(filter(None, (_wwn(text, f"{where}.luns", faults) for text in item["luns"]))))
    for target in item["targets"]:
        if not _NODE_NAME.fullmatch(target.lower()) or len(target) > _NODE_NAME_LENGTH:
            faults.add(f"{where}.targets", f"{target!r} is no iSCSI name")
    unique = tuple(
        target
        for index, target in enumerate(item["targets"])
        if not any(same_name(target, other) for other in item["targets"][:index])
    )
    return WantedArray(
        name,
        portals,
        tuple(ids),
        unique,
        _chap(item, where, faults),
        luns,
        max(item["minimum_luns"], len(luns)),
    )


def _portals(items: Sequence[t.Any], where: str, mesh: Mesh, faults: Faults) -> tuple[WantedPortal, ...]:
    if not items:
        faults.add(where, "the list is empty, so no path can be made")
    found = [_portal(value, f"{where}[{index}]", mesh, faults) for index, value in enumerate(items)]
    return tuple(dict.fromkeys(portal for portal in found if portal is not None))


def _model_ids(model: str, product: str | None, where: str, faults: Faults) -> list[str]:
    try:
        return [found.hardware_id for found in multipath_products(model, product)]
    except (UnknownModel, ActivePassive) as error:
        faults.add(where, str(error))
        return []


def _chap(item: Mapping[str, t.Any], where: str, faults: Faults) -> Chap | None:
    user, secret = item["chap_user"], item["chap_secret"]
    if user is None and secret is None:
        if item["mutual_chap"]:
            faults.add(where, "mutual_chap needs chap_user and chap_secret")
        return None
    if not user or secret is None:
        faults.add(where, "chap_user and chap_secret go together")
        return None
    _check_secret(secret, f"{where}.chap_secret", faults)
    if not _CHAP_USER.fullmatch(user):
        faults.add(where, f"chap_user {user!r} begins with '*' or '-', or holds a blank or a quotation mark")
    return Chap(user, secret, item["mutual_chap"])


def _check_secret(secret: str, where: str, faults: Faults) -> None:
    length = len(secret.encode())
    if length not in _SECRET_BYTES:
        faults.add(where, f"a CHAP secret has 12 to 16 bytes with Microsoft's initiator; this one has {length}")


def _portal(value: t.Any, where: str, mesh: Mesh, faults: Faults) -> WantedPortal | None:
    values = _mapping(value, where, {"address", "tcp_port", "fabric", "module", "controller"}, faults)
    if values is None:
        return None
    text, port = values.get("address"), values.get("tcp_port", 3260)
    if isinstance(text, str):
        text, port = _split_port(text, port)
    address = _address(text, where, faults)
    fabric = _text(values.get("fabric"), f"{where}.fabric", faults)
    module = _text(values.get("module"), f"{where}.module", faults)
    controller = _text(values.get("controller"), f"{where}.controller", faults)
    if mesh is Mesh.FABRIC and fabric is None:
        faults.add(where, "mesh is fabric, so the target portal needs a fabric")
    try:
        number = int(port)
    except (TypeError, ValueError):
        number = 0
    if not 1 <= number <= 65535 or isinstance(port, bool):
        faults.add(where, f"TCP port {port!r} is not between 1 and 65535")
    if address is None:
        return None
    return WantedPortal(TargetPortal(address, number), fabric, module, controller)


def _split_port(text: str, port: t.Any) -> tuple[str, t.Any]:
    """Split ``10.10.1.21:3260`` and ``[fd00::21]:3260``."""
    match = re.fullmatch(r"\[([^]]+)\](?::(\d+))?|([^:]+):(\d+)", text.strip())
    if match is None:
        return text, port
    return match[1] or match[3], match[2] or match[4] or port


def _mapping(value: t.Any, where: str, known: set[str], faults: Faults) -> Mapping[str, t.Any] | None:
    if isinstance(value, str):
        return {"address": value}
    if isinstance(value, Mapping):
        for key in value:
            if key not in known:
                faults.add(where, f"unknown key {key!r}; known are {', '.join(sorted(known))}")
        return value
    faults.add(where, f"{value!r} is neither an address nor a mapping")
    return None


def _address(value: t.Any, where: str, faults: Faults) -> Address | None:
    if not isinstance(value, str) or not value.strip():
        faults.add(where, "an IP address is needed here")
        return None
    if _TEMPLATE.search(value):
        faults.add(where, f"{value!r} is a template that was not filled in")
        return None
    try:
        address = ip_address(value.strip())
    except ValueError:
        faults.add(where, f"{value!r} is no IP address")
        return None
    if "%" in str(address):
        faults.add(where, f"{value!r} names a zone; a target portal and a NIC have an address without one")
        return None
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_loopback:
        faults.add(where, f"{address} is no address that a storage path can use")
        return None
    return address


def _text(value: t.Any, where: str, faults: Faults) -> str | None:
    if value is None:
        return None
    if not isinstance(value, (str, int)) or isinstance(value, bool) or not str(value).strip():
        faults.add(where, f"{value!r} is no name")
        return None
    return str(value)


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


def _wwn(text: str, where: str, faults: Faults) -> str | None:
    wwn = re.sub(r"[-:\s]", "", text).upper().removeprefix("0X")
    if not _WWN.fullmatch(wwn):
        faults.add(where, f"{text!r} is no WWN: 16 or 32 hexadecimal digits, with or without '-' or ':'")
        return None
    return wwn


def _no_repetition(items: Sequence[t.Any], where: str, what: str, faults: Faults) -> None:
    for item in dict.fromkeys(items):
        if items.count(item) > 1:
            faults.add(where, f"{what} {item} is given {items.count(item)} times")
