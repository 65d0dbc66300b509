"""Which personal data Presidio is asked for, when, and what its answer must show before it counts.

Each rule names one of Presidio's recognizers. `trigger` is a superset of what the recognizer can match: a text without
it never reaches Presidio. A few rules bring their own pattern, where Presidio's misses forms or is slow. `words` are
context, as whole words on either side (detectors.context). Digits alone are weak: for types whose number has no
checksum or a common shape the word is the evidence (`needs_words`).

Presidio's own context search is not used: it looks at the five words before only, matches substrings, and is
quadratic in the number of findings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from detectors import pii_values as values
from detectors.context import AFTER_CHARS, has_context, pattern_of
from detectors.overlaps import Strength

#: Every type below needs a digit or an at sign; most texts that agents write hold neither.
GATE = re.compile(r"[\d@]")

#: The recognizer of a rule that has a pattern of its own.
OWN = ""


@dataclass(frozen=True)
class PiiRule:
    """One entity, the recognizer that finds it, and what makes a hit count.

    `minimum` is the least score of Presidio's own patterns that counts without context; `validated` demands that
    Presidio's checksum passed (it then scores 1.0). `bare_shape` is a shape that needs no context although
    `needs_words` is set. A rule with a `pattern` of its own does without Presidio, where that misses forms or is slow;
    `accept` is then the checksum if `validated` says so.
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
    bare_accept: Callable[[str], bool] | None = None
    pattern: str | None = None
    after_chars: int = AFTER_CHARS
    context_score: float = 0.8

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

    @cached_property
    def own_pattern(self) -> re.Pattern[str] | None:
        """The compiled pattern of a rule that does without Presidio."""
        return re.compile(self.pattern) if self.pattern else None

    def wants(self, text: str, words: frozenset[str]) -> bool:
        """Whether the recognizer must see this text, whose words are `words`."""
        if self.needs_words and self.first_words.isdisjoint(words):
            return self.bare_pattern is not None and self.bare_pattern.search(text) is not None
        return self.trigger_pattern.search(text) is not None

    def hits(self, text: str) -> Iterator[tuple[int, int, float]]:
        """Start, end and score of what the rule's own pattern finds; nothing for a rule of Presidio's."""
        if self.own_pattern is not None:
            for match in self.own_pattern.finditer(text):
                yield match.start(), match.end(), 1.0 if self.validated else 0.5

    def judge(self, text: str, start: int, end: int, *, score: float) -> tuple[float, Strength] | None:
        """The final score and strength of a hit of Presidio with `score`, or None when it does not count."""
        value = text[start:end]
        checked = score >= 1.0
        if (self.validated and not checked) or not self.accept(value) or _is_part_of_more(text, start, end):
            return None
        in_context = has_context(text, start, end, self.words_pattern, after_chars=self.after_chars)
        if not in_context:
            if self.needs_words and not self._is_bare(value):
                return None
            if score < self.minimum:
                return None
        if checked:
            return (0.95, Strength.CHECKSUM_AND_CONTEXT) if in_context else (0.85, Strength.CHECKSUM)
        return (self.context_score, Strength.CONTEXT) if in_context else (0.6, Strength.FORMAT)

    def _is_bare(self, value: str) -> bool:
        if self.bare_pattern is None or self.bare_pattern.fullmatch(value) is None:
            return False
        return self.bare_accept is None or self.bare_accept(value)


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule's recognizer or pattern found in a window, before it is judged; 1.0 means a checksum passed."""

    rule: PiiRule
    start: int
    end: int
    score: float


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
_PHONE = (
    *("phone", "telephone", "tel", "mobile", "cell", "cellphone", "phones", "call", "call me", "fax", "contact", "sms"),
    *("whatsapp", "office", "dial", "reach", "reach you", "answering", "messages to", "hotline"),
)
_TAX_DE = ("steuer", "steuerid", "steuer id", "idnr", "tax id", "tin", "steueridentifikationsnummer")

