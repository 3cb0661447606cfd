# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts, plans and proofs as plain data and tables."""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace
from ipaddress import ip_address

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    PARTS,
    Chap,
    Cluster,
    Dependencies,
    Digests,
    DiskUse,
    HpLunPolicy,
    HpPolicy,
    Known,
    NewDiskPolicy,
    Policy,
    TargetPortal,
    Unknown,
    Volume,
    Volumes,
    value_of,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import WantedHpPolicies
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Finding, Severity, Side
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.proof import prove_host
from ansible_collections.eva.mpio.plugins.plugin_utils._report.host import describe, plain
from ansible_collections.eva.mpio.plugins.plugin_utils._report.plan import (
    diff_of,
    diff_text,
    finding_row,
    sentence,
    shown_steps,
    step_row,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._report.proof import HEADINGS, proof_row, table_cells
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    bare_2003,
    converged,
    fresh,
    under_hps,
    without,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import SERVER_2003
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import HP, layout, whole


def test_a_whole_host_is_plain_data() -> None:
    host = converged().host()
    shown = describe(host, PARTS)
    assert json.loads(json.dumps(shown)) == shown
    assert set(shown) == {"os", "release", "sources", "unknown", *PARTS}
    assert shown["unknown"] == {}
    assert set(shown["sources"].values()) == {"wmi"}
    assert shown["os"]["booted"] == "2026-01-01T00:00:00+00:00"
    assert shown["nics"][0]["interfaces"] == ["10.10.1.11/24"]
    assert shown["portals"][0]["portal"] == {"address": "10.10.1.21", "tcp_port": 3260}
    assert shown["sessions"][0]["id"] == "fffffa80-1"
    assert shown["sessions"][0]["connections"][0]["state"] == "full"
    assert shown["logins"][0]["authentication"] == "none"


def test_what_other_parts_tell_of_disks_is_null_with_its_reason() -> None:
    shown = describe(converged().host({"disks"}), ["disks"])
    assert (shown["disks"][0]["policy_from"], shown["disks"][0]["paths"][0]["nic"]) == (None, None)
    assert shown["unknown"] == {
        **dict.fromkeys(("disks.policy_from", "disks.policy_explicit"), "policy_defaults: not read"),
        **dict.fromkeys(("disks.paths.nic", "disks.paths.portal", "disks.paths.target"), "sessions: not read"),
    }
    assert describe(converged().host({"disks", "policy_defaults", "sessions"}), ["disks"])["unknown"] == {}


def test_a_diff_as_ansible_prints_it() -> None:
    step = s.SetSetting("link_down_time", 30, source="profile ours: a test", was="15 s", reason="")
    assert diff_text(diff_of([(step, "MPIO is there")], "timers wait")).splitlines() == [
        "--- before: state of the host",
        "+++ after: plan",
        "@@ -1 +1,2 @@",
        "-setting link_down_time: 15 s",
        "+setting link_down_time: 30 s    (profile ours: a test, after MPIO is there)",
        "+reboot_required: timers wait",
    ]
    assert diff_text(diff_of([])) == ""


def test_h_01_an_unknown_part_is_none_with_its_reason() -> None:
    host = without(converged().host(), "sessions", "disks")
    shown = describe(host, ["sessions", "disks", "logins"])
    assert (shown["sessions"], shown["disks"]) == (None, None)
    assert shown["unknown"] == {"sessions": "sessions cannot be read here", "disks": "disks cannot be read here"}
    assert len(shown["logins"]) == 4


def test_only_the_parts_asked_for_are_shown() -> None:
    assert set(describe(converged().host(), ["feature"])) == {"os", "release", "sources", "unknown", "feature"}


def test_how_a_part_was_read_is_shown() -> None:
    host = converged().host()
    host = replace(host, logins=Known(value_of(host.logins), "iscsicli"))
    assert describe(host, ["logins", "sessions"])["sources"] == {"logins": "iscsicli", "sessions": "wmi"}


def test_a_disks_paths_show_the_session_that_carries_them() -> None:
    truth = converged()
    shown = describe(truth.host(), ["disks"])["disks"]
    first = all_paths(truth)[0]
    assert [path["nic"] for path in shown[0]["paths"]] == ["10.10.1.11", "10.10.2.11"] * 2
    assert shown[0]["paths"][0]["portal"] == plain(first.portal)
    assert shown[0]["paths"][0]["target"] == first.target
    assert shown[0]["paths"][0]["id"] == "0000000077030001"
    assert shown[0]["policy"] == "round_robin_with_subset"
    unjoined = describe(without(truth.host(), "sessions"), ["disks"])["disks"]
    assert [path["nic"] for path in unjoined[0]["paths"]] == [None] * 4


def test_l_22_a_disk_shows_where_its_policy_comes_from() -> None:
    truth = converged()
    truth.policies = {truth.arrays[0].luns[1].wwn: Policy.FAILOVER_ONLY}
    host = truth.host()
    shown = [(disk["policy_from"], disk["policy_explicit"]) for disk in describe(host, ["disks"])["disks"]]
    assert shown == [("built_in", False), ("lun", True)]
    truth.dsm_policy = Policy.ROUND_ROBIN
    assert describe(truth.host(), ["disks"])["disks"][0]["policy_from"] == "dsm"
    unread = describe(without(host, "policy_defaults"), ["disks"])["disks"]
    assert {(disk["policy_from"], disk["policy_explicit"]) for disk in unread} == {(None, None)}


def test_ipv6_and_nothing_are_plain() -> None:
    portal = TargetPortal(ip_address("fd00::21"), 3261)
    assert plain(portal) == {"address": "fd00::21", "tcp_port": 3261}
    assert (plain(None), plain((portal,)), str(portal)) == (None, [plain(portal)], "[fd00::21]:3261")


def test_a_step_as_a_row() -> None:
    path = all_paths(fresh())[0]
    step = s.Login(path.nic, path.portal, None, Chap("u", "topsecrettop"), reason="because")
    row = step_row(step, "iscsicli ...", "the targets are discovered")
    assert row == {
        "step": "session 10.10.1.11 -> 10.10.1.21:3260 -> each target found there: log in",
        "why": "because",
        "after": "the targets are discovered",
        "rule": True,
        "only_if_needed": False,
        "command": "iscsicli ...",
        "drops_path": False,
        "needs_reboot": False,
        "failed": False,
    }
    assert step_row(s.Reboot(reason="x"), "shutdown")["drops_path"] is True
    assert step_row(s.EnableFeature(reason="x"), "dism")["needs_reboot"] is True


def test_a_diff_shows_what_stands_there_and_what_comes() -> None:
    diff = diff_of(
        [(s.SetServiceStart("MSiSCSI", reason="", was="start manual"), None), (s.Reboot(reason=""), "the rest")]
    )
    assert diff["before"] == "service MSiSCSI: start manual\n"
    assert diff["after"] == "service MSiSCSI: start automatically\nWindows: restart    (after the rest)\n"


def test_what_a_run_itself_has_made_did_not_stand_there_before() -> None:
    steps = [
        s.TakeDiskOffline("6001", reason="", was="online"),
        s.SetServiceStart("MSiSCSI", s.StartType.MANUAL, reason="", was="start automatically"),
        s.Reboot(reason=""),
        s.StartService("MSiSCSI", reason="", was="stopped"),
        s.BringDiskOnline("6001", reason="", was="offline"),
        s.SetServiceStart("MSiSCSI", reason="", was="start on demand only"),
    ]
    diff = diff_of([(step, None) for step in steps])
    assert diff["before"] == "disk of LUN 6001: online\nservice MSiSCSI: start automatically\n"
    assert diff["after"].count("\n") == len(steps)


def test_a_plan_in_order_with_what_steps_wait_for() -> None:
    plan = plan_host(whole(), fresh().host())
    shown = shown_steps(plan)
    assert [step for step, _after in shown] == [item.step for item in plan.steps if not item.fallback]
    assert shown[0][1] is None
    secret = diff_of(shown_steps(plan_host(whole(layout(chap=Chap("u", "topsecrettop"))), fresh().host())))
    assert "topsecret" not in str(secret)


def test_findings() -> None:
    one = Finding(Severity.PROBLEM, Side.ARRAY, "LUN 1", "it is not there")
    other = Finding(Severity.REFUSAL, Side.HOST, "service", "it is disabled")
    assert finding_row(one) == {"severity": "problem", "side": "array", "where": "LUN 1", "text": "it is not there"}
    assert sentence([one, other]) == "LUN 1: it is not there (array side); service: it is disabled (host side)"


def test_one_cause_at_several_places_is_told_once() -> None:
    found = [Finding(Severity.PROBLEM, Side.ARRAY, f"LUN {number}", "it is not there") for number in range(6)]
    elsewhere = Finding(Severity.PROBLEM, Side.HOST, "LUN 1", "it is not there")
    told = sentence([found[0], elsewhere, *found[1:]])
    assert told == (
        "LUN 0, LUN 1, LUN 2, LUN 3 and 2 more: it is not there (array side); LUN 1: it is not there (host side)"
    )
    assert sentence(found[:4]) == "LUN 0, LUN 1, LUN 2, LUN 3: it is not there (array side)"


def rows(**disk: t.Any) -> list[dict[str, t.Any]]:
    host = converged().host()
    host = replace(host, disks=Known(tuple(replace(one, **disk) for one in value_of(host.disks))))
    return [proof_row(lun) for lun in prove_host(layout(), None, host).luns]


def test_a_proof_as_a_row_of_the_table() -> None:
    row = rows()[0]
    assert json.loads(json.dumps(row)) == row
    assert table_cells(row) == (
        row["wwn"],
        "eva01",
        "4/4",
        "10.10.1.11 10.10.2.11",
        "10.10.1.0/24 10.10.2.0/24",
        "target port group 1 target port group 2",
        "round_robin_with_subset",
        "4/4",
        "proven",
    )
    assert len(table_cells(row)) == len(HEADINGS)


def test_a_policy_of_hps_dsm_is_shown_by_its_name() -> None:
    host = under_hps().host()
    told = tuple(HpLunPolicy(disk.wwn, HpPolicy.ROUND_ROBIN) for disk in value_of(host.disks))
    host = replace(host, hp_policies=Known(told))
    for wanted, shown in ((WantedHpPolicies(), ("rr", "rr")), (None, (None, "vendor_specific"))):
        proofs = prove_host(replace(layout(), owner=HP), None, host, hp_policies=wanted)
        row = proof_row(proofs.luns[0])
        assert row["policy"] == "vendor_specific"
        assert (row["hp_policy"], table_cells(row)[6]) == shown


def test_what_is_not_known_is_not_shown_as_nothing() -> None:
    row = rows(policy=None)[0]
    assert table_cells(row)[6] == "unknown"
    failed = rows(paths=())
    assert failed == []
    assert rows(policy=Policy.FAILOVER_ONLY)[0]["policy"] == "failover_only"


def test_a_lun_whose_controllers_nobody_knows() -> None:
    host = converged().host()
    disk = value_of(host.disks)[0]
    blind = replace(disk, paths=tuple(replace(path, target_port_group=None) for path in disk.paths))
    (lun,) = prove_host(layout(), None, replace(host, disks=Known((blind,)))).luns
    row = proof_row(lun)
    assert row["controllers"] is None
    assert table_cells(row)[5] == "not known"


def test_a_host_says_its_release_and_whom_a_restart_would_hit() -> None:
    truth = converged(traits=SERVER_2003, users=("FILES01\\anna",))
    truth.cluster = Cluster(member=True, groups=Known(("SQL",)))
    shown = describe(truth.host(), ["users", "cluster"])
    assert (shown["release"], shown["users"]) == ("2003", ["FILES01\\anna"])
    assert shown["cluster"] == {"member": True, "groups": ["SQL"], "nodes": [], "disks": []}
    assert shown["unknown"] == {}
    truth.cluster = Cluster(member=True, groups=Unknown("no OwnerNode"))
    shown = describe(truth.host(), ["cluster"])
    assert (shown["cluster"]["groups"], shown["unknown"]) == (None, {"cluster.groups": "no OwnerNode"})


def test_what_a_host_needs_at_boot_and_of_a_cluster_is_plain() -> None:
    host = replace(
        converged().host(),
        cluster_addresses=Known((ip_address("10.10.1.99"),)),
        isns_servers=Known(("isns.example.com",), "registry"),
        disk_use=Known((DiskUse(2, True, "it is online and has 2 partitions"),)),
        volumes=Known(Volumes(("E:\\",), (Volume("E:", 2),))),
        dependencies=Known((Dependencies("MSSQLSERVER", ("MSiSCSI", "+TDI")), Dependencies("gone", None))),
        new_disk_policy=Known(NewDiskPolicy.OFFLINE_SHARED),
    )
    parts = ("cluster_addresses", "isns_servers", "disk_use", "volumes", "dependencies", "new_disk_policy")
    shown = describe(host, parts)
    assert json.loads(json.dumps(shown)) == shown
    assert shown["cluster_addresses"] == ["10.10.1.99"]
    assert shown["isns_servers"] == ["isns.example.com"]
    assert (
        shown["disk_use"][0].items()
        >= {
            "number": 2,
            "in_use": True,
            "why": "it is online and has 2 partitions",
        }.items()
    )
    assert shown["volumes"] == {"bound": ["E:\\"], "mounted": [{"letter": "E:", "disk": 2}]}
    assert shown["dependencies"] == [
        {"service": "MSSQLSERVER", "names": ["MSiSCSI", "+TDI"]},
        {"service": "gone", "names": None},
    ]
    assert shown["new_disk_policy"] == "offline_shared"
    assert shown["unknown"] == {}
    assert describe(replace(host, new_disk_policy=Known(None)), parts)["new_disk_policy"] is None


def test_chap_and_digests_are_shown_where_they_are_known() -> None:
    host = converged().host()
    login = replace(value_of(host.logins)[0], user="files01", digests=Digests(True, None))
    shown = describe(replace(host, logins=Known((login,))), ["logins"])["logins"][0]
    assert (shown["user"], shown["digests"]) == ("files01", {"header": True, "data": None})


def test_a_host_without_an_initiator_says_so() -> None:
    shown = describe(bare_2003().host(), ["initiator_service", "sessions"])
    assert shown["initiator_service"]["state"] == "Absent"
    assert "sessions" in shown["unknown"]


def test_a_policy_of_hps_dsm_is_told_by_the_name_that_options_take() -> None:
    assert plain(HpLunPolicy("6001", HpPolicy.SHORTEST_QUEUE_SERVICE_TIME)) == {"wwn": "6001", "policy": "sqst"}
