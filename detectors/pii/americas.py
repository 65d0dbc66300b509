"""National identifiers of Canada, Mexico, Brazil, Argentina, Chile, Colombia and Ecuador."""

from __future__ import annotations

from detectors.declaration import regex
from detectors.pii.calendar_days import is_yymmdd
from detectors.pii.check_digits import digits_of, is_one_digit, passes_luhn, weighted_sum
from detectors.pii.pattern import PiiPattern, always


def is_sin(text: str) -> bool:
    """A Canadian social insurance number: not 0 in front, Luhn.

    >>> is_sin("130 692 544"), is_sin("130 692 545")
    (True, False)

    Source: Employment and Social Development Canada, Social Insurance Number code of practice
    """
    digits = digits_of(text)
    return digits[0] != "0" and not is_one_digit(digits) and passes_luhn(digits)


def is_cpf(text: str) -> bool:
    """A Brazilian CPF: two check digits modulo 11.

    >>> is_cpf("529.982.247-25"), is_cpf("529.982.247-26")
    (True, False)

    Source: Receita Federal, Cadastro de Pessoas Fisicas
    """
    digits = digits_of(text)
    for count in (9, 10):
        if weighted_sum(digits[:count], range(count + 1, 1, -1)) * 10 % 11 % 10 != int(digits[count]):
            return False
    return not is_one_digit(digits)


def is_cnpj(text: str) -> bool:
    """A Brazilian CNPJ, also with letters: characters count their ASCII code less 48, two check digits modulo 11.

    >>> is_cnpj("11.222.333/0001-81"), is_cnpj("12.ABC.345/01DE-35"), is_cnpj("11.222.333/0001-82")
    (True, True, False)

    Source: Receita Federal, Instrucao Normativa RFB 2.229/2024 and Nota Tecnica COCAD 49/2024
    """
    code = "".join(character for character in text if character.isalnum()).upper()
    values = [ord(character) - 48 for character in code]
    for count, weights in ((12, (5, 4, 3, 2, 9, 8, 7, 6)), (13, (6, 5, 4, 3, 2, 9, 8, 7))):
        total = sum(value * weights[place % 8] for place, value in enumerate(values[:count]))
        if (0 if total % 11 < 2 else 11 - total % 11) != values[count]:
            return False
    return len(set(code)) > 1


_CURP_CHARACTERS = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
_STATES = "AS BC BS CC CL CM CS CH DF DG GT GR HG JC MC MN MS NT NL OC PL QT QR SP SL SR TC TS TL VZ YN ZS NE"
_MEXICAN_STATES = frozenset(_STATES.split())


def is_curp(text: str) -> bool:
    """A Mexican CURP: birthday, sex, state, and a check digit of all places before it.

    >>> is_curp("BOXW310820HNERXN09"), is_curp("BOXW310820HNERXN08")
    (True, False)

    Source: RENAPO, Instructivo normativo para la asignacion de la CURP (weights 18 to 2, 10 - sum mod 10)
    """
    code = text.upper()
    total = sum(_CURP_CHARACTERS.index(character) * (18 - place) for place, character in enumerate(code[:17]))
    return is_yymmdd(code[4:10]) and code[11:13] in _MEXICAN_STATES and (10 - total % 10) % 10 == int(code[17])


def is_rut(text: str) -> bool:
    """A Chilean RUT: weights 2 to 7 from the right, 11 - sum mod 11, 10 is K.

    >>> is_rut("12.345.678-5"), is_rut("12.345.678-6")
    (True, False)

    Source: Servicio de Registro Civil e Identificacion, rol unico nacional
    """
    code = "".join(character for character in text if character.isalnum()).upper()
    rest = weighted_sum(code[-2::-1], (2, 3, 4, 5, 6, 7)) % 11
    return "0K987654321"[rest] == code[-1]


