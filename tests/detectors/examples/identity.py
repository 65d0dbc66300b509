from __future__ import annotations

from tests.detectors.examples.example import (
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
    ("VAULT_TOKEN", "hvs." + alnum(24)),
    ("VAULT_BATCH_TOKEN", "hvb." + alnum(100)),
    ("VAULT_RECOVERY_TOKEN", "hvr." + alnum(100)),
    ("VAULT_LEGACY_TOKEN", "s." + alnum(22) + "7K"),
    ("DOPPLER_TOKEN", "dp.pt." + alnum(40)),
    (
        "ONEPASSWORD_SECRET_KEY",
        "A3-" + capital(6) + "-" + capital(11) + "-" + capital(5) + "-" + capital(5) + "-" + capital(5),
    ),
    ("ONEPASSWORD_TOKEN", "ops_ey" + alnum(200)),
    ("AGE_SECRET_KEY", "AGE-SECRET-KEY-1" + made_up(58, "023456789ACDEFGHJKLMNPQRSTUVWXYZ")),
    ("NATS_SEED", "SA" + made_up(56, "234567ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
    ("STYTCH_SECRET", "secret-live-" + alnum(36)),
    ("JUMPCLOUD_KEY", "jca_" + alnum(36)),
    ("DASHLANE_KEY", "dls_" + capital(16) + "_" + alnum(64)),
    ("TWINGATE_KEY", "tgk_" + alnum(40)),
    ("AKEYLESS_KEY", "p-" + small(12) + "am"),
    ("BITWARDEN_TOKEN", "0." + uuid() + "." + alnum(30) + ":" + alnum(22) + "=="),
)
_NAMED = (
    ("OKTA_TOKEN", "OKTA_API_KEY=", "00" + alnum(39) + alnum(1)),
    ("AUTH0_SECRET", "AUTH0_API_KEY=", alnum(64)),
    ("DUO_SECRET", "DUO_SECURITY_API_KEY=", alnum(40)),
    ("ONELOGIN_SECRET", "ONELOGIN_API_KEY=", hexa(64)),
    ("FRONTEGG_KEY", "FRONTEGG_API_KEY=", uuid()),
    ("DESCOPE_KEY", "DESCOPE_API_KEY=", "K" + alnum(60)),
    ("RECAPTCHA_SECRET", "RECAPTCHA_API_KEY=", "6L" + alnum(38)),
    ("TURNSTILE_SECRET", "TURNSTILE_API_KEY=", "0x4" + alnum(32)),
    ("HCAPTCHA_SECRET", "HCAPTCHA_API_KEY=", "0x" + made_up(40, "0123456789ABCDEFabcdef")),
    ("CONSUL_TOKEN", "CONSUL_API_KEY=", uuid()),
    ("NOMAD_TOKEN", "NOMAD_API_KEY=", uuid()),
    ("BOUNDARY_TOKEN", "BOUNDARY_API_KEY=", "at_" + alnum(10) + "_" + alnum(100)),
    ("VIRUSTOTAL_KEY", "VIRUSTOTAL_API_KEY=", hexa(64)),
    ("SHODAN_KEY", "SHODAN_API_KEY=", alnum(32)),
    ("ABUSEIPDB_KEY", "ABUSEIPDB_API_KEY=", hexa(80)),
    ("CENSYS_SECRET", "CENSYS_API_KEY=", alnum(32)),
    ("SECURITYTRAILS_KEY", "SECURITYTRAILS_API_KEY=", alnum(32)),
    ("URLSCAN_KEY", "URLSCAN_API_KEY=", uuid()),
    ("GREYNOISE_KEY", "GREYNOISE_API_KEY=", alnum(64)),
)
POSITIVES = (
    *leaked(_TOKENS),
    *assigned(_NAMED),
)
NEAR_MISSES = (
    *broken(_TOKENS),
    *unnamed(_NAMED),
)
