"""Names of cloud resources: they say which accounts, projects and stores there are.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html (ARNs, partitions),
https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html (bucket hosts),
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html (8 or 17 hex digits),
https://learn.microsoft.com/en-us/azure/azure-resource-manager/management/resource-name-rules,
https://cloud.google.com/apis/design/resource_names,
https://docs.oracle.com/en-us/iaas/Content/General/Concepts/identifiers.htm,
https://cloud.ibm.com/docs/account?topic=account-crn, https://www.alibabacloud.com/help/en/ram/ (ARNs),
k8s.io/apimachinery/pkg/util/rand (the 27 characters of generated names)
"""

from __future__ import annotations

import re

from detectors.declaration import LINE, Declaration, regex
from detectors.internal.form import form

RESOURCE = "CLOUD_RESOURCE_ID"

_BUCKET = r"[a-z0-9][a-z0-9.\-_]{1,61}[a-z0-9]"
_KEY = r"(?:/[\w.\-=/%+@~]{0,199}[\w\-=/%+@~])?/?"
_AWS_HOSTS = (
    r"(?:rds|elb|eks|es|cache|redshift|kafka|elasticache|elasticbeanstalk|docdb|neptune|mq|airflow|execute-api"
    r"|lambda-url|vpce)"
)
_AZURE_HOSTS = (
    r"(?:(?:blob|file|queue|table|dfs|database|servicebus|vault|redis\.cache|search|azuresynapse"
    r"|kusto)\.(?:core\.)?windows\.net"
    r"|vault\.azure\.net|documents\.azure\.com|azurecr\.io|privatelink\.[a-z.]{3,40}|(?:mysql|postgres"
    r"|mariadb)\.database\.azure\.com)"
)
_GOOGLE_KINDS = (
    r"(?:secrets|locations|topics|subscriptions|instances|serviceAccounts|zones|regions|global|datasets|databases"
    r"|buckets|clusters|services"
    r"|keyRings|repositories|roles|triggers|queues|jobs)"
)
_PLACEHOLDER = re.compile(
    r"(?i)^(?:my|your|example|some|the)?[\-_.]?(?:bucket|bucket[\-_]?name|example|mybucket|yourbucket)$"
)
# The characters of names that Kubernetes makes up: no vowels, none that are mistaken for others.
_POD_CHAR = "[bcdfghjklmnpqrstvwxz2456789]"


def _is_own_bucket(match: re.Match[str]) -> bool:
    return _PLACEHOLDER.match(match.group("bucket")) is None


def _has_digit_and_letter(match: re.Match[str]) -> bool:
    """A made-up id: `i-deadbeef` alone could be a word, `sg-` a language."""
    digits = match.group("id")
    return any(c.isdigit() for c in digits) and (any(c.isalpha() for c in digits) or len(digits) == 17)


def _is_pod(match: re.Match[str]) -> bool:
    return any(c.isdigit() for c in match.group("hash")) and any(
        c.isdigit() for c in match.group("hash") + match.group("end")
    )


