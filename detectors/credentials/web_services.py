"""Keys of names and networks, security scans, files, pictures and tests of web sites."""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import HEX32, HEX40, HEX64, UUID, beside, prefixed, shaped

DETECTORS: tuple[CredentialDetector, ...] = (
    *prefixed(
        (
            "INFRACOST_KEY",
            "ico-",
            r"(?=[a-z0-9]{0,31}[A-Z])[A-Za-z0-9]{32}",
            "https://www.infracost.io/docs/features/environment_variables/",
        ),
        ("SCALINGO_TOKEN", "tk-us-", r"[A-Za-z0-9_\-]{48}", "https://developers.scalingo.com/tokens"),
        (
            "OPENSHIFT_TOKEN",
            "sha256~",
            r"[A-Za-z0-9_\-]{43}",
            "https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/authentication_and_authorization/",
        ),
        (
            "SETTLEMINT_TOKEN",
            "sm_",
            r"(?:aat|pat|sat)_[A-Za-z0-9]{16}",
            "https://console.settlemint.com/documentation/",
        ),
        (
            "DEFINED_NETWORKING_KEY",
            "dnkey-",
            r"[A-Za-z0-9=_\-]{26}-[A-Za-z0-9=_\-]{52}",
            "https://docs.defined.net/guides/automating-host-creation/",
        ),
        ("PORKBUN_SECRET", "sk1_", r"[0-9a-f]{64}", "https://porkbun.com/api/json/v3/documentation"),
        ("PORKBUN_KEY", "pk1_", r"[0-9a-f]{64}", "https://porkbun.com/api/json/v3/documentation"),
    ),
    *shaped(
        (
            "AUTHRESS_KEY",
            ".acc",
            (
                r"(?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc[_\-][A-Za-z0-9\-]{10,32}"
                r"\.[A-Za-z0-9+/_=\-]{30,120}"
            ),
            "https://authress.io/knowledge-base/docs/authorization/service-clients/",
        ),
    ),
    *beside(
        ("MERAKI_KEY", "meraki", HEX40, "https://developer.cisco.com/meraki/api-v1/authorization/"),
        ("NAMECHEAP_KEY", "namecheap", HEX32, "https://www.namecheap.com/support/api/intro/"),
        ("GODADDY_SECRET", "godaddy", r"[A-Za-z0-9]{22}", "https://developer.godaddy.com/getstarted"),
        ("NS1_KEY", "ns1_api ns1_key", r"[A-Za-z0-9]{20}", "https://ns1.com/api"),
        ("DNSIMPLE_TOKEN", "dnsimple", r"[A-Za-z0-9]{32}", "https://developer.dnsimple.com/v2/#authentication"),
        ("GANDI_KEY", "gandi", r"[A-Za-z0-9]{24}|[0-9a-f]{40}", "https://api.gandi.net/docs/authentication/"),
        ("TENABLE_KEY", "tenable", HEX64, "https://developer.tenable.com/docs/authorization"),
        ("RAPID7_KEY", "rapid7 insightops", UUID, "https://docs.rapid7.com/insight/managing-platform-api-keys/"),
        ("DETECTIFY_KEY", "detectify", HEX32, "https://developer.detectify.com/"),
        ("ALIENVAULT_KEY", "alienvault otx_api otx_key", HEX64, "https://otx.alienvault.com/api"),
        (
            "IPQUALITYSCORE_KEY",
            "ipqualityscore ip_quality",
            r"[A-Za-z0-9]{32}",
            "https://www.ipqualityscore.com/documentation/overview",
        ),
        ("HAVE_I_BEEN_PWNED_KEY", "hibp haveibeenpwned", HEX32, "https://haveibeenpwned.com/API/v3#Authorisation"),
        ("GHOST_INSPECTOR_KEY", "ghost_inspector", HEX40, "https://ghostinspector.com/docs/api/"),
        ("TESTINGBOT_SECRET", "testingbot", HEX32, "https://testingbot.com/support/api"),
        ("LOADMILL_TOKEN", "loadmill", UUID, "https://docs.loadmill.com/"),
        ("GTMETRIX_KEY", "gtmetrix", HEX32, "https://gtmetrix.com/api/docs/2.0/#authentication"),
        (
            "STATUSCAKE_KEY",
            "statuscake",
            r"[A-Za-z0-9]{30}|[A-Za-z0-9]{20}",
            "https://developers.statuscake.com/guides/api/authentication/",
        ),
        ("UPLOADCARE_KEY", "uploadcare", r"[0-9a-f]{20}", "https://uploadcare.com/docs/security/api-keys/"),
        ("TRANSLOADIT_KEY", "transloadit", rf"{HEX32}|{HEX40}", "https://transloadit.com/docs/api/authentication/"),
        (
            "CONVERTAPI_SECRET",
            "convertapi convert_api",
            r"[A-Za-z0-9]{16}|[A-Za-z0-9]{32}",
            "https://docs.convertapi.com/docs/authentication",
        ),
        ("FILESTACK_KEY", "filestack", r"A[A-Za-z0-9]{21}", "https://www.filestack.com/docs/security/"),
        ("IMAGGA_SECRET", "imagga", HEX32, "https://docs.imagga.com/#authentication"),
        ("PIXABAY_KEY", "pixabay", r"[0-9]{7,8}-[0-9a-f]{25}", "https://pixabay.com/api/docs/"),
        ("PEXELS_KEY", "pexels", r"[A-Za-z0-9]{56}", "https://www.pexels.com/api/documentation/"),
        ("WISTIA_TOKEN", "wistia", HEX64, "https://docs.wistia.com/docs/making-api-requests"),
        ("BANNERBEAR_KEY", "bannerbear", r"[A-Za-z0-9]{22}tt", "https://developers.bannerbear.com/"),
        ("APIFLASH_KEY", "apiflash api_flash", HEX32, "https://apiflash.com/documentation"),
        ("DIFFBOT_TOKEN", "diffbot", HEX32, "https://docs.diffbot.com/reference/authentication"),
        ("MAPQUEST_KEY", "mapquest", r"[A-Za-z0-9]{32}", "https://developer.mapquest.com/documentation/"),
        ("WHAT3WORDS_KEY", "what3words", r"[A-Z0-9]{8}", "https://developer.what3words.com/public-api/docs"),
        ("WALK_SCORE_KEY", "walkscore walk_score", HEX32, "https://www.walkscore.com/professional/api.php"),
        ("NUTRITIONIX_KEY", "nutritionix", HEX32, "https://docx.syndigo.com/developers/docs/nutritionix-api-guide"),
        ("CLOUDMERSIVE_KEY", "cloudmersive", UUID, "https://api.cloudmersive.com/"),
        ("DATA_GOV_KEY", "data_gov datagov", r"[A-Za-z0-9]{40}", "https://api.data.gov/docs/api-key/"),
        ("REBRANDLY_KEY", "rebrandly", HEX32, "https://developers.rebrandly.com/docs/api-keys"),
        ("GYAZO_TOKEN", "gyazo", rf"{HEX64}|[A-Za-z0-9_\-]{{43}}", "https://gyazo.com/api/docs/auth"),
        ("PINATA_KEY", "pinata", rf"{HEX64}|[0-9a-f]{{20}}", "https://docs.pinata.cloud/account-management/api-keys"),
        ("PORTAINER_TOKEN", "portainer", r"ptr_[A-Za-z0-9/_+=\-]{43,48}", "https://docs.portainer.io/api/access"),
        ("BORGBASE_TOKEN", "borgbase", r"[A-Za-z0-9_\-]{100,200}", "https://docs.borgbase.com/developers/api-graphql"),
        ("METABASE_SESSION", "metabase", UUID, "https://www.metabase.com/docs/latest/api"),
        ("STORMGLASS_KEY", "stormglass", rf"{UUID}-{UUID}", "https://docs.stormglass.io/#/authentication"),
        (
            "WORLD_WEATHER_KEY",
            "worldweatheronline world_weather",
            r"[0-9a-f]{31}",
            "https://www.worldweatheronline.com/weather-api/api/docs/",
        ),
        ("IP2LOCATION_KEY", "ip2location", r"[A-Z0-9]{32}", "https://www.ip2location.io/ip2location-documentation"),
        (
            "FACE_PLUS_PLUS_KEY",
            "faceplusplus facepp",
            r"[A-Za-z0-9_\-]{32}",
            "https://console.faceplusplus.com/documents/5671787",
        ),
        ("UNIFI_KEY", "unifi_api unifi_key", r"[A-Za-z0-9_\-]{32}", "https://developer.ui.com/"),
    ),
)
