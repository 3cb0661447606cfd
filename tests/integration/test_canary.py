# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Canary secrets, looked for in everything that runs print, return, log or leave in a file, and in the lab's events.

What Ansible shows because a playbook tells it to is its own matter, and not looked for here: a ``debug`` task that
prints a variable, and the inventory and the variables' files themselves.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest

from ansible_collections.eva.mpio.tests.integration.playbook import Run
from ansible_collections.eva.mpio.tests.integration.stage import SUBSET, Stage, fleet_of, server, staged
from ansible_collections.eva.mpio.tests.lab.fabric.interface import Chap

ONE_WAY, MUTUAL, WRONG = "oneway", "mutual", "wrong"
CANARIES = {
    "one way": "c4n<one>&way/1?",
    "mutual": "c4n<two>&way/2?",
    "own": "c4n<own>&way/3?",
    "rotated": "c4n<new>&way/4?",
    "mistaken": "c4n<not>&way/5?",
    "password": "C4n<pas>&wor/6?ü",
}
"""Secrets that look different in every way to write them, and that nothing else spells."""
HOST = {
    "arrays": "{{ multipath_arrays }}",
    "nics": "{{ multipath_nics }}",
    "mutual_chap_secret": "{{ multipath_mutual_chap_secret | default(omit) }}",
    "lun_policies": SUBSET,
    "update_password": "{{ renew | default('on_create') }}",
    "device_timeout": 2,
    "pre_reboot_delay": 0,
    "reboot": True,
}
PROVISION = {"name": "Provision", "eva.mpio.host": HOST, "register": "result", "ignore_errors": True}
FACTS = {"name": "Facts", "eva.mpio.host_info": {"capture": "{{ folder }}/capture-{{ inventory_hostname }}"}}
KEEP = {"name": "Keep", "ansible.builtin.set_fact": {"kept": "{{ result }}", "cacheable": True}}
SHOW = {"name": "Show", "ansible.builtin.debug": {"var": "result"}}
CRASH = '''
from ansible.plugins.callback import CallbackBase
from ansible_collections.eva.mpio.plugins.plugin_utils import _engine

DOCUMENTATION = """
name: crash
type: notification
short_description: Let the engine crash
description: Raises an exception that shows all that the engine has in its hands.
"""


def crash(desired, host, memory):
    raise RuntimeError(f"a crash: {desired!r} {desired} {host!r} {memory!r}")


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "crash"

    def v2_playbook_on_task_start(self, task, is_conditional):
        _engine.plan_host = crash
'''


