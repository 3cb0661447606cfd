# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Timers and profiles out of the arguments of a task."""

from __future__ import annotations

import re
import typing as t

import pytest
import yaml

from ansible_collections.eva.mpio.plugins.action.settings import ARGUMENT_SPEC, ActionModule
from ansible_collections.eva.mpio.plugins.doc_fragments.settings import ModuleDocFragment
from ansible_collections.eva.mpio.plugins.plugin_utils._model import TIMER_BY_NAME, TIMERS, Timer
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import BadWish, Faults, read_arguments, settings
from ansible_collections.eva.mpio.tests.unit import contract

GUIDE = contract.ROOT / "docs/docsite/rst/guide_settings.rst"
TESTED = {"source": "our own test, 2026-03", "values": {"pdo_remove_period": 60, "path_verify_enabled": True}}


def of_module(**given: t.Any) -> Desired:
    """What the module settings wishes for."""
    faults = Faults()
    arguments = read_arguments(ARGUMENT_SPEC, given, faults)
    desired = object.__new__(ActionModule).wish(arguments, faults)
    faults.check()
    return desired


def faults_of(**given: t.Any) -> tuple[str, ...]:
    with pytest.raises(BadWish) as refused:
        of_module(**given)
    return refused.value.faults


def of_host(values: dict[str, t.Any], profile: str | None = None, profiles: t.Any = None) -> list[str]:
    """The faults of module host's options, which hold the timers in a mapping."""
    faults = Faults()
    settings(values, profile, profiles, faults, "settings")
    try:
        faults.check()
    except BadWish as error:
        return list(error.faults)
    return []


def test_switches_stay_switches_and_what_is_not_given_is_not_managed() -> None:
    desired = of_module(pdo_remove_period=60, enable_nop_out=True, path_verify_enabled=False)
    assert desired.settings == {"enable_nop_out": True, "path_verify_enabled": False, "pdo_remove_period": 60}
    assert [type(value) for value in desired.settings.values()].count(bool) == 2
    assert desired.settings_sources == {}


def test_the_shipped_profile_is_the_defaults_that_a_source_tells() -> None:
    shipped = of_module(profile="windows_defaults")
    told = {timer.name: timer.default for timer in TIMERS if timer.default is not None}
    assert shipped.settings == told
    assert set(shipped.settings_sources) == set(told)
    assert not {"tcp1323_opts", "disk_path_check", "disk_timeout"} & set(shipped.settings)


def test_what_is_given_by_itself_counts_instead_of_the_profile() -> None:
    desired = of_module(profile="tested", profiles={"tested": TESTED}, pdo_remove_period=90)
    assert desired.settings == {"pdo_remove_period": 90, "path_verify_enabled": 1}
    assert desired.settings_sources == {"path_verify_enabled": "profile tested: our own test, 2026-03"}


def test_a_task_without_anything_to_set_is_refused() -> None:
    [fault] = faults_of(profiles={"tested": TESTED})
    assert "nothing to set" in fault


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("retry_count", 501),
        ("retry_count", -1),
        ("pdo_remove_period", 0),
        ("pdo_remove_period", 2**32),
        ("error_recovery_level", 3),
        ("first_burst_length", 511),
        ("max_burst_length", 2**24),
        ("tcp1323_opts", 4),
        ("link_down_time", -1),
    ],
)
def test_numbers_out_of_range(name: str, value: int) -> None:
    [fault] = faults_of(**{name: value})
    assert fault.startswith(f"{name}: {value} is not between ")


def test_every_timer_takes_its_largest_and_smallest_value() -> None:
    numbers = {name: 512 if "length" in name else 2 for name, one in TIMER_BY_NAME.items() if not one.switch}
    switches = {timer.name: False for timer in TIMERS if timer.switch}
    assert set(of_module(**numbers, **switches).settings) == set(TIMER_BY_NAME)
    assert of_module(retry_count=500, pdo_remove_period=2**32 - 1, link_down_time=0).settings["retry_count"] == 500


@pytest.mark.parametrize(
    ("value", "expected"),
    [*((value, True) for value in (True, "yes", "1", 1)), *((value, False) for value in (False, "off", 0))],
)
def test_switches_in_a_mapping(value: object, expected: bool) -> None:
    assert settings({"enable_nop_out": value}, None, None, Faults()).values["enable_nop_out"] is expected


