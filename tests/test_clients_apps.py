"""Samples for apps and for programs without a user: read by their languages' grammars, and run where that can be."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from support.catalog import CATALOG
from support.handlers import put
from support.issuer import SECRET, Issuer, issuing
from support.rendered import rendered, variant
from tierforge.pipeline import Project

APPS = "apps"
GRAMMARS = {"Session.kt": "kotlin", "Session.swift": "swift", "session.dart": "dart"}
COMPILER = {
    "strict": True,
    "noImplicitAny": False,
    "target": "es2022",
    "lib": ["es2022", "dom", "dom.iterable"],
    "module": "commonjs",
    "moduleResolution": "bundler",
    "esModuleInterop": True,
    "resolveJsonModule": True,
    "types": [],
    "outDir": "built",
    "rootDir": "app",
}
# What stands for the plugins of a phone: a browser that follows redirects until one leads into the app, and a safe.
PLUGINS = {
    "@capacitor/app": """\
const heard = {};
const addListener = async (name, hear) => ((heard[name] = hear), { remove: async () => delete heard[name] });
exports.App = { heard, addListener };""",
    "@capacitor/browser": """\
const { App } = require("@capacitor/app");
exports.Browser = {
  addListener: App.addListener, close: async () => { throw new Error("Android has none"); },
  open: async ({ url }) => {
    if (process.env.CLOSED) return void setTimeout(() => App.heard.browserFinished());
    const answer = await fetch(url, { redirect: "manual" });
    const stranger = process.env.STATE ? "&state=" + process.env.STATE : "";
    const back = answer.headers.get("location");
    App.heard.appUrlOpen({ url: stranger ? back.replace(/&state=[^&]*/, stranger) : back });
  },
};""",
    "@aparajita/capacitor-secure-storage": """\
const kept = new Map();
exports.SecureStorage = {
  get: async (key) => kept.get(key) ?? null, set: async (key, text) => void kept.set(key, text),
  remove: async (key) => kept.delete(key),
};""",
}


def sample(name: str, blueprint: str = APPS) -> str:
    """A file of the folder of clients that a blueprint renders."""
    (found,) = (file for file in rendered(blueprint).files if file.path == f"clients/{name}")
    assert found.owner == "user"
    return found.text


def client_config(project: Project) -> Any:
    """The stack's output, as it is once CloudFormation has put ids in their places."""
    text = project.template.data["Outputs"]["ClientConfig"]["Value"]["Fn::Sub"]
    return json.loads(re.sub(r"\${[A-Za-z:]+}", "some-id", text))


# --- every platform ---


@pytest.mark.parametrize("path", ["android/Session.kt", "ios/Session.swift", "flutter/session.dart"])
def test_a_sample_is_of_its_language(path: str) -> None:
    text = sample(path)
    assert faults(text, path) == []
    assert faults(text.replace("(", "", 1), path), "the grammar would find a fault"


UNSEEN = "unseen://\u202egnp.exe"
STRANGE = "strange://r\u00fcck/$a\\(b)`c$"


@pytest.mark.parametrize("path", ["android/Session.kt", "ios/Session.swift", "flutter/session.dart"])
def test_an_address_is_a_text_in_every_language(path: str) -> None:
    """Nothing of it is code: neither a name behind `$` nor an expression behind a backslash."""
    text = variant(APPS, auth={"method": "cognito", "callback_urls": [UNSEEN, STRANGE]}).files
    (made,) = (file.text for file in text if file.path == f"clients/{path}")
    (line,) = (line for line in made.splitlines() if "strange:" in line)
    assert faults(made, path) == []
    assert "r\u00fcck" in line
    assert "\\\\(b)" in line
    assert line.count("\\$") == (0 if path.endswith(".swift") else 2)


def faults(text: str, path: str) -> list[str]:
    """What the grammar of a file's language can't read."""
    tree_sitter = pytest.importorskip("tree_sitter")
    grammar = pytest.importorskip(f"tree_sitter_{GRAMMARS[Path(path).name]}")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    return list(_broken(parser.parse(text.encode()).root_node))


def _broken(node: Any) -> Iterator[str]:
    if node.type == "ERROR" or node.is_missing:
        yield f"line {node.start_point[0] + 1}: {node.text[:60]!r}"
    for child in node.children:
        yield from _broken(child)


@pytest.mark.parametrize("platform", CATALOG.of("client"))
def test_a_sample_reads_what_the_stack_says(platform: str) -> None:
    """And nothing else: an app that asks config.json for more would break at its first start."""
    config = client_config(rendered(APPS))
    (path,) = (
        f.path for f in rendered(APPS).files if f.path.startswith(f"clients/{platform}/") and ".md" not in f.path
    )
    text = sample(path.removeprefix("clients/"))
    known = {*config, *config["signIn"]}
    asked = set(
        re.findall(r"config\.signIn\.(\w+)|(?:signIn\.getString|_signIn|_sign_in|_config)[\[(]['\"](\w+)", text)
    )
    assert {"authority", "clientId", "token"} < {one or other for one, other in asked} <= known
    addresses = (
        ["http://localhost:8400/"] * 2
        if platform == "desktop"
        else ["ticketapps://signed-in", "ticketapps://signed-out"]
    )
    assert all(f'"{address}"' in text for address in addresses)
    assert "https://tickets.example.com/app" not in text
    guide = sample(f"{platform}/README.md")
    assert Path(path).name in guide
    assert "/tickets" in guide
    assert f"{platform}/README.md" in sample("README.md")


