"""National identifiers of Spain, Italy, France, Portugal, Croatia, Greece and Turkey."""

from __future__ import annotations

import re

from detectors.declaration import regex
from detectors.pii.calendar_days import is_ddmmyy
from detectors.pii.check_digits import digits_of, is_one_digit, passes_luhn, passes_mod_11_10, weighted_sum
from detectors.pii.pattern import PiiPattern, always

_NIF_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def is_nif(text: str) -> bool:
    """A Spanish NIF: the letter is the number modulo 23.

    >>> is_nif("12345678Z"), is_nif("12345678A")
    (True, False)

    Source: Ministerio del Interior, calculo del digito de control del NIF/NIE
    """
    return _NIF_LETTERS[int(digits_of(text)) % 23] == text[-1].upper()


def is_nie(text: str) -> bool:
    """A Spanish NIE: X, Y, Z count as 0, 1, 2 in front, then as a NIF.

    >>> is_nie("X1234567L"), is_nie("Y1234567L")
    (True, False)

    Source: Ministerio del Interior, calculo del digito de control del NIF/NIE
    """
    return is_nif(f"{'XYZ'.index(text[0].upper())}{text[1:]}")


# Values of characters at odd places, for 0-9 and A-Z. Source: Decreto Ministeriale 23 dicembre 1976
_FISCAL_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_FISCAL_ODD_LETTERS = (*_FISCAL_ODD, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def is_fiscal_code(text: str) -> bool:
    """An Italian codice fiscale whose check letter fits.

    >>> is_fiscal_code("RSSMRA85T10A562S"), is_fiscal_code("RSSMRA85T10A562T")
    (True, False)

    Source: Decreto Ministeriale 23 dicembre 1976 (odd and even tables, sum modulo 26)
    """
    code = text.upper()
    total = 0
    for place, character in enumerate(code[:15]):
        rank = int(character) if character.isdigit() else ord(character) - ord("A")
        total += rank if place % 2 else _FISCAL_ODD_LETTERS[rank]
    return chr(ord("A") + total % 26) == code[15]


def is_french_nir(text: str) -> bool:
    """A French social security number: 13 places and the key 97 - n mod 97; Corsica counts as 19 and 18.

    >>> is_french_nir("2 55 08 14 168 025 38"), is_french_nir("2 55 08 14 168 025 39")
    (True, False)

    Source: INSEE, numero d'inscription au repertoire (decret 82-103)
    """
    code = re.sub(r"[ .\-]", "", text).upper()
    body = code[:13].replace("2A", "19").replace("2B", "18") if code[5:7] in ("2A", "2B") else code[:13]
    return body.isdigit() and 97 - int(body) % 97 == int(code[13:])


def is_portuguese_nif(text: str) -> bool:
    """A Portuguese NIF: weights 9 to 2, 11 - sum mod 11 is the last digit, 10 and 11 are 0.

    >>> is_portuguese_nif("123456789"), is_portuguese_nif("123456780")
    (True, False)

    Source: Autoridade Tributaria e Aduaneira, numero de identificacao fiscal
    """
    digits = digits_of(text)
    check = 11 - weighted_sum(digits[:8], range(9, 1, -1)) % 11
    return (0 if check > 9 else check) == int(digits[8]) and not is_one_digit(digits)


def is_croatian_oib(text: str) -> bool:
    """A Croatian OIB: ISO 7064 MOD 11,10.

    >>> is_croatian_oib("94577403194"), is_croatian_oib("94577403195")
    (True, False)

    Source: Zakon o osobnom identifikacijskom broju (NN 60/08)
    """
    return passes_mod_11_10(digits_of(text))


def is_greek_amka(text: str) -> bool:
    """A Greek AMKA: the birthday, and Luhn over eleven digits.

    >>> is_greek_amka("01013099997"), is_greek_amka("01013099998")
    (True, False)

    Source: IDIKA, AMKA structure
    """
    digits = digits_of(text)
    return is_ddmmyy(digits) and passes_luhn(digits)


def is_turkish_id(text: str) -> bool:
    """A Turkish identity number: two check digits of the first nine and ten.

    >>> is_turkish_id("10000000146"), is_turkish_id("10000000147")
    (True, False)

    Source: Nufus ve Vatandaslik Isleri, T.C. kimlik numarasi
    """
    digits = [int(digit) for digit in digits_of(text)]
    tenth = (sum(digits[0:9:2]) * 7 - sum(digits[1:8:2])) % 10
    return digits[9] == tenth and digits[10] == sum(digits[:10]) % 10


PATTERNS = (
    PiiPattern(
        type="ES_NIF",
        pattern=r"(?<![A-Za-z0-9])\d{8}-?[A-HJ-NP-TV-Z](?![A-Za-z0-9])",
        words=("nif", "dni", "documento nacional"),
        triggers=(regex(r"\b[0-9]{8}-?[A-HJ-NP-TV-Z]\b", caseless=False),),
        checksum=is_nif,
        is_bare=always,
    ),
    PiiPattern(
        type="ES_NIF",
        pattern=r"(?<![A-Za-z0-9])\d{7,8}[\- ]?[A-HJ-NP-TV-Za-hj-np-tv-z](?![A-Za-z0-9])",
        words=("nif", "dni", "documento nacional"),
        checksum=is_nif,
    ),
    PiiPattern(
        type="ES_NIE",
        pattern=r"(?<![A-Za-z0-9])[XYZ]-?\d{7}-?[A-HJ-NP-TV-Z](?![A-Za-z0-9])",
        words=("nie", "extranjero"),
        triggers=(regex(r"\b[XYZ]-?[0-9]{7}-?[A-HJ-NP-TV-Z]\b", caseless=False),),
        checksum=is_nie,
        is_bare=always,
    ),
    PiiPattern(
        type="IT_FISCAL_CODE",
        pattern=(
            r"(?<![A-Za-z0-9])(?:[A-Z]{6}[0-9L-NP-V]{2}[A-EHLMPRST][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z]"
            r"|[a-z]{6}[0-9l-np-v]{2}[a-ehlmprst][0-9l-np-v]{2}[a-z][0-9l-np-v]{3}[a-z])(?![A-Za-z0-9])"
        ),
        words=("codice fiscale", "fiscal", "fiscale", "cf"),
        triggers=(
            regex(r"\b[A-Z]{6}[0-9L-NP-V]{2}[A-EHLMPRST][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z]\b", caseless=False),
            regex(r"\b[a-z]{6}[0-9]{2}[a-ehlmprst][0-9]{2}[a-z][0-9]{3}[a-z]\b", caseless=False),
        ),
        checksum=is_fiscal_code,
        is_bare=always,
    ),
    PiiPattern(
        # Sex, year, month (or a code above 20 when it is unknown), department, commune, order, key.
        type="FR_NIR",
        pattern=(
            r"(?<!\d)[12](?P<gap>[ .\-]?)\d{2}(?P=gap)(?:0[1-9]|1[0-2]|[23]\d|4[0-2]|[5-9]\d)(?P=gap)(?:\d{2}|2[ABab])"
            r"(?P=gap)\d{3}(?P=gap)\d{3}(?P=gap)\d{2}(?!\d)"
        ),
        words=(
            *("nir", "securite sociale", "sécurité sociale", "insee", "numéro de sécurité", "numero de securite"),
            *("sécu", "secu"),
        ),
        triggers=(
            regex(
                r"\b[12][ .-]?[0-9]{2}[ .-]?[0-9]{2}[ .-]?[0-9][0-9AB][ .-]?[0-9]{3}[ .-]?[0-9]{3}[ .-]?[0-9]{2}\b",
            ),
        ),
        checksum=is_french_nir,
        is_bare=always,
    ),
    PiiPattern(
        type="PT_NIF",
        pattern=r"(?<!\d)[1-35-9]\d{2}(?P<gap>[ .]?)\d{3}(?P=gap)\d{3}(?!\d)",
        words=("contribuinte", "nif", "número de contribuinte", "numero de contribuinte"),
        checksum=is_portuguese_nif,
    ),
    PiiPattern(type="HR_OIB", pattern=r"(?<!\d)\d{11}(?!\d)", words=("oib",), checksum=is_croatian_oib),
    PiiPattern(type="GR_AMKA", pattern=r"(?<!\d)\d{11}(?!\d)", words=("amka", "αμκα"), checksum=is_greek_amka),
    PiiPattern(
        type="TR_NATIONAL_ID",
        pattern=r"(?<!\d)[1-9]\d{10}(?!\d)",
        words=("tckn", "kimlik", "tc no", "tc kimlik", "turkish id"),
        checksum=is_turkish_id,
    ),
)
