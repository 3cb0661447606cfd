# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``guide_chap`` and ``guide_removal`` quote is what users see, and what they say of it is so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import leftovers, profiles
from ansible_collections.eva.mpio.tests.integration.playbook import TaskResult
from ansible_collections.eva.mpio.tests.integration.quotes import not_said, said, sections
from ansible_collections.eva.mpio.tests.integration.stage import PORTALS, Stage, array, server
from ansible_collections.eva.mpio.tests.integration.trouble_stories import (
    CHAP,
    DEAD,
    NAME,
    NEW,
    NICS,
    OLD,
    run,
    session,
    sound,
    use_disks,
    with_secret,
)
from ansible_collections.eva.mpio.tests.lab.fabric.interface import PortalAddress
from ansible_collections.eva.mpio.tests.lab.laws import Allowance
from ansible_collections.eva.mpio.tests.lab.spec import ChapSpec

Make = Callable[..., Stage]

pytestmark = pytest.mark.skipif(profiles.CURRENT != "2012r2", reason="the guides quote a server of 2012 R2")


def are_said(guide: str, section: str, *results: TaskResult) -> None:
    """Fail unless the results say all that a section of a guide quotes."""
    texts = [text for result in results for text in said(result)]
    quotes = sections(guide)[section]
    assert quotes
    assert not_said(quotes, texts) == [], texts


def test_secrets_that_cannot_be(stage: Make) -> None:
    lab = stage(server(NAME, 1))
    results = [with_secret(lab, "short"), with_secret(lab, OLD, mutual_chap_secret=OLD)]
    are_said("guide_chap", "which secret is which", *results)
    assert lab.events(NAME, "request") == []


def test_a_new_secret(stage: Make) -> None:
    lab = sound(stage, chap=CHAP)
    lab.fleet.faults.inject("chap-secret", "eva01", NAME, NEW)
    result = with_secret(lab, NEW, update_password="always")
    are_said("guide_chap", "changing a secret", result)
    paths = [step for step in result.steps if not step.startswith("discovery portal")]
    assert [step.rpartition(": ")[2] for step in paths] == ["log in", "store again with the new secret", "log out"] * 4
    assert len(paths) < len(result.steps)
    lab.is_redundant(NAME)


def test_an_array_that_learns_initiators_at_a_login(stage: Make) -> None:
    lab = stage(server(NAME, 1, presented=False), arrays=[array(learns_initiators=True)])
    options = lab.whole(NAME)
    options["arrays"][0].update(chap_user=NAME, chap_secret=NEW, chap_after_first_login=True)
    first = lab.module("host", NAME, options)
    assert first["state"] == "waiting_for_presentation"
    are_said("guide_chap", "arrays that learn initiators at a login", first)
    assert {login.chap for login in lab.logins(NAME)} == {"none"}
    lab.fleet.set_chap(NAME, ChapSpec(NEW, name=NAME))
    lab.fleet.present(NAME)
    mark = lab.now
    second = lab.module("host", NAME, options)
    assert second["state"] == "converged", second.message
    assert {login.chap for login in lab.logins(NAME, mark)} == {"one-way"}
    lab.is_redundant(NAME)
    assert lab.module("host", NAME, options)["changed"] is False


def test_a_purge(stage: Make) -> None:
    lab = stage(server(NAME, 1), routed=True)
    lab.provision(NAME)
    spare = leftovers.request(lab, NAME, PORTALS[0], NICS[1])
    leftovers.store(lab, NAME, spare)
    leftovers.log_in(lab, NAME, spare)
    leftovers.store(lab, NAME, leftovers.request(lab, NAME, PORTALS[1], None))
    task = {"name": "purge", "eva.mpio.session": {**lab.layout(NAME), "purge": ["stale"]}}
    plan = lab.play([task], "--check", "--diff")
    lab.fleet.faults.inject("portal-down", DEAD)
    kept = session(lab, purge=["stale"])
    texts = [*(" ".join(line.split()) for line in plan.output.splitlines()), *said(kept)]
    assert not_said(sections("guide_removal")["what purge removes"], texts) == [], texts
    assert len(lab.truth(NAME).stored) == 6
    lab.fleet.faults.heal("portal-down", DEAD)
    assert session(lab, purge=["stale"]).status == "ok"
    lab.is_redundant(NAME)


def without(lab: Stage, portal: str) -> dict[str, Any]:
    """Return the layout less one target portal."""
    layout = lab.layout(NAME)
    rest = [one for one in layout["arrays"][0]["portals"] if one["address"] != portal]
    return {**layout, "arrays": [{**layout["arrays"][0], "portals": rest}]}


def test_a_port_that_is_given_up(stage: Make) -> None:
    lab = sound(stage)
    use_disks(lab)
    foreign = lab.module("session", NAME, {**without(lab, DEAD), "purge": ["stale", "undeclared"]})
    assert (foreign.status, foreign["changed"]) == ("ok", False)
    going = frozenset({(NICS[1], PortalAddress(DEAD))})
    lab.fleet.laws.allow(NAME, Allowance("given up", 2, stored_logins=True, paths=going))
    gone = {"arrays": [{"name": "eva01", "portals": [DEAD]}], "nics": list(NICS), "state": "absent"}
    results = [lab.module("session", NAME, {**gone, "minimum_paths": 2}), lab.module("portal", NAME, gone)]
    are_said("guide_removal", "give an array port up", *results)
    assert [lab.module(name, NAME, gone)["changed"] for name in ("session", "portal")] == [False, False]
    rest = lab.module("host", NAME, {**lab.whole(NAME), **without(lab, DEAD)})
    assert (rest["state"], rest["changed"]) == ("converged", False), rest.message


def test_an_array_whose_disks_are_in_use(stage: Make) -> None:
    lab = sound(stage)
    use_disks(lab)
    are_said("guide_removal", "give a nic or an array up", session(lab, state="absent"))
    assert run(lab)["changed"] is False
