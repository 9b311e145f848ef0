"""Start the sandbox's demo data over; write the sign-in files of the fuzzer and what it may know of the company.

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


def get(path, token):
    """GET JSON and return it."""
    request = urllib.request.Request(URL + path, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=70) as answer:
        return json.loads(answer.read())


def known(token):
    """The identifiers of the demo company, by the name of the path parameter that takes them."""
    found = {}
    paths = get("/openapi.json", token)["paths"]
    for path in paths:
        collection, _, rest = path.partition("/{")
        name = rest.removesuffix("}")
        is_listed = "/" not in rest and "get" in paths.get(collection, {})
        # Whoever changes a user may lock the fuzzer out.
        if is_listed and name.endswith("_id") and name != "user_id":
            found[name] = [row["id"] for row in get(f"{collection}?limit=200", token)["data"]]
    return found


def main():
    admin = post("/v1/auth/login", {"username": "admin", "password": PASSWORD})["access_token"]
    post("/v1/sandbox/reset", {"dataset": "demo"}, admin)
    out = pathlib.Path("out")
    out.mkdir(exist_ok=True)
    manager = post("/v1/auth/login", {"username": "service_manager", "password": PASSWORD})["access_token"]
    (out / "known.json").write_text(json.dumps(known(manager), indent=2))
    for file, users in FILES.items():
        path = pathlib.Path(file)
        path.write_text(json.dumps({"auth": [entry(user) for user in users]}, indent=2))


if __name__ == "__main__":
    main()
