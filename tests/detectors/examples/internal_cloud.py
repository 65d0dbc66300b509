from __future__ import annotations

from tests.detectors.examples.example import Positive

RESOURCE = "CLOUD_RESOURCE_ID"
POSITIVES = (
    Positive(RESOURCE, "assume ", "arn:aws:iam::123456789012:role/service/deployer", " first"),
    Positive(RESOURCE, "(", "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:refunds:3", ")"),
    Positive(RESOURCE, "", "arn:aws:s3:::acme-ledger", ", read only"),
    Positive(RESOURCE, "data in ", "s3://acme-ledger/2026/q1/", " is late"),
    Positive(RESOURCE, "copy ", "gs://acme-models/v2/weights.bin", "."),
    Positive(RESOURCE, "mount ", "abfss://raw@acmelake.dfs.core.windows.net/orders", "\n"),
    Positive(RESOURCE, "read ", "dbfs:/mnt/acme/orders.parquet"),
    Positive(RESOURCE, "host ", "orders.c9akciq32x.eu-west-1.rds.amazonaws.com:5432", " is down"),
    Positive(RESOURCE, "see ", "https://acme-reports.s3.eu-central-1.amazonaws.com/2026/a.csv", " now"),
    Positive(RESOURCE, "image ", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/refunds:1.4.2"),
    Positive(RESOURCE, "queue ", "https://sqs.eu-west-1.amazonaws.com/123456789012/refunds-dlq"),
    Positive(RESOURCE, "in ", "vpc-0a1b2c3d4e5f60718", " and"),
    Positive(RESOURCE, "instance ", "i-0abcd1234ef567890", " stopped"),
    Positive(
        RESOURCE,
        "sits in ",
        "/subscriptions/96764ae1-402d-4bbb-8b89-5b66bc34adbd/resourceGroups/refunds-rg/providers/Microsoft.Web/sites/api",
        " now",
    ),
    Positive(RESOURCE, "vault ", "https://acme-prod.vault.azure.net/secrets/db", " is sealed"),
    Positive(RESOURCE, "topic ", "projects/acme-prod/topics/refunds", ", twice"),
    Positive(RESOURCE, "as ", "deployer@acme-prod.iam.gserviceaccount.com", " it"),
    Positive(RESOURCE, "pull ", "europe-west1-docker.pkg.dev/acme-prod/images/refunds:7"),
    Positive(RESOURCE, "id ", "ocid1.instance.oc1.iad.anuwcljtxyz1234567890abcdefgh"),
    Positive(
        RESOURCE,
        "id ",
        "crn:v1:bluemix:public:cloud-object-storage:global:a/59bcbfa6ea2f006b4ed7094c1a08dcdd:1a0ec336::",
    ),
    Positive(RESOURCE, "role ", "acs:ram::1234567890123456:role/deployer"),
    Positive(RESOURCE, "pod ", "refunds-7d4b9c6f8b-x2k9q", " restarted"),
)
NEAR_MISSES = (
    "s3 buckets are private by default; read the AWS docs",
    "replace s3://your-bucket/ with a bucket of yours, or s3://bucket/",
    "an ARN has the form arn:partition:service:region:account-id:resource-id",
    "the projects/ folder has topics and instances",
    "a well-deadbeef-known word, sg-deadbeef and i-facade",
    "a pod-like name such as good-morning-world in kubernetes",
    "see https://aws.amazon.com/s3/pricing and https://cloud.google.com/storage",
)
