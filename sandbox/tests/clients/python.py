"""Plays the steps that stand on standard input, a JSON array, through Vonage's Python SDK, and prints what came of each:
a JSON array of the same length. Where it should go, and as whom, the environment says."""

import json
import os
import sys

from requests.adapters import HTTPAdapter
from vonage import Auth, HttpClientOptions, Vonage
from vonage_http_client.errors import HttpRequestError
from vonage_jwt import verify_signature
from vonage_messages.models import Sms
from vonage_numbers import ListOwnedNumbersFilter, NumberParams, SearchAvailableNumbersFilter, UpdateNumberParams
from vonage_sms import SmsMessage

ENV = os.environ
HOST = ENV["VONAGE_URL"].removeprefix("http://")
ACCOUNT = {"api_key": ENV["VONAGE_API_KEY"], "api_secret": ENV["VONAGE_API_SECRET"]}


class Plain(HTTPAdapter):
    """The SDK speaks HTTPS only, and the simulator does not."""

    def send(self, request, *args, **kwargs):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


def client(**credentials):
    vonage = Vonage(Auth(**credentials), HttpClientOptions(rest_host=HOST, api_host=HOST))
    vonage.http_client._session.mount("https://", Plain())
    vonage.http_client._session.trust_env = False
    return vonage


def by_account():
    """A fresh one for each step: after JSON, the SDK goes on to label forms as JSON."""
    return client(**ACCOUNT)


def by_application():
    application = {"application_id": ENV["VONAGE_APPLICATION_ID"], "private_key": ENV["VONAGE_PRIVATE_KEY"]}
    return client(**ACCOUNT, **application)


def sms(**message):
    sent = by_account().sms.send(SmsMessage(from_=message.pop("from"), **message))
    return {"ids": [part.message_id for part in sent.messages], "refs": [part.client_ref for part in sent.messages]}


def message(**message):
    vonage = by_application() if message.pop("as") == "application" else by_account()
    return {"id": vonage.messages.send(Sms(from_=message.pop("from"), **message)).message_uuid}


def both(**message):
    """By both APIs with one client, which after its JSON labels the form as JSON too."""
    vonage, sender = by_account(), message.pop("from")
    uuid = vonage.messages.send(Sms(from_=sender, **message)).message_uuid
    sent = vonage.sms.send(SmsMessage(from_=sender, **message))
    return {"id": uuid, "ids": [part.message_id for part in sent.messages]}


def signed(secret, method, **message):
    """An SMS signed with what the SDK has for that. Its own `sms.send` signs what it does not send."""
    vonage = client(api_key=ACCOUNT["api_key"], signature_secret=secret, signature_method=method)
    sent = vonage.http_client.post(HOST, "/sms/json", message, "signature", "form")
    return {"statuses": [part["status"] for part in sent["messages"]]}


def balance():
    return {"value": by_account().account.get_balance().value}


def settings(inbound, receipts):
    now = by_account().account.update_default_sms_webhook(inbound, receipts)
    return {"inbound": now.mo_callback_url, "receipts": now.dr_callback_url, "rate": now.max_outbound_request}


def numbers():
    owned, count, _ = by_account().numbers.list_owned_numbers(ListOwnedNumbersFilter())
    return {"count": count, "numbers": [[number.msisdn, number.country, number.mo_http_url] for number in owned]}


def search(country):
    wanted = SearchAvailableNumbersFilter(country=country, features="SMS")
    found, _, _ = by_account().numbers.search_available_numbers(wanted)
    return {"numbers": [[number.msisdn, number.cost] for number in found]}


def buy(country, msisdn):
    return {"code": by_account().numbers.buy_number(NumberParams(country=country, msisdn=msisdn)).error_code}


def link(country, msisdn, url):
    linked = UpdateNumberParams(country=country, msisdn=msisdn, mo_http_url=url)
    return {"code": by_account().numbers.update_number(linked).error_code}


def sig(fields, secret, method):
    auth = Auth(api_key=ACCOUNT["api_key"], signature_secret=secret, signature_method=method)
    return {"valid": auth.check_signature(fields)}


def token(token, secret):
    return {"valid": verify_signature(token, secret)}


def told(error):
    """What the SDK's error tells its user."""
    if isinstance(error, HttpRequestError):
        return {"error": type(error).__name__, "says": f"HTTP {error.response.status_code}; {error}"}
    parts = getattr(error, "response", {}).get("messages", [])
    failed = [f"{part['status']} {part['error-text']}" for part in parts if part["status"] != "0"]
    return {"error": type(error).__name__, "says": "; ".join([str(error), *failed])}


def play(step):
    try:
        return globals()[step.pop("do")](**step)
    except Exception as error:
        return told(error)


print(json.dumps([play(step) for step in json.load(sys.stdin)]))
