"""System prompts and tool schemas that a model gives away: chat templates, openings, declarations of functions.

Source: https://platform.openai.com/docs/guides/function-calling (tools, functions),
https://docs.anthropic.com/en/docs/build-with-claude/tool-use
(input_schema), https://modelcontextprotocol.io/specification (inputSchema), the chat templates that model cards publish
(ChatML, Llama 2 and 3, Mistral, Gemma, DeepSeek), OWASP Top 10 for LLM Applications 2025, LLM07
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.declaration import WHOLE, Declaration, Reach, Span, regex
from detectors.finding import Family
from detectors.internal.form import form

SYSTEM_PROMPT = "SYSTEM_PROMPT"
TOOL_SCHEMA = "TOOL_SCHEMA"

_QUOTE = r"\\{0,3}[\"']"
# How instructions to a model go on after "You are ...".
_RULES = re.compile(
    r"(?i)\b(?:you (?:must|should|will|can|cannot|may|have access|never|always|do not|don't)|your (?:task|role|job"
    r"|goal|purpose|instructions|responses?|answers?)"
    r"|never (?:reveal|mention|disclose|share|tell|discuss|answer|make|provide|say|use)|do not (?:reveal|mention"
    r"|disclose|share|tell|discuss|answer|make up|provide|use)"
    r"|always (?:respond|answer|reply|be|use|ask|verify|follow|refuse|call)|respond (?:only|in|with|to)|(?:the"
    r"|these) (?:following )?(?:rules|instructions|guidelines|tools|functions)"
    r"|use the (?:following )?(?:tools?|functions?|context)|when the (?:user|customer)|if the (?:user|customer)"
    r"|(?:the )?user(?:'s)? (?:asks|request|query|message|input)|step by step"
    r"|knowledge cutoff|current date|refuse|tools? (?:available|below)|return (?:only )?(?:a )?json|guidelines:"
    r"|rules:|instructions:|tone|persona|be (?:concise|helpful|polite|professional))\b"
)


def _reads_as_prompt(match: re.Match[str]) -> bool:
    """At least two different rules for a model stand in what was matched: "You are an expert" alone is a compliment."""
    return len({rule.group().lower() for rule in _RULES.finditer(match.group())}) >= 2


_SCHEMA = re.compile(
    rf"(?s)\{{\s{{0,12}}{_QUOTE}type{_QUOTE}: ?{_QUOTE}function{_QUOTE},\s{{0,12}}{_QUOTE}(?:function{_QUOTE}:"
    rf" ?\{{\s{{0,12}}{_QUOTE})?(?:name|description|strict|parameters){_QUOTE}"
    rf"|\{{\s{{0,12}}{_QUOTE}(?:name|description|title){_QUOTE}: ?{_QUOTE}(?:[^\"\\]"
    rf"|\\.){{1,1200}}?{_QUOTE},(?:(?!{_QUOTE}type{_QUOTE}).){{0,600}}?"
    rf"{_QUOTE}(?:input_schema|inputSchema|parameters){_QUOTE}: ?\{{\s{{0,12}}{_QUOTE}type{_QUOTE}:"
    rf" ?{_QUOTE}object{_QUOTE}"
    rf"|\bnamespace functions \{{|\{{\s{{0,12}}{_QUOTE}(?:function_declarations|functionDeclarations){_QUOTE}: ?\["
)
# Characters of one schema that are looked at; a longer one is a finding up to there, and its rest the next.
_MOST_SCHEMA_CHARS = 16_000
_STRUCTURE = re.compile(r"[{}]|\"(?:[^\"\\]|\\.){0,4000}\"")


def _tool_schemas(text: str, start: int, end: int) -> Iterator[Span]:
    """Each schema from its opening brace to the one that closes it."""
    while start < end:
        match = _SCHEMA.search(text, start, end)
        if match is None:
            return
        start = _closing(text, match.start())
        yield match.start(), start


def _closing(text: str, start: int) -> int:
    """The end of the braces that open first after `start`; where they do not close, as far as is looked."""
    depth, limit = 0, min(len(text), start + _MOST_SCHEMA_CHARS)
    for mark in _STRUCTURE.finditer(text, start, limit):
        depth += {"{": 1, "}": -1}.get(mark.group(), 0)
        if depth == 0 and mark.group() == "}":
            return mark.end()
    return limit


DECLARATIONS: tuple[Declaration, ...] = (
    form(
        "chat_template",
        SYSTEM_PROMPT,
        triggers=(
            regex(r"<\|(?:im_start|start_header_id|system|begin_of_text|startoftext)\|>"),
            "<<sys>>",
            regex(r"\[(?:SYSTEM_PROMPT|AVAILABLE_TOOLS)\]"),
            regex(r"<(?:system|system_prompt|system-prompt|system_instructions?|developer_message)>"),
        ),
        pattern=(
            r"(?s)<\|im_start\|>\s?(?:system|developer)\b(?:(?!<\|im_end\|>).){0,4000}(?:<\|im_end\|>)?"
            r"|<\|start_header_id\|>\s?system\s?<\|end_header_id\|>(?:(?!<\|eot_id\|>).){0,4000}(?:<\|eot_id\|>)?"
            r"|<\|system\|>(?:(?!<\|(?:user|end|assistant)\|>|</s>).){0,4000}"
            r"|<<SYS>>(?:(?!<</SYS>>).){0,4000}(?:<</SYS>>)?"
            r"|\[(?:SYSTEM_PROMPT|AVAILABLE_TOOLS)\](?:(?!\[/(?:SYSTEM_PROMPT|AVAILABLE_TOOLS)\]).){0,4000}"
            r"|<(?P<tag>system|system_prompt|system-prompt|system_instructions?"
            r"|developer_message)>(?:(?!</(?P=tag)>).){20,4000}</(?P=tag)>"
        ),
        reach=WHOLE,
        score=0.9,
    ),
    form(
        "system_message",
        SYSTEM_PROMPT,
        triggers=(
            regex(r"\brole\\{0,3}[\"']?: ?\\{0,3}[\"'](?:system|developer)\b"),
            regex(r"\bsystem_?(?:prompt|instructions?)\\{0,3}[\"']"),
        ),
        pattern=(
            rf"(?i)\{{\s{{0,8}}{_QUOTE}role{_QUOTE}: ?{_QUOTE}(?:system"
            rf"|developer){_QUOTE},\s{{0,8}}{_QUOTE}content{_QUOTE}: ?(?:{_QUOTE}(?:[^\"\\]|\\.){{20,4000}}{_QUOTE}?"
            rf"|\[)"
            rf"|{_QUOTE}?\b(?:system_?prompt|system_?instructions?){_QUOTE} ?[=:] ?\{{?\s{{0,8}}"
            rf"(?:{_QUOTE}parts{_QUOTE}: ?\[?)?{_QUOTE}(?:[^\"\\]|\\.){{40,4000}}{_QUOTE}?"
        ),
        reach=Reach(120, 600),
        score=0.9,
    ),
    form(
        "prompt_opening",
        SYSTEM_PROMPT,
        triggers=("you are ", "knowledge cutoff:", "you have access to the following"),
        also=(
            regex(
                r"\b(?:assistant|agent|chatbot|bot|model|expert|copilot|concierge|representative|advisor|ai|chatgpt|claude"
                r"|gemini|grok)\b"
            ),
            *("gpt-", "knowledge cutoff:", "following tools", "following functions"),
        ),
        pattern=(
            r"(?i)(?:(?<=\n)|\A|(?<=[\"'`>:.] )|(?<=[\"'`>\n#*]))(?:#{1,4} ?(?:system|role"
            r"|identity)[^\n]{0,40}\n{1,2})?"
            r"You are (?:(?:ChatGPT|Claude|Gemini|Copilot|Grok|GPT-[\w.]{1,8})\b|[\w\-' ]{0,60}(?:, )?(?:an? "
            r"|the )[\w ,'/\-]{0,80}\b(?:assistant|agent|chatbot|bot|model|expert|copilot|concierge|representative"
            r"|advisor|AI)\b)[^\n]{0,900}(?:\n{1,2}[^\n]{1,600}){0,12}"
            r"|(?:^|\n)Knowledge cutoff: ?\d{4}-\d\d\s{1,3}Current date: ?[^\n]{4,40}[^\n]{0,900}"
            r"|You have access to the following (?:tools|functions):?\s[^\n]{0,900}(?:\n{1,2}[^\n]{1,600}){0,12}"
        ),
        accept=_reads_as_prompt,
        reach=WHOLE,
        score=0.8,
    ),
    form(
        "prompt_disclosure",
        SYSTEM_PROMPT,
        triggers=(
            regex(
                r"\b(?:my|the) (?:full |complete |exact |original |hidden |initial )?(?:system"
                r"|developer) (?:prompt|message|instructions?) (?:is|are|says?|reads?|states?|tells? me"
                r"|instructs? me)\b"
            ),
            regex(
                r"\bhere (?:is|are) my (?:full |complete |exact |original |hidden "
                r"|initial )?(?:system )?(?:prompt|instructions?)\b"
            ),
            regex(
                r"\b(?:i (?:was|am|have been|'ve been)|my) (?:instructed|told|instructions (?:are|say"
                r"|state)) (?:to never|not to (?:reveal|disclose|share|mention|tell)|to (?:keep|hide))"
            ),
            regex(r"\b(?:begin|start of|end of) (?:the )?system prompt\b"),
        ),
        pattern=(
            r"(?i)\b(?:my|the) (?:full |complete |exact |original |hidden |initial )?(?:system|developer) (?:prompt"
            r"|message|instructions?) (?:is|are|says?|reads?|states?|tells? me|instructs? me)\b ?(?:[:\"'\u201c]"
            r"|that |to |as follows)[^\n]{1,900}"
            r"|\bhere (?:is|are) my (?:full |complete |exact |original |hidden |initial )?(?:system )?(?:prompt"
            r"|instructions?)\b:?[^\n]{0,900}(?:\n{1,2}[^\n]{1,600}){0,6}"
            r"|\b(?:i (?:was|am|have been|'ve been)|my) (?:instructed|told|instructions (?:are|say"
            r"|state)) (?:to never|not to (?:reveal|disclose|share|mention|tell)|to (?:keep|hide))[^\n.]{1,300}"
            r"|[-=#*< ]{0,8}\b(?:begin|start of|end of) (?:the )?system prompt\b[-=#*> ]{0,8}"
        ),
        reach=Reach(80, 900),
        score=0.8,
    ),
    Declaration(
        name="tool_schema",
        type=TOOL_SCHEMA,
        family=Family.INTERNAL,
        triggers=(
            regex(r"\btype\\{0,3}[\"']: ?\\{0,3}[\"']function\\{0,3}[\"']"),
            regex(r"\b(?:input_schema|inputschema|function_declarations|functiondeclarations)\\{0,3}[\"']: ?[\[{]"),
            regex(r"\bparameters\\{0,3}[\"']: ?\{\s{0,8}\\{0,3}[\"']type\\{0,3}[\"']: ?\\{0,3}[\"']object"),
            regex(r"\bnamespace functions \{"),
        ),
        find=_tool_schemas,
        reach=WHOLE,
        score=0.8,
    ),
)