def test_numbers_in_a_mapping_may_be_texts_and_null_is_nothing() -> None:
    wanted = settings({"pdo_remove_period": " 60", "retry_count": None}, None, {}, Faults())
    assert wanted.values == {"pdo_remove_period": 60}


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"pdo_remove": 60}, "settings.pdo_remove: there is no such timer; known are path_verify_enabled, "),
        ({"enable_nop_out": 2}, "settings.enable_nop_out: 2 is neither true nor false"),
        ({"pdo_remove_period": True}, "settings.pdo_remove_period: True is no whole number"),
        ({"pdo_remove_period": 60.5}, "settings.pdo_remove_period: 60.5 is no whole number"),
        ({"pdo_remove_period": "{{ seconds }}"}, "settings.pdo_remove_period: '{{ seconds }}' is no whole number"),
        ({"profile": "windows_defaults"}, "settings.profile: there is no such timer"),
    ],
)
def test_faults_in_a_mapping_name_their_place(values: dict[str, t.Any], fault: str) -> None:
    [told] = of_host(values)
    assert told.startswith(fault)


@pytest.mark.parametrize(
    ("profile", "profiles", "faults"),
    [
        ("eva", {}, ["settings_profile: 'eva' is no profile; known are windows_defaults"]),
        (None, {"windows_defaults": TESTED}, ["settings_profiles.windows_defaults: this profile is part of"]),
        (None, {"a": 3}, ["settings_profiles.a: it must be a mapping"]),
        (None, {"a": {"source": "x"}}, ["settings_profiles.a: it must be a mapping"]),
        (None, {"a": {"values": {}}}, ["settings_profiles.a.source: it must say"]),
        (None, {"a": {"values": {}, "source": "{{ x }}"}}, ["settings_profiles.a.source: it must say"]),
        (None, {"a": {**TESTED, "note": 1}}, ["settings_profiles.a: it has source and values, and nothing like note"]),
        (
            "a",
            {"a": {"source": "x", "values": {"retry_count": 900}}, "b": {"source": "x", "values": {"none": 1}}},
            ["settings_profiles.a.values.retry_count: 900 is not", "settings_profiles.b.values.none: there is no"],
        ),
    ],
)
def test_profiles_are_looked_at_whether_they_are_used_or_not(profile: str, profiles: t.Any, faults: list[str]) -> None:
    told = of_host({}, profile, profiles)
    assert len(told) == len(faults)
    assert all(one.startswith(expected) for one, expected in zip(told, faults, strict=True))


# ---- what people are told


def default_in_words(timer: Timer) -> str:
    assert timer.default is not None
    return ("on" if timer.default else "off") if timer.switch else str(timer.default)


def test_the_guide_tells_the_defaults_and_their_sources() -> None:
    rows = re.findall(
        r"\* - ``(\w+)``\n +- ``\w+``\n +- (\w+)[^\n]*\n +- ([^\n]*)\n", GUIDE.read_text(encoding="utf-8")
    )
    told: dict[str, tuple[str, str]] = {}
    source = ""
    for name, default, words in rows:
        source = source if words.startswith("the same") else words.replace("``", "")
        told[name] = (default, source)
    assert told == {timer.name: (default_in_words(timer), timer.source) for timer in TIMERS if timer.source}


def test_the_documentation_tells_defaults_and_ranges() -> None:
    options = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    for timer in TIMERS:
        text = " ".join(options[timer.name]["description"])
        default = re.search(r"Windows' default is (?:V\((\w+)\)|(\d+))", text)
        words = None if default is None else default[1] or default[2]
        expected = (
            None if timer.default is None else str(bool(timer.default)).lower() if timer.switch else str(timer.default)
        )
        assert words == expected, timer.name
        bounds = re.search(r"[Ff]rom (\d+) to (\d+)", text)
        if not timer.switch and timer.name != "tcp1323_opts":  # which names its four values
            assert bounds, timer.name
            assert (int(bounds[1]), int(bounds[2])) == (timer.lowest, timer.highest), timer.name
