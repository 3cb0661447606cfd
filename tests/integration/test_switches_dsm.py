# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stories with HP's DSM in each position of the switches that decide there: little of it is public."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration.switch_positions import stories_of, told

HP_DSM = ("hp_dsm_name", "hp_dsm_driver", "hp_dsm_silent_argument", "hp_dsm_reboot_exit_code", "vendor_policy_instance")
CHANGE = (*HP_DSM, "two_claimants", "disk_of_other_dsm_is_new")
CLAIMS = ("hp_dsm_needs_mpio", "claim_needs_reboot", "mpclaim_reports_failures")
OFFLINE = ("offline_disks_show_partitions", "partition_names_localised")

DECIDES = {
    ("2003-installed", "provision-hp"): HP_DSM,
    ("2003-installed", "to-hp"): CHANGE,
    ("2003-installed", "to-microsoft"): CHANGE,
    ("2008r2", "to-hp"): CLAIMS,
    ("2008r2", "to-microsoft"): CLAIMS,
    ("2012", "provision-hp"): (*HP_DSM, "hp_dsm_needs_mpio", "feature_needs_reboot", "feature_files_wait_for_reboot"),
    ("2012", "to-hp"): (*CHANGE, *CLAIMS, *OFFLINE),
    ("2012", "to-microsoft"): (*CHANGE, *CLAIMS, *OFFLINE),
}
"""The switches that make a difference in a story with servers of a profile."""
STORIES = stories_of(DECIDES)


@pytest.fixture(autouse=True, scope="module")
def windows_seconds() -> None:
    """Leave the collection's own limits as they are: the sweep's seconds cost nothing."""


@pytest.mark.parametrize(("profile", "story", "name", "value"), STORIES)
def test_the_stories_come_out_right(profile: str, story: str, name: str, value: Any) -> None:
    told(profile, story, name, value)