def is_cuit(text: str) -> bool:
    """An Argentine CUIT or CUIL: kind of holder, weights 5 4 3 2 7 6 5 4 3 2, 11 - sum mod 11.

    >>> is_cuit("20-12345678-6"), is_cuit("20-12345678-7")
    (True, False)

    Source: ARCA (AFIP), codigo verificador de CUIT/CUIL
    """
    digits = digits_of(text)
    return -weighted_sum(digits[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11 == int(digits[10])


def is_nit(text: str) -> bool:
    """A Colombian NIT: weights 3 7 13 17 19 23 29 37 41 from the right, 11 - sum mod 11 when above 1.

    >>> is_nit("213.123.432-1"), is_nit("213.123.432-2")
    (True, False)

    Source: DIAN, digito de verificacion del NIT
    """
    digits = digits_of(text)
    rest = weighted_sum(digits[-2::-1], (3, 7, 13, 17, 19, 23, 29, 37, 41)) % 11
    return (rest if rest < 2 else 11 - rest) == int(digits[-1])


def is_ecuadorian_id(text: str) -> bool:
    """An Ecuadorian cedula: province, third digit below 6, Luhn.

    >>> is_ecuadorian_id("1714307103"), is_ecuadorian_id("1714307104")
    (True, False)

    Source: Registro Civil del Ecuador, cedula de identidad
    """
    digits = digits_of(text)
    return (1 <= int(digits[:2]) <= 24 or digits[:2] == "30") and digits[2] < "6" and passes_luhn(digits)


PATTERNS = (
    PiiPattern(
        type="CA_SIN",
        pattern=r"(?<!\d)\d{3}(?P<gap>[ \-]?)\d{3}(?P=gap)\d{3}(?!\d)",
        words=("sin", "social insurance", "insurance number", "nas", "assurance sociale"),
        checksum=is_sin,
    ),
    PiiPattern(
        type="BR_CPF",
        pattern=r"(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)",
        words=("cpf", "cadastro de pessoas"),
        triggers=(regex(r"\b[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}\b"),),
        checksum=is_cpf,
        is_bare=always,
    ),
    PiiPattern(
        type="BR_CPF",
        pattern=r"(?<!\d)\d{3}\.?\d{3}\.?\d{3}-?\d{2}(?!\d)",
        words=("cpf", "cadastro de pessoas"),
        checksum=is_cpf,
    ),
    PiiPattern(
        type="BR_CNPJ",
        pattern=r"(?<![A-Za-z0-9])[A-Z0-9]{2}\.[A-Z0-9]{3}\.[A-Z0-9]{3}/[A-Z0-9]{4}-\d{2}(?!\d)",
        words=("cnpj",),
        triggers=(regex(r"\b[A-Z0-9]{2}\.[A-Z0-9]{3}\.[A-Z0-9]{3}/[A-Z0-9]{4}-[0-9]{2}\b", caseless=False),),
        checksum=is_cnpj,
        is_bare=always,
    ),
    PiiPattern(
        type="BR_CNPJ",
        pattern=r"(?<![A-Za-z0-9])[A-Z0-9]{12}\d{2}(?![A-Za-z0-9])",
        words=("cnpj",),
        checksum=is_cnpj,
    ),
    PiiPattern(
        type="MX_CURP",
        pattern=r"(?<![A-Za-z0-9])[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[A-Z0-9]\d(?![A-Za-z0-9])",
        words=("curp",),
        triggers=(regex(r"\b[A-Z][AEIOUX][A-Z]{2}[0-9]{6}[HMX][A-Z]{5}[A-Z0-9][0-9]\b", caseless=False),),
        checksum=is_curp,
        is_bare=always,
    ),
    PiiPattern(
        type="CL_RUT",
        pattern=r"(?<!\d)(?:\d{1,2}\.\d{3}\.\d{3}|\d{7,8})-[\dKk](?![A-Za-z0-9])",
        words=("rut", "rol unico", "rol único"),
        checksum=is_rut,
    ),
    PiiPattern(
        type="AR_CUIT",
        pattern=r"(?<!\d)(?:2[034567]|3[034])(?P<gap>-?)\d{8}(?P=gap)\d(?!\d)",
        words=("cuit", "cuil"),
        checksum=is_cuit,
    ),
    PiiPattern(
        type="CO_NIT",
        pattern=r"(?<!\d)(?:\d{3}\.\d{3}\.\d{3}|\d{9})-\d(?!\d)",
        words=("nit", "rut", "dian"),
        checksum=is_nit,
    ),
    PiiPattern(
        type="EC_CEDULA",
        pattern=r"(?<!\d)\d{9}-?\d(?!\d)",
        words=("cedula", "cédula"),
        checksum=is_ecuadorian_id,
    ),
)
