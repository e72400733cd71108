"""A connector in Python: one request, one record."""

import json
import os
import sys

from wit_world import exports
from wit_world.exports.streams import Page, Record
from wit_world.imports import config, http


class Spec(exports.Spec):
    def describe(self) -> str:
        return json.dumps({
            "spec": 1,
            "name": "python",
            "version": "1.0.0",
            "title": "Python guest",
            "config": {
                "type": "object",
                "required": ["base_url"],
                "additionalProperties": False,
                "properties": {"base_url": {"type": "string"}},
            },
            "hosts": ["{base_url}"],
            "streams": [{"name": "answers", "kind": "snapshot", "schema": {"type": "object"}}],
        })


class Streams(exports.Streams):
    def read(self, request) -> Page:
        base_url = json.loads(config.get())["base_url"]
        answer = http.send(http.Request("GET", base_url))
        body = json.dumps({"status": answer.status(), "body": answer.text(), "world": world()})
        return Page([], [Record("answer", body)], [], None, False, None)

    def migrate(self, stream, checkpoint, from_state):
        return None


def world():
    """What a connector sees of the machine."""
    try:
        root = os.listdir("/")
    except OSError as error:
        root = type(error).__name__
    return {"variables": dict(os.environ), "arguments": sys.argv, "root": root}
