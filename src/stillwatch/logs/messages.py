"""SQL over a list of chat messages as OpenAI's interface writes it, shared by every format that carries one.

The list arrives as JSON text: `[{"role": "user", "content": "text" | [{"type": "text", "text": ...}, ...]}, ...]`.
"""

from __future__ import annotations

_SHAPE = '\'[{"role":"VARCHAR","content":"JSON"}]\''


def parsed(messages: str) -> str:
    """A DuckDB list of (role, content) from JSON text; null where it is no JSON list."""
    return f"from_json(if(json_valid({messages}) and starts_with(ltrim({messages}), '['), {messages}, null), {_SHAPE})"


def text_of(content: str) -> str:
    """The text of a message's content: the string itself, or its text parts one under another."""
    parts = f"nullif(array_to_string(json_extract_string({content}, '$[*].text'), chr(10)), '')"
    return f"if(json_type({content}) = 'ARRAY', {parts}, json_extract_string({content}, '$'))"


def last_user(messages: str) -> str:
    """The text of the last message of the user."""
    return text_of(f"list_filter({parsed(messages)}, lambda m: m.role = 'user')[-1].content")


def system(messages: str) -> str:
    """The text of the first system (or developer) message."""
    return text_of(f"list_filter({parsed(messages)}, lambda m: m.role in ('system', 'developer'))[1].content")


def count(array: str) -> str:
    """The length of a JSON list; null where it is none."""
    return (
        f"if(json_valid({array}) and starts_with(ltrim({array}), '['), "
        f"json_array_length(if(json_valid({array}), {array}, null)), null)"
    )


def bare(messages: str) -> str:
    """The text itself where it is no JSON list or object; null where it is, or is empty."""
    return f"if(regexp_matches({messages}, '^\\s*[\\[{{]'), null, nullif({messages}, ''))"


def answer(response: str) -> str:
    """The text of the first choice of a chat or text completion; a response that is a bare string is the answer."""
    good = f"if(json_valid({response}), {response}, null)"
    paths = "['$.choices[0].message.content', '$.choices[0].text', '$.content[0].text']"
    found = f"json_extract_string({good}, {paths}::varchar[])"
    return f"coalesce({found}[1], {found}[2], {found}[3], {bare(response)})"
