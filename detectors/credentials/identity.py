"""Tokens of identity providers, secret stores and encryption tools."""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import UUID, beside, prefixed, shaped

_OKTA = "https://developer.okta.com/docs/guides/create-an-api-token/main/"
_VAULT = "https://developer.hashicorp.com/vault/docs/concepts/tokens"
_ONEPASSWORD = "https://developer.1password.com/docs/service-accounts/"
_NKEYS = "https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth"

DETECTORS: tuple[CredentialDetector, ...] = (
    *prefixed(
        ("VAULT_TOKEN", "hvs.", r"[A-Za-z0-9_\-]{24,300}", _VAULT),
        ("VAULT_BATCH_TOKEN", "hvb.", r"[A-Za-z0-9_\-]{100,400}", _VAULT),
        ("VAULT_RECOVERY_TOKEN", "hvr.", r"[A-Za-z0-9_\-]{100,300}", _VAULT),
        ("VAULT_LEGACY_TOKEN", "s.", r"(?=[A-Za-z]{0,20}[0-9])(?=[a-z0-9]{0,20}[A-Z])[A-Za-z0-9]{24}", _VAULT),
        (
            "DOPPLER_TOKEN",
            "dp.",
            r"(?:pt|st|ct|sa|scim|audit|said)\.(?:[a-z0-9_\-]{2,35}\.)?[A-Za-z0-9]{40,44}",
            "https://docs.doppler.com/reference/auth-token-formats",
        ),
        (
            "ONEPASSWORD_SECRET_KEY",
            "A3-",
            r"[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}",
            "https://support.1password.com/secret-key-security/",
        ),
        ("ONEPASSWORD_TOKEN", "ops_ey", r"[A-Za-z0-9+/=_\-]{200,2000}", _ONEPASSWORD),
        (
            "AGE_SECRET_KEY",
            "AGE-SECRET-KEY-1",
            r"[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
            "https://age-encryption.org/v1",
        ),
        # The seed: "S", a type (operator, account, user, cluster, server), base32.
        ("NATS_SEED", "S", r"[OAUCNX][A-Z2-7]{56}", _NKEYS),
        (
            "STYTCH_SECRET",
            "secret-",
            r"(?:live|test)-[A-Za-z0-9_\-]{36}=?",
            "https://stytch.com/docs/workspace-management/api-keys",
        ),
        ("JUMPCLOUD_KEY", "jca_", r"[A-Za-z0-9]{36}", "https://jumpcloud.com/support/jumpcloud-apis1"),
        ("DASHLANE_KEY", "dls_", r"[A-Z0-9]{16}_[A-Za-z0-9]{64}", "https://cli.dashlane.com/personal/devices"),
        ("TWINGATE_KEY", "tgk_", r"[A-Za-z0-9_\-]{40,80}", "https://www.twingate.com/docs/api-overview"),
        ("AKEYLESS_KEY", "p-", r"[a-z0-9]{12}am", "https://docs.akeyless.io/docs/api-key"),
    ),
    *shaped(
        (
            "BITWARDEN_TOKEN",
            "0.",
            r"0\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[A-Za-z0-9]{30}:[A-Za-z0-9+/]{22}==",
            "https://bitwarden.com/help/access-tokens/",
        ),
    ),
    *beside(
        ("OKTA_TOKEN", "okta ssws", r"00[A-Za-z0-9_\-]{39}[A-Za-z0-9_]", _OKTA),
        (
            "AUTH0_SECRET",
            "auth0",
            r"[A-Za-z0-9_\-]{64}",
            "https://auth0.com/docs/get-started/applications/application-settings",
        ),
        (
            "DUO_SECRET",
            "duo_security duo_skey duo_secret duo_integration",
            r"[A-Za-z0-9]{40}",
            "https://duo.com/docs/adminapi",
        ),
        (
            "ONELOGIN_SECRET",
            "onelogin",
            r"[0-9a-f]{64}",
            "https://developers.onelogin.com/api-docs/2/getting-started/working-with-api-credentials",
        ),
        ("FRONTEGG_KEY", "frontegg", UUID, "https://developers.frontegg.com/"),
        ("DESCOPE_KEY", "descope", r"K[A-Za-z0-9]{60,110}", "https://docs.descope.com/management/m2m-access-keys"),
        (
            "RECAPTCHA_SECRET",
            "recaptcha re_captcha",
            r"6L[A-Za-z0-9_\-]{38}",
            "https://developers.google.com/recaptcha/docs/verify",
        ),
        (
            "TURNSTILE_SECRET",
            "turnstile",
            r"0x4[A-Za-z0-9_\-]{32}",
            "https://developers.cloudflare.com/turnstile/get-started/",
        ),
        ("HCAPTCHA_SECRET", "hcaptcha", r"0x[0-9a-fA-F]{40}|ES_[0-9a-f]{32}", "https://docs.hcaptcha.com/"),
        ("CONSUL_TOKEN", "consul", UUID, "https://developer.hashicorp.com/consul/docs/security/acl/tokens"),
        ("NOMAD_TOKEN", "nomad", UUID, "https://developer.hashicorp.com/nomad/docs/concepts/acl"),
        (
            "BOUNDARY_TOKEN",
            "boundary",
            r"at_[A-Za-z0-9]{10}_[A-Za-z0-9]{100,300}",
            "https://developer.hashicorp.com/boundary/docs",
        ),
        (
            "VIRUSTOTAL_KEY",
            "virustotal virus_total vt_api",
            r"[0-9a-f]{64}",
            "https://docs.virustotal.com/reference/authentication",
        ),
        ("SHODAN_KEY", "shodan", r"[A-Za-z0-9]{32}", "https://developer.shodan.io/api"),
        ("ABUSEIPDB_KEY", "abuseipdb abuse_ip_db", r"[0-9a-f]{80}", "https://docs.abuseipdb.com/"),
        ("CENSYS_SECRET", "censys", r"[A-Za-z0-9]{32}|censys_[A-Za-z0-9_]{20,60}", "https://search.censys.io/api"),
        (
            "SECURITYTRAILS_KEY",
            "securitytrails security_trails",
            r"[A-Za-z0-9]{32}",
            "https://docs.securitytrails.com/docs/authentication",
        ),
        ("URLSCAN_KEY", "urlscan", UUID, "https://urlscan.io/docs/api/"),
        ("GREYNOISE_KEY", "greynoise", r"[A-Za-z0-9]{64}", "https://docs.greynoise.io/docs/using-the-greynoise-api"),
    ),
)
