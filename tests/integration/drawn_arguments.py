# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments of modules as hypothesis draws them: anything a playbook can hold, and what a module has to take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._options import ArgumentSpec
from ansible_collections.eva.mpio.tests.integration.stage import PORTALS

TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        (
            *(
                "",
                " ",
                "\n",
                "\x00",
                "0",
                "-1",
                "9" * 30,
                "true",
                "no",
                "None",
                "null",
                "~",
                "NaN",
                "1e999",
                "x" * 70_000,
            ),
            *(
                "{{ nowhere }}",
                "{% if %}",
                "{{",
                "$ANSIBLE_VAULT;1.1;AES256",
                "%PATH%",
                '"; exit',
                "$(reboot)",
                "&|<>^",
            ),
            *(
                "10.10.1.21",
                "10.10.1.21:3260",
                "10.10.1.21:0",
                "10.10.1.21/24",
                "999.1.1.1",
                "1.2.3",
                "[::1]:x",
                "fe80::1%3",
            ),
            *(
                "0.0.0.0",
                "255.255.255.255",
                "224.0.0.1",
                "127.0.0.1",
                "169.254.1.1",
                "::",
                "::ffff:10.10.1.21",
                "fd00::21",
            ),
            *(
                "\u0661\u0660.10.1.21",
                "\uff11\uff10.10.1.21",
                "\ud800",
                "\u202e",
                "eva\u00ad01",
                "\U0001f4be",
                "İ",
                "ß",
                "K",
            ),
            *(
                "iqn.1991-05.com.microsoft:win1",
                "iqn.2001-04.com.example:İ",
                "eui.",
                "naa.",
                "600508B4000971CA0000A00001",
                "default",
            ),
            *(
                "P6300",
                "EVA5000",
                "EVA4400",
                "HP      HSV340          ",
                "round_robin",
                "fail_over_only",
                "vendor_specific",
            ),
        )
    ),
)
NUMBERS = st.one_of(
    st.integers(-3, 70_000),
    st.sampled_from((-(2**31), 2**31, 2**63, -(2**64), 10**30, 10**4000)),
    st.floats(),
)
_SIMPLE = st.none() | st.booleans() | NUMBERS | TEXTS | st.dates() | st.just(date(1, 1, 1)) | st.binary(max_size=5)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    _SIMPLE,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(TEXTS | st.integers() | st.none() | st.booleans(), inner, max_size=4)
    ),
    max_leaves=8,
) | st.builds(lambda one: [one] * 2_000, st.none() | st.booleans() | st.integers() | st.text(max_size=5))
"""What YAML and templates can make."""

_PORTAL_KEYS = ("address", "tcp_port", "fabric", "module", "controller", "nics", "adress")


