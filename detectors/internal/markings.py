"""Markings that say who may read a text: TLP, house classifications, government and legal markings.

Source: https://www.first.org/tlp/ (TLP 2.0: RED, AMBER+STRICT, AMBER and GREEN must not be published),
https://www.archives.gov/cui/registry (CUI banners), UK Government Security Classifications (OFFICIAL-SENSITIVE),
Verschlusssachenanweisung (VS-NfD), Instruction generale interministerielle 1300 (Diffusion Restreinte)
"""

from __future__ import annotations

import re

from detectors.declaration import LINE, Declaration, regex
from detectors.internal.form import form

MARKING = "CONFIDENTIALITY_MARKING"

_SEPARATOR = r"[ \t]{0,2}[\-/|:,&+\u2013\u2014]{0,2}[ \t]{0,2}"


def _is_label(match: re.Match[str]) -> bool:
    """A label stands alone: at the start of its line or after a separator, and it is not quoted prose."""
    before = match.string[max(0, match.start() - 24) : match.start()]
    return re.search(r"(?:^|[\n\r\[(|*#>_~=\-.:;!?\"'`])[ \t*_#>=\-]{0,8}$", before) is not None or match.start() == 0


DECLARATIONS: tuple[Declaration, ...] = (
    form(
        "traffic_light",
        MARKING,
        triggers=(regex(r"\btlp[ :\-]{1,2}(?:red|amber|green)\b"),),
        pattern=r"(?i)(?<![\w])\[?TLP(?::[ ]?|-)(?:RED|AMBER(?:\+STRICT)?|GREEN)(?![\w])\]?",
    ),
    form(
        "house_marking",
        MARKING,
        triggers=(
            regex(r"\binternal (?:use|distribution|circulation|eyes|company use) only\b"),
            regex(
                r"\b(?:company|strictly|highly|commercial[ \-]in[ \-]|proprietary (?:and|&) "
                r"|and )\s?confiden(?:tial|ce)\b"
            ),
            regex(r"\bconfidential (?:and|&|-|/) ?(?:proprietary|privileged|internal)\b"),
            regex(
                r"\bdo not (?:distribute|share externally|forward|redistribute|circulate|disclose outside"
                r"|copy or distribute)\b"
            ),
            regex(
                r"\bnot for (?:external|public|further|general) (?:distribution|release|use|disclosure"
                r"|circulation|publication|sharing)\b"
            ),
            regex(r"\b(?:for )?(?:internal|employees?|staff) (?:eyes )?only\b"),
            regex(r"\beyes only\b"),
            regex(r"\bneed[ \-]to[ \-]know\b"),
            regex(r"\bnot to be (?:shared|distributed|disclosed|circulated) (?:outside|externally|with)\b"),
            regex(r"\bdo not share (?:outside|beyond|with anyone)\b"),
            regex(r"\bcompany proprietary\b"),
        ),
        pattern=(
            rf"(?i)(?:\b(?:strictly |company |highly )?confidential{_SEPARATOR})?\b(?:for )?internal (?:(?:company"
            rf" )?use|distribution|circulation|eyes) only\b"
            rf"|(?:\b(?:company|strictly|highly) confidential\b|\bcompany proprietary\b)"
            rf"(?:{_SEPARATOR}(?:internal use only|do not (?:distribute"
            rf"|share|copy|forward)))?"
            rf"|\bproprietary (?:and|&) confidential\b|\bconfidential (?:and|&|-|/) ?(?:proprietary|privileged)\b"
            rf"|\bcommercial[ \-]in[ \-]confidence\b"
            rf"|\bdo not (?:distribute|redistribute|circulate|forward|disclose|share|copy or distribute)(?: (?:this"
            rf"|it))? (?:outside(?: of)?|beyond|externally to) (?:the )?[\w&\-]{{1,30}}(?: (?:Inc|Corp|Ltd|LLC|GmbH"
            rf"|AG|Group|team|staff|company|department)\b)?"
            rf"|\bdo not (?:distribute|redistribute|circulate|share externally|copy or distribute"
            rf"|forward)\b(?=[ \t]*(?:$|[\r\n.!*\])_|;-]))"
            rf"|\bnot for (?:external|public|further|general) (?:distribution|release|disclosure|circulation"
            rf"|publication|sharing)\b"
            rf"|\bfor (?:internal|employees?|staff|authorized personnel) (?:eyes |use )?only\b|\bfor your eyes only\b"
            rf"|\bnot to be (?:shared|distributed|disclosed|circulated) (?:outside|externally)\b"
        ),
        reach=LINE,
    ),
    form(
        "marking_line",
        MARKING,
        triggers=(
            regex(
                r"\b(?:internal only|restricted distribution|need to know only|strictly private|company private"
                r"|trade secret)\b"
            ),
            regex(
                r"\b(?:CONFIDENTIAL|RESTRICTED|PROPRIETARY|STRENG VERTRAULICH|CONFIDENTIEL|CONFIDENCIAL"
                r"|INTERNAL)\b",
                caseless=False,
            ),
            regex(r"\b(?:classification|sensitivity|data class(?:ification)?|handling|distribution)[ \t]{0,2}[:=]"),
            regex(r"\b(?:streng vertraulich|nur (?:f.{1,2}r den|zum) (?:internen|dienst))"),
            regex(r"\b(?:usage interne|diffusion restreinte|uso interno|strettamente riservato|intern gebruik)\b"),
        ),
        pattern=(
            r"\[?(?<![\w])(?:(?:STRICTLY |COMPANY |HIGHLY )?CONFIDENTIAL|RESTRICTED|PROPRIETARY|INTERNAL ONLY"
            r"|CONFIDENTIEL|CONFIDENCIAL|STRENG VERTRAULICH)"
            r"(?:[ \t]{0,2}[\-/|:,&][ \t]{0,2}(?:INTERNAL(?: USE)?(?: ONLY)?|PROPRIETARY|DO NOT (?:DISTRIBUTE|SHARE"
            r"|COPY|FORWARD)|[A-Z][A-Z ]{2,24}))?\]?(?=[ \t]*(?:$|[\r\n.!*|\])_\-:]))"
            r"|(?i:(?<![\w])\[?(?:internal only|restricted distribution|need[ -]to[ -]know only"
            r"|strictly private (?:and|&) confidential|company private|contains trade secrets?)\]?)(?=[ \t]*(?:$"
            r"|[\r\n.!*|\])_:,-]))"
            r"|(?i:(?<![\w])(?:data )?(?:classification|sensitivity|handling)(?: level"
            r"| label)?[ \t]{0,2}[:=][ \t*]{0,3}(?:company |strictly |highly )?(?:internal(?: use)?(?: only)?"
            r"|confidential|restricted|secret|proprietary)\b)"
            r"|(?i:\bstreng vertraulich\b|\bnur (?:für den internen|zum internen|für den Dienst)[ -]?gebrauch\b"
            r"|\busage (?:strictement )?interne(?: uniquement)?\b|\bdiffusion restreinte\b"
            r"|\bpara uso interno(?: exclusivo)?\b|\bstrettamente riservato\b|\buitsluitend voor intern gebruik\b)"
        ),
        accept=lambda match: not match.group().strip("[]").isupper() or _is_label(match),
        reach=LINE,
        score=0.7,
    ),
    form(
        "legal_marking",
        MARKING,
        triggers=(
            regex(r"\battorney[ \-](?:client|work)"),
            regex(r"\bprivileged (?:and|&) confidential\b"),
        ),
        pattern=(
            r"(?i)\battorney[ -]client[ -]privileged\b(?: communication)?|\battorney work product\b"
            r"|\bprivileged (?:and|&) confidential\b"
        ),
    ),
    form(
        "government_marking",
        MARKING,
        triggers=(
            regex(r"\b(?:TOP SECRET|SECRET|CONFIDENTIAL|CUI|UNCLASSIFIED|C|S|TS|U)//[A-Z]", caseless=False),
            regex(
                r"\b(?:controlled unclassified information|for official use only|official[ \-:]sensitive"
                r"|law enforcement sensitive)\b"
            ),
            regex(r"\bVS[ \-]{1,3}(?:nfd|nur f|vertraulich)"),
            regex(r"\b(?:NATO|EU|UE)[ /](?:RESTRICTED|CONFIDENTIAL|SECRET|RESTREINT)", caseless=False),
            "//noforn",
            "//fouo",
        ),
        pattern=(
            r"(?<![\w/])(?:TOP SECRET|SECRET|CONFIDENTIAL|CUI|UNCLASSIFIED|TS|S|U|C)//(?:NOFORN|FOUO|SI|TK|SCI"
            r"|REL(?: TO)? [A-Z, ]{3,30}|ORCON|SP-[A-Z]{2,12}|[A-Z]{2,12})(?:/{1,2}[A-Z\-]{2,20}){0,5}"
            r"|(?i:\bcontrolled unclassified information\b|\bfor official use only\b|(?-i:\bFOUO\b)"
            r"|\bofficial[ -:]{1,3}sensitive\b|\blaw enforcement sensitive\b)"
            r"|\bVS[ -]{1,3}(?i:nfd|nur für den dienstgebrauch|vertraulich)\b"
            r"|\b(?:NATO (?:RESTRICTED|CONFIDENTIAL|SECRET)|(?:EU|UE)[/ ](?:RESTRICTED|CONFIDENTIAL|SECRET"
            r"|RESTREINT)(?:/EU RESTRICTED)?)\b"
        ),
    ),
)
