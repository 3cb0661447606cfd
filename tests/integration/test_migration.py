# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DSM of a server in use is changed, there and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.eva.mpio.tests.integration.dsm_stage import (
    CHANGES,
    HOST,
    allow_change,
    at_rest,
    dsm_server,
    redundant_under,
    wish,
)
from ansible_collections.eva.mpio.tests.integration.stage import fleet_of, staged


@pytest.mark.parametrize("profile", CHANGES)
@pytest.mark.parametrize(("first", "second"), [("microsoft", "hp"), ("hp", "microsoft")])
def test_there_and_back(tmp_path: Path, profile: str, first: str, second: str) -> None:
    with staged(fleet_of(dsm_server(profile, first)), tmp_path) as stage:
        done = stage.module("host", HOST, wish(stage, profile, first))
        assert done.status == "ok", done.message
        for dsm in (second, first):
            allow_change(stage, dsm)
            options = wish(stage, profile, dsm, change_dsm=True)
            changed = stage.module("host", HOST, options)
            assert (changed.status, changed.result.get("state")) == ("ok", "converged"), changed.message
            redundant_under(stage, dsm)
            service = stage.fleet.host(HOST).services.get("MSiSCSI")
            assert service.start_mode == "Auto"
            at_rest(stage, wish(stage, profile, dsm))
