"""LiteLLM's `StandardLoggingPayload`, as its callbacks write it (S3, GCS, generic API, your own `CustomLogger`).

Fields from litellm 1.106 and 1.109, `litellm/types/utils.py`. The metadata that begins with `user_api_key_` and the
requester's address are set by the proxy; `end_user`, the session and the user agent are what the client claims.
"""

from __future__ import annotations

from stillwatch.logs import messages
from stillwatch.logs.format import Format, Notice, Sample

#: Every request made with the proxy's own key carries this in place of a key's hash.
MASTER_KEY = "litellm_proxy_master_key"
#: The user of the master key, and of every key that was made without one.
DEFAULT_USER = "default_user_id"

_KEY, _USER = '"metadata.user_api_key_hash"', '"metadata.user_api_key_user_id"'
_MESSAGES = '"messages"'
_END_USER = (
    "coalesce(nullif(\"end_user\", ''), nullif(\"metadata.user_api_key_end_user_id\", ''), "
    "nullif(\"model_parameters.user\", ''))"
)
_IP = "coalesce(nullif(\"requester_ip_address\", ''), nullif(\"metadata.requester_ip_address\", ''))"


def account_of(user: str, key: str, end_user: str, ip: str) -> str:
    """SQL for who is billed: the proxy's user, else the key; else, marked as claimed, the end user or the address."""
    return (
        f"coalesce(nullif(nullif({user}, ''), '{DEFAULT_USER}'), nullif(nullif({key}, ''), '{MASTER_KEY}'), "
        f"'end-user:' || {end_user}, 'ip:' || {ip})"
    )


def status_of(status: str, code: str) -> str:
    """SQL for ok, refused (a guardrail or content filter said no) or error."""
    refused = f"regexp_matches(coalesce({code}, ''), '(?i)guardrail|content_?policy|content_?filter|blocked')"
    return f"case {status} when 'success' then 'ok' when 'failure' then if({refused}, 'refused', 'error') end"


def detect(sample: Sample) -> bool:
    """It has the payload's own mixture of names."""
    return {"startTime", "model_parameters", "metadata"} <= sample.columns and bool(
        {"litellm_call_id", "call_type", "model_map_information", "hidden_params"} & sample.columns
    )


FORMAT = Format(
    name="litellm",
    summary="LiteLLM StandardLoggingPayload (JSON Lines, JSON arrays, one object per file)",
    detect=detect,
    sources=(
        "id",
        "litellm_call_id",
        "trace_id",
        "session_id",
        "status",
        "startTime",
        "model",
        "model_group",
        "prompt_tokens",
        "completion_tokens",
        "end_user",
        "requester_ip_address",
        "user_agent",
        "messages",
        "response",
        "error_str",
        "error_information.error_class",
        "metadata.user_api_key_hash",
        "metadata.user_api_key_user_id",
        "metadata.user_api_key_team_id",
        "metadata.user_api_key_org_id",
        "metadata.user_api_key_end_user_id",
        "metadata.requester_ip_address",
        "metadata.user_agent",
        "model_parameters.user",
        "model_parameters.temperature",
        "model_parameters.max_tokens",
        "model_parameters.max_completion_tokens",
        "model_parameters.n",
        "model_parameters.logprobs",
        "model_parameters.tools",
    ),
    select={
        "exchange_id": 'coalesce("litellm_call_id", "id")',
        "time": '"startTime"',
        "account": account_of(_USER, _KEY, _END_USER, _IP),
        "organization": "coalesce(nullif(\"metadata.user_api_key_org_id\", ''), "
        "nullif(\"metadata.user_api_key_team_id\", ''))",
        "model": 'coalesce(nullif("model_group", \'\'), "model")',
        "system": messages.system(_MESSAGES),
        # Text completions and embeddings log a bare string.
        "prompt": f"coalesce({messages.last_user(_MESSAGES)}, {messages.bare(_MESSAGES)})",
        "response": messages.answer('"response"'),
        "turns": messages.count(_MESSAGES),
        "conversation": "coalesce(nullif(\"session_id\", ''), nullif(\"trace_id\", ''))",
        "input_tokens": '"prompt_tokens"',
        "output_tokens": '"completion_tokens"',
        "temperature": '"model_parameters.temperature"',
        "max_tokens": 'coalesce("model_parameters.max_tokens", "model_parameters.max_completion_tokens")',
        "choices": '"model_parameters.n"',
        "logprobs": '"model_parameters.logprobs"',
        "tools": messages.count('"model_parameters.tools"'),
        "ip": _IP,
        "user_agent": "coalesce(nullif(\"user_agent\", ''), nullif(\"metadata.user_agent\", ''))",
        "status": status_of(
            '"status"', "coalesce(\"error_information.error_class\", '') || coalesce(\"error_str\", '')"
        ),
    },
    notices=(
        Notice(
            f"{_KEY} = '{MASTER_KEY}'",
            "{share} of the rows used LiteLLM's master key, which is not an account: told apart by user, end user or "
            "address instead, the last two of which are weak; give each caller a key of its own",
        ),
    ),
)
