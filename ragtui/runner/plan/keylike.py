"""What a key or password looks like: by its name, by its shape, in an address."""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import parse_qsl, unquote, urlsplit

_SECRET_NAME = re.compile(
    r"auth|key|jwt|token|secret|cookie|passw|pwd|credential|signature|(?:^|[^a-z])sig(?:$|[^a-z])", re.IGNORECASE
)
_FREE_NAMES = frozenset(
    {"accesskey", "accesstoken", "apikey", "apisecret", "auth", "authorization", "authtoken", "bearertoken"}
    | {"clientsecret", "cookie", "credential", "credentials", "passwd", "password", "privatekey", "pwd"}
    | {"refreshtoken", "secret", "secretaccesskey", "secretkey", "sig", "signature", "subscriptionkey", "token"}
    | {"accountkey", "authkey", "idtoken", "jwt", "sessiontoken", "sharedaccesskey", "xapikey", "xauthtoken"}
)
"""Names that hold a secret wherever they stand; in a table of free names max_tokens, keywords and author hold none."""
_SHAPES = re.compile(
    r"(?i:\bauth\w*[\"']?\s*[:=]\s*[\"']?(?:bearer|basic)\s+)(?!\$)[\w.~+/=-]{8,}"
    r"|(?i:\bbearer\s+)(?!\$)(?=[\w.~+/=-]{8})[\w.~+/=-]*(?:\d|[a-z][A-Z]|=)"
    r"|(?i:\bbasic\s+)(?:[A-Za-z0-9+/]{6,}={1,2}|(?=[A-Za-z0-9+/]{12})(?:[A-Za-z0-9+/]*[a-z][A-Z]){3})"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30}|\bgithub_pat_\w{20}|\beyJ[\w-]{12,1000}\.[\w-]{12,2000}\."
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY|\bbot\d{6,}:[\w-]{30}|\bhooks\.slack\.com/services/\w+/\w+/\w+"
)
"""What cannot be anything else, and what stands behind the word of a scheme: "basic retrieval" is a description."""
_PREFIXED = re.compile(
    r"\b(?:sk|pk|rk|gh[opsur]|glpat|gsk|hf|npm|nvapi|pplx|xai|xox[abprs])[-_](?=[\w-]{16})([\w-]{1,2000})"
)
_ISSUED = re.compile(r"(?:admin|ant|lf|live|or|proj|svcacct)[-_]")
_WORDY = re.compile(r"(?:[A-Z]?[a-z]{0,15}\d{0,2}|[A-Z]{2,5}|[vV]?\d{1,4})")
"""A part of a name: sk-wikipedia-questions-2024 is a Slovak dataset, hf-internal-testing an organisation."""
_LEAST_CODE = 20
"""Letters of the shortest `code` in an address that is a key: a language's or a country's has a few."""
_LEAST_SEGMENT = 16
"""Letters of the shortest step of a path that is a key because the step before it says so."""


def is_secret_name(name: str) -> bool:
    """Whether a header or parameter of this name usually holds a secret."""
    return bool(_SECRET_NAME.search(name))


def is_free_name(name: str) -> bool:
    """Whether whatever stands under this name is a secret, in a table of free names too."""
    return re.sub(r"[^a-z0-9]", "", name.lower()) in _FREE_NAMES


def like_a_key(text: str) -> bool:
    """Whether something in a text has the shape of a key. Hashes, UUIDs and names made of words have not."""
    if _SHAPES.search(text):
        return True
    return any(
        bool(_ISSUED.match(said)) or not all(map(_WORDY.fullmatch, re.split(r"[-_]", said)))
        for said in _PREFIXED.findall(text)
    )


def secret_in_url(url: str) -> str:
    """What in an address looks like a secret that is written out, such as "the parameter api_key"; else empty."""
    try:
        parts = urlsplit(url)
        # Elsewhere a name alone is no secret: abfss://container@account, ssh://git@host.
        of_web = parts.scheme in ("http", "https")
        if parts.password is not None or (of_web and parts.username is not None):
            return "a user or password before the host"
        path, _, in_path = parts.path.partition(";")
        said = f"{parts.query};{parts.fragment};{in_path}".replace(";", "&")
        written = (name for name, value in parse_qsl(said) if "${" not in value and _is_secret(name, value))
        if found := next((f"the parameter {name}" for name in written), ""):
            return found
        return "a key in its path" if _in_path(unquote(path)) or like_a_key(unquote(url)) else ""
    except ValueError:
        return ""


def _is_secret(name: str, value: str) -> bool:
    """Whether a parameter of an address holds a secret; Azure's functions take theirs as `code`, others mean a word."""
    return is_secret_name(name) or (name.lower() == "code" and len(value) >= _LEAST_CODE)


def _in_path(path: str) -> bool:
    """Whether a step of a path is named as a key by the one before it, as in /apikey/0123456789abcdef/ask."""
    steps = path.split("/")
    return any(
        is_free_name(name) and len(step) >= _LEAST_SEGMENT and re.search(r"\d", step) is not None and "{" not in step
        for name, step in pairwise(steps)
    )
