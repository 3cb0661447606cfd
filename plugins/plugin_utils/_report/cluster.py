# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the nodes of a cluster compare, as plain data. Private to the collection."""

from __future__ import annotations

import typing as t

from .._plan.cluster import NodeVerdict
from .._plan.plan import Severity


def node_row(node: NodeVerdict) -> dict[str, t.Any]:
    """Return a node with the LUNs that both see and what is different there."""
    against = [str(item) for item in node.differences if item.severity is not Severity.NOTE]
    return {"name": node.name, "luns": list(node.luns), "equal": not against, "differences": against}
