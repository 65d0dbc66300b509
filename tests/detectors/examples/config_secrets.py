from __future__ import annotations

from base64 import b64encode

from tests.detectors.examples.example import Positive, alnum

_LOGIN = b64encode(f"deploy:{alnum(12)}".encode()).decode()
_VALUE = b64encode(alnum(12).encode()).decode()
_MANIFEST = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: mail\n"
POSITIVES = (
    Positive("KUBERNETES_SECRET", _MANIFEST + "type: Opaque\ndata:\n  smtp: ", _VALUE, "\n"),
    Positive("KUBERNETES_SECRET", "stringData:\n  smtp: ", alnum(9), "\nkind: Secret\n"),
    Positive("KUBERNETES_SECRET", '{\n  "kind": "Secret",\n  "data": {\n    "smtp": "', _VALUE, '"\n  }\n}'),
    Positive("REGISTRY_LOGIN", '{"auths": {"registry.example.com": {"auth": "', _LOGIN, '"}}}'),
    Positive("REGISTRY_LOGIN", "//registry.example.com/:_auth=", _LOGIN, "\n"),
)
NEAR_MISSES = (
    "apiVersion: v1\nkind: ConfigMap\ndata:\n  smtp: " + _VALUE + "\n",
    _MANIFEST + "data:\n  smtp: ${SMTP_PASSWORD}\n",
    '{"auth": "required"}',
    '{"auth": "' + b64encode(b"nothing to see here").decode() + '"}',
)
