"""Prices of models that the plan gives none for, out of the package genai-prices where it is installed.

The plan's own prices always go first: a list is as old as the package, and nobody's contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from urllib.parse import urlsplit

from ragtui.runner.plan.plan import ModelUse, Price

PACKAGE = "genai-prices"
_MILLION = 1_000_000
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})


def listed_prices(uses: Iterable[ModelUse], own: Mapping[str, Price]) -> dict[str, Price]:
    """Listed prices by model, for models that are asked at a provider and have no price of their own.

    A model at an address of this machine costs nothing that a list would know, so it gets none.
    """
    wanted = {use.model: use for use in uses if use.model not in own and _host(use) not in _HERE}
    if not wanted or find_spec("genai_prices") is None:
        return {}
    found = {model: _listed(use) for model, use in wanted.items()}
    return {model: price for model, price in found.items() if price is not None}


def _host(use: ModelUse) -> str:
    return urlsplit(use.base_url).hostname or ""


def _listed(use: ModelUse) -> Price | None:
    from importlib.metadata import version

    from genai_prices import Usage, calc_price

    try:
        url = use.base_url or "https://api.openai.com/v1"
        asked = calc_price(Usage(input_tokens=_MILLION), use.model, provider_api_url=url)
        said = calc_price(Usage(output_tokens=_MILLION), use.model, provider_api_url=url)
    except LookupError:  # another provider's address, or a model nobody lists
        return None
    return Price(float(asked.total_price), float(said.total_price), f"{PACKAGE} {version(PACKAGE)}")
