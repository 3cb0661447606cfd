# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong, made to happen on a simulated server: each story gives what the collection said of it.

``guide_trouble`` has a section for each of them. What a section says was done, and not done, is looked at here, and
where it says to run again, the story does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.eva.mpio.tests.integration import leftovers
from ansible_collections.eva.mpio.tests.integration.playbook import TaskResult
from ansible_collections.eva.mpio.tests.integration.stage import PORTALS, Stage, array, server
from ansible_collections.eva.mpio.tests.lab.fabric.interface import PortalAddress
from ansible_collections.eva.mpio.tests.lab.laws import Allowance
from ansible_collections.eva.mpio.tests.lab.windows.iscsi import model
from ansible_collections.eva.mpio.tests.lab.windows.storage.multipath_disk import VendorDsm

Make = Callable[..., Stage]
Story = Callable[[Make], list[TaskResult]]

NAME = "files01"
NICS = ("10.10.1.11", "10.10.2.11")
DEAD = PORTALS[3]
OLD, NEW, WRONG = "old-secret-0001", "new-secret-0001", "wrong-secret-01"
CHAP = {"secret": OLD, "name": NAME}
OTHER = {"name": "other", "model": "EVA4400", "ports": [{"address": "10.10.1.91", "controller": "A"}]}


def sound(stage: Make, **kind: Any) -> Stage:
    """Return a server that is as it should be."""
    lab = stage(server(NAME, 1, **kind))
    lab.provision(NAME)
    return lab


def run(lab: Stage, **more: Any) -> TaskResult:
    """Run eva.mpio.host once."""
    return lab.module("host", NAME, lab.whole(NAME, **more))


def session(lab: Stage, **more: Any) -> TaskResult:
    """Run eva.mpio.session once."""
    return lab.module("session", NAME, {**lab.layout(NAME), **more})


def with_secret(lab: Stage, secret: str, **more: Any) -> TaskResult:
    """Run eva.mpio.host once, with another secret of the array."""
    options = lab.whole(NAME, **more)
    options["arrays"][0].update(chap_user=NAME, chap_secret=secret)
    return lab.module("host", NAME, options)


def healed(lab: Stage, faults: Iterable[tuple[str, ...]] = ()) -> None:
    """Undo the faults, run again and fail unless the server is as it should be."""
    for fault in faults:
        lab.fleet.faults.heal(*fault)
    lab.provision(NAME)
    lab.is_redundant(NAME)


def use_disks(lab: Stage) -> None:
    """Let the server use every disk."""
    disks = lab.fleet.host(NAME).disks
    for letter, disk in zip("EFG", disks.disk_views(), strict=True):
        disks.mount(disk.naa, letter)


def a_portal_does_not_answer(stage: Make) -> list[TaskResult]:
    lab = stage(server(NAME, 1))
    lab.fleet.faults.inject("portal-down", DEAD)
    first = run(lab)
    working = tuple(path for path in lab.declared(NAME) if path[1] != DEAD)
    assert lab.truth(NAME).live == lab.truth(NAME).stored == working
    enough = run(lab, minimum_paths=3)
    assert (enough.status, enough["changed"]) == ("ok", False)
    healed(lab, [("portal-down", DEAD)])
    # It dies once more, on a server that is whole: what is stored stays stored.
    lab.fleet.faults.inject("portal-down", DEAD)
    later = run(lab)
    assert len(lab.truth(NAME).stored) == 4
    return [first, enough, later]


def a_nic_is_dead(stage: Make) -> list[TaskResult]:
    lab = sound(stage)
    lab.fleet.faults.inject("nic-down", NICS[1])
    results = [run(lab), run(lab, minimum_paths=2)]
    assert (len(lab.truth(NAME).live), len(lab.truth(NAME).stored)) == (2, 4)
    healed(lab, [("nic-down", NICS[1])])
    missing = lab.module("host", NAME, {**lab.whole(NAME), "nics": [NICS[0], "10.10.2.99"]})
    assert missing["changed"] is False
    return [*results, missing]


def the_array_is_off(stage: Make) -> list[TaskResult]:
    lab = sound(stage)
    for portal in PORTALS:
        lab.fleet.faults.inject("port-down", portal)
    results = [run(lab), session(lab, purge=["stale", "undeclared"])]
    assert [result["changed"] for result in results] == [False, False]
    assert lab.truth(NAME).stored == lab.declared(NAME)
    healed(lab, [("port-down", portal) for portal in PORTALS])
    return results


