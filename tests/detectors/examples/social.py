from __future__ import annotations

from tests.detectors.examples.example import (
    alnum,
    assigned,
    broken,
    capital,
    digits,
    hexa,
    leaked,
    small,
    unnamed,
    uuid,
)

_TOKENS = (
    ("X_BEARER_TOKEN", "AAAAAAAAAAAAAAAAAAAAA" + alnum(60)),
    ("PINTEREST_TOKEN", "pina_" + capital(60)),
    ("LINKEDIN_SECRET", "WPL_AP0." + alnum(16) + "." + alnum(4)),
    ("TWITCH_STREAM_KEY", "live_" + digits(6) + "_" + alnum(30)),
    ("RIOT_KEY", "RGAPI-" + uuid()),
    ("INSTAGRAM_TOKEN", "IGQV" + alnum(100)),
    ("X_ACCESS_TOKEN", digits(15) + "-" + alnum(40)),
)
_NAMED = (
    ("X_KEY", "TWITTER_API_KEY=", alnum(50)),
    ("FACEBOOK_SECRET", "FACEBOOK_API_KEY=", hexa(32)),
    ("FACEBOOK_APP_TOKEN", "FACEBOOK_API_KEY=", digits(15) + "|" + alnum(27)),
    ("LINKEDIN_CLIENT_SECRET", "LINKED_IN_API_KEY=", alnum(16)),
    ("TWITCH_TOKEN", "TWITCH_API_KEY=", small(30)),
    ("SPOTIFY_SECRET", "SPOTIFY_API_KEY=", hexa(32)),
    ("REDDIT_SECRET", "REDDIT_API_KEY=", alnum(27)),
    ("STEAM_KEY", "STEAM_API_KEY=", hexa(32)),
    ("FLICKR_KEY", "FLICKR_API_KEY=", hexa(32)),
    ("STRAVA_SECRET", "STRAVA_API_KEY=", hexa(40)),
    ("VIMEO_TOKEN", "VIMEO_API_KEY=", hexa(32)),
    ("YOUTUBE_KEY", "YOUTUBE_API_KEY=", alnum(39)),
    ("MUX_SECRET", "MUX_TOKEN=", alnum(75)),
    ("GIPHY_KEY", "GIPHY_API_KEY=", alnum(32)),
    ("TIKTOK_SECRET", "TIK_TOK_API_KEY=", alnum(32)),
    ("IMGUR_SECRET", "IMGUR_API_KEY=", hexa(40)),
    ("FITBIT_SECRET", "FITBIT_API_KEY=", hexa(32)),
    ("SPORTMONKS_TOKEN", "SPORTMONKS_API_KEY=", alnum(60)),
)
POSITIVES = (
    *leaked(_TOKENS),
    *assigned(_NAMED),
)
NEAR_MISSES = (
    *broken(_TOKENS),
    *unnamed(_NAMED),
)
