# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Windows releases a simulated server can be: every difference between them is data in one row."""

from __future__ import annotations

from dataclasses import dataclass, replace

ARCHITECTURES = ("x64", "x86")

_KERNEL_OF_X86 = 0xFFFFFFFF80000000
"""A 32-bit kernel address in a 64-bit field is extended by its sign (``ffffffff89c1346c``, recorded session ids)."""
_SINCE_VISTA = (6, 0)


@dataclass(frozen=True)
class Release:
    """One Windows Server release; with ``installed`` one edition of it."""

    key: str
    caption: str
    """Win32_OperatingSystem.Caption of the x64 edition."""
    version: str
    """Kernel version with build, ``6.3.9600``."""
    registry_product_name: str
    initiator_banner: str
    """What follows "Microsoft iSCSI Initiator Version" (captured banners: 6.1 Build 7601, 6.2 Build 9200, 10.0 Build
    14393; the others follow them, and that of the 2003 package its file name)."""
    kernel_pointer_base: int
    """Session ids begin with a kernel address of the adapter; the first bits tell the release's address range."""
    service_pack: int = 0
    other_builds: tuple[tuple[str, int], ...] = ()
    """Further builds of the release, with their service packs."""
    caption_of_x86: str | None = None
    """Caption of the x86 edition, None where there is none."""
    initiator_included: bool = True
    """Server 2003 needs a separate package; from 2008 the initiator is part of Windows (HP P6000 guide)."""
    mpclaim_dialect: str | None = "6.1"
    """Which help text mpclaim has: "6.0", "6.1", or None where there is no mpclaim."""
    microsoft_dsm_driver: str = "msdsm"
    """Microsoft's DSM: ``msiscdsm`` comes with the initiator package of 2003 (KB 977506), ``msdsm`` with Windows."""
    has_dism: bool = True
    """DISM services the running system from 2008 R2 (TechNet: Deployment Image Servicing and Management)."""
    has_server_manager_command: bool = False
    """ServerManagerCmd came with 2008, is deprecated in 2008 R2 and gone in 2012; never on Server Core."""
    has_ocsetup: bool = False
    """ocsetup came with 2008; gone in 2012 (Microsoft: features removed or deprecated in Windows Server 2012)."""
    has_optional_feature_class: bool = True
    """Win32_OptionalFeature exists from 2008 R2."""
    has_server_feature_class: bool = True
    """Win32_ServerFeature exists from 2008."""
    has_storage_namespace: bool = True
    """root/Microsoft/Windows/Storage exists from 2012."""
    core_sku: int = 7
    """Win32_OperatingSystem.OperatingSystemSKU of Server Core: 13 on 2008 and 2008 R2 ("Standard Server Core"); from
    2012 a server can change over, and the number stays that of the edition."""
    registry_names_installation_type: bool = True
    """Whether ``InstallationType`` stands beside the version; taken to come with 2008 R2, which no source settles."""
    architecture: str = "x64"
    core: bool = False
    """Whether it is Server Core."""

    @property
    def major_minor(self) -> tuple[int, int]:
        """The kernel version without the build."""
        major, minor, _unused = self.version.split(".")
        return int(major), int(minor)

    @property
    def build(self) -> str:
        """The build number."""
        return self.version.rpartition(".")[2]

    @property
    def since_vista(self) -> bool:
        """Whether it is Server 2008 or later."""
        return self.major_minor >= _SINCE_VISTA

    @property
    def service_pack_text(self) -> str | None:
        """Win32_OperatingSystem.CSDVersion; None where there is no service pack."""
        return f"Service Pack {self.service_pack}" if self.service_pack else None

    @property
    def system_root(self) -> str:
        """The Windows directory, spelt as the release spells it (recorded on 2003 R2)."""
        return "C:\\Windows" if self.since_vista else "C:\\WINDOWS"

    @property
    def sku(self) -> int:
        """Win32_OperatingSystem.OperatingSystemSKU: 7 is Standard."""
        return self.core_sku if self.core else 7

    @property
    def installation_type(self) -> str:
        """``InstallationType`` in the registry."""
        return "Server Core" if self.core else "Server"

    def installed(self, architecture: str = "x64", core: bool = False, build: str | None = None) -> Release:
        """Return the row for one edition, and one of its builds.

        Raises:
            ValueError: the release has no such edition or build.
        """
        if build not in (None, self.build):
            return self._with_build(build).installed(architecture, core)
        if architecture not in self.architectures:
            raise ValueError(f"there is no {architecture} edition of {self.key}")
        if core and not self.since_vista:
            raise ValueError(f"there is no Server Core of {self.key}")
        x86 = architecture == "x86"
        return replace(
            self,
            architecture=architecture,
            core=core,
            caption=self.caption_of_x86 or self.caption if x86 else self.caption,
            kernel_pointer_base=_KERNEL_OF_X86 if x86 else self.kernel_pointer_base,
            has_server_manager_command=self.has_server_manager_command and not core,
        )

    def _with_build(self, build: str | None) -> Release:
        packs = dict(self.other_builds)
        if build is None or build not in packs:
            raise ValueError(f"there is no build {build} of {self.key}; there are {', '.join((self.build, *packs))}")
        kernel, banner = f"{self.version.rpartition('.')[0]}.{build}", self.initiator_banner.replace(self.build, build)
        return replace(self, version=kernel, service_pack=packs[build], initiator_banner=banner)

    @property
    def architectures(self) -> tuple[str, ...]:
        """The architectures it was made for, as far as the lab has them."""
        return ARCHITECTURES if self.caption_of_x86 else ("x64",)


