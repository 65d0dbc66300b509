"""Keys of e-mail delivery, marketing and customer data."""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import HEX32, HEX40, UUID, beside, prefixed, shaped

_MAILGUN = "https://documentation.mailgun.com/docs/mailgun/api-reference/authentication"
_MAILCHIMP = "https://mailchimp.com/developer/marketing/guides/quick-start/"
_BREVO = "https://developers.brevo.com/docs/getting-started"
_HUBSPOT = "https://developers.hubspot.com/docs/apps/legacy-apps/private-apps/overview"

DETECTORS: tuple[CredentialDetector, ...] = (
    *prefixed(
        (
            "SENDGRID_KEY",
            "SG.",
            r"[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}",
            "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
        ),
        ("MAILGUN_KEY", "key-", r"[0-9a-f]{32}", _MAILGUN),
        ("MAILGUN_PUBLIC_KEY", "pubkey-", r"[0-9a-f]{32}", _MAILGUN),
        (
            "MANDRILL_KEY",
            "md-",
            r"[A-Za-z0-9_\-]{22}",
            "https://mailchimp.com/developer/transactional/guides/quick-start/",
        ),
        (
            "RESEND_KEY",
            "re_",
            r"[A-Za-z0-9]{8}_[A-Za-z0-9]{24}",
            "https://resend.com/docs/dashboard/api-keys/introduction",
        ),
        ("BREVO_KEY", "xkeysib-", r"[0-9a-f]{64}-[A-Za-z0-9]{16}", _BREVO),
        ("BREVO_SMTP_KEY", "xsmtpsib-", r"[0-9a-f]{64}-[A-Za-z0-9]{16}", _BREVO),
        ("KLAVIYO_KEY", "pk_", r"[0-9a-f]{34}", "https://developers.klaviyo.com/en/docs/authenticate_"),
        ("MAILERSEND_TOKEN", "mlsn.", r"[0-9a-f]{64}", "https://developers.mailersend.com/general.html#authentication"),
        (
            "SMTP2GO_KEY",
            "api-",
            r"[0-9A-F]{32}|[0-9a-f]{32}|[0-9A-Za-z]{32}",
            "https://developers.smtp2go.com/docs/getting-started",
        ),
        ("ZOHO_TOKEN", "1000.", r"[0-9a-f]{32}\.[0-9a-f]{32}", "https://www.zoho.com/accounts/protocol/oauth.html"),
        ("NYLAS_API_KEY", "nyk_v0_", r"[A-Za-z0-9]{60,70}", "https://developer.nylas.com/docs/v3/auth/"),
        ("HUBSPOT_TOKEN", "pat-", rf"(?:na|eu|ap)[0-9]-{UUID}", _HUBSPOT),
    ),
    *shaped(
        ("MAILCHIMP_KEY", "-us", r"[0-9a-f]{32}-us[0-9]{1,2}", _MAILCHIMP),
    ),
    *beside(
        ("MAILGUN_SIGNING_KEY", "mailgun", r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}", _MAILGUN),
        ("POSTMARK_TOKEN", "postmark", UUID, "https://postmarkapp.com/developer/api/overview"),
        ("SPARKPOST_KEY", "sparkpost", HEX40, "https://developers.sparkpost.com/api/#header-authentication"),
        ("MAILJET_KEY", "mailjet", HEX32, "https://dev.mailjet.com/email/guides/"),
        ("HUBSPOT_KEY", "hubspot hapikey", UUID, _HUBSPOT),
        ("HUNTER_KEY", "hunter_io hunter_api", HEX40, "https://hunter.io/api-documentation/v2"),
        (
            "CAMPAIGN_MONITOR_KEY",
            "campaign_monitor createsend",
            HEX32,
            "https://www.campaignmonitor.com/api/getting-started/",
        ),
        (
            "CONSTANT_CONTACT_KEY",
            "constant_contact",
            UUID,
            "https://developer.constantcontact.com/api_guide/auth_overview.html",
        ),
        (
            "CONVERTKIT_KEY",
            "convertkit convert_kit",
            r"[A-Za-z0-9_\-]{22}|[A-Za-z0-9_\-]{43}",
            "https://developers.kit.com/",
        ),
        ("CUSTOMER_IO_KEY", "customer_io customerio", r"[0-9a-f]{20}|[0-9a-f]{32}", "https://docs.customer.io/api/"),
        (
            "ELASTIC_EMAIL_KEY",
            "elastic_email",
            r"[A-Z0-9]{96}",
            "https://elasticemail.com/developers/api-documentation/rest-api",
        ),
        (
            "GETRESPONSE_KEY",
            "getresponse get_response",
            r"[a-z0-9]{32}",
            "https://apidocs.getresponse.com/v3/authentication",
        ),
        ("MAILERLITE_KEY", "mailerlite mailer_lite", HEX32, "https://developers.mailerlite.com/docs/#authentication"),
        (
            "ACTIVECAMPAIGN_KEY",
            "activecampaign active_campaign",
            r"[0-9a-f]{72}",
            "https://developers.activecampaign.com/reference/authentication",
        ),
        ("SENDINBLUE_KEY", "sendinblue", r"[A-Za-z0-9]{16,20}", _BREVO),
        (
            "ZEROBOUNCE_KEY",
            "zerobounce zero_bounce",
            HEX32,
            "https://www.zerobounce.net/docs/email-validation-api-quickstart/",
        ),
        (
            "SEGMENT_KEY",
            "segment_write segment_api segment_key segment_token",
            r"[A-Za-z0-9_\-]{43}\.[A-Za-z0-9_\-]{43}|[A-Za-z0-9]{32}",
            "https://segment.com/docs/connections/find-writekey/",
        ),
        ("BRAZE_KEY", "braze", UUID, "https://www.braze.com/docs/api/basics/"),
        ("DRIP_TOKEN", "drip_api drip_token", HEX32, "https://developer.drip.com/#authentication"),
        ("INSIGHTLY_KEY", "insightly", UUID, "https://api.insightly.com/v3.1/Help#!/Overview/Authentication"),
        ("PIPEDRIVE_TOKEN", "pipedrive", HEX40, "https://pipedrive.readme.io/docs/core-api-concepts-authentication"),
        (
            "CLEARBIT_KEY",
            "clearbit",
            r"sk_[0-9a-f]{32}|[0-9a-z_]{35}",
            "https://dashboard.clearbit.com/docs#authentication",
        ),
        ("MAILBOXLAYER_KEY", "mailboxlayer", r"[0-9a-z]{32}", "https://mailboxlayer.com/documentation"),
    ),
)
