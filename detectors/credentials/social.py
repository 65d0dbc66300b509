"""Tokens of social networks, media and games."""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import HEX32, UUID, beside, prefixed, shaped

_X = "https://docs.x.com/resources/fundamentals/authentication/overview"
_META = "https://developers.facebook.com/docs/facebook-login/guides/access-tokens"
_TWITCH = "https://dev.twitch.tv/docs/authentication/"
_LINKEDIN = "https://learn.microsoft.com/en-us/linkedin/shared/authentication/authentication"

DETECTORS: tuple[CredentialDetector, ...] = (
    *prefixed(
        ("X_BEARER_TOKEN", "AAAAAAAAAAAAAAAAAAAAA", r"[A-Za-z0-9%]{60,120}", _X),
        (
            "PINTEREST_TOKEN",
            "pina_",
            r"[A-Z0-9]{60,90}",
            "https://developers.pinterest.com/docs/getting-started/authentication/",
        ),
        ("LINKEDIN_SECRET", "WPL_AP", r"[01]\.[A-Za-z0-9]{16}\.[A-Za-z0-9+/=]{4,12}", _LINKEDIN),
        ("TWITCH_STREAM_KEY", "live_", r"[0-9]{6,12}_[A-Za-z0-9]{30}", _TWITCH),
        ("RIOT_KEY", "RGAPI-", UUID, "https://developer.riotgames.com/docs/portal"),
        (
            "INSTAGRAM_TOKEN",
            "IGQV",
            r"[A-Za-z0-9_\-]{100,300}",
            "https://developers.facebook.com/docs/instagram-platform",
        ),
    ),
    *shaped(
        ("X_ACCESS_TOKEN", "-", r"[0-9]{15,20}-[A-Za-z0-9]{40}", _X),
    ),
    *beside(
        ("X_KEY", "twitter", r"[A-Za-z0-9]{50}|[A-Za-z0-9]{45}|[A-Za-z0-9]{40}|[A-Za-z0-9]{25}", _X),
        ("FACEBOOK_SECRET", "facebook fb_app fb_secret fb_client", HEX32, _META),
        (
            "FACEBOOK_APP_TOKEN",
            "facebook fb_app fb_access fb_token",
            r"[0-9]{15,17}(?:\||%7[cC])[A-Za-z0-9_\-]{27,40}",
            _META,
        ),
        ("LINKEDIN_CLIENT_SECRET", "linked_in", r"[A-Za-z0-9]{16}|[a-z0-9]{14}", _LINKEDIN),
        ("TWITCH_TOKEN", "twitch", r"(?:oauth:)?[a-z0-9]{30}", _TWITCH),
        ("SPOTIFY_SECRET", "spotify", HEX32, "https://developer.spotify.com/documentation/web-api/concepts/apps"),
        (
            "REDDIT_SECRET",
            "reddit",
            r"[A-Za-z0-9_\-]{27,30}|[A-Za-z0-9_\-]{14}",
            "https://github.com/reddit-archive/reddit/wiki/OAuth2",
        ),
        ("STEAM_KEY", "steam", HEX32, "https://steamcommunity.com/dev"),
        ("FLICKR_KEY", "flickr", rf"{HEX32}|[0-9a-f]{{16}}", "https://www.flickr.com/services/api/auth.oauth.html"),
        ("STRAVA_SECRET", "strava", r"[0-9a-f]{40}", "https://developers.strava.com/docs/authentication/"),
        ("VIMEO_TOKEN", "vimeo", HEX32, "https://developer.vimeo.com/api/authentication"),
        (
            "YOUTUBE_KEY",
            "youtube",
            r"[A-Za-z0-9_\-]{39}",
            "https://developers.google.com/youtube/registering_an_application",
        ),
        ("MUX_SECRET", "mux_token mux_secret", r"[A-Za-z0-9+/]{75}", "https://www.mux.com/docs/core/make-api-requests"),
        ("GIPHY_KEY", "giphy", r"[A-Za-z0-9]{32}", "https://developers.giphy.com/docs/api/"),
        (
            "TIKTOK_SECRET",
            "tik_tok",
            r"[A-Za-z0-9]{32}|[a-z0-9]{40}",
            "https://developers.tiktok.com/doc/oauth-user-access-token-management",
        ),
        ("IMGUR_SECRET", "imgur", r"[0-9a-f]{40}|[0-9a-f]{15}", "https://apidocs.imgur.com/"),
        (
            "FITBIT_SECRET",
            "fitbit",
            HEX32,
            "https://dev.fitbit.com/build/reference/web-api/developer-guide/authorization/",
        ),
        (
            "SPORTMONKS_TOKEN",
            "sportmonks sportsmonk",
            r"[A-Za-z0-9]{60}",
            "https://docs.sportmonks.com/football/welcome/authentication",
        ),
    ),
)