def the_chap_secret_is_wrong(stage: Make) -> list[TaskResult]:
    lab = stage(server(NAME, 1, chap=CHAP))
    asked = with_secret(lab, WRONG)
    lab.fleet.array("eva01").chap_on_discovery = False
    refused = with_secret(lab, WRONG)
    assert (lab.logins(NAME), lab.truth(NAME).stored) == ([], ())
    healed(lab)
    return [asked, refused]


def the_chap_secret_was_changed_on_the_array(stage: Make) -> list[TaskResult]:
    lab = sound(stage, chap=CHAP)
    lab.fleet.faults.inject("chap-secret", "eva01", NAME, NEW)
    unseen = with_secret(lab, NEW)
    assert (unseen["state"], unseen["changed"]) == ("converged", False)
    wrong = with_secret(lab, WRONG, update_password="always")
    lab.is_redundant(NAME)
    right = with_secret(lab, NEW, update_password="always")
    assert (right["state"], right["changed"]) == ("converged", True)
    lab.is_redundant(NAME)
    return [wrong]


def no_lun_is_presented(stage: Make) -> list[TaskResult]:
    lab = stage(server(NAME, 1, presented=False))
    waiting = run(lab)
    assert (waiting.status, waiting["state"]) == ("ok", "waiting_for_presentation")
    unproven = lab.module("verify", NAME, lab.layout(NAME))
    assert unproven.status == "failed"
    lab.fleet.present(NAME)
    healed(lab)
    options = lab.whole(NAME)
    options["arrays"][0]["luns"] = ["6001-4380-0000-0000-0000-0000-dead-0000"]
    missing = lab.module("host", NAME, options)
    lab.is_redundant(NAME)
    return [waiting, unproven, missing]


def windows_shows_a_lun_several_times(stage: Make) -> list[TaskResult]:
    lab = stage(server(NAME, 1))
    run(lab, reboot=False)
    nic, portal = next(path for path in lab.declared(NAME) if path not in lab.truth(NAME).live)
    leftovers.log_in(lab, NAME, leftovers.request(lab, NAME, portal, nic))
    result = run(lab, reboot=False)
    assert result["changed"] is False
    stuck = run(lab)
    assert (stuck.status, stuck["rebooted"]) == ("failed", False)
    lab.fleet.faults.inject("end-session", NAME, portal, nic)
    healed(lab)
    return [result, stuck]


def windows_must_be_restarted(stage: Make) -> list[TaskResult]:
    lab = stage(server(NAME, 1), arrays=[array(), OTHER])
    host, portal = lab.fleet.host(NAME), PortalAddress("10.10.1.91")
    options = {**lab.whole(NAME), "arrays": lab.whole(NAME)["arrays"][:1]}
    pending = lab.module("host", NAME, {**options, "reboot": False})
    assert (pending.status, pending["state"]) == ("ok", "reboot_required")
    foreign = model.LoginRequest(leftovers.target_at(lab, portal.address, "other"), portal, model.INSTANCE, 1)
    with lab.fleet.laws.fault():
        host.initiator.discovery.add_portal(model.DiscoveryPortal(portal, model.INSTANCE, 1))
    leftovers.log_in(lab, NAME, foreign)
    refused = lab.module("host", NAME, options)
    assert (refused.status, refused["rebooted"]) == ("failed", False)
    leftovers.store(lab, NAME, foreign)
    allowed = lab.module("host", NAME, options)
    assert (allowed["state"], allowed["rebooted"]) == ("converged", True), allowed.message
    return [pending, refused]


def there_are_two_dsms(stage: Make) -> list[TaskResult]:
    lab = stage(server(NAME, 1))
    for module in ("feature", "reboot"):
        assert lab.module(module, NAME, {}).status == "ok"
    with lab.fleet.laws.fault():
        dsm = VendorDsm("HP MPIO Full Featured DSM for EVA", ("HP      HSV340          ",))
        lab.fleet.host(NAME).disks.install_vendor_dsm(dsm)
    lab.fleet.faults.inject("reset", NAME)
    result = run(lab)
    assert (result["changed"], lab.logins(NAME)) == (False, [])
    return [result]


def the_initiator_service_is_disabled(stage: Make) -> list[TaskResult]:
    lab = stage(server(NAME, 1))
    services = lab.fleet.host(NAME).services
    services.set_start("MSiSCSI", 4)
    result = run(lab)
    assert result["changed"] is False
    services.set_start("MSiSCSI", 3)
    healed(lab)
    return [result]


