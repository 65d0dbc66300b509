"""Tokens and webhooks of chat, telephony, push messages and support desks.

A webhook's address is its credential: whoever knows it can post.
"""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import HEX32, HEX40, HEX64, UUID, beside, prefixed, shaped

_DISCORD = "https://discord.com/developers/docs/reference#authentication"
_SLACK = "https://docs.slack.dev/authentication/tokens"
_SLACK_HOOK = "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"
_TEAMS = "https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook"
_META = "https://developers.facebook.com/docs/facebook-login/guides/access-tokens"
_TWILIO = "https://www.twilio.com/docs/iam/api-keys"

DETECTORS: tuple[CredentialDetector, ...] = (
    *prefixed(
        (
            "SLACK_TOKEN",
            "xox",
            # Bot, user, workspace and refresh tokens: numbers of team and user, then the secret; the first workspace
            # tokens had no numbers.
            (
                r"[abopr]-(?:[0-9]{1,14}-){1,3}(?=[0-9]{0,64}[A-Za-z])[A-Za-z0-9]{6,64}|[ar]-(?=[a-z]{0,48}[0-9])[0-9a-z]{8,48}|[ase]-[0-9]{1,2}-[A-Za-z0-9\-]{8,200}"
                r"|e\.xox[bp]-[0-9]-[A-Za-z0-9]{100,200}|[er]-[0-9]-[A-Za-z0-9]{100,200}|s-[0-9]+-[0-9]+-[0-9]+-[0-9a-f]{6,80}"
            ),
            _SLACK,
        ),
        ("SLACK_APP_TOKEN", "xapp-", r"[0-9]-[A-Z0-9]{6,14}-[0-9]{6,14}-[a-z0-9]{40,80}", _SLACK),
        (
            "SLACK_WEBHOOK",
            "hooks.slack.com/",
            (
                r"(?:services/T[A-Za-z0-9_]{6,14}/B[A-Za-z0-9_]{6,14}/[A-Za-z0-9_]{20,30}|services/[A-Za-z0-9+/]{43,46}"
                r"|(?:workflows|triggers)/[A-Za-z0-9_/\-+]{30,120})"
            ),
            _SLACK_HOOK,
        ),
        (
            "DISCORD_WEBHOOK",
            "discord",
            r"(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_\-]{60,80}",
            "https://discord.com/developers/docs/resources/webhook",
        ),
        (
            "GOOGLE_CHAT_WEBHOOK",
            "chat.googleapis.com/v1/spaces/",
            r"[A-Za-z0-9_\-]{8,16}/messages\?key=[A-Za-z0-9_\-]{39}&token=[A-Za-z0-9_\-%]{40,60}",
            "https://developers.google.com/workspace/chat/quickstart/webhooks",
        ),
        (
            "FEISHU_WEBHOOK",
            "open.feishu.cn/open-apis/bot/",
            rf"(?:v2/)?hook/{UUID}",
            "https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot",
        ),
        (
            "LARK_WEBHOOK",
            "open.larksuite.com/open-apis/bot/",
            rf"(?:v2/)?hook/{UUID}",
            "https://open.larksuite.com/document/client-docs/bot-v3/add-custom-bot",
        ),
        (
            "WECOM_WEBHOOK",
            "qyapi.weixin.qq.com/cgi-bin/webhook/send?key=",
            UUID,
            "https://developer.work.weixin.qq.com/document/path/91770",
        ),
        (
            "DINGTALK_WEBHOOK",
            "oapi.dingtalk.com/robot/send?access_token=",
            r"[0-9a-f]{64}",
            "https://open.dingtalk.com/document/orgapp/custom-robot-access",
        ),
        ("WECHAT_APP_ID", "wx", r"[0-9a-f]{16}", "https://developers.weixin.qq.com/miniprogram/en/dev/api-backend/"),
        ("TWILIO_KEY", "SK", r"[0-9a-f]{32}", _TWILIO),
        ("TWILIO_ACCOUNT_SID", "AC", r"[0-9a-f]{32}", _TWILIO),
        ("PUSHBULLET_TOKEN", "o.", r"[A-Za-z0-9]{32}", "https://docs.pushbullet.com/#authentication"),
        (
            "ONESIGNAL_KEY",
            "os_v2_",
            r"(?:app|org)_[a-z2-7]{100,110}",
            "https://documentation.onesignal.com/docs/keys-and-ids",
        ),
        (
            "PUBNUB_SECRET_KEY",
            "sec-c-",
            r"[A-Za-z0-9+/=]{48,64}",
            "https://www.pubnub.com/docs/general/setup/account-setup",
        ),
        (
            "PUBNUB_KEY",
            "sub-c-",
            r"[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}",
            "https://www.pubnub.com/docs/general/setup/account-setup",
        ),
        (
            "PUBNUB_PUBLISH_KEY",
            "pub-c-",
            r"[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}",
            "https://www.pubnub.com/docs/general/setup/account-setup",
        ),
        (
            "COURIER_KEY",
            "pk_prod_",
            r"[A-Z0-9]{28}",
            "https://www.courier.com/docs/platform/workspaces/environments-api-keys",
        ),
        ("TELNYX_KEY", "KEY", r"[0-9A-F]{32}_[A-Za-z0-9]{22}", "https://developers.telnyx.com/api/authentication"),
        (
            "INTERCOM_TOKEN",
            "dG9rO",
            r"[A-Za-z0-9+/]{54,60}={0,2}",
            "https://developers.intercom.com/docs/build-an-integration/learn-more/authentication",
        ),
        ("META_ACCESS_TOKEN", "EAA", r"[A-Za-z0-9]{1,12}[BCD][A-Za-z0-9]{60,400}", _META),
    ),
    *shaped(
        (
            "DISCORD_BOT_TOKEN",
            ".",
            # The first part is the base64 of a number of 17 to 20 digits.
            r"[MNO][A-Za-z0-9]{23,27}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,40}",
            _DISCORD,
        ),
        (
            "TELEGRAM_BOT_TOKEN",
            ":A",
            r"[0-9]{5,16}:A[A-Za-z0-9_\-]{34}",
            "https://core.telegram.org/bots/features#botfather",
        ),
        (
            "TEAMS_WEBHOOK",
            "IncomingWebhook",
            # The address alone says what it is, so the ids in it need no check.
            (
                r"https://[a-z0-9.\-]{1,63}\.office(?:365)?\.com/webhook(?:b2)?/[0-9a-z\-]{36}@[0-9a-z\-]{36}"
                r"/IncomingWebhook/[0-9a-z]{32}/[0-9a-z\-]{36}(?:/[A-Za-z0-9_\-]{20,60})?"
            ),
            _TEAMS,
        ),
        (
            "ABLY_KEY",
            ":",
            r"[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{6}:[A-Za-z0-9_\-]{43}",
            "https://ably.com/docs/auth/basic",
        ),
    ),
    *beside(
        ("DISCORD_CLIENT_ID", "discord", r"[0-9]{18,19}", _DISCORD),
        ("DISCORD_CLIENT_SECRET", "discord", r"[A-Za-z0-9_\-]{32}", _DISCORD),
        ("TWILIO_AUTH_TOKEN", "twilio", HEX32, _TWILIO),
        (
            "MATTERMOST_TOKEN",
            "mattermost",
            r"[a-z0-9]{26}",
            "https://developers.mattermost.com/integrate/reference/personal-access-token/",
        ),
        ("ZULIP_KEY", "zulip", r"[A-Za-z0-9]{32}", "https://zulip.com/api/api-keys"),
        (
            "LINE_TOKEN",
            "line_channel line_bot line_notify line_messaging",
            rf"[A-Za-z0-9+/]{{160,180}}=|[A-Za-z0-9]{{43}}|{HEX32}",
            "https://developers.line.biz/en/docs/basics/channel-access-token/",
        ),
        (
            "WECHAT_SECRET",
            "wechat weixin wx_secret wx_app",
            HEX32,
            "https://developers.weixin.qq.com/doc/offiaccount/en/Basic_Information/Get_access_token.html",
        ),
        (
            "ZENDESK_TOKEN",
            "zendesk",
            r"[A-Za-z0-9]{40}",
            "https://developer.zendesk.com/api-reference/introduction/security-and-auth/",
        ),
        (
            "FRESHDESK_KEY",
            "freshdesk freshworks freshservice",
            r"[A-Za-z0-9\-]{20}",
            "https://developers.freshdesk.com/api/#authentication",
        ),
        (
            "INTERCOM_KEY",
            "intercom",
            r"[A-Za-z0-9+/_\-]{59}=|[A-Za-z0-9_]{60}",
            "https://developers.intercom.com/docs/build-an-integration/learn-more/authentication",
        ),
        ("MESSAGEBIRD_KEY", "message_bird", rf"[A-Za-z0-9]{{25}}|{UUID}", "https://docs.bird.com/api/authorization"),
        (
            "VONAGE_SECRET",
            "vonage nexmo",
            r"[A-Za-z0-9]{16}",
            "https://developer.vonage.com/en/getting-started/concepts/authentication",
        ),
        (
            "PLIVO_TOKEN",
            "plivo",
            r"[A-Za-z0-9]{40}|[A-Za-z0-9+/]{53}=",
            "https://www.plivo.com/docs/account/api/request",
        ),
        ("PUSHOVER_KEY", "pushover", r"[a-z0-9]{30}", "https://pushover.net/api"),
        ("PUSHER_KEY", "pusher", r"[0-9a-f]{20}", "https://pusher.com/docs/channels/library_auth_reference/rest-api/"),
        ("SENDBIRD_TOKEN", "sendbird", HEX40, "https://sendbird.com/docs/chat/platform-api/v3/prepare-to-use-api"),
        ("GITTER_TOKEN", "gitter", HEX40, "https://developer.gitter.im/docs/authentication"),
        (
            "WEBEX_TOKEN",
            "webex ciscospark",
            rf"[A-Za-z0-9]{{64}}_[A-Za-z0-9]{{4}}_{UUID}|{HEX64}",
            "https://developer.webex.com/docs/getting-started",
        ),
        (
            "ROCKETCHAT_TOKEN",
            "rocket_chat",
            r"[A-Za-z0-9_\-]{43}",
            "https://developer.rocket.chat/apidocs/personal-access-tokens",
        ),
        (
            "FRONT_TOKEN",
            "front_app front_api front_token",
            r"[A-Za-z0-9]{36}\.[A-Za-z0-9._\-+=]{60,250}",
            "https://dev.frontapp.com/docs/create-and-revoke-api-tokens",
        ),
        (
            "NYLAS_KEY",
            "nylas",
            r"[A-Za-z0-9]{30}",
            "https://developer.nylas.com/docs/v3/auth/",
        ),
        (
            "ZOOM_SECRET",
            "zoom",
            r"[A-Za-z0-9]{32}|[A-Za-z0-9]{36}",
            "https://developers.zoom.us/docs/internal-apps/s2s-oauth/",
        ),
        ("GUPSHUP_KEY", "gupshup", r"[a-z0-9]{32}|sk_[0-9a-f]{32}", "https://docs.gupshup.io/docs/api-key"),
    ),
)