def test_the_stack_says_what_an_app_needs_and_no_secret() -> None:
    assert client_config(rendered(APPS)) == {
        "apiUrl": "https://some-id.execute-api.some-id.some-id/some-id",
        "region": "some-id",
        "signIn": {
            "authority": "https://cognito-idp.some-id.some-id/some-id",
            "clientId": "some-id",
            "scope": "openid email profile some-id/read some-id/write",
            "audience": "",
            "token": "access",
            "endSession": "https://some-id.auth.some-id.amazoncognito.com/logout",
        },
    }


@pytest.mark.parametrize("blueprint", ["mysql-native", "native-tokens", "api-only"])
def test_where_nobody_signs_in_with_a_browser_there_are_no_apps(blueprint: str) -> None:
    assert "ClientConfig" not in rendered(blueprint).template.data["Outputs"]
    assert not any(file.path.startswith("clients/android") for file in rendered(blueprint).files)


def test_an_app_that_the_browser_could_not_come_back_to_is_told() -> None:
    told = [note for note in rendered("environments@prod").notes if "could come back" in note.message]
    assert [note.severity for note in told] == ["info"]
    assert "android, ios, flutter, react-native, ionic" in told[0].message
    assert told[0].hint.startswith("add box-office://callback, ")
    desktop = variant("machines", clients=["desktop", "ios"])
    (told_too,) = (note.message for note in desktop.notes if "could come back" in note.message)
    assert "no address of desktop, to which" in told_too
    assert not any("could come back" in note.message for note in rendered(APPS).notes)


# --- Ionic: run, with stand-ins for a phone's plugins ---


@pytest.fixture(scope="module")
def ionic(tmp_path_factory: pytest.TempPathFactory, node_modules: Path) -> Path:
    """The samples in TypeScript, compiled; what they import of a phone is of any type."""
    folder = tmp_path_factory.mktemp("ionic")
    put(folder / "app/session.ts", sample("ionic/session.ts"))
    put(folder / "app/native/session.ts", sample("react-native/session.ts").replace("./config", "../config"))
    names = [*PLUGINS, "react-native-keychain", "react-native"]
    native = 'declare module "react-native-app-auth" { export type AuthConfiguration = object;'
    native += " export const authorize: any, refresh: any; }"
    put(folder / "app/plugins.d.ts", "".join(f'declare module "{name}";\n' for name in names) + native)
    put(folder / "app/config.json", json.dumps({"apiUrl": "", "signIn": dict.fromkeys(SIGN_IN, "")}))
    put(folder / "tsconfig.json", json.dumps({"compilerOptions": COMPILER, "include": ["app"]}))
    done = subprocess.run([node_modules / ".bin/tsc"], cwd=folder, capture_output=True, text=True)
    assert done.stdout == ""
    for name, text in PLUGINS.items():
        put(folder / f"built/node_modules/{name}/index.js", text)
    return folder / "built"


SIGN_IN = ("authority", "clientId", "scope", "audience", "token", "endSession")
USE = """\
const { signIn, call, signOut } = require("./session.js");
(async () => {
  const said = [];
  await signIn();
  for (const path of ["/tickets", "/shows"]) said.push((await (await call("GET", path)).json()));
  await signOut();
  said.push(await call("GET", "/tickets").catch((fault) => fault.message));
  console.log(JSON.stringify(said));
})().catch((fault) => { console.error(fault.message); process.exit(1); });
"""


def config_of(issuer: Issuer, kind: str) -> dict[str, Any]:
    """What deploy.sh would have written; `kind` is that of the token that the API takes."""
    sign_in = {"authority": f"{issuer.url}/", "clientId": "app", "scope": "openid api/read", "audience": "box-office"}
    return {"apiUrl": issuer.url, "signIn": {**sign_in, "token": kind, "endSession": f"{issuer.url}/logout"}}


def run(built: Path, issuer: Issuer, kind: str = "access", **environment: str) -> subprocess.CompletedProcess[str]:
    put(built / "config.json", json.dumps(config_of(issuer, kind)))
    env = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(["node", "-e", USE], cwd=built, env=env, capture_output=True, text=True)


