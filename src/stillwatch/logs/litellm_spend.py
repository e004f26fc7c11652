"""LiteLLM's `LiteLLM_SpendLogs` table, exported to CSV or Parquet.

Columns from litellm 1.106 and 1.109, `litellm/proxy/schema.prisma`. It has prompts only where the proxy was told
`store_prompts_in_spend_logs`, and then cuts every string at 2,048 characters, out of its middle.
"""

from __future__ import annotations

from stillwatch.logs import messages
from stillwatch.logs.format import Format, Notice, Sample
from stillwatch.logs.litellm import MASTER_KEY, account_of, status_of

_IP = "nullif(\"requester_ip_address\", '')"
_END_USER = "nullif(\"end_user\", '')"
#: Where the messages are depends on the version and the route; the request body has them in the newer ones.
_MESSAGES = (
    '(case when "messages"::varchar like \'[%\' and length("messages"::varchar) > 2 then "messages"::varchar '
    'else coalesce("proxy_server_request.messages", "proxy_server_request.body.messages") end)'
)


def _parameter(*names: str) -> str:
    paths = (f'"proxy_server_request.{body}{name}"' for name in names for body in ("", "body."))
    return f"coalesce({', '.join(paths)})"


def detect(sample: Sample) -> bool:
    """It has the table's key and billing columns."""
    return {"request_id", "api_key", "startTime", "call_type"} <= sample.columns


_PARAMETERS = ("messages", "temperature", "max_tokens", "max_completion_tokens", "n", "logprobs", "tools")

FORMAT = Format(
    name="litellm-spend",
    summary="the LiteLLM_SpendLogs table, exported to CSV or Parquet",
    detect=detect,
    sources=(
        "request_id",
        "startTime",
        "api_key",
        "user",
        "team_id",
        "organization_id",
        "end_user",
        "model",
        "model_group",
        "messages",
        "response",
        "session_id",
        "prompt_tokens",
        "completion_tokens",
        "requester_ip_address",
        "status",
        "metadata.user_agent",
        "metadata.error_information.error_class",
        *(f"proxy_server_request.{body}{name}" for name in _PARAMETERS for body in ("", "body.")),
    ),
    select={
        "exchange_id": '"request_id"',
        "time": '"startTime"',
        "account": account_of('"user"', '"api_key"', _END_USER, _IP),
        "organization": "coalesce(nullif(\"organization_id\", ''), nullif(\"team_id\", ''))",
        "model": 'coalesce(nullif("model_group", \'\'), "model")',
        "system": messages.system(_MESSAGES),
        "prompt": messages.last_user(_MESSAGES),
        "response": messages.answer('"response"::varchar'),
        "turns": messages.count(_MESSAGES),
        "conversation": "nullif(\"session_id\", '')",
        "input_tokens": '"prompt_tokens"',
        "output_tokens": '"completion_tokens"',
        "temperature": _parameter("temperature"),
        "max_tokens": _parameter("max_tokens", "max_completion_tokens"),
        "choices": _parameter("n"),
        "logprobs": _parameter("logprobs"),
        "tools": messages.count(_parameter("tools")),
        "ip": _IP,
        "user_agent": "nullif(\"metadata.user_agent\", '')",
        "status": status_of("coalesce(\"status\", 'success')", '"metadata.error_information.error_class"'),
    },
    notices=(
        Notice(
            f"\"api_key\" = '{MASTER_KEY}'",
            "{share} of the rows used LiteLLM's master key, which is not an account: told apart by user, end user or "
            "address instead, the last two of which are weak; give each caller a key of its own",
        ),
        Notice(
            # litellm/constants.py, LITELLM_TRUNCATED_PAYLOAD_FIELD
            f"contains({messages.last_user(_MESSAGES)}, '(litellm_truncated skipped ')",
            "prompts look cut at 2,048 characters: {share} of them (LiteLLM takes the middle out of long ones); raise "
            "MAX_STRING_LENGTH_PROMPT_IN_DB, or read the logs of its callbacks, which are whole",
        ),
        Notice(
            f"{messages.last_user(_MESSAGES)} is null",
            "{share} of the rows carry no prompt; set general_settings.store_prompts_in_spend_logs, or read the logs "
            "of LiteLLM's callbacks, which are not cut",
        ),
    ),
)
