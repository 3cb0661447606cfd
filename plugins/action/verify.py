# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proof of redundancy for every declared LUN."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.eva.mpio.plugins.plugin_utils._action import ReadAction
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Host
from ansible_collections.eva.mpio.plugins.plugin_utils._options import LAYOUT, POLICIES, RELEASE, ArgumentSpec
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_needed
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.proof import prove_host
from ansible_collections.eva.mpio.plugins.plugin_utils._report.plan import finding_row, sentence
from ansible_collections.eva.mpio.plugins.plugin_utils._report.proof import proof_row
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, layout, policies

ARGUMENT_SPEC: ArgumentSpec = {**LAYOUT, **POLICIES, **RELEASE}


class ActionModule(ReadAction):
    """Fails unless redundancy is proven."""

    argument_spec = ARGUMENT_SPEC

    def check(self, arguments: Mapping[str, t.Any], faults: Faults) -> None:
        """Refuse a layout that cannot be."""
        self._wish(arguments, faults)

    def parts(self, arguments: Mapping[str, t.Any]) -> frozenset[str]:
        """Read what the proof looks at."""
        return parts_needed(self._wish(arguments, Faults()))

    def shape(self, arguments: Mapping[str, t.Any], host: Host) -> dict[str, t.Any]:
        """Return one row for each LUN, and fail with every reason against it."""
        layout_ = layout(arguments, Faults())
        proofs = prove_host(layout_, policies(arguments, Faults()), host)
        result: dict[str, t.Any] = {
            "proven": proofs.proven,
            "luns": [proof_row(lun) for lun in proofs.luns],
            "findings": [finding_row(item) for item in proofs.findings],
        }
        if not proofs.proven:
            against = [item for item in proofs.findings if item.severity is not Severity.NOTE]
            result.update(failed=True, msg=f"redundancy is not proven: {sentence(against)}")
        return result

    @staticmethod
    def _wish(arguments: Mapping[str, t.Any], faults: Faults) -> Desired:
        return Desired(layout=layout(arguments, faults), policies=policies(arguments, faults), proof=True)
