"""Tokens of package and container registries."""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import HEX32, UUID, beside, prefixed, shaped

_DOCKER = "https://docs.docker.com/security/access-tokens/"
_JFROG = "https://jfrog.com/help/r/jfrog-platform-administration-documentation/api-key"
_SIDEKIQ = "https://github.com/sidekiq/sidekiq/wiki/Commercial-FAQ"

DETECTORS: tuple[CredentialDetector, ...] = (
    *prefixed(
        ("NPM_TOKEN", "npm_", r"[A-Za-z0-9]{36}", "npm Docs, 'About access tokens'"),
        # A macaroon whose base64 begins with the location of the index or of its test instance.
        (
            "PYPI_TOKEN",
            "pypi-AgE",
            r"(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[A-Za-z0-9_\-]{50,1000}",
            "PyPI Help, 'How can I use API tokens to authenticate with PyPI?'",
        ),
        ("RUBYGEMS_TOKEN", "rubygems_", r"[a-f0-9]{48}", "https://guides.rubygems.org/api-key-scopes/"),
        ("NUGET_KEY", "oy2", r"[a-z0-9]{43}", "https://learn.microsoft.com/en-us/nuget/nuget-org/scoped-api-keys"),
        ("CRATES_IO_TOKEN", "cio", r"[A-Za-z0-9]{32}", "https://doc.rust-lang.org/cargo/reference/publishing.html"),
        ("DOCKER_TOKEN", "dckr_", r"(?:pat|oat)_[A-Za-z0-9_\-]{27,32}", _DOCKER),
        (
            "DOCKER_SWARM_KEY",
            "SWM",
            r"(?:KEY-1-[A-Za-z0-9+/]{43}|TKN-1-[0-9a-z]{50}-[0-9a-z]{25})",
            "https://docs.docker.com/engine/swarm/swarm_manager_locking/",
        ),
        ("ARTIFACTORY_KEY", "AKC", r"[A-Za-z0-9]{60,80}", _JFROG),
        ("ARTIFACTORY_PASSWORD", "AP", r"[0-9A-F][A-Za-z0-9]{8,80}", _JFROG),
        ("ARTIFACTORY_REFERENCE_TOKEN", "cmVmdGtuOj", r"[A-Za-z0-9]{54}", _JFROG),
        ("CLOJARS_TOKEN", "CLOJARS_", r"[a-f0-9]{60}", "https://github.com/clojars/clojars-web/wiki/Deploy-Tokens"),
        ("PACKAGIST_TOKEN", "packagist_", r"[a-z]{3}_[a-f0-9]{60,72}", "https://packagist.com/docs/api"),
        ("OPENVSX_TOKEN", "ovsxat_", UUID, "https://github.com/eclipse/openvsx/wiki/Publishing-Extensions"),
        (
            "CODE_ARTIFACT_TOKEN",
            "eyJ2ZXIiOjEsImlzdSI6",
            r"[A-Za-z0-9+/_\-.]{100,3000}",
            "https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html",
        ),
        ("JSR_TOKEN", "jsrp_", r"[A-Za-z0-9]{40,80}", "https://jsr.io/docs/publishing-packages"),
        ("DENO_TOKEN", "dd", r"[pow]_[A-Za-z0-9]{36}", "https://docs.deno.com/deploy/manual/ci_github/"),
        (
            "ANACONDA_TOKEN",
            "an-",
            r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            "https://www.anaconda.com/docs/tools/anaconda-org/user-guide/work-with-accounts",
        ),
    ),
    *shaped(
        (
            "SIDEKIQ_URL",
            ".contribsys.com",
            r"[a-f0-9]{8}:[a-f0-9]{8}(?=@(?:gems|enterprise)\.contribsys\.com)",
            _SIDEKIQ,
        ),
    ),
    *beside(
        (
            "SIDEKIQ_KEY",
            "BUNDLE_ENTERPRISE__CONTRIBSYS__COM BUNDLE_GEMS__CONTRIBSYS__COM",
            r"[a-f0-9]{8}:[a-f0-9]{8}",
            _SIDEKIQ,
        ),
        (
            "NPM_LEGACY_TOKEN",
            "npm_token _authtoken npm_auth",
            rf"{UUID}|[A-Za-z0-9+/]{{40,64}}={{0,2}}",
            "https://github.blog/2021-09-23-announcing-npms-new-access-token-format/",
        ),
        ("CLOUDSMITH_KEY", "cloudsmith", r"[0-9a-f]{40}", "https://help.cloudsmith.io/docs/api-key"),
        ("GEMFURY_TOKEN", "gemfury fury", r"[A-Za-z0-9]{20}", "https://gemfury.com/help/tokens"),
        ("QUAY_TOKEN", "quay", r"[A-Z0-9]{64}|[A-Za-z0-9]{40}", "https://docs.quay.io/glossary/robot-accounts.html"),
        ("LIBRARIES_IO_KEY", "libraries_io", HEX32, "https://libraries.io/api"),
        ("HEX_PM_KEY", "hex_api hexpm", HEX32, "https://hex.pm/docs/publish"),
    ),
)
