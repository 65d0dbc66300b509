"""Keys of monitoring, logging, incident response, analytics and feature flags."""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import HEX32, HEX40, HEX64, UUID, beside, prefixed, shaped

_GRAFANA = "https://grafana.com/docs/grafana/latest/administration/service-accounts/"
_NEW_RELIC = "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/"
_SENTRY = "https://docs.sentry.io/account/auth-tokens/"
_DATADOG = "https://docs.datadoghq.com/account_management/api-app-keys/"
_LAUNCHDARKLY = "https://launchdarkly.com/docs/home/account/environment/keys"
_SUMO = "https://help.sumologic.com/docs/manage/security/access-keys/"

DETECTORS: tuple[CredentialDetector, ...] = (
    *prefixed(
        ("GRAFANA_TOKEN", "gl", r"sa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}", _GRAFANA),
        (
            "GRAFANA_CLOUD_TOKEN",
            "glc_",
            r"[A-Za-z0-9+/]{32,400}={0,2}",
            "https://grafana.com/docs/grafana-cloud/account-management/authentication-and-permissions/access-policies/",
        ),
        ("GRAFANA_LEGACY_KEY", "eyJrIjoi", r"[A-Za-z0-9+/]{60,400}={0,3}", _GRAFANA),
        ("NEW_RELIC_KEY", "NR", r"(?:AK|JS|BR|SP|AL|IQ|RA)-[A-Za-z0-9_\-]{19,47}|II-[A-Za-z0-9_\-]{32}", _NEW_RELIC),
        ("SENTRY_TOKEN", "sntry", r"(?:s_[A-Za-z0-9+/=_]{40,300}|u_[a-f0-9]{64})", _SENTRY),
        (
            "DYNATRACE_TOKEN",
            "dt0",
            r"[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}|[a-z][0-9]{2}\.[A-Z0-9]{8}\.[A-Z0-9]{64}",
            "https://docs.dynatrace.com/docs/manage/identity-access-management/access-tokens-and-oauth-clients/access-tokens",
        ),
        ("AXIOM_TOKEN", "xa", rf"(?:at|pt)-{UUID}", "https://axiom.co/docs/reference/tokens"),
        (
            "CORALOGIX_KEY",
            "cx",
            r"(?:tp|up|oo|et)_[A-Za-z0-9]{30,60}",
            "https://coralogix.com/docs/user-guides/account-management/api-keys/api-keys/",
        ),
        ("CHECKLY_KEY", "cu_", r"[0-9a-f]{32}", "https://www.checklyhq.com/docs/accounts-and-users/creating-api-key/"),
        ("UPTIMEROBOT_KEY", "ur", r"[0-9]{6,10}-[0-9a-f]{24}", "https://uptimerobot.com/api/"),
        ("POSTHOG_KEY", "ph", r"[asxc]_[A-Za-z0-9]{42,60}", "https://posthog.com/docs/api"),
        ("LAUNCHDARKLY_KEY", "sdk-", UUID, _LAUNCHDARKLY),
        ("LAUNCHDARKLY_API_TOKEN", "api-", UUID, _LAUNCHDARKLY),
        ("LAUNCHDARKLY_MOBILE_KEY", "mob-", UUID, _LAUNCHDARKLY),
        ("STATSIG_KEY", "secret-", r"[A-Za-z0-9]{36,60}", "https://docs.statsig.com/access-management/api-keys/"),
        (
            "STATSIG_CONSOLE_KEY",
            "console-",
            r"[A-Za-z0-9]{36,60}",
            "https://docs.statsig.com/access-management/api-keys/",
        ),
        ("OPSGENIE_KEY", "GenieKey ", UUID, "https://docs.opsgenie.com/docs/api-key-management"),
        (
            "SPLUNK_HEC_TOKEN",
            "Splunk ",
            UUID,
            "https://docs.splunk.com/Documentation/Splunk/latest/Data/UsetheHTTPEventCollector",
        ),
        ("PIXIE_KEY", "px-", rf"(?:api|dep)-{UUID}", "https://docs.px.dev/reference/admin/api-keys/"),
    ),
    *shaped(
        (
            "NEW_RELIC_LICENSE_KEY",
            "NRAL",
            r"(?:[0-9a-f]{36}|[a-z]{2}[0-9]{2}xx[0-9a-f]{30}|[a-z]{2}[0-9]{2}xx[0-9a-f]{26}FFFF)NRAL",
            _NEW_RELIC,
        ),
        (
            "SENTRY_DSN",
            "ingest",
            r"[0-9a-f]{32}(?::[0-9a-f]{32})?@o[0-9]{1,12}\.ingest(?:\.[a-z]{2})?\.sentry\.io/[0-9]{1,16}",
            "https://docs.sentry.io/concepts/key-terms/dsn-explainer/",
        ),
    ),
    *beside(
        ("DATADOG_API_KEY", "datadog dd_api dd_client ddog", HEX32, _DATADOG),
        ("DATADOG_APP_KEY", "datadog dd_app", HEX40, _DATADOG),
        ("NEW_RELIC_LEGACY_KEY", "new_relic newrelic", rf"{HEX64}|{HEX40}|[0-9a-f]{{47}}", _NEW_RELIC),
        ("SENTRY_LEGACY_TOKEN", "sentry", HEX64, _SENTRY),
        (
            "HONEYCOMB_LEGACY_KEY",
            "honeycomb",
            rf"{HEX32}|[A-Za-z0-9]{{22}}",
            "https://docs.honeycomb.io/get-started/best-practices/api-keys/",
        ),
        (
            "SPLUNK_TOKEN",
            "splunk hec_token",
            UUID,
            "https://docs.splunk.com/Documentation/Splunk/latest/Data/UsetheHTTPEventCollector",
        ),
        ("SUMO_LOGIC_ID", "sumo", r"su[A-Za-z0-9]{12}", _SUMO),
        ("SUMO_LOGIC_KEY", "sumo", r"[A-Za-z0-9]{64}", _SUMO),
        ("ROLLBAR_TOKEN", "rollbar", HEX32, "https://docs.rollbar.com/docs/access-tokens"),
        ("BUGSNAG_KEY", "bugsnag", HEX32, "https://docs.bugsnag.com/api/data-access/"),
        (
            "PAGERDUTY_TOKEN",
            "pagerduty pager_duty pd_token pd_api",
            rf"{HEX32}|[A-Za-z0-9_+\-]{{20}}",
            "https://support.pagerduty.com/main/docs/api-access-keys",
        ),
        ("OPSGENIE_TOKEN", "opsgenie", UUID, "https://docs.opsgenie.com/docs/api-key-management"),
        ("STATUSPAGE_KEY", "statuspage", rf"{UUID}|{HEX32}", "https://developer.statuspage.io/#section/Authentication"),
        (
            "BETTER_STACK_TOKEN",
            "betterstack better_uptime logtail",
            r"[A-Za-z0-9]{24}",
            "https://betterstack.com/docs/logs/api/getting-started/",
        ),
        ("MEZMO_KEY", "logdna mezmo", HEX32, "https://docs.mezmo.com/docs/ingestion-key"),
        (
            "LOGZ_IO_TOKEN",
            "logz_io logzio",
            rf"[A-Za-z]{{32}}|{UUID}",
            "https://docs.logz.io/docs/user-guide/admin/authentication-tokens/api-tokens/",
        ),
        (
            "LOGGLY_TOKEN",
            "loggly",
            UUID,
            "https://documentation.solarwinds.com/en/success_center/loggly/content/admin/customer-token-authentication-token.htm",
        ),
        ("AMPLITUDE_KEY", "amplitude", HEX32, "https://amplitude.com/docs/apis/authentication"),
        ("MIXPANEL_TOKEN", "mixpanel", HEX32, "https://developer.mixpanel.com/reference/project-token"),
        (
            "INSTRUMENTATION_KEY",
            "instrumentation_key app_insights applicationinsights",
            UUID,
            "https://learn.microsoft.com/en-us/azure/azure-monitor/app/connection-strings",
        ),
        ("LAUNCHDARKLY_LEGACY_KEY", "launch_darkly", rf"{UUID}|[A-Za-z0-9_\-]{{40}}", _LAUNCHDARKLY),
        (
            "RAYGUN_KEY",
            "raygun",
            r"[A-Za-z0-9+/]{22}==",
            "https://raygun.com/documentation/product-guides/crash-reporting/",
        ),
        (
            "SIGNALFX_TOKEN",
            "signalfx",
            r"[A-Za-z0-9_\-]{22}",
            "https://docs.splunk.com/observability/en/admin/authentication/authentication-tokens/org-tokens.html",
        ),
        ("SITE24X7_KEY", "site24x7", r"[a-z]{2}_[0-9a-f]{32}|[0-9a-f]{32}", "https://www.site24x7.com/help/api/"),
        (
            "SPLIT_KEY",
            "split_io split_api",
            r"[a-z0-9]{48,56}",
            "https://help.split.io/hc/en-us/articles/360019916211-API-keys",
        ),
        ("SIGNOZ_KEY", "signoz", UUID, "https://signoz.io/docs/ingestion/signoz-cloud/keys/"),
        ("SCOUT_KEY", "scout_apm scout_key", r"[A-Za-z0-9]{20}", "https://scoutapm.com/docs/api"),
        ("CRONITOR_KEY", "cronitor", HEX32, "https://cronitor.io/docs/api-overview"),
    ),
)
