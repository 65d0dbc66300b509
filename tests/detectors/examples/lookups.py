from __future__ import annotations

from tests.detectors.examples.example import alnum, assigned, capital, hexa, unnamed, uuid

_NAMED = (
    ("APILAYER_KEY", "APILAYER=", alnum(32)),
    ("OPENWEATHER_KEY", "OPENWEATHER_API_KEY=", hexa(32)),
    ("WEATHER_KEY", "WEATHERBIT_API_KEY=", hexa(32)),
    ("VISUAL_CROSSING_KEY", "VISUAL_CROSSING_API_KEY=", capital(25)),
    ("TOMORROW_IO_KEY", "TOMORROW_IO_API_KEY=", alnum(32)),
    ("HERE_KEY", "HERE_API=", alnum(43)),
    ("TOMTOM_KEY", "TOMTOM_API_KEY=", alnum(32)),
    ("GEOCODE_KEY", "GEOCODIO_API_KEY=", alnum(32)),
    ("BING_MAPS_KEY", "BING_MAPS_API_KEY=", alnum(64)),
    ("FLIGHT_DATA_KEY", "FLIGHTAPI=", hexa(24)),
    ("AMADEUS_SECRET", "AMADEUS_API_KEY=", alnum(32)),
    ("CALENDAR_DATA_KEY", "CALENDARIFIC_API_KEY=", uuid()),
    ("NEWS_KEY", "NEWSAPI=", hexa(32)),
    ("GUARDIAN_KEY", "GUARDIAN_API=", uuid()),
    ("NYTIMES_KEY", "NYTIMES_API_KEY=", alnum(32)),
    ("TMDB_KEY", "THEMOVIEDB_API_KEY=", hexa(32)),
    ("RAWG_KEY", "RAWG_API_KEY=", hexa(32)),
    ("SMARTY_KEY", "SMARTYSTREETS_API_KEY=", uuid()),
    ("FULL_CONTACT_KEY", "FULLCONTACT_API_KEY=", alnum(32)),
    ("PEOPLE_DATA_LABS_KEY", "PEOPLEDATALABS_API_KEY=", hexa(64)),
    ("NASA_KEY", "NASA_API=", alnum(40)),
    ("EDAMAM_KEY", "EDAMAM_API_KEY=", hexa(32)),
    ("YELP_KEY", "YELP_API_KEY=", alnum(128)),
    ("FOURSQUARE_KEY", "FOURSQUARE_API_KEY=", "fsq3" + alnum(44)),
    ("MAXMIND_KEY", "MAXMIND_API_KEY=", alnum(6) + "_" + alnum(29) + "_mmk"),
    ("TEXT_ANALYSIS_KEY", "MEANINGCLOUD_API_KEY=", hexa(32)),
    ("WOLFRAM_APP_ID", "WOLFRAM_API_KEY=", capital(6) + "-" + capital(10)),
    ("DEEPL_KEY", "DEEPL_API_KEY=", uuid()),
    ("GENIUS_TOKEN", "GENIUS_API_KEY=", alnum(64)),
    ("LAST_FM_KEY", "LAST_FM_API_KEY=", hexa(32)),
    ("TRANSPORT_KEY", "TRANSITLAND_API_KEY=", uuid()),
    ("PARCEL_KEY", "AFTERSHIP_API_KEY=", hexa(32)),
    ("COMPANIES_KEY", "COMPANIESHOUSE_API_KEY=", uuid()),
    ("GRAPHHOPPER_KEY", "GRAPHHOPPER_API_KEY=", hexa(64)),
)
POSITIVES = (*assigned(_NAMED),)
NEAR_MISSES = (*unnamed(_NAMED),)
