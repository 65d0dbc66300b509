"""Instructions aimed at a model: an answer that repeats them hands them on to the next model that reads it.

Each form needs two parts: who or what is set aside or addressed, and what is to be done. Either alone is everyday
speech ("ignore my last mail", "you are now subscribed").

Source: OWASP Top 10 for LLM Applications 2025, LLM01; https://arxiv.org/abs/2302.12173 (indirect prompt injection);
MITRE ATLAS AML.T0051 (LLM prompt injection) and AML.T0054 (jailbreak)
"""

from __future__ import annotations

from detectors.declaration import Declaration, Reach, Trigger, regex, search
from detectors.finding import Family
from detectors.late import LatePattern
from detectors.overlaps import Strength

INJECTED_INSTRUCTION = "INJECTED_INSTRUCTION"

_REACH = Reach(200, 400)
_SET_ASIDE = (
    r"(?:ignore|disregard|forget|override|bypass|discard|neglect|drop|erase|do not follow|don't follow"
    r"|stop following|pay no attention to)"
)
_WHOSE = (
    r"(?:(?:all|any|every|each|everything|the|your|my|our|these|those|of|in|from|about|that|you|were|was|given"
    r"|told|received|have|been|and|or|safety|other)\s{1,3}){0,7}"
)
_EARLIER = (
    r"(?:previous|prior|above|earlier|preceding|foregoing|existing|original|initial|former|past|current|system"
    r"|developer|old|before)"
)
_ORDERS = (
    r"(?:instructions?|directions?|directives?|prompts?|rules?|guidelines?|commands?|orders?|constraints?"
    r"|restrictions?|programming|training|polic(?:y|ies)|guardrails?"
    r"|filters?|system messages?|system prompts?|context)"
)
_MODEL = r"(?:assistant|ai|a\.i\.|llm|language model|chatbot|bot|agent|gpt|chatgpt|claude|gemini|copilot|model)"


def _declared(
    name: str, *triggers: Trigger | str, pattern: str, also: tuple[Trigger | str, ...] = (), score: float = 0.8
) -> Declaration:
    return Declaration(
        name=name,
        type=INJECTED_INSTRUCTION,
        family=Family.SUSPICIOUS,
        triggers=triggers,
        also=also,
        find=search(LatePattern(pattern)),
        reach=_REACH,
        strength=Strength.FORMAT,
        score=score,
    )


