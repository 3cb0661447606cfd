# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof of redundancy as plain data and as a table. Private to the collection."""

from __future__ import annotations

import typing as t

from .._judge.redundancy import LunProof

HEADINGS: t.Final = ("LUN", "array", "paths", "NICs", "fabrics", "controllers", "policy", "stored", "verdict")


def proof_row(proof: LunProof) -> dict[str, t.Any]:
    """Return the verdict on one LUN as plain data."""
    return {
        "wwn": proof.wwn,
        "array": proof.array,
        "paths_working": proof.working,
        "paths_wanted": proof.wanted_paths,
        "nics": [str(address) for address in proof.nics],
        "fabrics": list(proof.fabrics),
        "portals": [str(portal) for portal in proof.portals],
        "controllers": None if proof.controllers is None else list(proof.controllers),
        "policy": proof.disk.policy.name.lower() if proof.disk.policy else None,
        "hp_policy": proof.hp_policy.label if proof.hp_policy else None,
        "persistent_logins": proof.stored,
        "proven": proof.proven,
        "reasons": list(proof.reasons),
    }


def table_cells(row: dict[str, t.Any]) -> tuple[str, ...]:
    """Return one row of the table under :data:`HEADINGS`."""
    controllers = row["controllers"]
    return (
        row["wwn"],
        row["array"],
        f"{row['paths_working']}/{row['paths_wanted']}",
        " ".join(row["nics"]) or "-",
        " ".join(row["fabrics"]) or "-",
        "not known" if controllers is None else " ".join(controllers) or "-",
        row["hp_policy"] or row["policy"] or "unknown",
        f"{row['persistent_logins']}/{row['paths_wanted']}",
        "proven" if row["proven"] else "NOT PROVEN",
    )
