from __future__ import annotations

from tests.detectors.examples.example import (
    alnum,
    assigned,
    broken,
    hexa,
    leaked,
    made_up,
    small,
    unnamed,
    uuid,
)

_TOKENS = (
    ("GITHUB_TOKEN", "gho_" + alnum(36)),
    ("GITHUB_TOKEN", "github_pat_" + alnum(36)),
    ("GITLAB_TOKEN", "glpat-" + alnum(20)),
    ("GITLAB_RUNNER_TOKEN", "GR1348941" + alnum(20)),
    ("GITLAB_SESSION", "_gitlab_session=" + small(32)),
    ("BITBUCKET_APP_PASSWORD", "ATBB" + alnum(28) + made_up(4, "0123456789ABCDEF")),
    ("BITBUCKET_ACCESS_TOKEN", "ATCTT3xFf" + alnum(150)),
    ("SOURCEGRAPH_TOKEN", "sgp_" + made_up(40, "0123456789ABCDEFabcdef")),
    ("SONAR_TOKEN", "sqa_" + hexa(40)),
    ("PHABRICATOR_TOKEN", "cli-" + small(28)),
    ("DEPENDENCY_TRACK_KEY", "odt_" + alnum(32)),
    ("SEMGREP_TOKEN", "sgt_" + hexa(64)),
    ("AZURE_DEVOPS_TOKEN", alnum(52) + "JQQJ99" + alnum(18) + "AZDO" + alnum(4)),
)
_NAMED = (
    ("AZURE_DEVOPS_PAT", "AZURE_DEVOPS_API_KEY=", made_up(52, "234567abcdefghijklmnopqrstuvwxyz")),
    ("BITBUCKET_CLIENT_ID", "BITBUCKET_API_KEY=", alnum(18)),
    ("BITBUCKET_SECRET", "BITBUCKET_API_KEY=", alnum(64)),
    ("GITEA_TOKEN", "GITEA_API_KEY=", hexa(40)),
    ("GITEE_TOKEN", "GITEE_API_KEY=", hexa(32)),
    ("GITHUB_LEGACY_TOKEN", "GITHUB_TOKEN=", hexa(40)),
    ("CODECOV_TOKEN", "CODECOV_API_KEY=", uuid()),
    ("CODE_CLIMATE_ID", "CODECLIMATE_API_KEY=", hexa(64)),
    ("COVERALLS_TOKEN", "COVERALLS_API_KEY=", alnum(32)),
    ("SNYK_TOKEN", "SNYK_API_KEY=", uuid()),
    ("CODACY_TOKEN", "CODACY_API_KEY=", hexa(32)),
    ("SONAR_LEGACY_TOKEN", "SONAR_API_KEY=", hexa(40)),
    ("JENKINS_TOKEN", "JENKINS_API_KEY=", "11" + hexa(32)),
)
POSITIVES = (
    *leaked(_TOKENS),
    *assigned(_NAMED),
)
NEAR_MISSES = (
    *broken(_TOKENS),
    *unnamed(_NAMED),
)