def _right_kind(option: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Draw a value of an option's type, be it sensible or not."""
    kind = option.get("type", "str")
    if option.get("choices"):
        one: st.SearchStrategy[Any] = st.sampled_from(sorted(option["choices"]))
        return st.lists(one, max_size=3) if kind == "list" else one
    if option.get("options"):
        inner = arguments(option["options"])
        return st.lists(inner, max_size=3) if kind == "list" else inner
    by_kind: dict[str, st.SearchStrategy[Any]] = {
        "str": TEXTS,
        "path": st.sampled_from(
            ("", "a\x00b", "/proc/self/mem/x", "/proc/self", "/dev/null", "x" * 5_000, "/" + "x/" * 3_000)
        ),
        "int": NUMBERS,
        "bool": st.booleans(),
        "dict": st.dictionaries(TEXTS, TEXTS, max_size=3),
        "raw": TEXTS | st.dictionaries(st.sampled_from(_PORTAL_KEYS), TEXTS | NUMBERS | st.lists(TEXTS, max_size=2)),
    }
    if kind == "list":
        return st.lists(by_kind[option.get("elements", "str")], max_size=4)
    return by_kind[kind]


def _draw_option(option: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    return st.one_of(_right_kind(option), _right_kind(option), ANYTHING)


@st.composite
def arguments(draw: st.DrawFn, spec: ArgumentSpec) -> dict[str, Any]:
    """Draw arguments for a spec: a few of its options, sensible or not, and now and then one that it has not."""
    known = draw(st.sets(st.sampled_from(sorted(spec)), max_size=6))
    known |= {name for name, option in spec.items() if option.get("required") and draw(st.integers(0, 9))}
    given = {name: draw(_draw_option(spec[name])) for name in sorted(known)}
    if draw(st.integers(0, 9)) == 0:
        given[draw(TEXTS)] = draw(ANYTHING)
    return given


@st.composite
def spoilt(draw: st.DrawFn, spec: ArgumentSpec, good: Mapping[str, Any]) -> dict[str, Any]:
    """Draw arguments that are good but for one place, anywhere in them."""
    return dict(_spoil(draw, good, spec))


def _spoil(draw: st.DrawFn, value: Any, spec: Any) -> Any:
    """Put something else in one place of a value."""
    if isinstance(value, Mapping) and value and draw(st.integers(0, 4)):
        names = sorted({*value, *(spec or {})})
        name = draw(st.sampled_from(names))
        option = (spec or {}).get(name, {})
        changed = _spoil(draw, value[name], option.get("options")) if name in value else draw(_draw_option(option))
        return {**value, name: changed}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        at = draw(st.integers(0, len(value) - 1))
        kept = draw(st.booleans())  # whether the right one stays beside the wrong one
        return [*value[: at + kept], _spoil(draw, value[at], spec), *value[at + 1 :]]
    if spec is not None and isinstance(value, Mapping):
        return {**value, draw(TEXTS): draw(ANYTHING)}
    return draw(ANYTHING)


TARGETS = ("iqn.1986-03.com.hp:fcgw.mpx200.0", "iqn.2001-05.com.example:target", "eui.02004567A425678D")
WWNS = (
    "600508B4000971CA0000A00001BC0000",
    "6005-08b4-0009-71ca-0000-a000-01bc-0001",
    "0x600508b4000971ca0000a00001bc0002",
)
SECRETS = ("twelve-bytes", "sixteen-bytes-ok", "geheim-ÄÖÜ-1", "a'b\"c d&e|f>g")
POLICIES = ("failover_only", "round_robin", "round_robin_with_subset", "least_blocks", "weighted_paths")


@st.composite
def layouts(draw: st.DrawFn) -> dict[str, Any]:
    """Draw arrays and NICs that nobody may refuse on paper: each port of the lab's array, in every way to write it."""
    mesh = draw(st.sampled_from(("subnet", "fabric", "full", "explicit")))
    nics = draw(st.sampled_from((["10.10.1.11"], ["10.10.1.11", "10.10.2.11"], ["10.10.2.11", "10.10.1.11"])))
    fabrics = draw(st.sampled_from((("A", "B"), ("fabric-ä", "2"), (1, 2))))

    def fabric_of(address: str) -> Any:
        return fabrics[int(address.split(".")[2]) - 1]

    def nic(address: str) -> Any:
        if mesh == "fabric":
            return {"address": address, "fabric": fabric_of(address)}
        return draw(st.sampled_from((address, {"address": address}, f" {address} ")))

    def portal(address: str) -> Any:
        whole: dict[str, Any] = {"address": address}
        if mesh == "fabric":
            whole["fabric"] = fabric_of(address)
        if mesh == "explicit":
            whole["nics"] = [draw(st.sampled_from(nics))]
        if draw(st.booleans()):
            whole["tcp_port"] = draw(st.sampled_from((3260, "3260")))
        if draw(st.booleans()):
            whole |= {"module": draw(st.sampled_from(("1", 2))), "controller": draw(st.sampled_from(("A", "B")))}
        return draw(st.sampled_from((address, f"{address}:3260"))) if len(whole) == 1 else whole

    addresses = draw(st.lists(st.sampled_from(PORTALS), min_size=1, unique=True))
    optional = {
        "targets": draw(st.lists(st.sampled_from(TARGETS), unique=True)),
        "luns": draw(st.lists(st.sampled_from(WWNS), unique=True)),
        "minimum_luns": draw(st.sampled_from((1, 3, "2", 64))),
        "header_digest": draw(st.booleans()),
        "data_digest": draw(st.sampled_from((True, "no"))),
        "model": draw(st.sampled_from(("P6300", "EVA4400", "p6500"))),
    }
    array = {
        "name": draw(st.sampled_from(("eva01", "Eva-01", "阵列", 7))),
        "portals": [portal(one) for one in addresses],
    }
    array |= {name: optional[name] for name in draw(st.sets(st.sampled_from(sorted(optional))))}
    if draw(st.booleans()):
        array |= {"chap_user": draw(st.sampled_from(("host", "iqn.1991-05.com.microsoft:win1")))}
        array |= {"chap_secret": draw(st.sampled_from(SECRETS[:2])), "mutual_chap": draw(st.booleans())}
        array |= {"chap_after_first_login": draw(st.booleans())}
    return {"arrays": [array], "nics": [nic(one) for one in nics], "mesh": mesh}


DSM_PACKAGES: tuple[dict[str, Any], ...] = (
    {},
    {"path": "C:\\Install\\ä b\\setup.exe", "arguments": ["/s", "/v", "/qn"], "version": "4.2"},
    {"removal_path": "\\\\srv\\share\\remove.exe", "driver": "hpeaadsm", "unsupported_release": "yes"},
)
MICROSOFTS = ("lun_policies", "hardware_id_policies", "dsm_policy", "explicit_policies", "allow_least_queue_depth")


@st.composite
def good(draw: st.DrawFn, module: str, spec: ArgumentSpec) -> dict[str, Any]:
    """Draw arguments of a module that it has to take."""
    optional: dict[str, Any] = {
        "node_name": draw(st.sampled_from(("iqn.1991-05.com.microsoft:win1", "eui.02004567a425678d"))),
        "rename_despite_sessions": draw(st.booleans()),
        "mutual_chap_secret": draw(st.sampled_from(SECRETS[2:])),
        "update_password": draw(st.sampled_from(("on_create", "always"))),
        "isns_servers": draw(st.sampled_from(([], ["isns.example.com", "10.10.1.5"], ["fd00::5", "10.10.1.5"]))),
        "bind_volumes": draw(st.sampled_from((True, "no"))),
        "dependent_services": draw(st.sampled_from(([], ["LanmanServer"], ["LanmanServer", "lanmanserver"]))),
        "cluster_disks_offline": draw(st.booleans()),
        "package": {
            "path": draw(st.sampled_from(("C:\\Install\\a b.exe", "\\\\srv\\share\\ä.exe"))),
            "arguments": ["/q"],
        },
        "minimum_paths": draw(st.sampled_from((1, 4, "2"))),
        "sessions_per_path": draw(st.integers(1, 8)),
        "device_timeout": draw(st.sampled_from((0, 15, 3600))),
        "purge": draw(st.lists(st.sampled_from(("stale", "undeclared")), unique=True)),
        "purge_limit": draw(st.sampled_from((1, 16, 10_000))),
        "lun_policies": draw(
            st.dictionaries(st.sampled_from(("default", *WWNS)), st.sampled_from(POLICIES), min_size=1)
        ),
        "reboot": draw(st.booleans()),
        "reboot_timeout": draw(st.sampled_from((1, 86_400))),
        "reboot_despite": draw(st.lists(st.sampled_from(("users", "cluster")), unique=True)),
        "hardware_ids": ["HP      HSV340          "],
        "all_iscsi": draw(st.booleans()),
        "hp_dsm_name": draw(st.sampled_from(("HP EVA DSM", 7))),
        "dsm_package": draw(st.sampled_from(DSM_PACKAGES)),
        "explicit_policies": draw(st.booleans()),
        "allow_least_queue_depth": draw(st.booleans()),
        "hardware_id_policies": draw(st.sampled_from(({}, {"P6300": "round_robin"}, {"HSV360": "clear"}))),
        "dsm_policy": draw(st.sampled_from(("failover_only", "clear"))),
        "settings": draw(st.sampled_from(({}, {"pdo_remove_period": "60"}))),
        "gather_subset": draw(
            st.lists(st.sampled_from(spec.get("gather_subset", {}).get("choices", [None])), unique=True)
        ),
    }
    names = sorted(set(spec) & set(optional))
    given = {name: optional[name] for name in (draw(st.sets(st.sampled_from(names))) if names else ())}
    if "arrays" in spec:
        given |= draw(layouts())
        if given["mesh"] == "full" or given.get("sessions_per_path", 1) * 8 > 32:
            given.pop("sessions_per_path", None)
    if "dsm" in spec and draw(st.booleans()):
        given = {name: value for name, value in given.items() if name not in MICROSOFTS} | {"dsm": "hp"}
    if module == "host" and draw(st.booleans()):
        given |= {"change_dsm": True, "reboot": True}
    if module == "host" and not given["arrays"][0].get("model"):
        given["hardware_ids"] = optional["hardware_ids"]
    if module == "host" and given["arrays"][0].get("mutual_chap"):
        given["mutual_chap_secret"] = optional["mutual_chap_secret"]
    if module == "lun_policy" or given.get("explicit_policies"):
        given["lun_policies"] = optional["lun_policies"]
    if module == "settings":
        given["link_down_time"] = 30
    if module == "claim":
        given |= {"models": ["P6300"], "hardware_ids": optional["hardware_ids"]}
    return given
