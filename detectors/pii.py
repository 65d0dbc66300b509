"""Which personal data Presidio is asked for, when, and what its answer must show before it counts.

Each rule names one of Presidio's recognizers. `trigger` is a superset of what the recognizer can match: a text without
it never reaches Presidio. `words` are context, as whole words on either side (detectors.context). Digits alone are
weak: for types whose number has no checksum or a common shape the word is the evidence (`needs_words`).

Presidio's own context search is not used: it looks at the five words before only, matches substrings, and is
quadratic in the number of findings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from detectors import pii_values as values
from detectors.context import has_context, pattern_of
from detectors.overlaps import Strength

#: Every type below needs a digit or an at sign; most texts that agents write hold neither.
GATE = re.compile(r"[\d@]")

_LONG_NUMBER = r"\d(?:[ .\-/]?\d){6}"


@dataclass(frozen=True)
class PiiRule:
    """One entity, the recognizer that finds it, and what makes a hit count.

    `minimum` is the least score of Presidio's own patterns that counts without context; `validated` demands that
    Presidio's checksum passed (it then scores 1.0). `bare_shape` is a shape that needs no context although
    `needs_words` is set.
    """

    entity: str
    recognizer: str
    trigger: str
    words: tuple[str, ...]
    language: str = "en"
    needs_words: bool = False
    validated: bool = False
    minimum: float = 0.0
    accept: Callable[[str], bool] = values.has_digit
    bare_shape: str | None = None

    @cached_property
    def trigger_pattern(self) -> re.Pattern[str]:
        """The compiled trigger."""
        return re.compile(self.trigger)

    @cached_property
    def words_pattern(self) -> re.Pattern[str]:
        """The compiled context words."""
        return pattern_of(self.words)

    @cached_property
    def first_words(self) -> frozenset[str]:
        """One word of each phrase: a text without any of them has no context for this rule."""
        return frozenset(re.split(r"[^\w]+", word)[0].lower() for word in self.words)

    @cached_property
    def bare_pattern(self) -> re.Pattern[str] | None:
        """The compiled shape that needs no context."""
        return re.compile(self.bare_shape) if self.bare_shape else None

    def wants(self, text: str, words: frozenset[str]) -> bool:
        """Whether the recognizer must see this text, whose words are `words`."""
        if self.needs_words and self.bare_pattern is None and self.first_words.isdisjoint(words):
            return False
        return self.trigger_pattern.search(text) is not None

    def judge(self, text: str, start: int, end: int, *, score: float) -> tuple[float, Strength] | None:
        """The final score and strength of a hit of Presidio with `score`, or None when it does not count."""
        value = text[start:end]
        checked = score >= 1.0
        if (self.validated and not checked) or not self.accept(value) or _is_part_of_more(text, start, end):
            return None
        in_context = has_context(text, start, end, self.words_pattern)
        if not in_context:
            if self.needs_words and not (self.bare_pattern and self.bare_pattern.fullmatch(value)):
                return None
            if score < self.minimum:
                return None
        if checked:
            return (0.95, Strength.CHECKSUM_AND_CONTEXT) if in_context else (0.85, Strength.CHECKSUM)
        return (0.8, Strength.CONTEXT) if in_context else (0.6, Strength.FORMAT)


def _is_part_of_more(text: str, start: int, end: int) -> bool:
    """Whether the hit is the inside of a longer word, number or dotted sequence."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before[-1:].isalnum() or after[:1].isalnum() or before[-1:] == "_" or after[:1] == "_":
        return True
    dotted_before = len(before) == 2 and before[1] in ".-" and before[0].isdigit()
    dotted_after = len(after) == 2 and after[0] in ".-" and after[1].isdigit()
    return dotted_before or dotted_after


_ACCOUNT = ("account", "account number", "bank account", "acct", "checking", "savings", "bank")
_BIRTH = ("dob", "born", "birth", "birthday", "birthdate", "date of birth", "geboren", "naissance", "nacimiento")
_CARD = ("card", "credit", "debit", "visa", "mastercard", "amex", "cc", "pan", "ccn", "discover", "jcb")
_LICENCE = ("driver license", "driver licence", "drivers license", "driver s license", "driving licence")
_PHONE = ("phone", "telephone", "tel", "mobile", "cell", "cellphone", "call me", "fax", "contact", "sms", "whatsapp")
_TAX_DE = ("steuer", "steuerid", "steuer id", "idnr", "tax id", "tin", "steueridentifikationsnummer")

