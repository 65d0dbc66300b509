"""Checks of PII values that Presidio's recognizers do not make; each takes the matched text.

They only ever drop what the format let through.
"""

from __future__ import annotations

import ipaddress
import re

# Source: ISO/IEC 7812-1 and the networks' published ranges: first digits, and the lengths issued. Maestro's range and
# lengths are so wide that its cards count only in context.
_ISSUERS: tuple[tuple[re.Pattern[str], frozenset[int]], ...] = (
    (re.compile(r"4"), frozenset({13, 16, 19})),
    (re.compile(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)"), frozenset({16})),
    (re.compile(r"3[47]"), frozenset({15})),
    (re.compile(r"6(?:011|22|4[4-9]|5)"), frozenset({16, 17, 18, 19})),
    (re.compile(r"35(?:2[89]|[3-8])"), frozenset({16, 17, 18, 19})),
    (re.compile(r"3(?:0[0-5]|[689])"), frozenset({14, 15, 16, 17, 18, 19})),
    (re.compile(r"62"), frozenset({16, 17, 18, 19})),
)


def digits_of(text: str) -> str:
    """The decimal digits of a text, as ASCII.

    >>> digits_of("4111-1111")
    '41111111'
    """
    return "".join(str(int(character)) for character in text if character.isdecimal())


def is_card(text: str) -> bool:
    """A card number of a known issuer and length, undivided or in the groups that cards show."""
    digits = digits_of(text)
    if text != digits and not re.fullmatch(r"\d{4}([ \-])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ \-])\d{6}\2\d{4,5}", text):
        return False
    return any(prefix.match(digits) and len(digits) in lengths for prefix, lengths in _ISSUERS)


def is_ssn(text: str) -> bool:
    """A US social security number that can have been issued.

    Source: https://www.ssa.gov/employer/randomization.html (area not 000, 666, 9xx; group not 00; serial not 0000)
    """
    digits = digits_of(text)
    if len(digits) != 9 or len(set(re.findall(r"\D", text))) > 1:
        return False
    return digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def is_luhn(text: str) -> bool:
    """Digits whose Luhn sum is 0 modulo 10.

    Source: ISO/IEC 7812-1 annex B
    """
    total = 0
    for position, digit in enumerate(reversed(digits_of(text))):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_upper(text: str) -> bool:
    """No lower-case letter: identifiers of this kind are written in capitals; Presidio's patterns ignore case."""
    return text == text.upper()


def has_digit(text: str) -> bool:
    """At least four digits."""
    return len(digits_of(text)) >= 4


def is_singapore_id(text: str) -> bool:
    """An NRIC or FIN whose check letter fits.

    Source: Singapore NRIC scheme: weights 2 7 6 5 4 3 2, offset 4 for T and G, 3 for M, letters by series
    """
    series, digits, letter = text[0].upper(), text[1:8], text[8:].upper()
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}
    if series not in letters or len(text) != 9:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, (2, 7, 6, 5, 4, 3, 2), strict=True))
    total += {"T": 4, "G": 4, "M": 3}.get(series, 0)
    index = total % 11
    return letters[series][10 - index if series == "M" else index] == letter


def is_address(text: str) -> bool:
    """An IP address that can belong to someone: not loopback, unspecified, multicast or link-local."""
    try:
        address = ipaddress.ip_address(text.split("/")[0].split("%")[0])
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast or address.is_link_local)


def is_private_address(text: str) -> bool:
    """An IP address of a private network.

    Source: RFC 1918, RFC 4193
    """
    try:
        address = ipaddress.ip_address(text.split("/")[0].split("%")[0])
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE_NETWORKS if network.version == address.version)


_PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


def is_interface(text: str) -> bool:
    """A MAC address of one interface: not all zeros, not the broadcast address."""
    return len(set(re.sub(r"[:.\-]", "", text).lower())) > 1


def is_card_number(text: str) -> bool:
    """Digits that pass Luhn, not all equal, in 12 to 19 places, with one kind of separator."""
    digits = digits_of(text)
    one_separator = len(set(re.findall(r"\D", text))) <= 1
    return 12 <= len(digits) <= 19 and len(set(digits)) > 1 and one_separator and is_luhn(digits)


# Source: Decreto Ministeriale 23 dicembre 1976: values of characters at odd places, in the order 0-9 A-Z.
_FISCAL_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3)
_FISCAL_ODD_LETTERS = (*_FISCAL_ODD[10:], 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def is_fiscal_code(text: str) -> bool:
    """An Italian codice fiscale whose check letter fits.

    Source: Decreto Ministeriale 23 dicembre 1976 (odd and even tables, sum modulo 26)
    """
    code = text.upper()
    total = 0
    for place, character in enumerate(code[:15]):
        rank = int(character) if character.isdigit() else ord(character) - ord("A")
        if place % 2:
            total += rank
        else:
            total += _FISCAL_ODD[rank] if character.isdigit() else _FISCAL_ODD_LETTERS[rank]
    return chr(ord("A") + total % 26) == code[15]


def is_german_tax_id(text: str) -> bool:
    """A German tax id: eleven digits, no leading zero, ISO 7064 MOD 11,10.

    Source: ISO/IEC 7064; Bundeszentralamt fuer Steuern, steuerliche Identifikationsnummer
    """
    digits = digits_of(text)
    if len(digits) != 11 or digits[0] == "0":
        return False
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def is_french_nir(text: str) -> bool:
    """A French social security number: 13 places and the key 97 - n mod 97; Corsica counts as 19 and 18.

    Source: INSEE, numero d'inscription au repertoire (decret 82-103)
    """
    code = re.sub(r"[ .\-]", "", text).upper()
    body = code[:13].replace("2A", "19").replace("2B", "18") if code[5:7] in ("2A", "2B") else code[:13]
    return len(code) == 15 and body.isdigit() and code[13:].isdigit() and 97 - int(body) % 97 == int(code[13:])


def is_dutch_bsn(text: str) -> bool:
    """A Dutch BSN: weights 9 to 2 and -1, sum divisible by 11.

    Source: Rijksdienst voor Identiteitsgegevens, elfproef
    """
    digits = digits_of(text)
    if len(digits) != 9 or len(set(digits)) == 1:
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == 0


def is_brazilian_cpf(text: str) -> bool:
    """A Brazilian CPF: two check digits modulo 11.

    Source: Receita Federal, Cadastro de Pessoas Fisicas
    """
    digits = [int(digit) for digit in digits_of(text)]
    if len(digits) != 11 or len(set(digits)) == 1:
        return False
    for count in (9, 10):
        total = sum(digit * (count + 1 - place) for place, digit in enumerate(digits[:count]))
        if total * 10 % 11 % 10 != digits[count]:
            return False
    return True


def is_phone_shape(text: str) -> bool:
    """Seven to fifteen digits (ITU-T E.164), with balanced parentheses, not one digit repeated, not a date.

    A number with `+` must be one that its country's plan has room for.
    """
    digits = digits_of(text)
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 3 or text.count("(") != text.count(")"):
        return False
    if re.fullmatch(r"(?:19|20)\d\d[-./ ]\d\d?[-./ ]\d\d?|\d\d?[-./ ]\d\d?[-./ ](?:19|20)\d\d", text):
        return False
    return not text.startswith("+") or _has_room(text)


def _has_room(text: str) -> bool:
    # Imported at the first number with a plus sign: the metadata takes time to load.
    import phonenumbers

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(text.split("x")[0]))
    except phonenumbers.NumberParseException:
        return False
