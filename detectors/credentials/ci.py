"""Tokens of build, delivery, infrastructure as code, test clouds and workflow engines."""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import HEX32, HEX40, UUID, beside, prefixed, shaped

DETECTORS: tuple[CredentialDetector, ...] = (
    *prefixed(
        (
            "CIRCLECI_TOKEN",
            "CCI",
            r"(?:PAT|PRJ)_[A-Za-z0-9]{22}_[0-9a-f]{40}",
            "https://circleci.com/docs/managing-api-tokens/",
        ),
        (
            "BUILDKITE_TOKEN",
            "bk",
            r"(?:ua|aa|aj|at|ct|pt|ss|rt|pat)_[A-Za-z0-9]{40,80}",
            "https://buildkite.com/docs/platform/security/tokens",
        ),
        ("APPVEYOR_TOKEN", "v2.", r"[a-z0-9]{20}", "https://www.appveyor.com/docs/api/"),
        (
            "HARNESS_TOKEN",
            "pat.",
            r"[A-Za-z0-9_\-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}",
            "https://developer.harness.io/docs/platform/automation/api/add-and-manage-api-keys/",
        ),
        (
            "OCTOPUS_KEY",
            "API-",
            r"[A-Z0-9]{25,32}",
            "https://octopus.com/docs/octopus-rest-api/how-to-create-an-api-key",
        ),
        (
            "PULUMI_TOKEN",
            "pul-",
            r"[a-f0-9]{40}",
            "https://www.pulumi.com/docs/administration/access-identity/access-tokens/",
        ),
        (
            "PREFECT_KEY",
            "pn",
            r"[ub]_[A-Za-z0-9]{36}",
            "https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/api-keys",
        ),
        (
            "INFISICAL_TOKEN",
            "st.",
            r"[0-9a-f]{24}\.[0-9a-f]{32}\.[0-9a-f]{32}",
            "https://infisical.com/docs/documentation/platform/token",
        ),
        ("CHROMATIC_TOKEN", "chpt_", r"[0-9a-f]{15}", "https://www.chromatic.com/docs/setup/"),
        ("EXPO_TOKEN", "expo_", r"[A-Za-z0-9_\-]{40}", "https://docs.expo.dev/accounts/programmatic-access/"),
        ("DEPOT_TOKEN", "depot_", r"(?:org|project|user)_[0-9a-f]{64}", "https://depot.dev/docs/cli/authentication"),
        ("TRIGGER_DEV_KEY", "tr_", r"(?:dev|prod|stg|pat)_[A-Za-z0-9]{20,40}", "https://trigger.dev/docs/apikeys"),
        (
            "INNGEST_KEY",
            "signkey-",
            r"(?:prod|test|branch|staging)-[0-9a-f]{32,64}",
            "https://www.inngest.com/docs/platform/signing-keys",
        ),
        ("TEMPORAL_KEY", "tmprl_", r"[A-Za-z0-9_\-]{32,300}", "https://docs.temporal.io/cloud/api-keys"),
    ),
    *shaped(
        (
            "TERRAFORM_TOKEN",
            ".atlasv1.",
            r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_\-=]{60,80}",
            "https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens",
        ),
        (
            "TEAMCITY_TOKEN",
            "eyJ0eXAiOiAiVENWMiJ9",
            r"eyJ0eXAiOiAiVENWMiJ9\.[A-Za-z0-9_\-]{30,40}\.[A-Za-z0-9]{30,60}",
            "https://www.jetbrains.com/help/teamcity/rest/teamcity-rest-api-documentation.html",
        ),
    ),
    *beside(
        ("CIRCLECI_LEGACY_TOKEN", "circle_ci circle_token", HEX40, "https://circleci.com/docs/managing-api-tokens/"),
        ("TRAVIS_TOKEN", "travis", r"[A-Za-z0-9_\-]{22}", "https://docs.travis-ci.com/user/triggering-builds/"),
        ("DRONE_TOKEN", "drone", r"[A-Za-z0-9]{32}", "https://docs.drone.io/api/overview/"),
        ("BUILDKITE_LEGACY_TOKEN", "buildkite", HEX40, "https://buildkite.com/docs/apis/managing-api-tokens"),
        (
            "CODEFRESH_TOKEN",
            "codefresh",
            r"[0-9a-f]{24}\.[0-9a-f]{32}",
            "https://codefresh.io/docs/docs/integrations/codefresh-api/",
        ),
        (
            "BITRISE_TOKEN",
            "bitrise",
            r"[A-Za-z0-9_\-]{86}",
            "https://devcenter.bitrise.io/en/accounts/personal-access-tokens.html",
        ),
        ("CYPRESS_KEY", "cypress", UUID, "https://docs.cypress.io/cloud/account-management/projects#Record-keys"),
        ("SAUCE_LABS_KEY", "sauce", UUID, "https://docs.saucelabs.com/basics/acct-team-mgmt-hub/managing-user-info/"),
        (
            "BROWSERSTACK_KEY",
            "browserstack",
            r"[A-Za-z0-9]{20}",
            "https://www.browserstack.com/docs/automate/api-reference/selenium/authentication",
        ),
        (
            "LAMBDATEST_KEY",
            "lambdatest lt_access",
            r"[A-Za-z0-9]{50}",
            "https://www.lambdatest.com/support/docs/hyperexecute-how-to-get-my-username-and-access-key/",
        ),
        (
            "PERCY_TOKEN",
            "percy",
            r"(?:(?:web|auto|app|ss)_)?[0-9a-f]{64}",
            "https://www.browserstack.com/docs/percy/get-started/first-build",
        ),
        ("SPACELIFT_KEY", "spacelift", HEX40, "https://docs.spacelift.io/integrations/api"),
        (
            "ANYPOINT_TOKEN",
            "anypoint mulesoft",
            UUID,
            "https://docs.mulesoft.com/access-management/connected-apps-developers",
        ),
        ("AIRBRAKE_KEY", "airbrake", rf"{HEX32}|{HEX40}", "https://docs.airbrake.io/docs/devops-tools/api/"),
    ),
)