def logins_are_stored_that_nobody_declares(stage: Make) -> list[TaskResult]:
    lab = stage(server(NAME, 1), routed=True)
    lab.provision(NAME)
    for portal, nic in ((PORTALS[0], NICS[1]), (PORTALS[1], None)):
        leftovers.store(lab, NAME, leftovers.request(lab, NAME, portal, nic))
    noted = session(lab)
    assert (noted.status, noted["changed"]) == ("ok", False)
    limited = session(lab, purge=["stale"], purge_limit=1)
    assert len(lab.truth(NAME).stored) == 5
    assert session(lab, purge=["stale"]).status == "ok"
    lab.is_redundant(NAME)
    return [noted, limited]


def a_policy_names_a_lun_that_is_not_there(stage: Make) -> list[TaskResult]:
    lab = sound(stage)
    policies = {"default": "failover_only", "6001-4380-0000-0000-0000-0000-dead-0000": "failover_only"}
    result = lab.module("lun_policy", NAME, {"lun_policies": policies})
    assert (result.status, len(result.steps)) == ("failed", 3)
    shown = lab.module("host_info", NAME, {"gather_subset": ["disks"]})["host"]["disks"]
    assert {disk["policy"] for disk in shown} == {"failover_only"}
    return [result]


def a_disk_is_in_use(stage: Make) -> list[TaskResult]:
    lab = sound(stage, switches={"logout_busy_of_several_succeeds": False})
    use_disks(lab)
    refused = session(lab, state="absent")
    assert refused["changed"] is False
    lab.is_redundant(NAME)
    going = frozenset((NICS[1], PortalAddress(portal)) for portal in (PORTALS[1], DEAD))
    lab.fleet.laws.allow(NAME, Allowance("asked for", 2, stored_logins=True, paths=going))
    busy = session(lab, state="absent", nics=[NICS[1]])
    assert (len(lab.truth(NAME).live), len(lab.truth(NAME).stored)) == (4, 2)
    lab.fleet.laws.revoke(NAME)
    healed(lab)
    return [refused, busy]


def the_node_name_would_change(stage: Make) -> list[TaskResult]:
    lab = sound(stage)
    result = lab.module("initiator", NAME, {"node_name": "iqn.1991-05.com.microsoft:files02"})
    assert result["changed"] is False
    return [result]


def the_connection_breaks_in_the_middle(stage: Make) -> list[TaskResult]:
    lab = stage(server(NAME, 1))
    lab.fleet.faults.inject("winrm-cut-command", NAME, "3", "after")
    result = run(lab)
    assert result.status == "failed"
    healed(lab)
    return [result]


def the_host_does_not_answer_in_time(stage: Make) -> list[TaskResult]:
    lab = sound(stage)
    lab.fleet.faults.inject("winrm-late", NAME, "9", "999")
    whole = {"name": "host", "eva.mpio.host": lab.layout(NAME), "ignore_errors": True}
    short = {"ansible_winrm_operation_timeout_sec": 1, "ansible_winrm_read_timeout_sec": 2}
    result = lab.play([whole], changes={NAME: short}).of(NAME)
    healed(lab)
    return [result]


def the_user_has_too_many_shells(stage: Make) -> list[TaskResult]:
    lab = sound(stage)
    lab.fleet.faults.inject("quota", NAME)
    result = run(lab)
    healed(lab, [("quota", NAME)])
    return [result]


def access_is_denied(stage: Make) -> list[TaskResult]:
    lab = sound(stage)
    lab.fleet.faults.inject("access-denied", NAME)
    denied = run(lab)
    healed(lab, [("access-denied", NAME)])
    filtered = run(stage(server(NAME, 1, elevated=False)))
    assert [step["step"] for step in filtered["steps"] if step["failed"]] == ["feature Multipath I/O: enable"]
    return [denied, filtered]


STORIES: Mapping[str, Story] = {
    story.__name__.replace("_", " "): story
    for story in (
        a_portal_does_not_answer,
        a_nic_is_dead,
        the_array_is_off,
        the_chap_secret_is_wrong,
        the_chap_secret_was_changed_on_the_array,
        no_lun_is_presented,
        windows_shows_a_lun_several_times,
        windows_must_be_restarted,
        there_are_two_dsms,
        the_initiator_service_is_disabled,
        logins_are_stored_that_nobody_declares,
        a_policy_names_a_lun_that_is_not_there,
        a_disk_is_in_use,
        the_node_name_would_change,
        the_connection_breaks_in_the_middle,
        the_host_does_not_answer_in_time,
        the_user_has_too_many_shells,
        access_is_denied,
    )
}
"""By the title of the section, in lower case and without what is no letter."""
