# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments as a task gives them: what the argument spec says and what the wish says, all at once."""

from __future__ import annotations

import datetime
import time
import typing as t
from collections.abc import Iterator

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._wish import BadWish, Faults, read_arguments
from ansible_collections.eva.mpio.tests.unit import contract

ARRAY: dict[str, t.Any] = {"name": "eva01", "model": "P6300", "portals": ["10.10.1.21"]}
GOOD: dict[str, t.Any] = {"arrays": [ARRAY], "nics": ["10.10.1.11"]}


def resolver(_name: str) -> tuple[str, ...]:
    return ("10.10.1.21",)


def check(module: str, **given: t.Any) -> tuple[str, ...]:
    """Return every fault that the module names, as its action plugin collects them."""
    action = contract.action_module(module)
    faults = Faults()
    arguments = read_arguments(action.ARGUMENT_SPEC, given, faults, resolver)
    object.__new__(action.ActionModule).check(arguments, faults)
    try:
        faults.check()
    except BadWish as error:
        return error.faults
    return ()


@pytest.mark.parametrize("module", ["host", "session", "portal", "verify"])
def test_good_arguments(module: str) -> None:
    assert check(module, **GOOD) == ()


def test_a_wrong_choice_beside_a_wrong_number() -> None:
    state, timeout = check("reboot", state="gone", reboot_timeout=0)
    assert state.startswith("value of state must be one of: rebooted, waited")
    assert timeout == "reboot_timeout: 0 is not between 1 and 86400 seconds"


def test_a_wrong_type_beside_half_a_credential() -> None:
    faults = check("host", **{**GOOD, "arrays": [{**ARRAY, "chap_secret": "short", "data_digest": "maybe"}]})
    assert len(faults) == 3
    assert "data_digest" in faults[0]
    assert "this one has 5" in faults[1]
    assert faults[2] == "arrays[0] (eva01): chap_user and chap_secret go together"


def test_what_is_missing_is_said_once() -> None:
    assert check("session") == ("missing required arguments: arrays, nics",)
    assert check("session", nics=["10.10.1.11"], arrays=[{"name": "eva01"}]) == (
        "missing required arguments: portals found in arrays",
    )
    assert check("initiator", package={}) == ("missing required arguments: path found in package",)


def test_an_array_without_a_name_is_told_by_its_place() -> None:
    faults = check("host", nics=["x"], arrays=[{"portals": []}])
    assert faults == (
        "missing required arguments: name found in arrays",
        "nics[0]: 'x' is no IP address",
        "arrays[0].portals: the list is empty, so no path can be made",
        "arrays[0]: a model is needed to know what the DSM shall claim, or hardware_ids",
    )


def test_unknown_options_beside_others() -> None:
    unknown, range_ = check("session", **GOOD, colour="red", sessions_per_path=9)
    assert unknown.startswith("unsupported parameters: colour")
    assert range_ == "sessions_per_path: 9 is not between 1 and 8"


MISSPELT = {"lun_policy": {"lun_policy": {}}, "settings": {"link_down": 30}, "claim": {"model": ["P6300"]}}


@pytest.mark.parametrize(("module", "given"), MISSPELT.items(), ids=MISSPELT.keys())
def test_what_is_misspelt_is_not_said_to_be_missing_too(module: str, given: dict[str, t.Any]) -> None:
    (fault,) = check(module, **given)
    assert fault.startswith("unsupported parameters: ")
    assert fault[-1].isalnum(), "sentences are joined with semicolons"


def test_purge_of_what_is_to_be_gone() -> None:
    for module in ("session", "portal"):
        (fault,) = check(module, **GOOD, state="absent", purge=["stale"])
        assert fault.startswith("purge: it goes with state present")
        assert check(module, **GOOD, state="absent") == check(module, **GOOD, purge=["stale"]) == ()


KINDS: dict[str, tuple[dict[str, t.Any], str]] = {
    "list-for-text": ({"node_name": ["iqn"]}, "node_name: ['iqn'] is no text; quote it if it is meant as one"),
    "truth-for-text": ({"node_name": True}, "node_name: True is no text; quote it if it is meant as one"),
    "mapping-in-a-list": ({"hardware_ids": [{"id": "HSV340 xx"}]}, "hardware_ids[0]: {'id': 'HSV340 xx'} is no text"),
    "truth-for-number": ({"minimum_paths": True}, "minimum_paths: True is no whole number"),
    "template": ({"purge_limit": "{{ limit }}"}, "purge_limit: '{{ limit }}' is no whole number"),
    "exponent": ({"purge_limit": "1e999999999"}, "purge_limit: '1e999999999' is no whole number"),
    "digits": ({"purge_limit": "9" * 5000}, "is no whole number"),
    "huge": ({"purge_limit": 10**5000}, "purge_limit: it is no number that can be used"),
    "infinite": ({"purge_limit": float("inf")}, "purge_limit: it is no number that can be used"),
    "no-number": ({"purge_limit": float("nan")}, "purge_limit: it is no number that can be used"),
    "half-a-letter": ({"node_name": "iqn.\ud800"}, "node_name: it holds half of a character"),
    "half-a-key": ({"lun_policies": {"\udc00": "round_robin"}}, "a key of lun_policies: it holds half of a character"),
}


