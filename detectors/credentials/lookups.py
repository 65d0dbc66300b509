"""Keys of data look-ups: places, weather, travel, addresses, news. Most are bare hexadecimal digits beside a name."""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import HEX32, HEX40, HEX64, UUID, beside

# The products of one vendor, all with the same kind of key.
_APILAYER = (
    "apilayer ipstack ip_stack ipapi ip_api aviationstack mediastack weatherstack positionstack userstack numverify"
    " languagelayer language_layer vatlayer scrapestack serpstack coinlayer zenserp"
)

DETECTORS: tuple[CredentialDetector, ...] = beside(
    ("APILAYER_KEY", _APILAYER, r"[A-Za-z0-9]{32}", "https://apilayer.com/docs"),
    ("OPENWEATHER_KEY", "openweather open_weather owm_api", HEX32, "https://openweathermap.org/appid"),
    (
        "WEATHER_KEY",
        "weatherbit weather_bit weatherapi weather_api accuweather",
        rf"{HEX32}|[A-Za-z0-9]{{31,35}}",
        "https://www.weatherbit.io/api",
    ),
    (
        "VISUAL_CROSSING_KEY",
        "visual_crossing",
        r"[A-Z0-9]{25}",
        "https://www.visualcrossing.com/resources/documentation/weather-api/",
    ),
    (
        "TOMORROW_IO_KEY",
        "tomorrow_io tomorrowio climacell",
        r"[A-Za-z0-9]{32}",
        "https://docs.tomorrow.io/reference/api-authentication",
    ),
    (
        "HERE_KEY",
        "here_api here_maps heremaps",
        r"[A-Za-z0-9_\-]{43}",
        "https://www.here.com/docs/bundle/identity-and-access-management-developer-guide",
    ),
    ("TOMTOM_KEY", "tomtom", r"[A-Za-z0-9]{32}", "https://developer.tomtom.com/user/guides"),
    (
        "GEOCODE_KEY",
        "geocodio geocod_io geocode_xyz geoapify geo_ipify geoipify ipgeolocation ip_geolocation ipinfo ipdata",
        r"[A-Za-z0-9_]{32}|[A-Za-z0-9]{14}|[0-9a-f]{56}|[a-z0-9]{39}",
        "https://www.geocod.io/docs/",
    ),
    (
        "BING_MAPS_KEY",
        "bing_maps bingmaps",
        r"[A-Za-z0-9_\-]{64}",
        "https://learn.microsoft.com/en-us/bingmaps/getting-started/bing-maps-dev-center-help/getting-a-bing-maps-key",
    ),
    (
        "FLIGHT_DATA_KEY",
        "flightapi flight_api flightlabs flight_labs flightstats",
        r"[0-9a-f]{24}|[A-Za-z0-9]{32}|eyJ[A-Za-z0-9_\-.]{90,420}",
        "https://docs.flightapi.io/",
    ),
    (
        "AMADEUS_SECRET",
        "amadeus",
        r"[A-Za-z0-9]{32}|[A-Za-z0-9]{16}",
        "https://developers.amadeus.com/self-service/apis-docs/guides/developer-guides/",
    ),
    (
        "CALENDAR_DATA_KEY",
        "calendarific holiday_api holidayapi timezoneapi timezone_api timezonedb abstractapi",
        rf"{UUID}|[A-Za-z0-9]{{32}}|[A-Za-z0-9]{{40}}|[A-Za-z]{{20}}|[A-Z0-9]{{12}}",
        "https://calendarific.com/api-documentation",
    ),
    (
        "NEWS_KEY",
        "newsapi news_api newscatcher mediacloud",
        rf"{HEX32}|[A-Za-z0-9_\-]{{43}}",
        "https://newsapi.org/docs/authentication",
    ),
    ("GUARDIAN_KEY", "guardian_api", UUID, "https://open-platform.theguardian.com/documentation/"),
    (
        "NYTIMES_KEY",
        "nytimes newyorktimes new_york_times",
        r"[A-Za-z0-9=_\-]{32}",
        "https://developer.nytimes.com/get-started",
    ),
    ("TMDB_KEY", "themoviedb tmdb", HEX32, "https://developer.themoviedb.org/docs/authentication-application"),
    ("RAWG_KEY", "rawg", HEX32, "https://rawg.io/apidocs"),
    (
        "SMARTY_KEY",
        "smartystreets smarty_streets",
        rf"{UUID}|[A-Za-z0-9]{{20}}",
        "https://www.smarty.com/docs/cloud/authentication",
    ),
    (
        "FULL_CONTACT_KEY",
        "fullcontact full_contact",
        r"[A-Za-z0-9]{32}",
        "https://docs.fullcontact.com/docs/getting-started",
    ),
    (
        "PEOPLE_DATA_LABS_KEY",
        "peopledatalabs people_data_labs pdl_api",
        HEX64,
        "https://docs.peopledatalabs.com/docs/authentication",
    ),
    ("NASA_KEY", "nasa_api nasa_key", r"[A-Za-z0-9]{40}", "https://api.nasa.gov/"),
    ("EDAMAM_KEY", "edamam spoonacular", HEX32, "https://developer.edamam.com/edamam-docs-recipe-api"),
    ("YELP_KEY", "yelp", r"[A-Za-z0-9_\-=]{128}", "https://docs.developer.yelp.com/docs/fusion-authentication"),
    (
        "FOURSQUARE_KEY",
        "foursquare",
        r"fsq3[A-Za-z0-9+/=]{44}|[A-Z0-9]{48}",
        "https://docs.foursquare.com/developer/reference/authentication",
    ),
    (
        "MAXMIND_KEY",
        "maxmind geoip_license",
        r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk|[A-Za-z0-9]{16}",
        "https://support.maxmind.com/hc/en-us/articles/4407111582235",
    ),
    (
        "TEXT_ANALYSIS_KEY",
        "meaningcloud meaning_cloud detectlanguage detect_language deepai deep_ai",
        rf"{HEX32}|{UUID}",
        "https://www.meaningcloud.com/developer/documentation",
    ),
    ("WOLFRAM_APP_ID", "wolfram", r"[A-Z0-9]{6}-[A-Z0-9]{10}", "https://products.wolframalpha.com/api/documentation"),
    ("DEEPL_KEY", "deepl", rf"{UUID}(?::fx)?", "https://developers.deepl.com/docs/getting-started/auth"),
    ("GENIUS_TOKEN", "genius", r"[A-Za-z0-9_\-]{64}", "https://docs.genius.com/#/authentication-h1"),
    ("LAST_FM_KEY", "last_fm lastfm", HEX32, "https://www.last.fm/api/authentication"),
    (
        "TRANSPORT_KEY",
        "transitland navitia sncf",
        rf"{UUID}|[A-Za-z0-9]{{32}}",
        "https://doc.navitia.io/#authentication",
    ),
    (
        "PARCEL_KEY",
        "aftership after_ship shipengine ship_engine shipstation",
        rf"{HEX32}|{UUID}|[A-Za-z0-9+/]{{43}}",
        "https://www.aftership.com/docs/tracking/quickstart/authentication",
    ),
    (
        "COMPANIES_KEY",
        "companieshouse companies_house opencorporates",
        rf"{UUID}|[A-Za-z0-9_\-]{{40}}|[A-Za-z0-9]{{20}}",
        "https://developer-specs.company-information.service.gov.uk/guides/authorisation",
    ),
    (
        "GRAPHHOPPER_KEY",
        "graphhopper",
        rf"{HEX64}|{UUID}|{HEX40}",
        "https://docs.graphhopper.com/#section/Authentication",
    ),
)