DECLARATIONS: tuple[Declaration, ...] = (
    _declared(
        "set_instructions_aside",
        regex(rf"\b{_SET_ASIDE}\s"),
        also=(regex(_ORDERS), regex(r"\b(?:the above|everything|anything|all)\b")),
        pattern=(
            rf"(?i)\b{_SET_ASIDE}\s{{1,3}}{_WHOSE}{_EARLIER}\s{{1,3}}(?:(?:and"
            rf"|or)\s{{1,3}}\w{{1,20}}\s{{1,3}})?(?:\w{{1,20}}\s{{1,3}}){{0,2}}{_ORDERS}\b[^\n.!?]{{0,200}}"
            rf"|\b{_SET_ASIDE}\s{{1,3}}{_WHOSE}(?:safety\s{{1,3}})?{_ORDERS}\s{{1,3}}(?:above|before"
            rf"|given (?:to you )?(?:above|before|earlier|previously)|you (?:were|have been) (?:given|told)"
            rf"|you received)\b[^\n.!?]{{0,200}}"
            r"|\b(?:ignore|disregard|forget)\s{1,3}(?:everything|anything"
            r"|all)\s{1,3}(?:of\s{1,3})?(?:that\s{1,3})?(?:the\s{1,3})?(?:above|before(?: this)?|you (?:were"
            r"|have been) (?:told|instructed|given)|said (?:above|before))\b[^\n.!?]{0,200}"
            rf"|\b(?:ignore|disregard|forget|override|bypass)\s{{1,3}}(?:all\s{{1,3}}"
            rf"|any\s{{1,3}})?(?:of\s{{1,3}})?your\s{{1,3}}(?:\w{{1,20}}\s{{1,3}}){{0,2}}(?:instructions|guidelines"
            rf"|rules|programming|training|restrictions|guardrails|system prompt)\b[^\n.!?]{{0,200}}"
        ),
        score=0.9,
    ),
    _declared(
        "new_role",
        regex(r"\byou are (?:now|no longer)\b"),
        regex(
            r"\b(?:enter|enable|activate|switch to|engage) (?:the )?(?:developer|dan|god|jailbreak|unrestricted"
            r"|sudo) mode\b"
        ),
        regex(r"\b(?:no|without(?: any)?) (?:restrictions|rules|limits|filters|guidelines|content policy)"),
        pattern=(
            r"(?i)\byou are (?:now|no longer)\b[^\n.!?]{0,80}?\b(?:(?:developer|dan|god|jailbreak|debug|admin"
            r"|unrestricted|sudo) mode|DAN\b|unrestricted|unfiltered|jailbroken|uncensored|do anything now"
            r"|without (?:any )?(?:restrictions|limits|filters))[^\n.!?]{0,200}"
            r"|\b(?:enter|enable|activate|switch to|engage) (?:the )?(?:developer|dan|god|jailbreak|unrestricted"
            r"|sudo) mode\b[^\n.!?]{0,200}"
            r"|\b(?:act|behave|respond|answer|pretend)\b[^\n.!?]{0,40}?\b(?:as if you (?:have|had) no"
            r"|without(?: any)?|with no) (?:restrictions|rules|limits|filters|guidelines"
            r"|content policy)[^\n.!?]{0,200}"
        ),
    ),
    _declared(
        "reveal_prompt",
        regex(
            r"\b(?:system prompt|system message|(?:initial|hidden|original) (?:prompt|instructions)"
            r"|developer message)\b"
        ),
        regex(r"\b(?:text|words|everything)\s{1,3}above\b"),
        pattern=(
            r"(?i)\b(?:reveal|print|show|output|repeat|display|leak|disclose|tell me|give me|share|dump|recite"
            r"|write out)\s{1,3}(?:\w{1,12}\s{1,3}){0,5}?(?:your|the)\s{1,3}(?:\w{1,12}\s{1,3}){0,3}?"
            r"(?:system prompt|system message|initial prompt|initial instructions|hidden instructions"
            r"|original instructions|developer message)\b[^\n.!?]{0,200}"
            r"|\brepeat\s{1,3}(?:all\s{1,3})?(?:of\s{1,3})?(?:the\s{1,3})?(?:text|words"
            r"|everything)\s{1,3}above\b[^\n.!?]{0,200}"
        ),
    ),
    _declared(
        "hide_from_user",
        regex(r"\bthe\s{1,3}(?:user|human|operator)\b"),
        also=(regex(r"\b(?:do not|don't|never|without)\s"),),
        pattern=(
            r"(?i)\b(?:do not|don't|never)\s{1,3}(?:ever\s{1,3})?(?:tell|inform|notify|alert"
            r"|let)\s{1,3}(?:the\s{1,3})(?:user|human|operator)\b[^\n.!?]{0,200}"
            r"|\b(?:do not|don't|never)\s{1,3}(?:mention|reveal|show|disclose)\s{1,3}(?:this|these|that"
            r"|any of this)\s{1,3}(?:\w{1,20}\s{1,3}){0,4}?to\s{1,3}the\s{1,3}(?:user|human"
            r"|operator)\b[^\n.!?]{0,200}"
            r"|\bwithout\s{1,3}(?:telling|informing|notifying|alerting)\s{1,3}the\s{1,3}(?:user|human"
            r"|operator)\b[^\n.!?]{0,200}"
        ),
    ),
    _declared(
        "addressed_to_model",
        regex(rf"\b(?:to|for)\s{{1,3}}(?:[a-z]{{1,12}}\s{{1,3}}){{0,3}}{_MODEL}s?\s{{0,2}}[:,.!\-]"),
        regex(rf"\bif you are an? (?:[a-z]{{1,12}} ){{0,2}}{_MODEL}\b"),
        regex(rf"\b{_MODEL}s? (?:reading|processing|summari[sz]ing|parsing|that reads?|who reads?) this\b"),
        regex(r"\b(?:system|admin|developer) override:"),
        regex(r"<important>|\[system\]|\bnew (?:system )?instructions?:"),
        regex(r"\[inst\]|<\|im_start\|>"),
        pattern=(
            rf"(?i)\b(?:attention|important(?: (?:notice|message|instructions?))?|note|notice|instructions?"
            rf"|directive)[:,]?\s{{1,3}}(?:to|for)\s{{1,3}}(?:all\s{{1,3}}|any\s{{1,3}}|the\s{{1,3}}"
            rf"|every\s{{1,3}})?(?:\w{{1,12}}\s{{1,3}}){{0,2}}?{_MODEL}s?\b\s{{0,2}}[:,.!\-][^\n]{{3,300}}"
            rf"|\bif you are (?:an? )(?:\w{{1,12}} ){{0,2}}?{_MODEL}\b[^\n]{{0,40}}?[,:;]? (?:you (?:must|should"
            rf"|need to)|please|then|ignore|send|reply|respond|do|follow|visit|include|add|say|write)\b[^\n]{{3,300}}"
            rf"|\b{_MODEL}s? (?:reading|processing|summari[sz]ing|parsing|that reads?"
            rf"|who reads?) this\b[^\n]{{0,20}}?(?:must|should|need|please|:|,)[^\n]{{3,300}}"
            r"|\b(?:system|admin|developer) override:[^\n]{3,300}"
            r"|(?m:^)[ \t#*>\-]{0,8}new (?:system )?instructions?:[^\n]{3,300}"
            r"|(?s:<important>.{0,1500}?(?:do not|before using|must|read the file|pass).{0,800}?</important>)"
            r"|(?m:^)[ \t]*\[system\][ \t]*(?:\(#\w{1,20}\)[ \t]*)?:?[^\n]{0,20}?(?:you|ignore|the user|reply|respond"
            r"|send|always|never|must)\b[^\n]{0,300}"
            r"|\[INST\][^\n]{1,400}|<\|im_start\|>(?!\s?(?:system|developer))[^\n]{0,400}(?:<\|im_end\|>)?"
        ),
    ),
    _declared(
        "set_instructions_aside_translated",
        regex(
            r"\b(?:ignorier|ignore[zr]|ignora|vergiss|oublie|olvida|dimentica|missacht|negeer|desconsidere"
            r"|esque[cç]a|zignoruj)[a-z]{0,5}\b"
        ),
        *("忽略", "忽视", "無視", "无视", "무시"),
        pattern=(
            r"(?i)\b(?:ignorier\w{0,3}|vergiss|missachte\w?)\s{1,3}(?:\w{1,12}\s{1,3}){0,3}?(?:vorherig\w{1,2}"
            r"|bisherig\w{1,2}|obig\w{1,2}|früher\w{1,2}"
            r"|vorangehend\w{1,2})\s{1,3}(?:\w{1,12}\s{1,3}){0,2}?(?:anweisung|instruktion|befehl|regel|vorgabe"
            r"|prompt)\w{0,3}[^\n.!?]{0,200}"
            r"|\b(?:ignore[zr]?|oublie[zr]?)\s{1,3}(?:\w{1,12}\s{1,3}){0,3}?(?:instructions?|consignes?|directives?"
            r"|r.gles?)\s{1,3}(?:\w{1,12}\s{1,3}){0,2}?(?:pr.c.dentes?|ant.rieures?|ci-dessus)[^\n.!?]{0,200}"
            r"|\b(?:ignor[ae]|olvid[ae]|desconsidere|esque[cç]a"
            r"|dimentica)\w{0,2}\s{1,3}(?:\w{1,12}\s{1,3}){0,3}?(?:instrucciones|instruções|istruzioni|órdenes|reglas"
            r"|regras|regole)\s{1,3}(?:\w{1,12}\s{1,3}){0,2}?(?:anteriores|previas|precedenti)[^\n.!?]{0,200}"
            r"|\bnegeer\s{1,3}(?:\w{1,12}\s{1,3}){0,2}?(?:eerdere|vorige|bovenstaande)\s{1,3}(?:instructies"
            r"|opdrachten|regels)[^\n.!?]{0,200}"
            r"|(?:忽略|忽视|无视|無視)(?:掉)?(?:你|您|所有|以上|之前|先前|前面|上述|的|一切|全部|これまで|以前){1,6}(?:指令|指示|提示|规则|要求|命令)[^\n。！？]{0,100}"
            r"|(?:以前|上記|これまで|前)の(?:すべての|全ての)?(?:指示|命令|プロンプト)を(?:すべて|全て)?(?:無視|忘れ)[^\n。！？]{0,100}"
            r"|(?:이전|위의|앞의)\s?(?:모든\s?)?(?:지시|명령|지침)(?:사항)?(?:을|를)?\s?(?:모두\s?)?무시[^\n.!?]{0,100}"
        ),
    ),
)
