# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of releases: which row a host has, and which hosts have none."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import OperatingSystem, Policy, Traits
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import (
    BY_KEY,
    RELEASES,
    ROWS,
    UnsupportedRelease,
    release_of,
)

BOOTED = datetime(2026, 11, 1, 6, 0, tzinfo=timezone.utc)


def system(build: int, service_pack: int = 2, server: bool = True) -> OperatingSystem:
    return OperatingSystem(
        "SRV01", "Microsoft Windows", f"x.{build}", build, service_pack, server, None, 7, 1033, BOOTED
    )


@pytest.mark.parametrize(
    ("build", "key"),
    [
        (3790, "2003"),
        (6001, "2008"),
        (6002, "2008"),
        (6003, "2008"),
        (7600, "2008r2"),
        (7601, "2008r2"),
        (9200, "2012"),
        (9600, "2012r2"),
        (14393, "2016"),
        (17763, "2019"),
        (20348, "2022"),
        (26100, "2025"),
    ],
)
def test_a_release_is_told_by_its_build(build: int, key: str) -> None:
    assert release_of(system(build)).key == key


def test_the_oldest_service_packs() -> None:
    assert release_of(system(6001, 1)).key == "2008", "it first came with service pack 1"
    with pytest.raises(UnsupportedRelease, match=r"Windows Server 2003 with service pack 1.*assume_release"):
        release_of(system(3790, 1))
    assert release_of(system(3790, 1), "2003").key == "2003"


# The last: x64 editions of Windows XP have the build of Server 2003.
@pytest.mark.parametrize("build", [7601, 19045, 22631, 3790])
def test_a_client_is_refused(build: int) -> None:
    with pytest.raises(UnsupportedRelease, match=r"client edition.*assume_release"):
        release_of(system(build, server=False))
    assert release_of(system(build, server=False), "2022").key == "2022"


# Semi-annual releases of Windows Server, Windows 2000, and one that is not out yet.
@pytest.mark.parametrize("build", [16299, 17134, 18362, 18363, 19041, 19042, 25398, 2195, 99999])
def test_an_unknown_build_is_refused(build: int) -> None:
    with pytest.raises(UnsupportedRelease, match=rf"build {build} .*2008 R2 \(7600/7601\).*assume_release"):
        release_of(system(build))
    assert release_of(system(build), "2019").key == "2019"


def test_another_word_is_no_release() -> None:
    with pytest.raises(UnsupportedRelease, match="'2008 R2', which is none of 2003, 2008, 2008r2"):
        release_of(system(7601), "2008 R2")


def test_keys_and_builds_are_unique() -> None:
    assert len(BY_KEY) == len(ROWS)
    assert len(RELEASES) == sum(len(row.builds) for row in ROWS)


def test_the_defaults_of_the_traits_are_those_of_2012() -> None:
    assert BY_KEY["2012"].traits == Traits()


def test_what_decisions_depend_on() -> None:
    old = BY_KEY["2003"].traits
    assert (old.release, old.initiator_included, old.feature_exists, old.claim_list) == ("2003", False, False, False)
    assert old.microsoft_dsm_driver == "msiscdsm"
    for row in ROWS[1:]:
        traits = row.traits
        assert (traits.initiator_included, traits.feature_exists, traits.claim_list) == (True, True, True)
        assert traits.microsoft_dsm_driver == "msdsm"
    assert [row.key for row in ROWS if row.traits.last_claim_holds_mpio] == ["2008"]
    least_blocks = [row.key for row in ROWS if Policy.LEAST_BLOCKS in row.policies]
    assert least_blocks == [row.key for row in ROWS[2:]]
    assert not any(Policy.VENDOR_SPECIFIC in row.policies for row in ROWS)


def test_where_hps_dsm_is_supported() -> None:
    found = {row.key: row.traits.hp_dsm for row in ROWS}
    assert {key for key, word in found.items() if word == "supported"} == {"2003", "2008", "2008r2", "2012"}
    assert {key for key, word in found.items() if word == "override"} == {"2012r2"}
    assert {key for key, word in found.items() if word == "refused"} == {"2016", "2019", "2022", "2025"}


def test_where_disks_can_be_taken_offline() -> None:
    assert [row.key for row in ROWS if not row.traits.offline_disks] == ["2003"]


def test_a_shell_of_utf_8_only_where_it_runs_batch_files() -> None:
    assert {row.key: row.code_page for row in ROWS if row.code_page != 65001} == {"2003": 437, "2008": 437}
