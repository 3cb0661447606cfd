# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stories in each position of each switch that they come by; those with HP's DSM are in test_switches_dsm."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import test_switches_dsm, test_switches_elsewhere
from ansible_collections.eva.mpio.tests.integration.switch_positions import (
    CLASSES_OF_THEIR_OWN,
    NEVER_ASKED,
    OPEN,
    stories_of,
    told,
)
from ansible_collections.eva.mpio.tests.lab.windows.switches import Switches

INITIATOR = (
    *("persistent_login_logs_in", "port_number_source", "first_port_number", "dead_portal_is_stored"),
    *("session_local_address_zero_when_any", "digest_offer", "login_facts_on", "device_delay"),
)
FEATURE = ("feature_needs_reboot", "feature_files_wait_for_reboot", "install_state_while_pending")
CLAIMS = ("claim_needs_reboot", "mpclaim_reports_failures", "mpclaim_needs_device_list")
PATHS = (
    *("failed_paths_are_kept", "failed_path_id_in_descriptor", "path_id_top_byte", "path_id_port_offset"),
    *("controller_lu_in_session_devices", "driverless_mpio_classes", "disk_order_seed"),
)
PACKAGE = ("package_needs_reboot", "package_reboot_exit_code", "package_knows_norestart")
DSM_2003 = (
    *("iscsi_dsm_name", "iscsi_dsm_default_policy", "iscsi_dsm_has_least_queue_depth"),
    *("iscsi_dsm_policies_outlive_boots", "driverless_mpio_classes", "failed_paths_are_kept"),
    *("path_id_top_byte", "disk_order_seed"),
)
ON_2003 = ("reg_2003_prints_header", "persistent_login_logs_in", "device_delay", "first_port_number")
ON_2008 = (
    *("least_blocks_on_2008", "default_policy_classes_on_2008", "mpclaim_60_exit_code"),
    *("failed_paths_are_kept", "embedded_arguments_accepted"),
    *("feature_needs_reboot", "feature_files_wait_for_reboot", "claim_needs_reboot", "mpclaim_needs_device_list"),
)

DECIDES = {
    ("2003", "provision"): (*PACKAGE, *DSM_2003, *ON_2003),
    ("2008", "provision"): ON_2008,
    ("2008-core", "provision"): ("core_2008_has_server_feature_class", "feature_needs_reboot", "claim_needs_reboot"),
    ("2008r2", "provision"): ("dism_6_1_knows_english", *FEATURE, *CLAIMS),
    ("2012r2", "provision"): (*INITIATOR, *FEATURE, *CLAIMS, *PATHS),
    ("2012r2", "mend"): (
        *("remove_persistent_removes_all_equal", "logout_busy_of_several_succeeds"),
        *INITIATOR,
        *PATHS,
    ),
    ("2012r2", "rotate"): ("interactive_exit_code", "persistent_login_logs_in", "logout_busy_of_several_succeeds"),
    ("2012r2", "purge"): ("partition_names_localised", "remove_persistent_removes_all_equal"),
}
"""The switches that make a difference in a story with servers of a profile."""
STORIES = stories_of(DECIDES)
RELEASES = ("package_", "_2003", "_2008", "iscsi_dsm_", "script_", "dism_6_1", "mpclaim_60", "embedded_arguments")
"""What the names of switches have in them that matter on old releases alone."""


@pytest.fixture(autouse=True, scope="module")
def windows_seconds() -> None:
    """Leave the collection's own limits as they are: the sweep's seconds cost nothing."""


@pytest.mark.parametrize(("profile", "story", "name", "value"), STORIES)
def test_the_stories_come_out_right(
    profile: str, story: str, name: str, value: Any, request: pytest.FixtureRequest
) -> None:
    if (name, value) in OPEN:
        request.applymarker(pytest.mark.xfail(reason=OPEN[name, value], strict=True))
    told(profile, story, name, value)


def test_every_switch_is_moved_in_a_story_that_comes_by_it() -> None:
    moved = {name for _profile, _story, name, _value in (*STORIES, *test_switches_dsm.STORIES)}
    moved |= test_switches_elsewhere.MOVED | {CLASSES_OF_THEIR_OWN}
    assert moved | NEVER_ASKED.keys() == {field.name for field in fields(Switches)}
    assert not moved & NEVER_ASKED.keys()


def test_every_switch_of_an_old_release_is_moved_on_one() -> None:
    old = {name for profile, _story, name, _value in STORIES if profile < "2012"}
    known = {field.name for field in fields(Switches)} - NEVER_ASKED.keys() - test_switches_elsewhere.MOVED
    assert {name for name in known if any(mark in name for mark in RELEASES)} <= old
