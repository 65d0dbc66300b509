from __future__ import annotations

from tests.detectors.examples.example import Positive

HOST = "INTERNAL_HOSTNAME"
POSITIVES = (
    Positive(HOST, "curl ", "http://orders-5.shop.svc.cluster.local:8080/health", " fails"),
    Positive(HOST, "resolved ", "db1.ams.lan", " in 3 ms"),
    Positive(HOST, "see ", "https://wiki.internal/pages/1", "."),
    Positive(HOST, "from ", "ip-10-0-3-7.eu-west-1.compute.internal", " to"),
    Positive(HOST, "on ", "build-7.ci.acme.corp", ", again"),
    Positive(HOST, "ping ", "printer.office.local", "\n"),
    Positive(HOST, "host ", "nas.home.arpa:5000", " up"),
    Positive(HOST, "ask ", "orders.service.consul:8600", " for"),
    Positive(HOST, "broker ", "kafka-0.kafka.shop.svc:9092", " left"),
    Positive(HOST, "host ", "db01.corp.acme.com", " is"),
    Positive(HOST, "on ", "fileserver.lan", " now"),
    Positive(HOST, "ssh ada@", "build.internal", " works"),
    Positive(HOST, "open ", "http://jenkins:8080/job/refunds/7", " now"),
    Positive(HOST, "open ", "https://grafana/d/orders", " now"),
)
NEAR_MISSES = (
    "the thread keeps it in threading.local() and settings.local.json",
    "self.data.internal = 1; this.config.private.reset()",
    "internal.acme and corp. of the year, self.lan and a lan party",
    "the local shop at our corporate lane",
    "http://localhost:3000/ and http://host:8080/path and http://example/",
    "curl http://host.docker.internal:8080/",
    "the public endpoint api.acme.com answers on 443",
    "see https://docs.python.org/3/library/threading.html#threading.local",
    "write to http://your-server/path or https://$HOST/ or http://{host}/",
)
