"""Keys and tokens of clouds, content delivery networks and hosts.

The 40-character secret of AWS, which needs more than a table, is in `aws`.
"""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import HEX32, HEX64, UUID, beside, prefixed, shaped

_GCP = "https://cloud.google.com/docs/authentication/api-keys"
_OAUTH = "https://developers.google.com/identity/protocols/oauth2"
_ENTRA = "https://learn.microsoft.com/en-us/purview/sit-defn-client-secret-api-key"

DETECTORS: tuple[CredentialDetector, ...] = (
    *prefixed(
        ("GOOGLE_API_KEY", "AIza", r"[0-9A-Za-z_\-]{35}", _GCP),
        ("GOOGLE_CLIENT_SECRET", "GOCSPX-", r"[0-9A-Za-z_\-]{28}", _OAUTH),
        ("GOOGLE_ACCESS_TOKEN", "ya29.", r"[0-9A-Za-z_\-.]{20,400}", _OAUTH),
        ("GOOGLE_REFRESH_TOKEN", "1//0", r"[A-Za-z0-9_\-]{60,120}", _OAUTH),
        (
            "GOOGLE_HMAC_KEY",
            "GOOG1",
            r"E[A-Z0-9]{55}|[A-Z0-9]{19}",
            "https://cloud.google.com/storage/docs/authentication/hmackeys",
        ),
        (
            "AWS_BEDROCK_KEY",
            "ABSK",
            r"[A-Za-z0-9+/]{100,280}={0,2}",
            "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
        ),
        (
            "AWS_BEDROCK_SHORT_KEY",
            "bedrock-api-key-",
            r"[A-Za-z0-9+/=]{32,4000}",
            "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-generate.html",
        ),
        (
            "AWS_APPSYNC_KEY",
            "da2-",
            r"[a-z0-9]{26}",
            "https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html",
        ),
        (
            "AMAZON_MWS_TOKEN",
            "amzn.mws.",
            UUID,
            "https://developer-docs.amazon.com/sp-api/docs/mws-to-sp-api-migration-guide",
        ),
        (
            "AWS_SESSION_TOKEN",
            "IQoJb3JpZ2lu",
            r"[A-Za-z0-9+/]{80,2000}={0,2}",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html",
        ),
        ("DIGITALOCEAN_TOKEN", "do", r"[opr]_v1_[a-f0-9]{64}", "https://docs.digitalocean.com/reference/api/"),
        (
            "ALIBABA_ACCESS_KEY",
            "LTAI",
            r"[A-Za-z0-9]{16,20}",
            "https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair",
        ),
        ("TENCENT_SECRET_ID", "AKID", r"[A-Za-z0-9]{32}", "https://www.tencentcloud.com/document/product/598/32675"),
        (
            "YANDEX_API_KEY",
            "AQVN",
            r"[A-Za-z0-9_\-]{35,38}",
            "https://yandex.cloud/en/docs/iam/concepts/authorization/api-key",
        ),
        (
            "YANDEX_IAM_TOKEN",
            "t1.",
            r"[A-Z0-9a-z_\-]{20,400}={0,2}\.[A-Za-z0-9_\-]{86}={0,2}",
            "https://yandex.cloud/en/docs/iam/concepts/authorization/iam-token",
        ),
        (
            "YANDEX_OAUTH_TOKEN",
            "y0_",
            r"[A-Za-z0-9_\-]{50,60}",
            "https://yandex.cloud/en/docs/iam/concepts/authorization/oauth-token",
        ),
        (
            "YANDEX_ACCESS_KEY",
            "YC",
            r"[A-Za-z0-9_\-]{38}",
            "https://yandex.cloud/en/docs/iam/concepts/authorization/access-key",
        ),
        (
            "CLOUDFLARE_TOKEN",
            "cf",
            r"(?:ut|at|k)_[A-Za-z0-9]{40}[A-Za-z0-9]{8}",
            "https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/",
        ),
        (
            "CLOUDFLARE_CA_KEY",
            "v1.0-",
            r"[0-9a-f]{24}-[0-9a-f]{146}",
            "https://developers.cloudflare.com/fundamentals/api/get-started/ca-keys/",
        ),
        ("FLY_TOKEN", "fm", r"(?:1[ar]|2)_[A-Za-z0-9+/=_\-]{60,1000}", "https://fly.io/docs/security/tokens/"),
        ("FLY_ACCESS_TOKEN", "fo1_", r"[A-Za-z0-9_\-]{43}", "https://fly.io/docs/security/tokens/"),
        (
            "HEROKU_TOKEN",
            "HRKU-",
            rf"AA[A-Za-z0-9_\-]{{58}}|{UUID}",
            "https://devcenter.heroku.com/changelog-items/3175",
        ),
        ("RENDER_KEY", "rnd_", r"[A-Za-z0-9]{28,32}", "https://render.com/docs/api"),
        ("NETLIFY_TOKEN", "nf", r"[cbopu]_[A-Za-z0-9]{36}", "https://docs.netlify.com/api/get-started/"),
        ("VERCEL_TOKEN", "vc", r"[pikra]_[A-Za-z0-9]{56}", "https://vercel.com/docs/rest-api"),
        (
            "VERCEL_BLOB_TOKEN",
            "vercel_blob_rw_",
            r"[A-Za-z0-9]{16}_[A-Za-z0-9]{30}",
            "https://vercel.com/docs/vercel-blob",
        ),
        (
            "SCALEWAY_ACCESS_KEY",
            "SCW",
            r"(?=[A-Z]{0,16}[0-9])[A-Z0-9]{17}",
            "https://www.scaleway.com/en/docs/iam/how-to/create-api-keys/",
        ),
        ("EXOSCALE_KEY", "EXO", r"[0-9a-f]{24,27}", "https://community.exoscale.com/documentation/iam/"),
        ("UPCLOUD_TOKEN", "ucat_", r"[A-Za-z0-9]{26}", "https://upcloud.com/docs/guides/getting-started-upcloud-api/"),
        (
            "AKAMAI_TOKEN",
            "akab-",
            r"[a-z0-9]{16}-[a-z0-9]{16}",
            "https://techdocs.akamai.com/developer/docs/set-up-authentication-credentials",
        ),
        (
            "TAILSCALE_KEY",
            "tskey-",
            r"[a-z]{3,8}-[A-Za-z0-9]{8,24}-[A-Za-z0-9]{16,48}",
            "https://tailscale.com/kb/1277/key-prefixes",
        ),
        (
            "CLOUDINARY_URL",
            "cloudinary://",
            r"[0-9]{15}:[A-Za-z0-9_\-]{27}",
            "https://cloudinary.com/documentation/cloudinary_credentials_tutorial",
        ),
        (
            "FRAMEIO_TOKEN",
            "fio-u-",
            r"[A-Za-z0-9_\-=]{64}",
            "https://developer.frame.io/docs/getting-started/authentication",
        ),
    ),
    *shaped(
        ("AZURE_CLIENT_SECRET", "Q~", r"[A-Za-z0-9_~.\-]{3}[0-9]Q~[A-Za-z0-9_.~\-]{31,34}", _ENTRA),
        (
            "AZURE_SERVICE_KEY",
            # 52 random characters, then the mark, date, platform, service and checksum.
            "JQQJ",
            r"[A-Za-z0-9]{52}JQQJ[0-9]{2}[A-Za-z0-9]{26}",
            "https://learn.microsoft.com/en-us/purview/sit-sensitive-information-type-entity-definitions",
        ),
        (
            "AZURE_STORAGE_KEY",
            "+ASt",
            r"[A-Za-z0-9+/]{76}\+ASt[A-Za-z0-9+/]{6}==",
            "https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage",
        ),
        (
            "AZURE_COSMOS_KEY",
            "ACDb",
            r"[A-Za-z0-9+/]{76}ACDb[A-Za-z0-9+/]{6}==",
            "https://learn.microsoft.com/en-us/azure/cosmos-db/how-to-rotate-keys",
        ),
        (
            "AZURE_SEARCH_KEY",
            "AzSe",
            r"[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}",
            "https://learn.microsoft.com/en-us/azure/search/search-security-api-keys",
        ),
        (
            "AZURE_FUNCTION_KEY",
            "AzFu",
            r"[A-Za-z0-9_\-]{44}AzFu[A-Za-z0-9_\-]{5}[AQgw]==",
            "https://learn.microsoft.com/en-us/azure/azure-functions/function-keys-how-to",
        ),
        (
            "AZURE_REGISTRY_KEY",
            "+ACR",
            r"[A-Za-z0-9/+]{42}\+ACR[A-D][A-Za-z0-9]{5}",
            "https://learn.microsoft.com/en-us/azure/container-registry/container-registry-authentication",
        ),
        (
            "AZURE_SAS_SIGNATURE",
            "sig=",
            r"(?<=sig=)[A-Za-z0-9%+/]{43,64}(?:%3D|=)",
            "https://learn.microsoft.com/en-us/rest/api/storageservices/create-service-sas",
        ),
    ),
    *beside(
        ("LINODE_TOKEN", "linode", HEX64, "https://techdocs.akamai.com/linode-api/reference/get-started"),
        ("VULTR_KEY", "vultr", r"[A-Z0-9]{36}", "https://docs.vultr.com/platform/other/api/regenerate-api-key"),
        ("HETZNER_TOKEN", "hetzner hcloud", r"[A-Za-z0-9]{64}", "https://docs.hetzner.cloud/reference/cloud"),
        ("SCALEWAY_SECRET_KEY", "scaleway scw", UUID, "https://www.scaleway.com/en/docs/iam/how-to/create-api-keys/"),
        (
            "IBM_CLOUD_KEY",
            "ibm softlayer bluemix",
            rf"[A-Za-z0-9_\-]{{44}}|{HEX64}",
            "https://cloud.ibm.com/docs/account?topic=account-userapikey",
        ),
        ("CLOUDANT_KEY", "cloudant", HEX64, "https://cloud.ibm.com/docs/Cloudant?topic=Cloudant-api-keys"),
        (
            "ALIBABA_SECRET_KEY",
            "alibaba aliyun alicloud accesskey_secret access_key_secret",
            r"[A-Za-z0-9]{30}",
            "https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair",
        ),
        (
            "TENCENT_SECRET_KEY",
            "tencent qcloud tencentcloud",
            r"[A-Za-z0-9]{32}",
            "https://www.tencentcloud.com/document/product/598/32675",
        ),
        ("OVH_KEY", "ovh", r"[A-Za-z0-9]{32}", "https://help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api"),
        (
            "CLOUDFLARE_LEGACY_TOKEN",
            "cloudflare cf_api cf_token",
            r"[A-Za-z0-9_\-]{40}|[0-9a-f]{37}",
            "https://developers.cloudflare.com/fundamentals/api/get-started/create-token/",
        ),
        (
            "FASTLY_TOKEN",
            "fastly",
            r"[A-Za-z0-9_\-]{32}",
            "https://www.fastly.com/documentation/reference/api/auth-tokens/",
        ),
        ("HEROKU_KEY", "heroku", UUID, "https://devcenter.heroku.com/articles/authentication"),
        ("RAILWAY_TOKEN", "railway", UUID, "https://docs.railway.com/guides/public-api"),
        ("NETLIFY_LEGACY_TOKEN", "netlify", r"[A-Za-z0-9_\-]{43,46}", "https://docs.netlify.com/api/get-started/"),
        ("VERCEL_LEGACY_TOKEN", "vercel", r"[A-Za-z0-9]{24}", "https://vercel.com/docs/rest-api"),
        (
            "NGROK_TOKEN",
            "ngrok",
            r"[A-Za-z0-9]{27}_[A-Za-z0-9]{20,22}|[0-9][A-Za-z0-9]{19,27}_[A-Za-z0-9]{15,21}",
            "https://ngrok.com/docs/agent/#authtokens",
        ),
        (
            "BACKBLAZE_KEY",
            "backblaze b2_application b2_key",
            r"K00[0-9][A-Za-z0-9+/]{27}",
            "https://www.backblaze.com/docs/cloud-storage-application-keys",
        ),
        (
            "BUNNY_KEY",
            "bunny bunnycdn",
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-[0-9a-f]{4}-[0-9a-f]{4}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{20}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "https://docs.bunny.net/reference/bunnynet-api-overview",
        ),
        (
            "AZURE_SUBSCRIPTION_KEY",
            "ocp_apim_subscription_key apim_subscription azure_subscription_key bing_search",
            HEX32,
            "https://learn.microsoft.com/en-us/azure/api-management/api-management-subscriptions",
        ),
        ("CIVO_KEY", "civo", r"[A-Za-z0-9]{50}", "https://www.civo.com/docs/account/api-keys"),
        ("ZEROTIER_TOKEN", "zerotier", r"[A-Za-z0-9]{32}", "https://docs.zerotier.com/api/tokens"),
    ),
)
