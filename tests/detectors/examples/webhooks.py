from __future__ import annotations

from tests.detectors.examples.example import HEX, Positive, made_up

_ID = "-".join(made_up(n, HEX) for n in (8, 4, 4, 4, 12))
POSITIVES = (
    Positive("DISCORD_WEBHOOK", "post to ", "https://discord" + ".com/api/webhooks/" + "1" * 18 + "/" + made_up(68)),
    Positive(
        "TEAMS_WEBHOOK",
        "post to ",
        f"https://acme.webhook.office.com/webhookb2/{_ID}@{_ID}/Incoming" + f"Webhook/{made_up(32, HEX)}/{_ID}",
    ),
)
NEAR_MISSES = ("https://discord" + ".com/api/webhooks/", "https://outlook.office.com/webhook/help")