@pytest.mark.parametrize("token", ["access", "id"])
def test_an_app_signs_in_calls_and_signs_out(ionic: Path, token: str) -> None:
    with issuing() as issuer:
        done = run(ionic, issuer, token)
        assert done.stderr == ""
        first, second, last = json.loads(done.stdout)
        assert (first, second["path"], last) == (
            {"path": "/tickets", "token": "access-1"},
            "/shows",
            "nobody is signed in",
        )
        asked, left = issuer.asked
        assert (asked["code_challenge_method"], asked["scope"], asked["audience"]) == (
            "S256",
            "openid api/read",
            "box-office",
        )
        assert left == {"client_id": "app", "logout_uri": "ticketapps://signed-out"}


def test_an_app_renews_a_token_before_it_ends(ionic: Path) -> None:
    with issuing() as issuer:
        issuer.lives = 30
        first, second, _ = json.loads(run(ionic, issuer).stdout)
        assert (first["token"], second["token"]) == ("access-2", "access-3")
        assert issuer.grants == ["authorization_code", "refresh_token", "refresh_token"]


def test_an_answer_to_another_question_signs_nobody_in(ionic: Path) -> None:
    with issuing() as issuer:
        assert "another question" in run(ionic, issuer, STATE="a-stranger-s").stderr
        assert issuer.grants == []


def test_a_closed_browser_is_told(ionic: Path) -> None:
    with issuing() as issuer:
        assert "the browser was closed" in run(ionic, issuer, CLOSED="1").stderr


# --- a desktop: run, with curl for a browser and a file for a keyring ---

KEYRING = """\
kept = {}
get_password = lambda service, name: kept.get(name)
set_password = lambda service, name, text: kept.update({name: text})
delete_password = lambda service, name: kept.pop(name)
"""
USED = """\
import json, pathlib
from session import Session
session = Session(pathlib.Path("config.json"))
session.sign_in()
said = [json.loads(session.call("GET", path)[1]) for path in ("/tickets", "/shows")]
session.sign_out()
try:
    session.call("GET", "/tickets")
except PermissionError as fault:
    print(json.dumps([*said, str(fault)]))
"""


@pytest.mark.parametrize("lives", [3600, 30])
def test_a_desktop_signs_in_calls_and_signs_out(lives: int, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    with socket.create_server(("localhost", 0)) as free:
        here = f"http://localhost:{free.getsockname()[1]}"
    addresses = {"callback_urls": [f"{here}/callback"], "logout_urls": [f"{here}/"]}
    files = variant(APPS, auth={"method": "cognito", **addresses}, clients=["desktop"]).files
    (text,) = (file.text for file in files if file.path == "clients/desktop/session.py")
    put(tmp_path / "session.py", text)
    put(tmp_path / "keyring.py", KEYRING)
    with issuing() as issuer:
        issuer.lives = lives
        put(tmp_path / "config.json", json.dumps(config_of(issuer, "access")))
        env = {"PATH": os.environ["PATH"], "BROWSER": "curl --silent --location --output /dev/null %s &"}
        done = subprocess.run([sys.executable, "-c", USED], cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.stderr == ""
        first, second, last = json.loads(done.stdout)
        assert first["path"] == "/tickets"
        assert (second["path"], last) == ("/shows", "nobody is signed in")
        assert issuer.grants == ["authorization_code", *["refresh_token"] * (0 if lives > 60 else 2)]
        assert issuer.asked[1] == {"client_id": "app", "logout_uri": f"{here}/"}


# --- programs without a user ---


@pytest.mark.parametrize("blueprint", ["machines", "http-api", "lambda-authorizer"])
@pytest.mark.parametrize("client", ["machine.py", "machine.sh"])
def test_a_program_gets_its_token_and_calls(client: str, blueprint: str, tmp_path: Path) -> None:
    put(tmp_path / client, sample(client, blueprint))
    with issuing() as issuer:
        done = called(tmp_path / client, issuer, SECRET)
        assert json.loads(done.stdout) == {"path": "/tickets", "token": "access-1"}, done.stderr
        assert issuer.grants == ["client_credentials"]
        assert called(tmp_path / client, issuer, "another").returncode != 0


def called(script: Path, issuer: Issuer, secret: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable] if script.suffix == ".py" else ["sh"]
    if script.suffix == ".sh" and not shutil.which("curl"):
        pytest.skip("curl is not installed")
    env = {
        "PATH": os.environ["PATH"],
        "ISSUER": issuer.url,
        "CLIENT_ID": "machine",
        "CLIENT_SECRET": secret,
        "SCOPE": "api/read",
    }
    return subprocess.run([*program, script, f"{issuer.url}/tickets"], env=env, capture_output=True, text=True)


def test_a_program_uses_a_token_until_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "machine_sample.py", sample("machine.py", "machines"))
    monkeypatch.syspath_prepend(str(tmp_path))
    with issuing() as issuer:
        monkeypatch.setenv("ISSUER", issuer.url)
        machine = import_module("machine_sample").Client("machine", SECRET)
        assert [json.loads(machine.call(f"{issuer.url}/tickets"))["token"] for _ in range(2)] == ["access-1"] * 2
        issuer.good = set()
        assert json.loads(machine.call(f"{issuer.url}/tickets"))["token"] == "access-2"
        assert SECRET not in repr(machine)