RULES: tuple[PiiRule, ...] = (
    PiiRule(
        "EMAIL_ADDRESS", "EmailRecognizer", r"@[\w\-]+\.", ("email", "mail"), accept=lambda text: True, validated=True
    ),
    PiiRule("CREDIT_CARD", "CreditCardRecognizer", r"(?:\d[ \-]?){12}", _CARD, validated=True, accept=values.is_card),
    PiiRule("IBAN_CODE", "IbanRecognizer", r"[A-Za-z]{2}\d{2}[ \-]?[A-Za-z0-9]{4}", ("iban", "bank"), validated=True),
    PiiRule(
        "US_SSN",
        "UsSsnRecognizer",
        r"\d{3}[\- .]?\d{2}[\- .]?\d{4}",
        ("ssn", "ssns", "social security", "social", "ss number"),
        needs_words=True,
        bare_shape=r"\d{3}-\d{2}-\d{4}",
        accept=values.is_ssn,
    ),
    PiiRule(
        "US_ITIN",
        "UsItinRecognizer",
        r"9\d{2}[\- ]?\d{2}[\- ]?\d{4}",
        ("itin", "taxpayer", "individual taxpayer", "tax id", "tax"),
        needs_words=True,
        bare_shape=r"9\d{2}-\d{2}-\d{4}",
    ),
    PiiRule(
        "ABA_ROUTING_NUMBER",
        "AbaRoutingRecognizer",
        r"\d{9}|\d{4}-\d{4}-\d",
        ("aba", "routing", "rtn", "routing number"),
        needs_words=True,
        validated=True,
    ),
    PiiRule(
        "US_NPI",
        "UsNpiRecognizer",
        r"[12]\d{3}[ \-]?\d{3}[ \-]?\d{3}",
        ("npi", "national provider", "provider"),
        needs_words=True,
        validated=True,
    ),
    PiiRule(
        "US_MBI",
        "UsMbiRecognizer",
        r"\d[A-Z][A-Z0-9]\d",
        ("mbi", "medicare", "beneficiary", "medicaid"),
        accept=values.is_upper,
    ),
    PiiRule(
        "MEDICAL_LICENSE",
        "MedicalLicenseRecognizer",
        r"[A-Za-z][A-Za-z9]\d{7}",
        ("dea", "medical license", "medical licence", "prescriber", "medical"),
        needs_words=True,
        validated=True,
    ),
    PiiRule(
        "PHONE_NUMBER",
        "PhoneRecognizer",
        r"\+\d|\(\d{3}\)|\d{3}[\-. ]\d{3}[\-. ]\d{4}|" + _LONG_NUMBER,
        _PHONE,
        needs_words=True,
        bare_shape=r"\+[\d ()\-./]{8,24}|\(\d{3}\) ?\d{3}-\d{4}|(?:1-)?[2-9]\d{2}-[2-9]\d{2}-\d{4}(?:x\d+)?",
    ),
    PiiRule(
        "IP_ADDRESS",
        "IpRecognizer",
        r"\d{1,3}\.\d{1,3}\.\d{1,3}\.|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:",
        ("ip", "ipv4", "ipv6", "address", "host", "client"),
        accept=values.is_address,
        minimum=0.5,
    ),
    PiiRule(
        "MAC_ADDRESS",
        "MacAddressRecognizer",
        r"[0-9A-Fa-f]{2}[:\-][0-9A-Fa-f]{2}[:\-]|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.",
        ("mac", "hardware address", "ethernet", "device"),
        accept=values.is_interface,
    ),
    PiiRule(
        "CRYPTO",
        "CryptoRecognizer",
        r"(?:bc1|[13])[A-Za-z0-9]{25}",
        ("bitcoin", "btc", "wallet", "crypto"),
        validated=True,
    ),
    PiiRule(
        "US_PASSPORT",
        "UsPassportRecognizer",
        r"[A-Za-z]\d{8}|\d{9}",
        ("passport",),
        needs_words=True,
    ),
    PiiRule(
        "US_DRIVER_LICENSE",
        "UsLicenseRecognizer",
        r"\d{3}",
        (*_LICENCE, "driver", "dl number", "licence number", "license number", "dl", "permit", "dmv"),
        needs_words=True,
        accept=values.has_digit,
    ),
    PiiRule("US_BANK_NUMBER", "UsBankRecognizer", r"\d{8}", _ACCOUNT, needs_words=True),
    PiiRule(
        "UK_NHS",
        "NhsRecognizer",
        r"\d{3}[\- ]?\d{3}[\- ]?\d{4}",
        ("nhs", "health service"),
        needs_words=True,
        validated=True,
    ),
    PiiRule(
        "UK_NINO",
        "UkNinoRecognizer",
        r"[A-Za-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-Za-z]",
        ("nino", "national insurance", "ni number"),
        accept=values.is_upper,
    ),
    PiiRule(
        "UK_POSTCODE",
        "UkPostcodeRecognizer",
        r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
        ("postcode", "post code", "postal code", "address", "postal"),
        needs_words=True,
        accept=values.is_upper,
    ),
    PiiRule("UK_DRIVING_LICENCE", "UkDrivingLicenceRecognizer", r"[A-Z9]{5}\d", _LICENCE, accept=values.is_upper),
    PiiRule(
        "CA_SIN",
        "CaSinRecognizer",
        r"\d{3}[ \-]?\d{3}[ \-]?\d{3}",
        ("sin", "social insurance", "insurance number"),
        needs_words=True,
        accept=values.is_luhn,
    ),
    PiiRule("AU_TFN", "AuTfnRecognizer", r"\d{3} ?\d{3} ?\d{3}", ("tfn", "tax file"), needs_words=True, validated=True),
    PiiRule(
        "AU_ABN",
        "AuAbnRecognizer",
        r"\d{2} ?\d{3} ?\d{3} ?\d{3}",
        ("abn", "business number", "australian business"),
        needs_words=True,
        validated=True,
    ),
    PiiRule(
        "AU_MEDICARE", "AuMedicareRecognizer", r"\d{4} ?\d{5} ?\d", ("medicare",), needs_words=True, validated=True
    ),
    PiiRule(
        "IN_AADHAAR",
        "InAadhaarRecognizer",
        r"\d{4}[ \-:]?\d{4}[ \-:]?\d{4}",
        ("aadhaar", "aadhar", "uidai", "uid"),
        needs_words=True,
        validated=True,
        bare_shape=r"\d{4}[ \-]\d{4}[ \-]\d{4}",
    ),
    PiiRule(
        "IN_PAN",
        "InPanRecognizer",
        r"[A-Z]{5}\d{4}[A-Z]",
        ("pan", "permanent account"),
        minimum=0.5,
        accept=lambda text: text.isalnum() and values.is_upper(text) and text[5:9].isdigit(),
    ),
    PiiRule(
        "SG_NRIC_FIN",
        "SgFinRecognizer",
        r"[A-Za-z]\d{7}[A-Za-z]",
        ("nric", "fin", "singapore"),
        accept=values.is_singapore_id,
        minimum=0.5,
    ),
    PiiRule(
        "KR_RRN",
        "KrRrnRecognizer",
        r"\d{6}-?[1-4]\d{6}",
        ("rrn", "resident registration", "korean"),
        language="ko",
        needs_words=True,
        bare_shape=r"\d{6}-\d{7}",
    ),
    PiiRule("ES_NIF", "EsNifRecognizer", r"\d{7}-?[A-Z]", ("nif", "dni"), language="es", validated=True),
    PiiRule("ES_NIE", "EsNieRecognizer", r"[XYZ]\d{7}-?[A-Z]", ("nie", "extranjero"), language="es", validated=True),
    PiiRule(
        "IT_FISCAL_CODE",
        "ItFiscalCodeRecognizer",
        r"[A-Za-z]{6}\w{2}[A-Za-z]\w{2}",
        ("codice fiscale", "fiscal", "cf"),
        language="it",
        validated=True,
    ),
    PiiRule("PL_PESEL", "PlPeselRecognizer", r"\d{11}", ("pesel",), language="pl", needs_words=True, validated=True),
    PiiRule(
        "FI_PERSONAL_IDENTITY_CODE",
        "FiPersonalIdentityCodeRecognizer",
        r"\d{6}[\-+A-FU-Y]\d{3}",
        ("hetu", "henkilotunnus", "henkilötunnus", "personal identity"),
        language="fi",
        validated=True,
    ),
    PiiRule(
        "SE_PERSONNUMMER",
        "SePersonnummerRecognizer",
        r"\d{6}[\-+]?\d{4}",
        ("personnummer", "samordningsnummer", "swedish"),
        language="sv",
        needs_words=True,
        validated=True,
    ),
    PiiRule("DE_TAX_ID", "DeTaxIdRecognizer", r"\d{11}", _TAX_DE, language="de", needs_words=True, validated=True),
    PiiRule(
        "ZA_ID_NUMBER",
        "ZaIdNumberRecognizer",
        r"\d{13}",
        ("id number", "south african", "rsa", "identity number", "za", "sa id"),
        needs_words=True,
        validated=True,
    ),
    PiiRule(
        "TH_TNIN", "ThTninRecognizer", r"\d{13}", ("tnin", "thai"), language="th", needs_words=True, validated=True
    ),
    PiiRule(
        "TR_NATIONAL_ID",
        "TrNationalIdRecognizer",
        r"\d{11}",
        ("tckn", "kimlik", "tc no"),
        language="tr",
        needs_words=True,
        validated=True,
    ),
    PiiRule(
        "DATE_OF_BIRTH",
        "BirthDateRecognizer",
        r"\d",
        _BIRTH,
        needs_words=True,
        accept=lambda text: True,
    ),
)
