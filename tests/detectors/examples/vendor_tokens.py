from __future__ import annotations

import string

from tests.detectors.examples.example import BASE32, HEX, LETTERS_AND_DIGITS, Positive, made_up

_BECH32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
_TOKENS = {
    "HUGGINGFACE_TOKEN": "hf" + "_" + made_up(34, string.ascii_letters),
    "GROQ_API_KEY": "gs" + "k_" + made_up(52),
    "XAI_API_KEY": "xa" + "i-" + made_up(80),
    "PERPLEXITY_API_KEY": "pp" + "lx-" + made_up(48),
    "DIGITALOCEAN_TOKEN": "do" + "p_v1_" + made_up(64, HEX),
    "DATABRICKS_TOKEN": "da" + "pi" + made_up(32, HEX),
    "DOCKER_TOKEN": "dckr" + "_pat_" + made_up(27),
    "VAULT_TOKEN": "hv" + "s." + made_up(90),
    "RUBYGEMS_TOKEN": "ruby" + "gems_" + made_up(48, HEX),
    "GRAFANA_TOKEN": "gl" + "sa_" + made_up(32) + "_" + made_up(8, HEX),
    "NEW_RELIC_KEY": "NR" + "AK-" + made_up(27),
    "SHOPIFY_TOKEN": "sh" + "pat_" + made_up(32, HEX),
    "POSTMAN_KEY": "PM" + "AK-" + made_up(24, HEX) + "-" + made_up(34, HEX),
    "ATLASSIAN_TOKEN": "ATA" + "TT3" + made_up(186),
    "LINEAR_KEY": "lin" + "_api_" + made_up(40),
    "PULUMI_TOKEN": "pu" + "l-" + made_up(40, HEX),
    "PLANETSCALE_TOKEN": "pscale" + "_tkn_" + made_up(43),
    "DOPPLER_TOKEN": "dp." + "pt." + made_up(43),
    "SQUARE_TOKEN": "sq0" + "atp-" + made_up(22),
    "NOTION_TOKEN": "nt" + "n_" + made_up(11, string.digits) + made_up(35),
    "SENTRY_TOKEN": "sn" + "tryu_" + made_up(64, HEX),
    "AGE_SECRET_KEY": "AGE-SECRET" + "-KEY-1" + made_up(58, _BECH32),
}
POSITIVES = tuple(Positive(kind, "leaked ", secret, " here") for kind, secret in _TOKENS.items())
NEAR_MISSES = (
    *(secret[:12] for secret in _TOKENS.values()),
    "x" + "hf" + "_" + made_up(34, string.ascii_letters),
    "dapi" + made_up(32, LETTERS_AND_DIGITS),
    "do" + "p_v1_" + "0" * 64,
    made_up(40, BASE32),
)
