from __future__ import annotations

import string

from tests.detectors.examples.example import BASE32, HEX, LETTERS_AND_DIGITS, Positive, made_up

_CAPITALS = string.ascii_uppercase + string.digits
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
    "HUGGINGFACE_ORG_TOKEN": "api" + "_org_" + made_up(34, string.ascii_letters),
    "MAILGUN_KEY": "ke" + "y-" + made_up(32, HEX),
    "MAILGUN_PUBLIC_KEY": "pub" + "key-" + made_up(32, HEX),
    "ONEPASSWORD_SECRET_KEY": "A" + "3-" + "-".join(made_up(n, _CAPITALS) for n in (6, 11, 5, 5, 5)),
    "ONEPASSWORD_TOKEN": "op" + "s_ey" + made_up(240),
    "FLY_TOKEN": "fm" + "2_" + made_up(80),
    "EASYPOST_KEY": "EZ" + "AK" + made_up(54),
    "SHIPPO_TOKEN": "shippo" + "_live_" + made_up(40, HEX),
    "SOURCEGRAPH_TOKEN": "sg" + "p_" + made_up(40, HEX),
    "MAPBOX_TOKEN": "sk" + ".ey" + made_up(80) + "." + made_up(22),
    "DROPBOX_TOKEN": "sl" + ".u." + made_up(140),
    "TOGETHER_AI_KEY": "tgp" + "_v1_" + made_up(43),
    "NUGET_KEY": "oy" + "2" + made_up(43, string.ascii_lowercase + string.digits),
    "DOCKER_SWARM_KEY": "SWM" + "KEY-1-" + made_up(43),
    "POSTHOG_KEY": "ph" + "x_" + made_up(43),
    "ARTIFACTORY_KEY": "AK" + "C" + made_up(70),
    "LLAMA_CLOUD_KEY": "ll" + "x-" + made_up(48),
    "ADAFRUIT_KEY": "ai" + "o_" + made_up(28),
    "SONAR_TOKEN": "sq" + "p_" + made_up(40, HEX),
    "TELEGRAM_BOT_TOKEN": made_up(9, string.digits) + ":A" + "A" + made_up(33),
    "TERRAFORM_TOKEN": made_up(14) + ".atlas" + "v1." + made_up(67),
    "FLUTTERWAVE_KEY": "FLW" + "SECK_TEST-" + made_up(12, HEX),
    "AZURE_CLIENT_SECRET": made_up(3) + "8" + "Q" + "~" + made_up(34),
    "TWILIO_KEY": "S" + "K" + made_up(32, HEX),
    "MAILCHIMP_KEY": made_up(32, HEX) + "-u" + "s12",
    "AWS_BEDROCK_KEY": "AB" + "SK" + made_up(128),
    "GOOGLE_REFRESH_TOKEN": "1/" + "/0" + made_up(100),
    "CLOUDFLARE_TOKEN": "cf" + "ut_" + made_up(40) + made_up(8, HEX),
}
POSITIVES = tuple(Positive(kind, "leaked ", secret, " here") for kind, secret in _TOKENS.items())
NEAR_MISSES = (
    *(secret[:10] for secret in _TOKENS.values()),
    "x" + "hf" + "_" + made_up(34, string.ascii_letters),
    "dapi" + made_up(32, LETTERS_AND_DIGITS),
    "do" + "p_v1_" + "0" * 64,
    made_up(40, BASE32),
)
