# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Windows releases a simulated server can be: every difference between them is data in one row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    """One Windows Server release."""

    key: str
    caption: str
    """Win32_OperatingSystem.Caption."""
    version: str
    """Kernel version with build, ``6.3.9600``."""
    service_pack: int
    service_pack_text: str | None
    """Win32_OperatingSystem.CSDVersion; None where there is no service pack."""
    registry_product_name: str
    initiator_banner: str
    """What follows "Microsoft iSCSI Initiator Version" (captured banners: 6.1 Build 7601, 6.2 Build 9200)."""
    initiator_included: bool
    """Server 2003 needs a separate package; from 2008 the initiator is part of Windows (HP P6000 guide)."""
    mpclaim_dialect: str | None
    """Which help text mpclaim has: "6.0", "6.1", or None where there is no mpclaim."""
    feature_tool: str | None
    """What installs the MPIO feature: "dism", "servermanagercmd" or None."""
    has_optional_feature_class: bool
    """Win32_OptionalFeature exists from 2008 R2."""
    has_server_feature_class: bool
    """Win32_ServerFeature exists from 2008."""
    has_storage_namespace: bool
    """root/Microsoft/Windows/Storage exists from 2012."""
    can_create_instances: bool
    """WinRM creates and deletes WMI instances from 2012 (MS-WSMV, appendix B)."""
    kernel_pointer_base: int
    """Session ids begin with a kernel address of the adapter; the first bits tell the release's address range."""
    console_code_page: int = 437

    @property
    def major_minor(self) -> tuple[int, int]:
        """The kernel version without the build."""
        major, minor, _unused = self.version.split(".")
        return int(major), int(minor)

    @property
    def build(self) -> str:
        """The build number."""
        return self.version.rpartition(".")[2]


RELEASES: dict[str, Release] = {
    row.key: row
    for row in (
        Release(
            key="2012",
            caption="Microsoft Windows Server 2012 Standard",
            version="6.2.9200",
            service_pack=0,
            service_pack_text=None,
            registry_product_name="Windows Server 2012 Standard",
            initiator_banner="6.2 Build 9200",
            initiator_included=True,
            mpclaim_dialect="6.1",
            feature_tool="dism",
            has_optional_feature_class=True,
            has_server_feature_class=True,
            has_storage_namespace=True,
            can_create_instances=True,
            kernel_pointer_base=0xFFFFFA8000000000,
        ),
        Release(
            key="2012r2",
            caption="Microsoft Windows Server 2012 R2 Standard",
            version="6.3.9600",
            service_pack=0,
            service_pack_text=None,
            registry_product_name="Windows Server 2012 R2 Standard",
            initiator_banner="6.3 Build 9600",
            initiator_included=True,
            mpclaim_dialect="6.1",
            feature_tool="dism",
            has_optional_feature_class=True,
            has_server_feature_class=True,
            has_storage_namespace=True,
            can_create_instances=True,
            kernel_pointer_base=0xFFFFE00000000000,
        ),
    )
}