RULES: tuple[PiiRule, ...] = (
    PiiRule(
        "EMAIL_ADDRESS", "EmailRecognizer", r"@[\w\-]+\.", ("email", "mail"), accept=lambda text: True, validated=True
    ),
    PiiRule(
        "CREDIT_CARD",
        OWN,
        r"(?:\d[ \-]?){12}",
        _CARD,
        pattern=r"(?<![\d.])\d(?:[ \-]?\d){11,18}(?!\d)",
        validated=True,
        accept=values.is_card_number,
        needs_words=True,
        bare_shape=r"[2-6][\d \-]+",
        bare_accept=values.is_card,
    ),
    PiiRule(
        "IBAN_CODE",
        "IbanRecognizer",
        r"[A-Za-z]{2}\d{2}[ \-]?[A-Za-z0-9]{4}",
        ("iban", "bank"),
        validated=True,
    ),
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
        OWN,
        r"\d(?:[ .\-/()]{0,2}\d){6}",
        _PHONE,
        pattern=r"(?<![\w.@/#$\-])(?:\+|00)?\(?\d(?:[ .\-/()]{0,2}\d){6,14}(?:x\d{1,5})?(?![\w@])",
        needs_words=True,
        accept=values.is_phone_shape,
        context_score=0.75,  # any run of digits has the shape, so a narrower type beside its own word wins
        after_chars=10,  # "office", "fax" follow at once; "during the call" says nothing about a number
        bare_shape=r"\+\d[\d ()\-./]{6,22}(?:x\d+)?|\([2-9]\d{2}\) ?[2-9]\d{2}[\-.]\d{4}(?:x\d+)?"
        r"|(?:1-)?[2-9]\d{2}-[2-9]\d{2}-\d{4}(?:x\d+)?",
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
        ("rrn", "resident registration", "korean", "주민등록번호"),
        language="ko",
        needs_words=True,
        bare_shape=r"\d{6}-\d{7}",
    ),
    PiiRule("ES_NIF", "EsNifRecognizer", r"\d{7}-?[A-Z]", ("nif", "dni"), language="es", validated=True),
    PiiRule("ES_NIE", "EsNieRecognizer", r"[XYZ]\d{7}-?[A-Z]", ("nie", "extranjero"), language="es", validated=True),
    PiiRule(
        "IT_FISCAL_CODE",
        OWN,
        r"[A-Za-z]{6}\w{2}[A-Za-z]\w{2}",
        ("codice fiscale", "fiscal", "cf"),
        pattern=r"\b[A-Za-z]{6}[0-9L-NP-V]{2}[A-EHLMPRST][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Za-z]\b",
        validated=True,
        accept=values.is_fiscal_code,
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
    PiiRule(
        "DE_TAX_ID",
        OWN,
        r"\d{2} ?\d{3} ?\d{3} ?\d{3}",
        _TAX_DE,
        pattern=r"\b[1-9]\d ?\d{3} ?\d{3} ?\d{3}\b",
        needs_words=True,
        validated=True,
        accept=values.is_german_tax_id,
    ),
    PiiRule(
        "FR_NIR",
        OWN,
        r"[12] ?\d{2} ?\d{2} ?\d[\dABab]",
        ("nir", "securite sociale", "sécurité sociale", "insee", "numéro de sécurité", "french"),
        pattern=r"\b[12] ?\d{2} ?\d{2} ?\d[\dABab] ?\d{3} ?\d{3} ?\d{2}\b",
        validated=True,
        accept=values.is_french_nir,
    ),
    PiiRule(
        "NL_BSN",
        OWN,
        r"\d{4}[. ]?\d{2}[. ]?\d{3}|\d{9}",
        ("bsn", "burgerservicenummer", "sofinummer", "dutch"),
        pattern=r"\b(?:\d{9}|\d{4}[. ]\d{2}[. ]\d{3}|\d{3}[. ]\d{3}[. ]\d{3})\b",
        needs_words=True,
        validated=True,
        accept=values.is_dutch_bsn,
    ),
    PiiRule(
        "BR_CPF",
        OWN,
        r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}",
        ("cpf", "cadastro de pessoas"),
        pattern=r"\b\d{3}\.?\d{3}\.?\d{3}-?\d{2}\b",
        needs_words=True,
        validated=True,
        accept=values.is_brazilian_cpf,
        bare_shape=r"\d{3}\.\d{3}\.\d{3}-\d{2}",
    ),
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
