"""Start the sandbox's demo data over and write the sign-in files of the fuzzer.

Reads SANDBOX_URL and AFTERCARE_SANDBOX_PASSWORD. Sandbox users are named like their roles.
"""

import json
import os
import pathlib
import urllib.request

URL = os.environ["SANDBOX_URL"]
PASSWORD = os.environ["AFTERCARE_SANDBOX_PASSWORD"]

# Order matters: Schemathesis goes down the list when an operation is refused. The engineers own something only
# because somebody else creates and assigns it, hence the service manager behind them.
FILES = {
    "out/wfc-staff.json": ["service_manager", "admin"],
    "out/wfc-engineers.json": ["engineer", "engineer2", "service_manager"],
}


def post(path, body, token=None):
    """POST JSON and return the JSON answer, or None when there is none."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=70) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def entry(username):
    """How Schemathesis signs in as `username` (Web Fuzzing Commons)."""
    return {
        "name": username,
        "loginEndpointAuth": {
            "verb": "POST",
            "endpoint": "/v1/auth/login",
            "contentType": "application/json",
            "payloadRaw": json.dumps({"username": username, "password": PASSWORD}),
            "token": {
                "extractFrom": "body",
                "extractSelector": "/access_token",
                "sendIn": "header",
                "sendName": "Authorization",
                "sendTemplate": "Bearer {token}",
            },
        },
    }


def main():
    admin = post("/v1/auth/login", {"username": "admin", "password": PASSWORD})["access_token"]
    post("/v1/sandbox/reset", {"dataset": "demo"}, admin)
    for file, users in FILES.items():
        path = pathlib.Path(file)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"auth": [entry(user) for user in users]}, indent=2))


if __name__ == "__main__":
    main()