def _since_2012(key: str, name: str, version: str, kernel_pointer_base: int = 0xFFFF800000000000) -> Release:
    major, minor, build = version.split(".")
    return Release(
        key=key,
        caption=f"Microsoft Windows Server {name} Standard",
        version=version,
        registry_product_name=f"Windows Server {name} Standard",
        initiator_banner=f"{major}.{minor} Build {build}",
        kernel_pointer_base=kernel_pointer_base,
    )


RELEASES: dict[str, Release] = {
    row.key: row
    for row in (
        Release(
            key="2003",
            caption="Microsoft(R) Windows(R) Server 2003 Standard x64 Edition",  # pattern recorded by zenoss/txwinrm
            caption_of_x86="Microsoft(R) Windows(R) Server 2003, Standard Edition",
            version="5.2.3790",
            service_pack=2,
            registry_product_name="Microsoft Windows Server 2003",
            initiator_banner="2.08 Build 3825",
            kernel_pointer_base=0xFFFFFADF00000000,
            initiator_included=False,
            mpclaim_dialect=None,
            microsoft_dsm_driver="msiscdsm",
            has_dism=False,
            has_optional_feature_class=False,
            has_server_feature_class=False,
            has_storage_namespace=False,
            registry_names_installation_type=False,
        ),
        Release(
            key="2008",
            caption="Microsoft\N{REGISTERED SIGN} Windows Server\N{REGISTERED SIGN} 2008 Standard ",
            caption_of_x86="Microsoft\N{REGISTERED SIGN} Windows Server\N{REGISTERED SIGN} 2008 Standard ",
            version="6.0.6002",
            service_pack=2,
            # The first 2008 came as Service Pack 1; KB 4489887 of 2019 made of Service Pack 2 another build.
            other_builds=(("6001", 1), ("6003", 2)),
            registry_product_name="Windows Server (R) 2008 Standard",
            initiator_banner="6.0 Build 6002",
            kernel_pointer_base=0xFFFFFA8000000000,
            mpclaim_dialect="6.0",
            has_dism=False,
            has_server_manager_command=True,
            has_ocsetup=True,
            has_optional_feature_class=False,
            has_storage_namespace=False,
            core_sku=13,
            registry_names_installation_type=False,
        ),
        Release(
            key="2008r2",
            caption="Microsoft Windows Server 2008 R2 Standard ",
            version="6.1.7601",
            service_pack=1,
            registry_product_name="Windows Server 2008 R2 Standard",
            initiator_banner="6.1 Build 7601",
            kernel_pointer_base=0xFFFFFA8000000000,
            has_server_manager_command=True,
            has_ocsetup=True,
            has_storage_namespace=False,
            core_sku=13,
        ),
        _since_2012("2012", "2012", "6.2.9200", 0xFFFFFA8000000000),
        _since_2012("2012r2", "2012 R2", "6.3.9600", 0xFFFFE00000000000),
        _since_2012("2016", "2016", "10.0.14393"),
        _since_2012("2019", "2019", "10.0.17763"),
        _since_2012("2022", "2022", "10.0.20348"),
        _since_2012("2025", "2025", "10.0.26100"),
    )
}