def forms(secret: str) -> set[str]:
    """Return every way in which a secret may be written."""
    found = {secret, escape(secret), html.escape(secret), quote(secret), quote(secret, safe="")}
    found |= {json.dumps(secret)[1:-1], repr(secret)[1:-1], secret[::-1]}
    for octets in (secret.encode(), secret.encode("utf-16-le"), secret.encode("latin-1")):
        found |= {octets.hex(), octets.hex().upper(), octets.hex(" "), octets.hex(":"), str(list(octets))[1:-1]}
        for ahead in range(3):
            # Inside of a longer text, such as user:password, base64 begins at any of three places.
            encoded = base64.b64encode(b"\0" * ahead + octets + b"\0\0\0").decode()
            found.add(encoded[4 * bool(ahead) : len(encoded) // 4 * 4 - 8])
    return found


def found_in(text: str) -> list[str]:
    """Return the canaries that a text holds, in whatever form."""
    return [name for name, secret in CANARIES.items() for form in forms(secret) if form in text]


@dataclass
class Story:
    """Servers and what was run against them."""

    stage: Stage
    runs: dict[str, Run] = field(default_factory=dict)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Everything that a playbook does with secrets, as loud as can be: first, failing, rotating, crashing."""
    one_way = {"secret": CANARIES["one way"], "name": "host"}
    both = {"secret": CANARIES["mutual"], "name": "host", "mutual_name": "eva01", "mutual_secret": CANARIES["own"]}
    fleet = fleet_of(
        server(ONE_WAY, 1, chap=one_way),
        server(MUTUAL, 2, release="2008", chap=both),
        server(WRONG, 3, release="2022", chap=one_way),
        defaults={"luns": 1, "password": CANARIES["password"]},
    )
    with staged(fleet, tmp_path_factory.mktemp("canary")) as stage:
        story = Story(stage)
        mistaken = {WRONG: {"multipath_arrays": with_secret(stage, WRONG, "mistaken")}}
        play(story, "check", [PROVISION], "--check", "--diff", "-vvvvv", changes=mistaken, ANSIBLE_DEBUG="1")
        play(story, "first", [PROVISION, FACTS, KEEP, SHOW], "--diff", "-vvvvv", changes=mistaken)
        for name in (ONE_WAY, MUTUAL):
            user = "host"
            own = Chap("eva01", CANARIES["own"].encode()) if name == MUTUAL else None
            fleet.array("eva01").set_chap(fleet.node_name(name), Chap(user, CANARIES["rotated"].encode()), own)
        rotated = {name: {"multipath_arrays": with_secret(stage, name, "rotated")} for name in (ONE_WAY, MUTUAL)}
        changes = {**mistaken, **{name: {**more, "renew": "always"} for name, more in rotated.items()}}
        play(story, "rotate", [PROVISION, SHOW], "--diff", "-vvvv", changes=changes, ANSIBLE_DEBUG="1")
        for level in ("-v", "-vv", "-vvv"):
            play(story, level, [PROVISION], level, "--diff", changes=changes, ANSIBLE_CALLBACK_RESULT_FORMAT="json")
        play(story, "minimal", [PROVISION], "-v", changes=changes, ANSIBLE_STDOUT_CALLBACK="minimal")
        play(
            story,
            "tree",
            [PROVISION],
            "-v",
            changes=changes,
            ANSIBLE_CALLBACKS_ENABLED="result_lines,ansible.builtin.tree",
        )
        (stage.directory / "callbacks").mkdir()
        (stage.directory / "callbacks" / "crash.py").write_text(CRASH, encoding="utf-8")
        crashing = {"ANSIBLE_CALLBACKS_ENABLED": "result_lines,crash"}
        play(story, "crash", [PROVISION], "-vvvvv", changes=changes, callbacks="callbacks", **crashing)
        yield story


def with_secret(stage: Stage, host: str, canary: str) -> list[dict[str, Any]]:
    """Return a server's arrays with another secret."""
    return [{**each, "chap_secret": CANARIES[canary]} for each in stage.variables(host)["multipath_arrays"]]


def play(story: Story, name: str, tasks: Any, *options: str, changes: Any, callbacks: str = "", **more: str) -> None:
    """Run tasks with everything on that leaves something behind."""
    folder = story.stage.directory
    there = Path(__file__).parent / "callbacks"
    environment = {
        "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
        "ANSIBLE_KEEP_REMOTE_FILES": "1",
        "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
        "ANSIBLE_RETRY_FILES_ENABLED": "1",
        "ANSIBLE_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(folder / "facts"),
        "ANSIBLE_CALLBACK_TREE_DIR": str(folder / "tree"),
        "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1",
        "ANSIBLE_CALLBACK_PLUGINS": f"{there}:{folder / callbacks}" if callbacks else str(there),
        **more,
    }
    run = story.stage.play(tasks, *options, "-e", f"folder={folder}", changes=changes, environment=environment)
    story.runs[name] = run


def test_the_runs_were_what_they_claim_to_be(story: Story) -> None:
    for name in (ONE_WAY, MUTUAL):
        assert story.runs["check"].ok(name)["changed"] is True
        assert story.runs["first"].ok(name, "Provision")["state"] == "converged"
        assert story.runs["rotate"].ok(name, "Provision")["changed"] is True
        assert story.runs["-v"].ok(name)["state"] == "converged"
    assert "CHAP" in story.runs["first"].of(WRONG, "Provision").message
    assert {result.status for result in story.runs["crash"].results} == {"failed"}
    assert "a crash: Desired(" in story.runs["crash"].output
    assert "WSMAN" in story.runs["first"].output
    assert (story.stage.directory / "ansible.log").stat().st_size > 10_000
    assert list((story.stage.directory / "facts").iterdir())
    assert list((story.stage.directory / "tree").iterdir())
    assert len(list(story.stage.directory.glob("capture-*"))) == 3


def test_no_run_prints_or_returns_a_secret(story: Story) -> None:
    for name, run in story.runs.items():
        assert (name, found_in(run.output)) == (name, [])
        assert (name, found_in(json.dumps([result.result for result in run.results], ensure_ascii=False))) == (name, [])


def test_no_file_holds_a_secret(story: Story) -> None:
    inputs = {story.stage.directory / "inventory.yml"}
    files = [path for path in story.stage.directory.rglob("*") if path.is_file() and path not in inputs]
    assert len(files) > 20
    holding = [(path.name, found_in(path.read_bytes().decode("utf-8", errors="surrogateescape"))) for path in files]
    assert [(name, found) for name, found in holding if found] == []


def test_no_command_line_and_no_event_of_the_servers_holds_a_secret(story: Story) -> None:
    events = story.stage.fleet.events()
    assert any(event["kind"] == "command" for event in events)
    assert found_in(json.dumps(events, ensure_ascii=False, default=str)) == []


@pytest.mark.parametrize("secret", CANARIES.values())
def test_the_search_finds_every_form(secret: str) -> None:
    """The search itself, with the octets of a secret within longer ones."""
    texts = [f"a{secret}b", escape(secret), quote(secret), secret.encode().hex().upper()]
    texts += [base64.b64encode(f"{'x' * n}{secret}yz".encode()).decode() for n in range(4)]
    texts += [f"password: {json.dumps(secret)}", secret.encode("utf-16-le").hex()]
    assert [found_in(text) != [] for text in texts] == [True] * len(texts)
