"""Tokens of further vendors, each known by its published prefix and length.

Source: the vendors' pages on their token formats, named at each line.
"""

from __future__ import annotations

import re

from detectors.credentials.detector import CredentialDetector, provider

# What stands before the prefix, where that is not the beginning of the token.
_BEFORE: dict[str, str] = {
    ":AA": r"[0-9]{8,10}",
    ".atlasv1.": r"[A-Za-z0-9]{14}",
    "Q~": r"[A-Za-z0-9_~.]{3}[0-9]",
    "-us": r"[0-9a-f]{32}",
}

# type, literal prefix (in lower case also the keyword), what follows it, and the vendor's page
_FORMATS: tuple[tuple[str, str, str], ...] = (
    # https://huggingface.co/docs/hub/security-tokens
    ("HUGGINGFACE_TOKEN", "hf_", r"[A-Za-z]{34}"),
    # https://console.groq.com/docs/quickstart
    ("GROQ_API_KEY", "gsk_", r"[A-Za-z0-9]{52}"),
    # https://docs.x.ai/docs/tutorial
    ("XAI_API_KEY", "xai-", r"[A-Za-z0-9]{80}"),
    # https://docs.perplexity.ai/getting-started
    ("PERPLEXITY_API_KEY", "pplx-", r"[A-Za-z0-9]{48}"),
    # https://docs.digitalocean.com/reference/api/
    ("DIGITALOCEAN_TOKEN", "do", r"[opr]_v1_[a-f0-9]{64}"),
    # https://docs.databricks.com/dev-tools/auth/pat
    ("DATABRICKS_TOKEN", "dapi", r"[a-f0-9]{32}(?:-[0-9])?"),
    # https://docs.docker.com/security/access-tokens/
    ("DOCKER_TOKEN", "dckr_", r"(?:pat|oat)_[A-Za-z0-9_\-]{27,32}"),
    (
        "VAULT_TOKEN",
        "hv",
        r"[sbr]\.[A-Za-z0-9_\-]{24,300}",
    ),  # https://developer.hashicorp.com/vault/docs/concepts/tokens
    # https://guides.rubygems.org/api-key-scopes/
    ("RUBYGEMS_TOKEN", "rubygems_", r"[a-f0-9]{48}"),
    (
        "GRAFANA_TOKEN",
        "gl",
        r"(?:sa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|c_[A-Za-z0-9+/]{32,400}={0,2})",
    ),  # https://grafana.com/docs/grafana/latest/administration/service-accounts/
    (
        "NEW_RELIC_KEY",
        "NRAK-",
        r"[A-Za-z0-9]{27}",
    ),  # https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/
    (
        "SHOPIFY_TOKEN",
        "shp",
        r"(?:at|ca|pa|ss|ua|tka)_[a-fA-F0-9]{32}",
    ),  # https://shopify.dev/docs/apps/build/authentication-authorization
    (
        "POSTMAN_KEY",
        "PMAK-",
        r"[a-f0-9]{24}-[a-f0-9]{34}",
    ),  # https://learning.postman.com/docs/developer/postman-api/authentication/
    (
        "ATLASSIAN_TOKEN",
        "ATATT3",
        r"[A-Za-z0-9_\-=]{180,220}",
    ),  # https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/
    # https://linear.app/developers/graphql
    ("LINEAR_KEY", "lin_", r"(?:api|oauth)_[A-Za-z0-9]{40,64}"),
    (
        "PULUMI_TOKEN",
        "pul-",
        r"[a-f0-9]{40}",
    ),  # https://www.pulumi.com/docs/administration/access-identity/access-tokens/
    (
        "PLANETSCALE_TOKEN",
        "pscale_",
        r"(?:tkn|pw|oauth)_[A-Za-z0-9_\-.=]{32,64}",
    ),  # https://planetscale.com/docs/api/reference/service-tokens
    (
        "DOPPLER_TOKEN",
        "dp.",
        r"(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_\-]{2,35}\.)?[A-Za-z0-9]{40,44}",
    ),  # https://docs.doppler.com/reference/auth-token-formats
    (
        "SQUARE_TOKEN",
        "sq0",
        r"(?:atp|csp|idp)-[A-Za-z0-9_\-]{22,43}",
    ),  # https://developer.squareup.com/docs/build-basics/access-tokens
    # https://developers.notion.com/reference/authentication
    ("NOTION_TOKEN", "ntn_", r"[0-9]{11}[A-Za-z0-9]{35}"),
    (
        "SENTRY_TOKEN",
        "sntry",
        r"(?:s_[A-Za-z0-9+/=_]{40,300}|u_[a-f0-9]{64})",
    ),  # https://docs.sentry.io/account/auth-tokens/
    # https://age-encryption.org/v1
    ("AGE_SECRET_KEY", "AGE-SECRET-KEY-1", r"[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    # https://huggingface.co/docs/hub/security-tokens
    ("HUGGINGFACE_ORG_TOKEN", "api_org_", r"[A-Za-z]{34}"),
    # https://documentation.mailgun.com/docs/mailgun/api-reference/authentication
    ("MAILGUN_KEY", "key-", r"[0-9a-f]{32}"),
    # https://documentation.mailgun.com/docs/mailgun/api-reference/authentication
    ("MAILGUN_PUBLIC_KEY", "pubkey-", r"[0-9a-f]{32}"),
    # https://support.1password.com/secret-key-security/
    ("ONEPASSWORD_SECRET_KEY", "A3-", r"[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
    # https://developer.1password.com/docs/service-accounts/
    ("ONEPASSWORD_TOKEN", "ops_ey", r"[A-Za-z0-9+/=_\-]{200,2000}"),
    # https://fly.io/docs/security/tokens/
    ("FLY_TOKEN", "fm", r"(?:1[ar]|2)_[A-Za-z0-9+/=_\-]{60,1000}"),
    # https://docs.easypost.com/docs/authentication
    ("EASYPOST_KEY", "EZ", r"[AT]K[A-Za-z0-9]{54}"),
    # https://docs.goshippo.com/docs/guides_general/authentication/
    ("SHIPPO_TOKEN", "shippo_", r"(?:live|test)_[a-f0-9]{40}"),
    # https://sourcegraph.com/docs/cli/how-tos/creating_an_access_token
    ("SOURCEGRAPH_TOKEN", "sgp_", r"(?:[A-Za-z0-9]{5,16}_)?[a-fA-F0-9]{40}"),
    # https://docs.mapbox.com/help/dive-deeper/access-tokens/
    ("MAPBOX_TOKEN", "sk.ey", r"[A-Za-z0-9_\-]{20,200}\.[A-Za-z0-9_\-]{20,40}"),
    # https://developers.dropbox.com/oauth-guide
    ("DROPBOX_TOKEN", "sl.", r"(?:u\.)?[A-Za-z0-9_\-]{120,1300}"),
    # https://docs.together.ai/docs/quickstart
    ("TOGETHER_AI_KEY", "tgp_v1_", r"[A-Za-z0-9_\-]{43}"),
    # https://learn.microsoft.com/en-us/nuget/nuget-org/scoped-api-keys
    ("NUGET_KEY", "oy2", r"[a-z0-9]{43}"),
    # https://docs.docker.com/engine/swarm/swarm_manager_locking/
    ("DOCKER_SWARM_KEY", "SWM", r"(?:KEY-1-[A-Za-z0-9+/]{43}|TKN-1-[0-9a-z]{50}-[0-9a-z]{25})"),
    # https://posthog.com/docs/api
    ("POSTHOG_KEY", "ph", r"[asx]_[A-Za-z0-9]{42,60}"),
    # https://jfrog.com/help/r/jfrog-platform-administration-documentation/api-key
    ("ARTIFACTORY_KEY", "AKC", r"[A-Za-z0-9]{60,80}"),
    # https://docs.cloud.llamaindex.ai/
    ("LLAMA_CLOUD_KEY", "llx-", r"[A-Za-z0-9]{48}"),
    # https://io.adafruit.com/api/docs/
    ("ADAFRUIT_KEY", "aio_", r"[A-Za-z0-9]{28}"),
    # https://docs.sonarsource.com/sonarqube-server/user-guide/managing-tokens/
    ("SONAR_TOKEN", "sq", r"[apu]_[a-f0-9]{40}"),
    # https://core.telegram.org/bots/features#botfather
    ("TELEGRAM_BOT_TOKEN", ":AA", r"[A-Za-z0-9_\-]{33}"),
    # https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens
    ("TERRAFORM_TOKEN", ".atlasv1.", r"[A-Za-z0-9_\-=]{60,80}"),
    # https://developer.flutterwave.com/docs/authentication
    ("FLUTTERWAVE_KEY", "FLWSECK", r"(?:_TEST)?-[a-zA-Z0-9]{12,40}(?:-X)?"),
    # https://learn.microsoft.com/en-us/purview/sit-defn-client-secret-api-key
    ("AZURE_CLIENT_SECRET", "Q~", r"[A-Za-z0-9_.~\-]{31,34}"),
    # https://www.twilio.com/docs/iam/api-keys
    ("TWILIO_KEY", "SK", r"[0-9a-f]{32}"),
    # https://mailchimp.com/developer/marketing/guides/quick-start/
    ("MAILCHIMP_KEY", "-us", r"[0-9]{1,2}"),
    # https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
    ("AWS_BEDROCK_KEY", "ABSK", r"[A-Za-z0-9+/]{100,280}={0,2}"),
    # https://developers.google.com/identity/protocols/oauth2
    ("GOOGLE_REFRESH_TOKEN", "1//0", r"[A-Za-z0-9_\-]{60,120}"),
    # https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/
    ("CLOUDFLARE_TOKEN", "cf", r"(?:ut|at|k)_[A-Za-z0-9]{40}[a-f0-9]{8}"),
)

DETECTORS: tuple[CredentialDetector, ...] = tuple(
    provider(kind.lower(), kind, keywords=(prefix.lower(),), pattern=_BEFORE.get(prefix, "") + re.escape(prefix) + rest)
    for kind, prefix, rest in _FORMATS
)
