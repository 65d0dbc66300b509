"""Tokens of source control, code review and code analysis."""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import HEX32, HEX40, HEX64, UUID, beside, prefixed, shaped

_GITHUB = (
    "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github"
)
_GITLAB = "https://docs.gitlab.com/security/tokens/#token-prefixes"
_AZURE = (
    "https://learn.microsoft.com/en-us/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate"
)
_BITBUCKET = "https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/"

DETECTORS: tuple[CredentialDetector, ...] = (
    *prefixed(
        ("GITHUB_TOKEN", "gh", r"[opsur]_[A-Za-z0-9]{36,255}", _GITHUB),
        ("GITHUB_TOKEN", "github_pat_", r"[A-Za-z0-9_]{36,255}", _GITHUB),
        # Routable forms are longer and have a part of their own behind a dot.
        (
            "GITLAB_TOKEN",
            "gl",
            (
                r"(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct|wt)-(?:[A-Za-z0-9]{1,2}_)?[A-Za-z0-9_\-]{20,300}"
                r"(?:\.[A-Za-z0-9_\-.]{2,40})?"
            ),
            _GITLAB,
        ),
        ("GITLAB_RUNNER_TOKEN", "GR1348941", r"[A-Za-z0-9_\-]{20,64}", _GITLAB),
        ("GITLAB_SESSION", "_gitlab_session=", r"[0-9a-z]{32}", _GITLAB),
        ("BITBUCKET_APP_PASSWORD", "ATBB", r"[A-Za-z0-9]{28}[A-F0-9]{4,8}|[A-Za-z0-9_\-=]{32}", _BITBUCKET),
        ("BITBUCKET_ACCESS_TOKEN", "ATCTT3xFf", r"[A-Za-z0-9_\-=]{150,200}", _BITBUCKET),
        (
            "SOURCEGRAPH_TOKEN",
            "sgp_",
            r"(?:[A-Za-z0-9]{5,16}_)?[a-fA-F0-9]{40}",
            "https://sourcegraph.com/docs/cli/how-tos/creating_an_access_token",
        ),
        (
            "SONAR_TOKEN",
            "sq",
            r"[apu]_[A-Za-z0-9]{40}",
            "https://docs.sonarsource.com/sonarqube-server/user-guide/managing-tokens/",
        ),
        (
            "PHABRICATOR_TOKEN",
            "cli-",
            r"[a-z0-9]{28}",
            "https://secure.phabricator.com/book/phabricator/article/conduit/",
        ),
        (
            "DEPENDENCY_TRACK_KEY",
            "odt_",
            r"[A-Za-z0-9]{32,44}",
            "https://docs.dependencytrack.org/integrations/rest-api/",
        ),
        ("SEMGREP_TOKEN", "sgt_", r"[0-9a-f]{64}", "https://semgrep.dev/docs/semgrep-ci/ci-environment-variables"),
    ),
    *shaped(
        # As other keys of Azure, with a mark of its own before the checksum.
        (
            "AZURE_DEVOPS_TOKEN",
            "AZDO",
            r"[A-Za-z0-9]{52}JQQJ[0-9]{2}[A-Za-z0-9]{18}AZDO[A-Za-z0-9]{4}",
            _AZURE,
        ),
    ),
    *beside(
        ("AZURE_DEVOPS_PAT", "azure_devops azdo ado_pat ado_token vsts visualstudio", r"[a-z2-7]{52}", _AZURE),
        ("BITBUCKET_CLIENT_ID", "bitbucket", r"[A-Za-z0-9]{18}|[A-Za-z0-9]{30}|[A-Za-z0-9]{32}", _BITBUCKET),
        ("BITBUCKET_SECRET", "bitbucket", r"[A-Za-z0-9_=\-]{64}", _BITBUCKET),
        ("GITEA_TOKEN", "gitea forgejo codeberg gogs", HEX40, "https://docs.gitea.com/development/api-usage"),
        ("GITEE_TOKEN", "gitee", HEX32, "https://gitee.com/api/v5/swagger"),
        (
            "GITHUB_LEGACY_TOKEN",
            "github_token github_pat github_oauth github_api github_access github_secret github_key",
            HEX40,
            _GITHUB,
        ),
        ("CODECOV_TOKEN", "codecov", rf"{UUID}|{HEX32}", "https://docs.codecov.com/docs/codecov-tokens"),
        (
            "CODE_CLIMATE_ID",
            "codeclimate cc_test_reporter code_climate",
            HEX64,
            "https://docs.codeclimate.com/docs/finding-your-test-coverage-token",
        ),
        ("COVERALLS_TOKEN", "coveralls", r"[A-Za-z0-9]{32,34}", "https://docs.coveralls.io/"),
        ("SNYK_TOKEN", "snyk", UUID, "https://docs.snyk.io/snyk-api/authentication-for-api"),
        ("CODACY_TOKEN", "codacy", rf"{HEX32}|[A-Za-z0-9]{{20}}", "https://docs.codacy.com/codacy-api/api-tokens/"),
        (
            "SONAR_LEGACY_TOKEN",
            "sonar",
            HEX40,
            "https://docs.sonarsource.com/sonarqube-server/user-guide/managing-tokens/",
        ),
        (
            "JENKINS_TOKEN",
            "jenkins",
            r"11[0-9a-f]{32}|[0-9a-f]{32}",
            "https://www.jenkins.io/doc/book/system-administration/authenticating-scripted-clients/",
        ),
    ),
)
