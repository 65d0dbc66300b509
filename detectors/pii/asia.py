"""National identifiers of India, China, Japan, Korea, Singapore, Taiwan, Hong Kong, Thailand and Malaysia."""

from __future__ import annotations

from detectors.declaration import regex
from detectors.pii.calendar_days import is_yymmdd, is_yyyymmdd
from detectors.pii.check_digits import digits_of, is_one_digit, passes_verhoeff, weighted_sum
from detectors.pii.pattern import PiiPattern, always


def is_aadhaar(text: str) -> bool:
    """An Indian Aadhaar number: not 0 or 1 in front, Verhoeff, no palindrome.

    >>> is_aadhaar("2341 2341 2346"), is_aadhaar("2341 2341 2347")
    (True, False)

    Source: UIDAI, A UID Numbering Scheme (2010)
    """
    digits = digits_of(text)
    return digits[0] not in "01" and digits != digits[::-1] and passes_verhoeff(digits)


_SINGAPORE_LETTERS = {
    "S": "JZIHGFEDCBA",
    "T": "JZIHGFEDCBA",
    "F": "XWUTRQPNMLK",
    "G": "XWUTRQPNMLK",
    "M": "KLJNPQRTUWX",
}


def is_singapore_id(text: str) -> bool:
    """An NRIC or FIN whose check letter fits.

    >>> is_singapore_id("S1234567D"), is_singapore_id("S1234567E"), is_singapore_id("M1234567K")
    (True, False, True)

    Source: Singapore NRIC scheme: weights 2 7 6 5 4 3 2, offset 4 for T and G, 3 for M, letters by series
    """
    series, digits, letter = text[0].upper(), text[1:8], text[8:].upper()
    total = weighted_sum(digits, (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(series, 0)
    place = 10 - total % 11 if series == "M" else total % 11
    return _SINGAPORE_LETTERS[series][place] == letter


def is_korean_birthday(text: str) -> bool:
    """Thirteen digits that begin with a birthday, as Korean registration numbers do.

    >>> is_korean_birthday("720924-2107456"), is_korean_birthday("721324-2107456")
    (True, False)
    """
    return is_yymmdd(text[:6])


def is_korean_number(text: str) -> bool:
    """A Korean registration number with the check digit that was issued until October 2020.

    >>> is_korean_number("960121-1021413"), is_korean_number("960121-1021414")
    (True, False)

    Source: Resident Registration Act, enforcement rules (weights 2 to 9 and 2 to 5, 11 - sum mod 11; foreigners + 2)
    """
    digits = digits_of(text)
    check = 11 - weighted_sum(digits[:12], (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11
    return (check + (2 if digits[6] in "5678" else 0)) % 10 == int(digits[12])


def is_my_number(text: str) -> bool:
    """A Japanese My Number: weights 2 to 7 and 2 to 6 from the right, 11 - sum mod 11, 0 for 10 and 11.

    >>> is_my_number("1234 5678 9018"), is_my_number("1234 5678 9019")
    (True, False)

    Source: Ministry of Internal Affairs and Communications, ordinance 85 of 2014, article 5
    """
    digits = digits_of(text)
    rest = weighted_sum(digits[10::-1], (2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6)) % 11
    return (0 if rest <= 1 else 11 - rest) == int(digits[11]) and not is_one_digit(digits)


_PROVINCE_CODES = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
)
_PROVINCES = frozenset(_PROVINCE_CODES.split())


def is_chinese_id(text: str) -> bool:
    """A Chinese resident identity number: province, birthday, ISO 7064 MOD 11-2.

    >>> is_chinese_id("11010519491231002X"), is_chinese_id("110105194912310021")
    (True, False)

    Source: GB 11643-1999
    """
    total = weighted_sum(text[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
    return text[:2] in _PROVINCES and is_yyyymmdd(text[6:14]) and "10X98765432"[total % 11] == text[17].upper()


_TAIWAN_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"


def is_taiwan_id(text: str) -> bool:
    """A national identity number of Taiwan: the letter counts 10 to 35, weights 1 and 9 to 1, sum divisible by 10.

    >>> is_taiwan_id("A123456789"), is_taiwan_id("A123456788")
    (True, False)

    Source: Ministry of the Interior, household registration number
    """
    letter = _TAIWAN_LETTERS.index(text[0].upper()) + 10
    total = letter // 10 + letter % 10 * 9 + weighted_sum(text[1:9], range(8, 0, -1)) + int(text[9])
    return total % 10 == 0


def is_hong_kong_id(text: str) -> bool:
    """A Hong Kong identity card number: letters from A = 10, a missing one is 36, weights 9 to 1, modulo 11, A is 10.

    >>> is_hong_kong_id("A123456(3)"), is_hong_kong_id("A123456(4)")
    (True, False)

    Source: Immigration Department, HKID check digit
    """
    code = "".join(character for character in text if character.isalnum()).upper()
    values = [int(character, 36) for character in code[:-1]]
    values = [36, *values] if len(values) == 7 else values
    total = sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True))
    return (total + int(code[-1], 16)) % 11 == 0


def is_thai_id(text: str) -> bool:
    """A Thai identity number: weights 13 to 2, 11 - sum mod 11 is the last digit of the check.

    >>> is_thai_id("1-2345-67890-12-1"), is_thai_id("1-2345-67890-12-2")
    (True, False)

    Source: Department of Provincial Administration, 13-digit identification number
    """
    digits = digits_of(text)
    return (11 - weighted_sum(digits[:12], range(13, 1, -1)) % 11) % 10 == int(digits[12])


def is_malaysian_id(text: str) -> bool:
    """A Malaysian MyKad number: birthday and place of birth; it has no check digit.

    >>> is_malaysian_id("850312-14-5237"), is_malaysian_id("851312-14-5237")
    (True, False)

    Source: Jabatan Pendaftaran Negara, National Registration Regulations 1990
    """
    digits = digits_of(text)
    return is_yymmdd(digits[:6]) and digits[6:8] not in ("00", "17", "18", "19", "20", "69", "70", "73", "80", "81")


_KOREAN_WORDS = ("rrn", "resident registration", "korean", "주민등록번호", "주민번호")

PATTERNS = (
    PiiPattern(
        type="IN_AADHAAR",
        pattern=r"(?<![\d\-])(?<!\d )[2-9]\d{3}(?P<gap>[ \-:])\d{4}(?P=gap)\d{4}(?!\d|[ \-:]\d)",
        words=("aadhaar", "aadhar", "uidai", "uid"),
        triggers=(regex(r"\b[2-9][0-9]{3}[ :-][0-9]{4}[ :-][0-9]{4}\b"),),
        checksum=is_aadhaar,
        is_bare=lambda text: text[4] != ":",
    ),
    PiiPattern(
        type="IN_AADHAAR",
        pattern=r"(?<!\d)[2-9]\d{11}(?!\d)",
        words=("aadhaar", "aadhar", "uidai", "uid"),
        checksum=is_aadhaar,
    ),
    PiiPattern(
        # The fourth letter is the kind of holder. Source: Income Tax Department of India, structure of PAN
        type="IN_PAN",
        pattern=r"(?<![A-Za-z0-9])[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?![A-Za-z0-9])",
        words=("pan", "permanent account", "pan card", "income tax"),
        triggers=(regex(r"\b[A-Z]{3}[ABCFGHJLPT][A-Z][0-9]{4}[A-Z]\b", caseless=False),),
        is_bare=always,
    ),
    PiiPattern(
        # Source: Election Commission of India, EPIC number
        type="IN_VOTER",
        pattern=r"(?<![A-Za-z0-9])[A-Z]{3}\d{7}(?![A-Za-z0-9])",
        words=("epic", "voter", "voter id", "elector"),
    ),
    PiiPattern(
        type="SG_NRIC_FIN",
        pattern=r"(?<![A-Za-z0-9])[STFGM]\d{7}[A-Z](?![A-Za-z0-9])",
        words=("nric", "fin", "singapore"),
        triggers=(regex(r"\b[STFGM][0-9]{7}[A-Z]\b", caseless=False),),
        checksum=is_singapore_id,
        is_bare=always,
    ),
    PiiPattern(
        type="KR_RRN",
        pattern=r"(?<!\d)\d{6}-[1-4]\d{6}(?!\d)",
        words=_KOREAN_WORDS,
        triggers=(regex(r"\b[0-9]{6}-[1-4][0-9]{6}\b"),),
        accept=is_korean_birthday,
        checksum=is_korean_number,
        is_assured=False,
        is_bare=always,
    ),
    PiiPattern(
        type="KR_RRN",
        pattern=r"(?<!\d)\d{6}[1-4]\d{6}(?!\d)",
        words=_KOREAN_WORDS,
        accept=is_korean_birthday,
        checksum=is_korean_number,
        is_assured=False,
    ),
    PiiPattern(
        type="KR_FRN",
        pattern=r"(?<!\d)\d{6}-?[5-8]\d{6}(?!\d)",
        words=("frn", "foreigner registration", "alien registration", "외국인등록번호", "korean"),
        accept=is_korean_birthday,
        checksum=is_korean_number,
        is_assured=False,
    ),
    PiiPattern(
        type="JP_MY_NUMBER",
        pattern=r"(?<!\d)\d{4}(?P<gap>[ \-]?)\d{4}(?P=gap)\d{4}(?!\d)",
        words=("my number", "individual number", "マイナンバー", "個人番号", "kojin bango"),
        checksum=is_my_number,
    ),
    PiiPattern(
        type="CN_RESIDENT_ID",
        pattern=r"(?<![A-Za-z0-9])[1-8]\d{16}[\dXx](?![A-Za-z0-9])",
        words=("身份证", "身份证号", "身份號碼", "resident identity", "chinese id", "shenfenzheng"),
        triggers=(regex(r"\b[1-8][0-9]{5}(?:18|19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9X]\b"),),
        checksum=is_chinese_id,
        is_bare=always,
    ),
    PiiPattern(
        type="TW_NATIONAL_ID",
        pattern=r"(?<![A-Za-z0-9])[A-Z][1289]\d{8}(?![A-Za-z0-9])",
        words=("taiwan", "taiwan id", "身分證", "身分證字號", "national id", "arc"),
        checksum=is_taiwan_id,
    ),
    PiiPattern(
        type="HK_HKID",
        pattern=r"(?<![A-Za-z0-9])[A-Z]{1,2}\d{6}\([0-9A]\)",
        words=("hkid", "hong kong", "identity card", "身份證"),
        triggers=(regex(r"\b[A-Z]{1,2}[0-9]{6}\([0-9A]\)", caseless=False),),
        checksum=is_hong_kong_id,
        is_bare=always,
    ),
    PiiPattern(
        type="TH_TNIN",
        pattern=r"(?<!\d)[1-8](?:\d{12}|-\d{4}-\d{5}-\d{2}-\d)(?!\d)",
        words=("tnin", "thai", "เลขประจำตัวประชาชน", "บัตรประชาชน"),
        checksum=is_thai_id,
    ),
    PiiPattern(
        type="MY_NRIC",
        pattern=r"(?<!\d)\d{6}(?P<gap>-?)\d{2}(?P=gap)\d{4}(?!\d)",
        words=("my kad", "kad pengenalan", "no kp", "nric", "malaysian"),
        accept=is_malaysian_id,
    ),
)
