"""Tokens of work tools, shops, design, documents, automation and devices."""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import HEX32, HEX40, HEX64, UUID, beside, prefixed, shaped

_ATLASSIAN = "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/"
_NOTION = "https://developers.notion.com/reference/authentication"
_ASANA = "https://developers.asana.com/docs/personal-access-token"
_ADOBE = "https://developer.adobe.com/developer-console/docs/guides/authentication/"
_SALESFORCE = "https://help.salesforce.com/s/articleView?id=xcloud.connected_app_overview.htm"
_SHOPIFY = "https://shopify.dev/docs/apps/build/authentication-authorization"

DETECTORS: tuple[CredentialDetector, ...] = (
    *prefixed(
        ("ATLASSIAN_TOKEN", "ATATT3", r"[A-Za-z0-9_\-=]{100,240}", _ATLASSIAN),
        ("NOTION_TOKEN", "ntn_", r"[0-9]{11}[A-Za-z0-9]{35}", _NOTION),
        ("NOTION_LEGACY_TOKEN", "secret_", r"(?=[A-Za-z]{0,40}[0-9])[A-Za-z0-9]{43}", _NOTION),
        ("LINEAR_KEY", "lin_", r"(?:api|oauth|wh)_[A-Za-z0-9]{32,64}", "https://linear.app/developers/graphql"),
        ("ASANA_TOKEN", "1/", r"[0-9]{13,18}:[0-9a-f]{32}|[0-9]{13,18}/[0-9]{13,18}:[0-9a-f]{32}", _ASANA),
        ("ASANA_PAT", "2/", r"[0-9]{13,18}/[0-9]{13,18}:[0-9a-f]{32}", _ASANA),
        ("CLICKUP_TOKEN", "pk_", r"[0-9]{6,10}_[A-Z0-9]{32}", "https://developer.clickup.com/docs/authentication"),
        (
            "TRELLO_TOKEN",
            "ATTA",
            r"[0-9a-f]{64}[0-9A-F]{8}",
            "https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/",
        ),
        (
            "FIGMA_TOKEN",
            "fig",
            r"(?:d|u|ur|oh|or)_[A-Za-z0-9_\-]{40}",
            "https://developers.figma.com/docs/rest-api/authentication/",
        ),
        ("SHOPIFY_TOKEN", "shp", r"(?:at|ca|pa|ss|ua|tka)_[a-fA-F0-9]{32}", _SHOPIFY),
        (
            "POSTMAN_KEY",
            "PMAK-",
            r"[a-f0-9]{24}-[a-f0-9]{34}",
            "https://learning.postman.com/docs/developer/postman-api/authentication/",
        ),
        ("DROPBOX_TOKEN", "sl.", r"(?:u\.)?[A-Za-z0-9_\-]{120,1300}", "https://developers.dropbox.com/oauth-guide"),
        (
            "MAPBOX_TOKEN",
            "sk.ey",
            r"[A-Za-z0-9_\-]{20,200}\.[A-Za-z0-9_\-]{20,40}",
            "https://docs.mapbox.com/help/dive-deeper/access-tokens/",
        ),
        (
            "MAPBOX_TEMPORARY_TOKEN",
            "tk.ey",
            r"[A-Za-z0-9_\-]{20,300}\.[A-Za-z0-9_\-]{20,40}",
            "https://docs.mapbox.com/help/dive-deeper/access-tokens/",
        ),
        (
            "TYPEFORM_TOKEN",
            "tfp_",
            r"[A-Za-z0-9_\-.=]{40,60}",
            "https://www.typeform.com/developers/get-started/personal-access-token/",
        ),
        ("SALESFORCE_CLIENT_ID", "3MVG", r"[A-Za-z0-9._]{77,110}", _SALESFORCE),
        ("SALESFORCE_SESSION", "00D", r"[A-Za-z0-9]{12,15}![A-Za-z0-9_.]{90,120}", _SALESFORCE),
        (
            "ZAPIER_WEBHOOK",
            "hooks.zapier.com/hooks/catch/",
            r"[A-Za-z0-9]{4,12}/[A-Za-z0-9]{5,12}",
            "https://help.zapier.com/hc/en-us/articles/8496288690317",
        ),
        (
            "IFTTT_WEBHOOK",
            "maker.ifttt.com/trigger/",
            r"[A-Za-z0-9_\-]{1,80}/(?:json/)?with/key/[A-Za-z0-9_\-]{20,48}",
            "https://ifttt.com/maker_webhooks",
        ),
        (
            "MAKE_WEBHOOK",
            "hook.",
            r"[a-z]{2}[0-9]\.make\.com/[a-z0-9]{32}",
            "https://www.make.com/en/help/tools/webhooks",
        ),
        ("APIFY_TOKEN", "apify_api_", r"[A-Za-z0-9]{34,40}", "https://docs.apify.com/platform/integrations/api"),
        ("ADOBE_CLIENT_SECRET", "p8e-", r"[A-Za-z0-9_\-]{32}", _ADOBE),
        ("ADOBE_DEVICE_SECRET", "s8e-", r"[A-Za-z0-9_\-]{32}", _ADOBE),
        ("README_KEY", "rdme_", r"[a-z0-9]{70,80}", "https://docs.readme.com/main/reference/intro/authentication"),
        ("FLEXPORT_TOKEN", "shltm_", r"[A-Za-z0-9_\-]{40}", "https://apidocs.flexport.com/"),
        ("BEAMER_KEY", "b_", r"[A-Za-z0-9=_\-]{44}", "https://www.getbeamer.com/api"),
        ("SAMSARA_TOKEN", "samsara_api_", r"[A-Za-z0-9]{30}", "https://developers.samsara.com/docs/authentication"),
        ("ADAFRUIT_KEY", "aio_", r"[A-Za-z0-9]{28}", "https://io.adafruit.com/api/docs/"),
        ("UBIDOTS_TOKEN", "BBFF-", r"[A-Za-z0-9]{30}", "https://docs.ubidots.com/reference/authentication"),
        ("UBIDOTS_US_TOKEN", "BBUS-", r"[A-Za-z0-9]{30}", "https://docs.ubidots.com/reference/authentication"),
        ("BLYNK_CLIENT_ID", "oa2-client-id_", r"[A-Za-z0-9_\-]{32}", "https://docs.blynk.io/en/blynk.cloud/oauth2"),
        (
            "INTRA42_SECRET",
            "s-s4t2",
            r"(?:ud|af)-[0-9a-f]{64}",
            "https://api.intra.42.fr/apidoc/guides/getting_started",
        ),
        ("CANVA_SECRET", "cnvca", r"[A-Za-z0-9_\-]{48,60}", "https://www.canva.dev/docs/connect/authentication/"),
        ("WEBFLOW_TOKEN", "ws-", r"[0-9a-f]{64}", "https://developers.webflow.com/data/reference/authentication"),
        ("CAL_COM_KEY", "cal_", r"(?:live|test)_[0-9a-f]{32}", "https://cal.com/docs/api-reference/v1/authentication"),
        (
            "POSTMAN_COLLECTION_KEY",
            "PMAT-",
            r"[A-Z0-9]{26}",
            "https://learning.postman.com/docs/collaborating-in-postman/sharing/",
        ),
        (
            "RETOOL_TOKEN",
            "retool_",
            r"[0-9a-z]{24,40}",
            "https://docs.retool.com/org-users/guides/retool-api-authentication",
        ),
    ),
    *shaped(
        (
            "GHOST_ADMIN_KEY",
            ":",
            r"[0-9a-f]{24}:[0-9a-f]{64}",
            "https://ghost.org/docs/admin-api/#token-authentication",
        ),
        (
            "RAPIDAPI_KEY",
            "msh",
            r"[0-9a-f]{10}msh[0-9a-f]{15}p1[0-9a-f]{5}jsn[0-9a-f]{12}",
            "https://docs.rapidapi.com/docs/keys-and-key-rotation",
        ),
    ),
    *beside(
        ("ATLASSIAN_LEGACY_TOKEN", "atlassian jira confluence", r"[A-Za-z0-9]{24}", _ATLASSIAN),
        ("ASANA_CLIENT_SECRET", "asana", rf"{HEX32}|[0-9]{{16}}", _ASANA),
        (
            "TRELLO_KEY",
            "trello",
            rf"{HEX64}|{HEX32}",
            "https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/",
        ),
        ("ADOBE_CLIENT_ID", "adobe", HEX32, _ADOBE),
        (
            "DROPBOX_SECRET",
            "dropbox",
            r"[a-z0-9]{15}|[A-Za-z0-9_\-]{11}AAAAAAAAAA[A-Za-z0-9_\-=]{43}",
            "https://developers.dropbox.com/oauth-guide",
        ),
        (
            "BOX_SECRET",
            "box_client box_token box_secret boxsdk",
            r"[A-Za-z0-9]{32}",
            "https://developer.box.com/guides/authentication/",
        ),
        (
            "MAPBOX_PUBLIC_TOKEN",
            "mapbox",
            r"pk\.[A-Za-z0-9_\-]{60}\.[A-Za-z0-9_\-]{22}",
            "https://docs.mapbox.com/help/dive-deeper/access-tokens/",
        ),
        ("LOKALISE_TOKEN", "lokalise", HEX40, "https://developers.lokalise.com/reference/api-authentication"),
        ("CROWDIN_TOKEN", "crowdin", r"[0-9a-f]{80}", "https://support.crowdin.com/developer/authentication/"),
        ("DOCUSIGN_KEY", "docusign", UUID, "https://developers.docusign.com/platform/auth/"),
        (
            "PANDADOC_KEY",
            "pandadoc panda_doc",
            HEX40,
            "https://developers.pandadoc.com/reference/api-key-authentication-process",
        ),
        ("WEBFLOW_KEY", "webflow", HEX64, "https://developers.webflow.com/data/reference/authentication"),
        ("BLYNK_TOKEN", "blynk", r"[A-Za-z0-9_\-]{32}", "https://docs.blynk.io/en/blynk.cloud/device-https-api"),
        ("PARTICLE_TOKEN", "particle", HEX40, "https://docs.particle.io/reference/cloud-apis/access-tokens/"),
        ("ETSY_KEY", "etsy", r"[a-z0-9]{24}", "https://developers.etsy.com/documentation/essentials/authentication"),
        (
            "BIGCOMMERCE_TOKEN",
            "bigcommerce",
            r"[a-z0-9]{31}",
            "https://developer.bigcommerce.com/docs/start/authentication/api-accounts",
        ),
        (
            "SHUTTERSTOCK_KEY",
            "shutterstock",
            r"[A-Za-z0-9]{32}|v2/[A-Za-z0-9]{380,390}",
            "https://api-reference.shutterstock.com/",
        ),
        ("UNSPLASH_KEY", "unsplash", r"[A-Za-z0-9_\-]{43}", "https://unsplash.com/documentation"),
        (
            "SCRAPING_SERVICE_KEY",
            "scraping_bee scrapingbee scraper_api zenrows",
            r"[A-Z0-9]{80}|[0-9a-f]{32}|[0-9a-f]{40}",
            "https://www.scrapingbee.com/documentation/",
        ),
        (
            "PLAYFAB_KEY",
            "playfab",
            r"[A-Z0-9]{50}",
            "https://learn.microsoft.com/en-us/gaming/playfab/gamemanager/secret-key-management",
        ),
        (
            "PDF_SERVICE_KEY",
            "pdflayer pdf_layer pdfshift pdf_shift api2cart screenshotlayer screenshot_layer screenshotapi",
            r"[A-Za-z0-9]{32}",
            "https://pdflayer.com/documentation",
        ),
        ("HOLISTICS_KEY", "holistics", r"[A-Za-z0-9+/]{43}=", "https://docs.holistics.io/docs/cli/auth"),
        (
            "SQUARESPACE_KEY",
            "squarespace",
            UUID,
            "https://developers.squarespace.com/commerce-apis/authentication-and-permissions",
        ),
        ("TODOIST_TOKEN", "todoist", HEX40, "https://developer.todoist.com/rest/v2/#authorization"),
        ("TOGGL_TOKEN", "toggl", HEX32, "https://engineering.toggl.com/docs/authentication"),
        (
            "AYRSHARE_KEY",
            "ayrshare",
            r"[A-Z0-9]{7}-[A-Z0-9]{7}-[A-Z0-9]{7}-[A-Z0-9]{7}|[A-Z0-9\-]{35}",
            "https://www.ayrshare.com/docs/apis/overview",
        ),
        ("BITLY_TOKEN", "bitly", HEX40, "https://dev.bitly.com/docs/getting-started/authentication/"),
    ),
)
