"""Tokens of further vendors, each known by its published prefix and length.

Source: the vendors' pages on their token formats, named at each line.
"""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector, provider

# type, prefix (also the keyword), what follows the prefix
_FORMATS: tuple[tuple[str, str, str], ...] = (
    ("HUGGINGFACE_TOKEN", "hf_", r"[A-Za-z]{34}"),  # https://huggingface.co/docs/hub/security-tokens
    ("GROQ_API_KEY", "gsk_", r"[A-Za-z0-9]{52}"),  # https://console.groq.com/docs/quickstart
    ("XAI_API_KEY", "xai-", r"[A-Za-z0-9]{80}"),  # https://docs.x.ai/docs/tutorial
    ("PERPLEXITY_API_KEY", "pplx-", r"[A-Za-z0-9]{48}"),  # https://docs.perplexity.ai/getting-started
    ("DIGITALOCEAN_TOKEN", "do", r"[opr]_v1_[a-f0-9]{64}"),  # https://docs.digitalocean.com/reference/api/
    ("DATABRICKS_TOKEN", "dapi", r"[a-f0-9]{32}(?:-[0-9])?"),  # https://docs.databricks.com/dev-tools/auth/pat
    ("DOCKER_TOKEN", "dckr_", r"(?:pat|oat)_[A-Za-z0-9_\-]{27,32}"),  # https://docs.docker.com/security/access-tokens/
    (
        "VAULT_TOKEN",
        "hv",
        r"[sbr]\.[A-Za-z0-9_\-]{24,300}",
    ),  # https://developer.hashicorp.com/vault/docs/concepts/tokens
    ("RUBYGEMS_TOKEN", "rubygems_", r"[a-f0-9]{48}"),  # https://guides.rubygems.org/api-key-scopes/
    (
        "GRAFANA_TOKEN",
        "gl",
        r"(?:sa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|c_[A-Za-z0-9+/]{32,400}={0,2})",
    ),  # https://grafana.com/docs/grafana/latest/administration/service-accounts/
    (
        "NEW_RELIC_KEY",
        "nrak-",
        r"[A-Za-z0-9]{27}",
    ),  # https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/
    (
        "SHOPIFY_TOKEN",
        "shp",
        r"(?:at|ca|pa|ss|ua|tka)_[a-fA-F0-9]{32}",
    ),  # https://shopify.dev/docs/apps/build/authentication-authorization
    (
        "POSTMAN_KEY",
        "pmak-",
        r"[a-f0-9]{24}-[a-f0-9]{34}",
    ),  # https://learning.postman.com/docs/developer/postman-api/authentication/
    (
        "ATLASSIAN_TOKEN",
        "atatt3",
        r"[A-Za-z0-9_\-=]{180,220}",
    ),  # https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/
    ("LINEAR_KEY", "lin_", r"(?:api|oauth)_[A-Za-z0-9]{40,64}"),  # https://linear.app/developers/graphql
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
    ("NOTION_TOKEN", "ntn_", r"[0-9]{11}[A-Za-z0-9]{35}"),  # https://developers.notion.com/reference/authentication
    (
        "SENTRY_TOKEN",
        "sntry",
        r"(?:s_[A-Za-z0-9+/=_]{40,300}|u_[a-f0-9]{64})",
    ),  # https://docs.sentry.io/account/auth-tokens/
    ("AGE_SECRET_KEY", "age-secret-key-1", r"[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),  # https://age-encryption.org/v1
)


def _exact_prefix(prefix: str) -> str:
    # The prefixes are lower case as keywords; on the wire some vendors write them in capitals.
    capitals = {"nrak-": "NRAK-", "pmak-": "PMAK-", "atatt3": "ATATT3", "age-secret-key-1": "AGE-SECRET-KEY-1"}
    return capitals.get(prefix, prefix).replace(".", r"\.")


DETECTORS: tuple[CredentialDetector, ...] = tuple(
    provider(kind.lower(), kind, keywords=(prefix,), pattern=_exact_prefix(prefix) + rest)
    for kind, prefix, rest in _FORMATS
)
