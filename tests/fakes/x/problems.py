"""The answers of X that are no success, as problems of RFC 7807.

Refused          what the real API refuses, for reasons a client may not know beforehand
└─ Misused       what X's documents rule out: a violation
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tests.fakes.x.shapes import Json

_PROBLEMS: Final = "https://api.twitter.com/2/problems"


class Refused(Exception):
    """An answer with a status of 400 and above."""

    def __init__(self, status: int, title: str, detail: str, kind: str = "about:blank", **more: object) -> None:
        super().__init__(detail)
        self.status = status
        self.body: Json = {"title": title, "detail": detail, "type": kind, **more}
        if kind == "about:blank":
            self.body["status"] = status


class Misused(Refused):
    """An answer to a request that no client should have sent."""


def unauthorized() -> Refused:
    """X does not say what was wrong with a signature."""
    return Refused(401, "Unauthorized", "Unauthorized")


def forbidden(detail: str) -> Refused:
    """What we may not do, and could not know."""
    return Refused(403, "Forbidden", detail)


def against_the_rules(detail: str) -> Misused:
    """What we may not do, and should have known."""
    return Misused(403, "Forbidden", detail)


def invalid(parameters: Mapping[str, Sequence[str]], message: str) -> Misused:
    """A parameter that is unknown, missing or wrong."""
    errors = [{"parameters": {name: list(values) for name, values in parameters.items()}, "message": message}]
    detail = "One or more parameters to your request was invalid."
    return Misused(400, "Invalid Request", detail, f"{_PROBLEMS}/invalid-request", errors=errors)


def no_such_path() -> Misused:
    """A path or method that is not known here."""
    return Misused(404, "Not Found", "Not Found")


def slow_down() -> Refused:
    """A limit of requests is reached; the headers say until when."""
    return Refused(429, "Too Many Requests", "Too Many Requests")


def usage_capped() -> Refused:
    """The plan's volume of the month is used up."""
    more = {"period": "Monthly", "scope": "Product", "product_name": "standard-basic", "account_id": "1"}
    detail = "Usage cap exceeded: Monthly product cap"
    return Refused(429, "UsageCapExceeded", detail, f"{_PROBLEMS}/usage-capped", **more)


def spend_capped() -> Refused:
    """The most that may be spent in a billing cycle is spent."""
    detail = "Usage cap exceeded: your account has reached its billing cycle spend cap."
    return Refused(403, "UsageCapExceeded", detail, f"{_PROBLEMS}/usage-capped", period="Monthly", scope="Account")


def broken() -> Refused:
    """A fault of X's own."""
    return Refused(500, "Internal Server Error", "Something is broken.")


def overloaded() -> Refused:
    """X has too much to do."""
    return Refused(503, "Service Unavailable", "Service Unavailable")


def missing(resource: str, number: str, section: str = "includes") -> Json:
    """The partial error about something that was asked for and is not to be had."""
    return {
        "value": number,
        "resource_id": number,
        "resource_type": resource,
        "parameter": "id",
        "section": section,
        "title": "Not Found Error",
        "detail": f"Could not find {resource} with id: [{number}].",
        "type": f"{_PROBLEMS}/resource-not-found",
    }


def protected(resource: str, number: str) -> Json:
    """The partial error about what its author shows to followers alone."""
    return {
        **missing(resource, number),
        "title": "Authorization Error",
        "detail": f"Sorry, you are not authorized to see the {resource} with id: [{number}].",
        "type": f"{_PROBLEMS}/not-authorized-for-resource",
    }


def suspended(number: str) -> Json:
    """The partial error about somebody whose account X has taken away."""
    return {**missing("user", number), "title": "Forbidden", "detail": f"User has been suspended: [{number}]."}
