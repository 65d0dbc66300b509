"""Birth dates, which the words beside them make personal, and mentions of other dates."""

from __future__ import annotations

from detectors.declaration import regex
from detectors.overlaps import Strength
from detectors.pii.network import MENTION_SCORE
from detectors.pii.pattern import PiiPattern, always

# Full names and their short forms in English, German, French, Spanish, Italian, Portuguese and Dutch.
_MONTHS = (
    r"(?:jan(?:uary|uar|vier|uari)?|feb(?:ruary|ruar|ruari|braio)?|mar(?:ch|s|zo|ço|t)?|mär(?:z)?|maart|apr(?:il|ile)?"
    r"|may|mai|maio|mei|maggio|mayo|june?|juni|juin|july?|juli|juillet|aug(?:ust|ustus)?|août|sep(?:t|tember|tembre)?"
    r"|oct(?:ober|obre)?|okt(?:ober)?|ottobre|nov(?:ember|embre|iembre|embro)?|dec(?:ember)?|dez(?:ember|embro)?|déc(?:embre)?"
    r"|gennaio|giugno|luglio|agosto|settembre|dicembre|enero|febrero|abril|junio|julio|septiembre|octubre|diciembre"
    r"|janeiro|fevereiro|março|junho|julho|setembro|outubro|février|avril|aprile)\b\.?"
)
# How the names above begin in English: the form with the month in front is American.
_MONTH_STARTS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_YEAR = r"(?:18|19|20)\d\d"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_NAMED = (
    rf"{_DAY}(?:st|nd|rd|th|er|\.|º)?(?: de| of)?[ \-](?i:{_MONTHS}),?(?: de| del)?[ \-]{_YEAR}"
    rf"|(?i:{_MONTHS}) {_DAY}(?:st|nd|rd|th)?,? {_YEAR}"
)
_ISO = rf"{_YEAR}(?P<iso>[\-/.])(?:0?[1-9]|1[0-2])(?P=iso){_DAY}"
_SHORT_YEAR = r"(?:18|19|20)?\d\d"
# A time with a zone, or with milliseconds after a comma, is a machine's.
_TIME = r"(?:,? \d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?: ?[AaPp][Mm])?)?(?! ?(?:\d\d:|UTC|GMT|Z\b|,\d{3}|[+\-]\d\d))"
_BOUNDED = (r"(?<![\w.\-/])(?:", r")(?![\w\-/]|[.:]\d)")

PATTERNS = (
    PiiPattern(
        type="DATE_OF_BIRTH",
        pattern=(
            rf"{_BOUNDED[0]}{_ISO}|{_DAY}(?P<gap>[\-/.]){_DAY}(?P=gap){_SHORT_YEAR}|{_NAMED}"
            rf"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:T00:00:00(?:\.0+)?Z?)?{_BOUNDED[1]}"
        ),
        words=(
            *("dob", "born", "born on", "birth", "birthday", "birthdate", "date of birth", "geboren", "geburtsdatum"),
            *("geburtstag", "naissance", "né le", "née le", "nacimiento", "nacido", "nacida", "nascimento", "nascita"),
            *("nato il", "nata il", "geboortedatum", "urodzenia", "生年月日", "出生日期", "생년월일"),
        ),
        also=(regex(r"[0-9][-/. ]?[0-9]"),),
    ),
    PiiPattern(
        # A day with its year in full. What stands at the start of a line is the line's stamp, and the form of RFC 3339
        # is a machine's.
        type="DATE_TIME",
        pattern=(
            rf"{_BOUNDED[0]}(?<=[^\n]){_ISO}{_TIME}|{_DAY}(?P<gap>[/.\-]){_DAY}(?P=gap){_YEAR}{_TIME}|{_NAMED}{_TIME}{_BOUNDED[1]}"
        ),
        triggers=(
            regex(r"[12][0-9]{3}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?:[^T0-9]|$)", caseless=False),
            regex(r"\b[0-9]{1,2}[-/.][0-9]{1,2}[-/.][12][0-9]{3}\b"),
            regex(rf"\b(?:{_MONTH_STARTS})[a-z]{{0,6}}\.? [0-9]{{1,2}}(?:st|nd|rd|th)?,? [12][0-9]{{3}}\b"),
            # Three letters and more, also of two bytes, before the year.
            regex(
                r"[0-9](?:st|nd|rd|th|er|\.)?(?: de| of)?[ -][^0-9 ,;:]{3,12},?(?: de| del)?[ -](?:18|19|20)[0-9]{2}\b"
            ),
        ),
        is_bare=always,
        bare_score=MENTION_SCORE,
        strength=Strength.MENTION,
    ),
)
