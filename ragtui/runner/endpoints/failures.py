"""What the `openai` package raises, told apart: one error with a fault that says what to do next, and no key in it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from typing import Any

import openai

from ragtui.runner.endpoints.calling import CallError, Fault, retry_after_seconds
from ragtui.runner.endpoints.connections import BROKEN_CONNECTION, broken_by
from ragtui.runner.endpoints.counting import fault_of_status
from ragtui.runner.plan.secrets import HIDDEN, without_secrets

_SHORT = 500


@contextlib.contextmanager
def told_apart(secret: str) -> Any:
    """Turn whatever one call raises into a `CallError` without the key in it: a reply costs its call, never the run."""

    def failure(fault: Fault, message: object, response: Any = None) -> CallError:
        said = without_secrets(str(message))
        if len(secret) > 4:
            said = said.replace(secret, HIDDEN)
        return CallError(fault, said[:_SHORT], retry_after_seconds(getattr(response, "headers", None)))

    try:
        yield
    except CallError:
        raise
    except (openai.APIConnectionError, *BROKEN_CONNECTION) as error:
        fault, cause = broken_by(error)
        raise failure(fault, cause) from error
    except openai.APIStatusError as error:
        raise failure(_fault_of(error), _said(error), error.response) from error
    except openai.APIResponseValidationError as error:
        raise failure(Fault.BAD_REPLY, f"not the JSON that was expected: {error}") from error
    except openai.OpenAIError as error:
        raise failure(Fault.REQUEST, error) from error
    except Exception as error:  # bytes that are no text, brackets too deep, numbers too large, JSON of another shape
        raise failure(Fault.BAD_REPLY, f"{type(error).__name__}: {error}") from error


def _fault_of(error: openai.APIStatusError) -> Fault:
    body = error.body if isinstance(error.body, Mapping) else {}
    fault = fault_of_status(error.status_code)
    nothing_left = _SPENT & {body.get("code"), body.get("type")} or _has_no_credit(error)
    return Fault.QUOTA if nothing_left and fault in (Fault.TOO_MANY, Fault.REQUEST, Fault.KEY) else fault


def _has_no_credit(error: openai.APIStatusError) -> bool:
    """Whether a reply says so in words that are not those of the question, which some servers repeat."""
    found = _NO_CREDIT.search(_said(error))
    return found is not None and found[0].lower().encode() not in error.request.content.lower()


_SPENT: frozenset[Any] = frozenset({
    "insufficient_quota", "insufficient_user_quota", "insufficient_balance", "insufficient_funds",
    "insufficient_credits", "billing_hard_limit_reached", "billing_not_active", "credit_balance_too_low",
    "payment_required",
})  # fmt: skip
_NO_CREDIT = re.compile(
    r"credit balance is too low|insufficient (?:balance|funds|credits?)\b|billing hard limit|out of credits",
    re.IGNORECASE,
)
"""As Anthropic, DeepSeek and OpenRouter say it. "You exceeded your current quota" alone may be a limit a minute."""


def _said(error: openai.APIStatusError) -> str:
    body = error.body
    message = body.get("message") if isinstance(body, Mapping) else None
    where = error.response.headers.get("Location", "")[:_SHORT] if 300 <= error.status_code < 400 else ""
    return " ".join(f"{error.status_code} {where} {message or body or ''}".split())
