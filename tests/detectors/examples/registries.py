from __future__ import annotations

from tests.detectors.examples.example import (
    NearMiss,
    Positive,
    alnum,
    assigned,
    broken,
    capital,
    hexa,
    leaked,
    made_up,
    small,
    unnamed,
    uuid,
)

_TOKENS = (
    ("NPM_TOKEN", "npm_" + alnum(36)),
    ("PYPI_TOKEN", "pypi-AgEIcHlwaS5vcmc" + alnum(50)),
    ("RUBYGEMS_TOKEN", "rubygems_" + hexa(48)),
    ("NUGET_KEY", "oy2" + small(43)),
    ("CRATES_IO_TOKEN", "cio" + alnum(32)),
    ("DOCKER_TOKEN", "dckr_pat_" + alnum(27)),
    ("DOCKER_SWARM_KEY", "SWMKEY-1-" + alnum(43)),
    ("ARTIFACTORY_KEY", "AKC" + alnum(60)),
    ("ARTIFACTORY_PASSWORD", "AP0" + alnum(8)),
    ("ARTIFACTORY_REFERENCE_TOKEN", "cmVmdGtuOj" + alnum(54)),
    ("CLOJARS_TOKEN", "CLOJARS_" + hexa(60)),
    ("PACKAGIST_TOKEN", "packagist_" + made_up(3, "abcdefghijklmnopqrstuvwxyz") + "_" + hexa(60)),
    ("OPENVSX_TOKEN", "ovsxat_" + uuid()),
    ("CODE_ARTIFACT_TOKEN", "eyJ2ZXIiOjEsImlzdSI6" + alnum(100)),
    ("JSR_TOKEN", "jsrp_" + alnum(40)),
    ("DENO_TOKEN", "ddo_" + alnum(36)),
    ("ANACONDA_TOKEN", "an-" + uuid()),
)
_NAMED = (
    ("SIDEKIQ_KEY", "BUNDLE_ENTERPRISE__CONTRIBSYS__COM=", hexa(8) + ":" + hexa(8)),
    ("NPM_LEGACY_TOKEN", "NPM_TOKEN=", uuid()),
    ("CLOUDSMITH_KEY", "CLOUDSMITH_API_KEY=", hexa(40)),
    ("GEMFURY_TOKEN", "GEMFURY_API_KEY=", alnum(20)),
    ("QUAY_TOKEN", "QUAY_API_KEY=", capital(64)),
    ("LIBRARIES_IO_KEY", "LIBRARIES_IO_API_KEY=", hexa(32)),
    ("HEX_PM_KEY", "HEX_API=", hexa(32)),
)
POSITIVES = (
    Positive("SIDEKIQ_URL", "https://", hexa(8) + ":" + hexa(8), "@gems.contribsys.com/"),
    *leaked(_TOKENS),
    *assigned(_NAMED),
)
NEAR_MISSES = (
    NearMiss("SIDEKIQ_URL", "https://" + hexa(8) + ":" + hexa(8) + "@gems.example.com/"),
    *broken(_TOKENS),
    *unnamed(_NAMED),
)
