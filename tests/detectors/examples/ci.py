from __future__ import annotations

from tests.detectors.examples.example import alnum, assigned, broken, capital, hexa, leaked, small, unnamed, uuid

_TOKENS = (
    ("CIRCLECI_TOKEN", "CCIPAT_" + alnum(22) + "_" + hexa(40)),
    ("BUILDKITE_TOKEN", "bkua_" + alnum(40)),
    ("APPVEYOR_TOKEN", "v2." + small(20)),
    ("HARNESS_TOKEN", "pat." + alnum(22) + "." + hexa(24) + "." + alnum(20)),
    ("OCTOPUS_KEY", "API-" + capital(25)),
    ("PULUMI_TOKEN", "pul-" + hexa(40)),
    ("PREFECT_KEY", "pnb_" + alnum(36)),
    ("INFISICAL_TOKEN", "st." + hexa(24) + "." + hexa(32) + "." + hexa(32)),
    ("CHROMATIC_TOKEN", "chpt_" + hexa(15)),
    ("EXPO_TOKEN", "expo_" + alnum(40)),
    ("DEPOT_TOKEN", "depot_org_" + hexa(64)),
    ("TRIGGER_DEV_KEY", "tr_dev_" + alnum(20)),
    ("INNGEST_KEY", "signkey-prod-" + hexa(32)),
    ("TEMPORAL_KEY", "tmprl_" + alnum(32)),
    ("TERRAFORM_TOKEN", alnum(14) + ".atlasv1." + alnum(60)),
    ("TEAMCITY_TOKEN", "eyJ0eXAiOiAiVENWMiJ9." + alnum(30) + "." + alnum(30)),
)
_NAMED = (
    ("CIRCLECI_LEGACY_TOKEN", "CIRCLE_CI_API_KEY=", hexa(40)),
    ("TRAVIS_TOKEN", "TRAVIS_API_KEY=", alnum(22)),
    ("DRONE_TOKEN", "DRONE_API_KEY=", alnum(32)),
    ("BUILDKITE_LEGACY_TOKEN", "BUILDKITE_API_KEY=", hexa(40)),
    ("CODEFRESH_TOKEN", "CODEFRESH_API_KEY=", hexa(24) + "." + hexa(32)),
    ("BITRISE_TOKEN", "BITRISE_API_KEY=", alnum(86)),
    ("CYPRESS_KEY", "CYPRESS_API_KEY=", uuid()),
    ("SAUCE_LABS_KEY", "SAUCE_API_KEY=", uuid()),
    ("BROWSERSTACK_KEY", "BROWSERSTACK_API_KEY=", alnum(20)),
    ("LAMBDATEST_KEY", "LAMBDATEST_API_KEY=", alnum(50)),
    ("PERCY_TOKEN", "PERCY_API_KEY=", hexa(64)),
    ("SPACELIFT_KEY", "SPACELIFT_API_KEY=", hexa(40)),
    ("ANYPOINT_TOKEN", "ANYPOINT_API_KEY=", uuid()),
    ("AIRBRAKE_KEY", "AIRBRAKE_API_KEY=", hexa(32)),
)
POSITIVES = (
    *leaked(_TOKENS),
    *assigned(_NAMED),
)
NEAR_MISSES = (
    *broken(_TOKENS),
    *unnamed(_NAMED),
)
