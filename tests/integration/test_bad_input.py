# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input: whatever the arguments are, a task ends with a sentence, and what is refused is refused unsent."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.plugins.loader import action_loader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._options import ArgumentSpec
from ansible_collections.eva.mpio.tests.integration.drawn_arguments import arguments, good, spoilt
from ansible_collections.eva.mpio.tests.integration.playbook import TaskResult
from ansible_collections.eva.mpio.tests.integration.stage import Stage, fleet_of, server, staged

MODULES = sorted(path.stem for path in (Path(__file__).parents[2] / "plugins/modules").glob("*.py"))
"""All that there are, so that none is forgotten."""
PYTHON = re.compile(
    r"Traceback|NoneType|object at 0x|<class '|\b(?:Key|Value|Type|Index|Attribute|Unicode\w*|Recursion)Error\b"
    r"|\b(?:IPv[46]Address|Wanted[A-Z]\w+|TargetPortal|Chap|Layout)\("
)
"""What no sentence for people holds."""
bounded = settings(
    deadline=None,
    derandomize=True,
    max_examples=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
each_module = pytest.mark.parametrize("module", MODULES)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A server that has all its paths."""
    spec = server("win1", 1, winrm={"scheme": "http", "transport": "basic"})
    with (
        staged(fleet_of(spec, second=0.005), tmp_path_factory.mktemp("bad")) as stage,
        pytest.MonkeyPatch.context() as no,
    ):
        stage.provision("win1")
        no.setattr(socket, "getaddrinfo", _own_addresses_only(socket.getaddrinfo))
        yield stage


def _own_addresses_only(real: Any) -> Any:
    """No name is looked up in any network."""

    def getaddrinfo(host: Any, *more: Any, **named: Any) -> Any:
        if str(host).startswith("127."):
            return real(host, *more, **named)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    return getaddrinfo


def spec_of(module: str) -> ArgumentSpec:
    """Return the argument spec of a module."""
    spec: ArgumentSpec = action_loader.get(f"eva.mpio.{module}", class_only=True).argument_spec
    return spec


def run(lab: Stage, module: str, options: Mapping[str, Any], check: bool) -> TaskResult:
    """Run a module as Ansible would; what Ansible shows as a failure with a sentence is one."""
    try:
        return lab.module(module, "win1", options, check=check)
    except AnsibleError as error:
        return TaskResult("win1", module, "failed", {"msg": str(error)})


def judge(lab: Stage, module: str, options: Mapping[str, Any]) -> TaskResult:
    """Run a module in check mode, and for real where it is refused, and fail unless all is as it has to be."""
    mark = lab.now
    result = run(lab, module, options, check=True)
    assert result.status in ("ok", "failed")
    assert lab.changes("win1", mark) == []
    if result.status == "failed":
        assert len(result.message) > 10
        assert PYTHON.search(result.message) is None, result.message
    if "faults" not in result.result:
        return result
    assert lab.requests("win1", mark) == {}
    assert result.message.endswith(" (wish side)")
    again = run(lab, module, options, check=False)
    assert (again.status, again["faults"]) == ("failed", result["faults"])
    assert lab.requests("win1", mark) == {}
    return result


@each_module
@bounded
@given(data=st.data())
def test_any_arguments_end_in_a_sentence_and_change_nothing(lab: Stage, module: str, data: st.DataObject) -> None:
    judge(lab, module, data.draw(arguments(spec_of(module))))


@each_module
@bounded
@given(data=st.data())
def test_nor_do_good_ones_with_one_thing_spoilt(lab: Stage, module: str, data: st.DataObject) -> None:
    spec = spec_of(module)
    judge(lab, module, data.draw(spoilt(spec, data.draw(good(module, spec)))))


@each_module
@bounded
@given(data=st.data())
def test_good_arguments_are_not_refused_and_check_mode_only_plans(lab: Stage, module: str, data: st.DataObject) -> None:
    result = judge(lab, module, data.draw(good(module, spec_of(module))))
    assert "faults" not in result.result, result.message
    json.dumps(result.result)  # Ansible sends it through a pipe as that