@pytest.mark.parametrize(("given", "text"), KINDS.values(), ids=KINDS.keys())
def test_what_ansible_would_take_for_a_text_or_a_number(given: dict[str, t.Any], text: str) -> None:
    faults = check("host", **GOOD, **given)
    assert text in faults[0]
    assert "\n".join(faults).encode()


def test_a_secret_of_another_kind_is_not_shown() -> None:
    faults = check("host", **{**GOOD, "arrays": [{**ARRAY, "chap_user": "u", "chap_secret": ["topsecrettop"]}]})
    assert faults[0] == "arrays[0].chap_secret: it is no text; quote it if it is meant as one"
    assert "topsecret" not in str(faults)


def test_arrays_that_are_none() -> None:
    (fault,) = check("session", **{**GOOD, "arrays": "eva01"})
    assert "'arrays'" in fault
    faults = check("session", **{**GOOD, "arrays": [ARRAY, "eva02", 7, None]})
    assert faults
    assert all("arrays" in fault for fault in faults)


def test_names_of_portals_are_resolved_once() -> None:
    asked: list[str] = []

    def once(name: str) -> tuple[str, ...]:
        asked.append(name)
        return ("10.10.1.21",)

    action = contract.action_module("session")
    given = {**GOOD, "arrays": [{**ARRAY, "portals": ["eva01.example.com:3261"]}]}
    arguments = read_arguments(action.ARGUMENT_SPEC, given, Faults(), once)
    plugin = object.__new__(action.ActionModule)
    first, second = plugin.wish(arguments, Faults()), plugin.wish(arguments, Faults())
    assert first == second
    assert str(first.layout.arrays[0].portals[0].portal) == "10.10.1.21:3261"
    assert asked == ["eva01.example.com"]
    assert given["arrays"][0]["portals"] == ["eva01.example.com:3261"]


def test_names_that_do_not_resolve_beside_other_faults() -> None:
    def nobody(_name: str) -> tuple[str, ...]:
        raise OSError(-2, "Name or service not known")

    faults = Faults()
    given = {**GOOD, "arrays": [{**ARRAY, "portals": ["eva01.example.com", ""]}], "sessions_per_path": 0}
    action = contract.action_module("session")
    plugin = object.__new__(action.ActionModule)
    plugin.check(read_arguments(action.ARGUMENT_SPEC, given, faults, nobody), faults)
    with pytest.raises(BadWish) as caught:
        faults.check()
    assert [fault.partition(": ")[0] for fault in caught.value.faults] == [
        "arrays[0] (eva01).portals[0]",
        "arrays[0] (eva01).portals[1]",
        "sessions_per_path",
    ]


ODD: tuple[t.Any, ...] = (
    *(None, True, 7, 1.5, "", "x", "{", "a=b", '{"name": 3}', b"\x80", datetime.date(2026, 1, 1)),
    *([], [None], [[]], [{}], [True], [7], ["x"], {}, {"a": 1}, {None: None}),
)


def odd_arguments(spec: dict[str, t.Any]) -> Iterator[dict[str, t.Any]]:
    """Yield arguments with each odd value in the place of each option, and of each option within one."""
    needed = GOOD if "arrays" in spec else {}
    for name, option in spec.items():
        yield from ({**needed, name: value} for value in ODD)
        for inner in option.get("options", {}):
            outer = {**ARRAY} if name == "arrays" else {"path": "C:\\initiator.exe"}
            for value in ODD:
                item = {**outer, inner: value}
                yield {**needed, name: [item] if option["type"] == "list" else item}


@pytest.mark.parametrize("module", contract.NAMES)
def test_odd_values_are_taken_or_refused_with_a_sentence(module: str) -> None:
    # A path is looked up on the controller by Ansible's loader, which only a running task has.
    spec = {name: option for name, option in contract.action_module(module).ARGUMENT_SPEC.items() if name != "capture"}
    for given in odd_arguments(spec):
        for fault in check(module, **given):
            assert fault.strip()


def test_long_lists_take_no_long_time() -> None:
    addresses = [f"10.{n // 250}.{n % 250}.9" for n in range(5000)]
    before = time.monotonic()
    faults = check(
        "session", arrays=[{**ARRAY, "portals": addresses, "targets": addresses}], nics=addresses, mesh="full"
    )
    assert len(faults) == 2 * len(addresses) + 1
    assert time.monotonic() - before < 20  # seconds; what grows with the square takes minutes
