"""Drives the published client of Cloudspot ERP and prints as JSON what it saw.

usage: client.py FOLDER ADDRESS COMMAND

FOLDER is where the client was installed. Nothing of it is changed but its address. What the command
needs is read as JSON from standard input: nothing secret stands in an argument.
"""

import json
import sys

FOLDER, ADDRESS, COMMAND = sys.argv[1:]
sys.path.insert(0, FOLDER)

from cloudspot.api import CloudspotERP_CompanyAPI, CloudspotERP_UserAPI
from cloudspot.constants.errors import BadCredentials, NoValidToken
from cloudspot.models.artikels import Artikel, ArtikelCategorie
from cloudspot.models.base import BaseModel, ObjectListModel
from cloudspot.models.klanten import Klant

# By stream: the client's name for it, and for one of its rows.
RESOURCES = {
    "artikels": ("artikels", Artikel),
    "categories": ("categorieen", ArtikelCategorie),
    "klanten": ("klanten", Klant),
}


def plain(value):
    """What a program sees that uses the client: its objects as lists and dictionaries."""
    if isinstance(value, ObjectListModel):
        return [plain(item) for item in value.items()]
    if isinstance(value, BaseModel):
        members = vars(value).items()
        return {name: plain(member) for name, member in members if name not in ("hasError", "error")}
    return value


def company_api(asked):
    api = CloudspotERP_CompanyAPI(asked["token"])
    api.base_url = ADDRESS
    return api


def user_api(asked):
    api = CloudspotERP_UserAPI(asked["application"])
    api.base_url = ADDRESS
    return api


def listed(asked):
    """Every list, or why it was refused."""
    api = company_api(asked)
    answers = {}
    for stream, (name, _) in RESOURCES.items():
        found = getattr(api, name).list()
        answers[stream] = {"error": found.error.message} if found.hasError else {"rows": plain(found)}
    return answers


def read(asked):
    """Records of each stream, one a line, as the client itself reads rows."""
    rows = {}
    for stream, lines in asked["records"].items():
        _, row = RESOURCES[stream]
        rows[stream] = {"rows": [plain(row().parse(json.loads(line))) for line in lines]}
    return rows


def single(asked):
    """One row of a resource by its id."""
    name, _ = RESOURCES[asked["stream"]]
    return plain(getattr(company_api(asked), name).get(asked["id"]))


def sign_in(asked):
    """Signs in, then asks as the same user and as a program that knows the token alone."""
    api = user_api(asked)
    try:
        api.authenticate(asked["username"], asked["password"])
    except BadCredentials:
        return {"raised": "BadCredentials"}
    seen = {"token": api.token, "permissions": slugs(api)}
    return seen | {"user": user(api), "known": known({**asked, "token": api.token})}


def known(asked):
    """What a token tells of its user."""
    api = user_api(asked)
    try:
        api.get_permissions(asked["token"])
        return {"permissions": slugs(api), "user": user(api)}
    except NoValidToken:
        return {"raised": "NoValidToken"}


def slugs(api):
    return [permission.permission for permission in api.permissions.items()]


def user(api):
    api.get_user()
    return plain(api.user)


COMMANDS = {"listed": listed, "read": read, "single": single, "sign-in": sign_in, "known": known}
print(json.dumps(COMMANDS[COMMAND](json.load(sys.stdin))))
