"""Keys of databases, warehouses, search engines and content stores."""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import HEX32, HEX64, UUID, beside, prefixed

_PLANETSCALE = "https://planetscale.com/docs/api/reference/service-tokens"
_SUPABASE = "https://supabase.com/docs/guides/api/api-keys"
_AIRTABLE = "https://support.airtable.com/docs/creating-personal-access-tokens"
_CONTENTFUL = "https://www.contentful.com/developers/docs/references/authentication/"

DETECTORS: tuple[CredentialDetector, ...] = (
    *prefixed(
        ("PLANETSCALE_TOKEN", "pscale_", r"(?:tkn|pw|oauth)_[A-Za-z0-9_\-.=]{32,64}", _PLANETSCALE),
        ("DATABRICKS_TOKEN", "dapi", r"[a-f0-9]{32}(?:-[0-9])?", "https://docs.databricks.com/dev-tools/auth/pat"),
        ("DATABRICKS_SECRET", "dose", r"[a-f0-9]{32}", "https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m"),
        ("SUPABASE_TOKEN", "sbp_", r"(?:[a-z]{2}_)?(?:v[0-9]_)?[a-z0-9]{40}", _SUPABASE),
        ("SUPABASE_SECRET_KEY", "sb_secret_", r"[A-Za-z0-9_\-]{20,40}", _SUPABASE),
        ("NEON_KEY", "napi_", r"[a-z0-9]{60,70}", "https://neon.com/docs/manage/api-keys"),
        (
            "COCKROACHDB_KEY",
            "CCDB1_",
            r"[A-Za-z0-9]{22}_[A-Za-z0-9]{40}",
            "https://www.cockroachlabs.com/docs/cockroachcloud/managing-access",
        ),
        (
            "MONGODB_SECRET",
            "mdb_sa_sk_",
            r"[A-Za-z0-9_\-]{40}",
            "https://www.mongodb.com/docs/atlas/api/service-accounts-overview/",
        ),
        ("XATA_KEY", "xau_", r"[A-Za-z0-9]{32,64}", "https://xata.io/docs/api-reference/user/keys"),
        ("FAUNA_KEY", "fn", r"A[EF][A-Za-z0-9_\-]{37}", "https://docs.fauna.com/fauna/current/learn/security/keys/"),
        (
            "DATASTAX_TOKEN",
            "AstraCS:",
            r"[A-Za-z]{24}:[0-9a-f]{64}",
            "https://docs.datastax.com/en/astra-db-serverless/administration/manage-application-tokens.html",
        ),
        ("AIVEN_PASSWORD", "AVNS_", r"[A-Za-z0-9_\-]{19}", "https://aiven.io/docs/platform/concepts/service-users"),
        ("AIRTABLE_TOKEN", "pat", r"[A-Za-z0-9]{14}\.[0-9a-f]{64}", _AIRTABLE),
        ("AIRTABLE_KEY", "key", r"(?=[a-z]{0,13}[A-Z0-9])(?=[A-Z0-9]{0,13}[a-z])[A-Za-z0-9]{14}", _AIRTABLE),
        (
            "MATERIALIZE_PASSWORD",
            "mzp_",
            r"[0-9a-f]{64}",
            "https://materialize.com/docs/manage/users-service-accounts/",
        ),
        (
            "DBT_TOKEN",
            "dbt",
            r"[cu]_[A-Za-z0-9_\-+/=]{36,64}",
            "https://docs.getdbt.com/docs/dbt-cloud-apis/authentication",
        ),
        (
            "TINYBIRD_TOKEN",
            "p.eyJ",
            r"[A-Za-z0-9_\-]{60,160}\.[A-Za-z0-9_\-]{40,50}",
            "https://www.tinybird.co/docs/forward/administration/auth-tokens",
        ),
        ("CONTENTFUL_TOKEN", "CFPAT-", r"[A-Za-z0-9_\-]{43}", _CONTENTFUL),
        ("SANITY_TOKEN", "sk", r"[A-Za-z0-9]{178}", "https://www.sanity.io/docs/http-auth"),
        (
            "ELASTIC_CLOUD_KEY",
            "essu_",
            r"[A-Za-z0-9+/]{60,100}={0,2}",
            "https://www.elastic.co/docs/deploy-manage/api-keys/elastic-cloud-api-keys",
        ),
        ("CLICKHOUSE_SECRET", "4b1d", r"[A-Za-z0-9]{38}", "https://clickhouse.com/docs/cloud/manage/openapi"),
        ("SEGMENT_PUBLIC_API_TOKEN", "sgp_", r"[A-Za-z0-9]{64}", "https://docs.segmentapis.com/"),
        (
            "FIREBASE_SERVER_KEY",
            "AAAA",
            r"[A-Za-z0-9_\-]{7}:APA91b[A-Za-z0-9_\-]{120,140}",
            "https://firebase.google.com/docs/cloud-messaging/auth-server",
        ),
    ),
    *beside(
        ("ALGOLIA_KEY", "algolia", HEX32, "https://www.algolia.com/doc/guides/security/api-keys/"),
        ("MONGODB_ATLAS_KEY", "mongodb atlas", UUID, "https://www.mongodb.com/docs/atlas/configure-api-access/"),
        (
            "CONFLUENT_SECRET",
            "confluent",
            r"[A-Za-z0-9+/]{64}|[A-Za-z0-9]{16}",
            "https://docs.confluent.io/cloud/current/security/authenticate/workload-identities/service-accounts/api-keys/overview.html",
        ),
        ("INFLUXDB_TOKEN", "influx", r"[A-Za-z0-9_\-]{86}==", "https://docs.influxdata.com/influxdb/v2/admin/tokens/"),
        ("CONTENTFUL_KEY", "contentful", r"[A-Za-z0-9_\-]{43}", _CONTENTFUL),
        (
            "REDIS_CLOUD_KEY",
            "redis_api redis_cloud redislabs",
            r"[A-Za-z0-9]{40,64}",
            "https://redis.io/docs/latest/operate/rc/api/get-started/",
        ),
        ("QDRANT_KEY", "qdrant", r"[A-Za-z0-9_\-]{54}", "https://qdrant.tech/documentation/cloud/authentication/"),
        ("WEAVIATE_KEY", "weaviate", r"[A-Za-z0-9]{36}", "https://weaviate.io/developers/wcs/manage-clusters/connect"),
        (
            "MEILISEARCH_KEY",
            "meili",
            rf"{HEX64}|[A-Za-z0-9_\-]{{43}}",
            "https://www.meilisearch.com/docs/learn/security/basic_security",
        ),
        (
            "TYPESENSE_KEY",
            "typesense",
            r"[A-Za-z0-9]{32}|[A-Za-z0-9]{48}",
            "https://typesense.org/docs/29.0/api/api-keys.html",
        ),
        ("ZILLIZ_KEY", "zilliz milvus", r"[0-9a-f]{72}", "https://docs.zilliz.com/docs/manage-api-keys"),
        ("PINECONE_LEGACY_KEY", "pinecone", UUID, "https://docs.pinecone.io/guides/projects/manage-api-keys"),
        (
            "FIVETRAN_SECRET",
            "fivetran",
            r"[A-Za-z0-9]{32}|[A-Za-z0-9]{16}",
            "https://fivetran.com/docs/rest-api/getting-started",
        ),
        (
            "HASURA_SECRET",
            "hasura_admin hasura_graphql_admin",
            r"[A-Za-z0-9]{32,64}",
            "https://hasura.io/docs/2.0/deployment/securing-graphql-endpoint/",
        ),
        ("UPSTASH_TOKEN", "upstash", r"[A-Za-z0-9]{50,120}={0,2}", "https://upstash.com/docs/redis/features/restapi"),
        ("PRISMIC_TOKEN", "prismic", r"[A-Za-z0-9_\-.]{80,120}", "https://prismic.io/docs/access-token"),
        (
            "STORYBLOK_TOKEN",
            "storyblok",
            r"[A-Za-z0-9]{22}tt",
            "https://www.storyblok.com/docs/api/content-delivery/v2/getting-started/authentication",
        ),
        (
            "DATOCMS_TOKEN",
            "datocms dato",
            r"[0-9a-f]{30}",
            "https://www.datocms.com/docs/content-management-api/authentication",
        ),
        (
            "AIVEN_TOKEN",
            "aiven",
            r"[A-Za-z0-9+/]{200,400}={0,2}",
            "https://aiven.io/docs/platform/howto/create_authentication_token",
        ),
        (
            "COUCHBASE_SECRET",
            "couchbase",
            r"[A-Za-z0-9!@#$%^&*]{64}",
            "https://docs.couchbase.com/cloud/management-api-guide/management-api-start.html",
        ),
        ("KEENIO_KEY", "keen", HEX64, "https://keen.io/docs/api/#authentication"),
        (
            "AIRBYTE_SECRET",
            "airbyte",
            r"[A-Za-z0-9]{32}",
            "https://docs.airbyte.com/using-airbyte/configuring-api-access",
        ),
        (
            "TRUENAS_KEY",
            "truenas auth.login_with_api_key",
            r"[0-9]{1,4}-[A-Za-z0-9]{64}",
            "https://www.truenas.com/docs/scale/scaletutorials/toptoolbar/managingapikeys/",
        ),
        ("OPENCAGE_KEY", "open_cage", HEX32, "https://opencagedata.com/api#authentication"),
    ),
)
