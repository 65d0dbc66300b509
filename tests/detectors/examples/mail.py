from __future__ import annotations

from tests.detectors.examples.example import (
    alnum,
    assigned,
    broken,
    capital,
    digits,
    hexa,
    leaked,
    made_up,
    small,
    unnamed,
    uuid,
)

_TOKENS = (
    ("SENDGRID_KEY", "SG." + alnum(22) + "." + alnum(43)),
    ("MAILGUN_KEY", "key-" + hexa(32)),
    ("MAILGUN_PUBLIC_KEY", "pubkey-" + hexa(32)),
    ("MANDRILL_KEY", "md-" + alnum(22)),
    ("RESEND_KEY", "re_" + alnum(8) + "_" + alnum(24)),
    ("BREVO_KEY", "xkeysib-" + hexa(64) + "-" + alnum(16)),
    ("BREVO_SMTP_KEY", "xsmtpsib-" + hexa(64) + "-" + alnum(16)),
    ("KLAVIYO_KEY", "pk_" + hexa(34)),
    ("MAILERSEND_TOKEN", "mlsn." + hexa(64)),
    ("SMTP2GO_KEY", "api-" + made_up(32, "0123456789ABCDEF")),
    ("ZOHO_TOKEN", "1000." + hexa(32) + "." + hexa(32)),
    ("NYLAS_API_KEY", "nyk_v0_" + alnum(60)),
    ("HUBSPOT_TOKEN", "pat-na" + digits(1) + "-" + uuid()),
    ("MAILCHIMP_KEY", hexa(32) + "-us" + digits(1)),
)
_NAMED = (
    ("MAILGUN_SIGNING_KEY", "MAILGUN_API_KEY=", hexa(32) + "-" + hexa(8) + "-" + hexa(8)),
    ("POSTMARK_TOKEN", "POSTMARK_API_KEY=", uuid()),
    ("SPARKPOST_KEY", "SPARKPOST_API_KEY=", hexa(40)),
    ("MAILJET_KEY", "MAILJET_API_KEY=", hexa(32)),
    ("HUBSPOT_KEY", "HUBSPOT_API_KEY=", uuid()),
    ("HUNTER_KEY", "HUNTER_IO_API_KEY=", hexa(40)),
    ("CAMPAIGN_MONITOR_KEY", "CAMPAIGN_MONITOR_API_KEY=", hexa(32)),
    ("CONSTANT_CONTACT_KEY", "CONSTANT_CONTACT_API_KEY=", uuid()),
    ("CONVERTKIT_KEY", "CONVERTKIT_API_KEY=", alnum(22)),
    ("CUSTOMER_IO_KEY", "CUSTOMER_IO_API_KEY=", hexa(20)),
    ("ELASTIC_EMAIL_KEY", "ELASTIC_EMAIL_API_KEY=", capital(96)),
    ("GETRESPONSE_KEY", "GETRESPONSE_API_KEY=", small(32)),
    ("MAILERLITE_KEY", "MAILERLITE_API_KEY=", hexa(32)),
    ("ACTIVECAMPAIGN_KEY", "ACTIVECAMPAIGN_API_KEY=", hexa(72)),
    ("SENDINBLUE_KEY", "SENDINBLUE_API_KEY=", alnum(16)),
    ("ZEROBOUNCE_KEY", "ZEROBOUNCE_API_KEY=", hexa(32)),
    ("SEGMENT_KEY", "SEGMENT_WRITE_API_KEY=", alnum(43) + "." + alnum(43)),
    ("BRAZE_KEY", "BRAZE_API_KEY=", uuid()),
    ("DRIP_TOKEN", "DRIP_API=", hexa(32)),
    ("INSIGHTLY_KEY", "INSIGHTLY_API_KEY=", uuid()),
    ("PIPEDRIVE_TOKEN", "PIPEDRIVE_API_KEY=", hexa(40)),
    ("CLEARBIT_KEY", "CLEARBIT_API_KEY=", "sk_" + hexa(32)),
    ("MAILBOXLAYER_KEY", "MAILBOXLAYER_API_KEY=", small(32)),
)
POSITIVES = (
    *leaked(_TOKENS),
    *assigned(_NAMED),
)
NEAR_MISSES = (
    *broken(_TOKENS),
    *unnamed(_NAMED),
)
