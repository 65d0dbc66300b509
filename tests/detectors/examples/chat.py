from __future__ import annotations

from tests.detectors.examples.example import (
    alnum,
    assigned,
    broken,
    capital,
    digits,
    hexa,
    leaked,
    made_up,
    small,
    unnamed,
    uuid,
)

_TOKENS = (
    ("SLACK_TOKEN", "xoxa-" + digits(1) + "-" + alnum(6)),
    ("SLACK_TOKEN", "xoxr-" + "4" + small(16)),
    ("SLACK_APP_TOKEN", "xapp-" + digits(1) + "-" + capital(6) + "-" + digits(6) + "-" + small(40)),
    ("SLACK_WEBHOOK", "hooks.slack.com/services/T" + alnum(6) + "/B" + alnum(6) + "/" + alnum(20)),
    ("DISCORD_WEBHOOK", "discord.com/api/webhooks/" + digits(17) + "/" + alnum(60)),
    (
        "GOOGLE_CHAT_WEBHOOK",
        "chat.googleapis.com/v1/spaces/" + alnum(8) + "/messages?key=" + alnum(39) + "&token=" + alnum(40),
    ),
    ("FEISHU_WEBHOOK", "open.feishu.cn/open-apis/bot/hook/" + uuid()),
    ("LARK_WEBHOOK", "open.larksuite.com/open-apis/bot/hook/" + uuid()),
    ("WECOM_WEBHOOK", "qyapi.weixin.qq.com/cgi-bin/webhook/send?key=" + uuid()),
    ("DINGTALK_WEBHOOK", "oapi.dingtalk.com/robot/send?access_token=" + hexa(64)),
    ("WECHAT_APP_ID", "wx" + hexa(16)),
    ("TWILIO_KEY", "SK" + hexa(32)),
    ("TWILIO_ACCOUNT_SID", "AC" + hexa(32)),
    ("PUSHBULLET_TOKEN", "o." + alnum(32)),
    ("ONESIGNAL_KEY", "os_v2_app_" + made_up(100, "234567abcdefghijklmnopqrstuvwxyz")),
    ("PUBNUB_SECRET_KEY", "sec-c-" + alnum(48)),
    ("PUBNUB_KEY", "sub-c-" + small(8) + "-" + small(4) + "-" + small(4) + "-" + small(4) + "-" + small(12)),
    ("PUBNUB_PUBLISH_KEY", "pub-c-" + small(8) + "-" + small(4) + "-" + small(4) + "-" + small(4) + "-" + small(12)),
    ("COURIER_KEY", "pk_prod_" + capital(28)),
    ("TELNYX_KEY", "KEY" + made_up(32, "0123456789ABCDEF") + "_" + alnum(22)),
    ("INTERCOM_TOKEN", "dG9rO" + alnum(54)),
    ("META_ACCESS_TOKEN", "EAA" + alnum(1) + "B" + alnum(60)),
    ("DISCORD_BOT_TOKEN", "M" + alnum(23) + "." + alnum(6) + "." + alnum(27)),
    ("TELEGRAM_BOT_TOKEN", digits(5) + ":A" + alnum(34)),
    (
        "TEAMS_WEBHOOK",
        "https://"
        + small(1)
        + ".office.com/webhook/"
        + made_up(36, "0123456789abcdef")
        + "@"
        + made_up(36, "0123456789abcdef")
        + "/IncomingWebhook/"
        + hexa(32)
        + "/"
        + made_up(36, "0123456789abcdef"),
    ),
    ("ABLY_KEY", alnum(6) + "." + alnum(6) + ":" + alnum(43)),
)
_NAMED = (
    ("DISCORD_CLIENT_ID", "DISCORD_API_KEY=", digits(18)),
    ("DISCORD_CLIENT_SECRET", "DISCORD_API_KEY=", alnum(32)),
    ("TWILIO_AUTH_TOKEN", "TWILIO_API_KEY=", hexa(32)),
    ("MATTERMOST_TOKEN", "MATTERMOST_API_KEY=", small(26)),
    ("ZULIP_KEY", "ZULIP_API_KEY=", alnum(32)),
    ("LINE_TOKEN", "LINE_CHANNEL_API_KEY=", alnum(160) + "="),
    ("WECHAT_SECRET", "WECHAT_API_KEY=", hexa(32)),
    ("ZENDESK_TOKEN", "ZENDESK_API_KEY=", alnum(40)),
    ("FRESHDESK_KEY", "FRESHDESK_API_KEY=", alnum(20)),
    ("INTERCOM_KEY", "INTERCOM=", alnum(59) + "="),
    ("MESSAGEBIRD_KEY", "MESSAGE_BIRD_API_KEY=", alnum(25)),
    ("VONAGE_SECRET", "VONAGE_API_KEY=", alnum(16)),
    ("PLIVO_TOKEN", "PLIVO_API_KEY=", alnum(40)),
    ("PUSHOVER_KEY", "PUSHOVER_API_KEY=", small(30)),
    ("PUSHER_KEY", "PUSHER_API_KEY=", hexa(20)),
    ("SENDBIRD_TOKEN", "SENDBIRD_API_KEY=", hexa(40)),
    ("GITTER_TOKEN", "GITTER_API_KEY=", hexa(40)),
    ("WEBEX_TOKEN", "WEBEX_API_KEY=", alnum(64) + "_" + alnum(4) + "_" + uuid()),
    ("ROCKETCHAT_TOKEN", "ROCKET_CHAT_API_KEY=", alnum(43)),
    ("FRONT_TOKEN", "FRONT_APP_API_KEY=", alnum(36) + "." + alnum(60)),
    ("NYLAS_KEY", "NYLAS_API_KEY=", alnum(30)),
    ("ZOOM_SECRET", "ZOOM_API_KEY=", alnum(32)),
    ("GUPSHUP_KEY", "GUPSHUP_API_KEY=", small(32)),
)
POSITIVES = (
    *leaked(_TOKENS),
    *assigned(_NAMED),
)
NEAR_MISSES = (
    *broken(_TOKENS),
    *unnamed(_NAMED),
)