DECLARATIONS: tuple[Declaration, ...] = (
    form(
        "aws_arn",
        RESOURCE,
        triggers=(regex(r"\barn:aws[a-z\-]{0,12}:[a-z0-9\-]"),),
        pattern=(
            r"\barn:aws(?:-[a-z]{2,8}){0,2}:[a-z0-9\-]{2,40}:[a-z0-9\-]{0,25}:(?:\d{12}"
            r"|aws)?:[\w\-./:*+=@$]{0,249}[\w\-/*+=@$]"
        ),
    ),
    form(
        "bucket_uri",
        RESOURCE,
        triggers=(regex(r"\b(?:s3a?n?|gs|oss|cos|b2|r2|abfss?|wasbs?|adl|swift|dbfs)://?[a-z0-9]"),),
        pattern=(
            rf"\b(?:s3[an]?|gs|oss|cos|b2|r2|swift)://(?P<bucket>{_BUCKET}){_KEY}"
            r"|\b(?:abfss?|wasbs?|adl)://[\w\-]{1,63}@[\w.\-]{3,120}(?:/[\w.\-=/%+]{0,200})?"
            r"|\bdbfs:/{1,2}(?:mnt|FileStore|user|databricks)[\w./\-]{2,200}"
        ),
        accept=lambda match: match.group("bucket") is None or _is_own_bucket(match),
    ),
    form(
        "aws_host",
        RESOURCE,
        triggers=(regex(r"\.amazonaws\.com\b"), regex(r"\bs3[a-z0-9.\-]{0,24}\.amazonaws\.com/"), ".on.aws"),
        pattern=(
            rf"(?:https?://)?(?<![\w.\-])(?:[\w\-]{{1,80}}\.){{1,5}}{_AWS_HOSTS}\.[\w.\-]{{0,40}}?amazonaws\.com"
            rf"(?:\.cn)?(?::\d{{2,5}})?(?:/[\w./\-]{{0,160}})?"
            rf"|(?:https?://)?(?<![\w.\-])(?:[\w\-]{{1,80}}\.){{1,3}}"
            rf"(?:[a-z]{{2}}-[a-z]{{4,12}}-\d)\.{_AWS_HOSTS}\.amazonaws\.com(?::\d{{2,5}})?(?:/[\w./\-]{{0,160}})?"
            rf"|(?:https?://)?(?<![\w.\-])(?P<bucket>{_BUCKET})\.s3"
            rf"(?:[.\-][a-z0-9\-]{{4,25}}){{0,2}}\.amazonaws\.com{_KEY}"
            rf"|(?:https?://)?(?<![\w.\-])s3(?:[.\-][a-z0-9\-]{{4,25}}){{0,2}}\.amazonaws\.com/{_BUCKET}{_KEY}"
            r"|(?:https?://)?(?<![\w.\-])\d{12}\.dkr\.ecr\.[a-z0-9\-]{6,20}\.amazonaws\.com(?:/[\w./\-:@]{1,160})?"
            r"|(?:https?://)?(?<![\w.\-])(?:sqs|queue)\.(?:[a-z0-9\-]{6,20}\.)?amazonaws\.com/\d{12}/[\w\-.]{1,80}"
        ),
        accept=lambda match: match.group("bucket") is None or _is_own_bucket(match),
    ),
    form(
        "aws_resource_id",
        RESOURCE,
        triggers=(
            regex(
                r"\b(?:i|vpc|subnet|sg|sgr|ami|vol|snap|eni|igw|nat|rtb|eipalloc|eipassoc|acl|tgw|pcx|vpce|lt|fl"
                r"|dopt|vgw|cgw|fs|fsap|mvol)-[0-9a-f]{8}"
            ),
        ),
        pattern=(
            r"(?<![\w.\-/])(?:i|vpc|subnet|sg|sgr|ami|vol|snap|eni|igw|nat|rtb|eipalloc|eipassoc|acl|tgw|pcx|vpce|lt"
            r"|fl|dopt|vgw|cgw|fs|fsap|mvol)"
            r"-(?P<id>[0-9a-f]{17}|[0-9a-f]{8})(?![\w\-])"
        ),
        accept=_has_digit_and_letter,
    ),
    form(
        "azure_resource",
        RESOURCE,
        triggers=(
            regex(r"/subscriptions/[0-9a-f]{8}-"),
            *(".windows.net", ".vault.azure.net", ".documents.azure.com", ".azurecr.io", ".database.azure.com"),
            ".privatelink.",
        ),
        pattern=(
            r"(?i)/subscriptions/[0-9a-f]{8}-[0-9a-f\-]{27}(?:/[\w.\-()]{1,90}){0,14}"
            rf"|(?:https?://)?(?<![\w.\-])[a-z0-9][a-z0-9\-]{{1,62}}(?:\.[a-z0-9\-]{{2,30}}){{0,2}}\.{_AZURE_HOSTS}"
            rf"(?::\d{{2,5}})?(?:/[\w./\-]{{0,160}})?"
        ),
    ),
    form(
        "google_resource",
        RESOURCE,
        triggers=(
            regex(r"\bprojects/[a-z]"),
            ".iam.gserviceaccount.com",
            regex(r"\bstorage\.(?:googleapis|cloud\.google)\.com/[a-z0-9]"),
            regex(r"gcr\.io/[a-z]|\.pkg\.dev/[a-z]"),
            ".cloudfunctions.net",
        ),
        pattern=(
            rf"(?://[a-z]{{3,30}}\.googleapis\.com/)?"
            rf"\bprojects/[a-z][a-z0-9\-:.]{{3,60}}/{_GOOGLE_KINDS}/[\w\-./~%@]{{1,200}}(?<=[\w])"
            r"|(?<![\w.\-])[a-z0-9][a-z0-9\-]{0,62}@[a-z0-9\-.]{4,64}\.iam\.gserviceaccount\.com"
            rf"|(?:https?://)?(?<![\w.\-])storage\.(?:googleapis|cloud\.google)\.com/(?P<bucket>{_BUCKET}){_KEY}"
            r"|(?<![\w.\-/])(?:(?:us|eu|asia)\.)?gcr\.io/[a-z][a-z0-9\-]{4,40}/[\w./\-:@]{1,160}(?<=\w)"
            r"|(?<![\w.\-/])[a-z]+(?:-[a-z0-9]+){0,2}-docker\.pkg\.dev/[a-z][a-z0-9\-]{4,40}/[\w./\-:@]{1,160}(?<=\w)"
            r"|(?:https?://)?(?<![\w.\-])[a-z]+-[a-z]+\d-[a-z][a-z0-9\-]{4,40}\.cloudfunctions\.net(?:/[\w\-/]{0,120})?"
        ),
        accept=lambda match: match.group("bucket") is None or _is_own_bucket(match),
    ),
    form(
        "oracle_ibm_alibaba_resource",
        RESOURCE,
        triggers=(regex(r"\bocid1\.[a-z]"), regex(r"\bcrn:v[0-9]:"), regex(r"\bacs:[a-z0-9\-]{2,20}:")),
        pattern=(
            r"\bocid1\.[a-z0-9\-]{2,40}\.oc\d{1,2}\.[a-z0-9\-]{0,30}(?:\.[a-z0-9\-]{0,30})?\.[a-z0-9]{20,80}"
            r"|\bcrn:v\d:[a-z0-9\-]{2,30}:[a-z]{2,20}:[\w\-]{0,40}:[\w\-]{0,40}:[\w\-./]{0,80}:[\w\-]{0,60}:[\w\-]{0,"
            r"40}:[\w\-/.]{0,160}"
            r"|\bacs:[a-z0-9\-]{2,20}:[a-z0-9\-*]{0,25}:(?:\d{10,20}|\*):[\w\-./*]{1,160}(?<=[\w*])"
        ),
    ),
    form(
        "kubernetes_pod",
        RESOURCE,
        triggers=(regex(rf"[a-z0-9]-[0-9a-f]{{6}}[0-9a-f]?[a-z0-9]{{0,4}}-{_POD_CHAR}{{5}}\b"),),
        pattern=(
            rf"(?<![\w.\-])(?:pods?/)?[a-z][a-z0-9]*(?:-[a-z0-9]+){{0,6}}-(?P<hash>{_POD_CHAR}{{6,10}})-"
            rf"(?P<end>{_POD_CHAR}{{5}})(?![\w\-])"
        ),
        accept=_is_pod,
        also=("pod", "kube", "k8s", "deployment", "container", "namespace", "replica", "node"),
        reach=LINE,
        score=0.7,
    ),
)
