"""Functions' folders, turned into container images in an ECR repository, by whichever program there is for it.

An image's tag names what it is made from, so that the same code is neither built nor pushed twice; the template
names the digest that ECR tells. How a program is called is data of the function's component, `container`:

| key | says |
|---|---|
| `programs` | names of programs that build images, the first that is on the PATH is taken |
| `missing`, `remedy` | what is told where there is none |
| `platforms` | Lambda's architectures, as these programs call them |
| `environment` | variables for them, over the user's own |
| `build`, `login`, `push` | their arguments, with `{platform}`, `{image}`, `{context}`, `{registry}` |
| `hints` | pairs of `match`, a pattern of their output, and the `hint` to give; first match wins |
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierforge.diagnostics import FaultError, UsageError
from tierforge.package.archive import Entry, collect, digest
from tierforge.package.build import Package, sources, without_clash
from tierforge.package.commands import fill, hint, last_words, run

_URI = re.compile(r"(\d{12})\.dkr[.-]ecr[a-z-]*\.([a-z0-9-]+)\.[a-z.]+/([a-z0-9][a-z0-9._/-]+)")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MOMENT = 315532800  # 1980-01-01: every file of a context was last changed then
_CONTEXT = "context"  # the folder of what an image is made from, below the function's in build/


@dataclass(frozen=True)
class Repository:
    """An ECR repository by its `uri`, in an account and Region."""

    uri: str
    account: str
    region: str
    name: str

    @property
    def registry(self) -> str:
        return self.uri.partition("/")[0]


@dataclass(frozen=True)
class Image:
    """The image of a function, as Lambda is told of it: `uri` is pinned by digest."""

    name: str
    uri: str


@dataclass(frozen=True)
class Builder:
    """How images are built and pushed: the `container` of a function's component."""

    recipe: Mapping[str, Any]

    @property
    def program(self) -> str:
        """The program that builds. Raises FaultError where there is none."""
        for name in self.recipe["programs"]:
            found = shutil.which(str(name))
            if found:
                return found
        words = {"programs": ", ".join(self.recipe["programs"])}
        raise FaultError(fill(self.recipe["missing"], words), self.recipe["remedy"])

    def call(self, what: str, values: Mapping[str, str], typed: str = "") -> None:
        """Run the program; `typed` is its standard input. Raises FaultError, with its last words, where it fails."""
        program = self.program
        values = {**values, "program": Path(program).name}
        command = [program, *(fill(word, values) for word in self.recipe[what])]
        done = run(command, Path.cwd(), {**os.environ, **self.recipe["environment"]}, typed)
        if done.returncode:
            message = f"{values['name']}: {values['program']} {what} failed:\n{last_words(done.stdout)}"
            raise FaultError(message, hint(self.recipe, done, values))


def repository_of(uri: str) -> Repository:
    """The repository that `--repository` names. Raises UsageError where it is none of ECR."""
    found = _URI.fullmatch(uri)
    if found is None:
        what = f"{uri!r} is no repository of ECR" if uri else "functions run from images, and these go to a repository"
        form = "ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME"
        raise UsageError(what, f"say --repository {form}, or run ./deploy.sh, which makes one and says it")
    return Repository(uri, *found.groups())


def pushed(
    package: Package,
    project: Path,
    out: Path,
    repository: Repository,
    builder: Builder,
    progress: Callable[[str], None],
) -> Image:
    """The image of a function; built and pushed unless the repository has what the same files made.

    Raises FaultError: a file is missing or can't be packed, no program builds images, one of the programs fails.
    """
    context = out / package.name / _CONTEXT
    _copy(without_clash(package.name, sources(package, project, "image")), context)
    if not (context / "Dockerfile").is_file():
        raise FaultError(
            f"{package.name}: {package.folder}/Dockerfile is missing", "run `tierforge render --force` to write it"
        )
    platform = builder.recipe["platforms"][package.architecture]
    made_from = hashlib.sha256(f"{platform} {digest(collect(context))}".encode()).hexdigest()
    tag = f"{package.name}-{made_from[:32]}"
    there = _digest_of(tag, repository)
    if there is None:
        values = {
            "name": package.name,
            "platform": platform,
            "image": f"{repository.uri}:{tag}",
            "context": str(context),
            "registry": repository.registry,
        }
        progress(f"{package.name}: building an image for {platform} with {Path(builder.program).name}")
        builder.call("build", values)
        builder.call("login", values, _aws(repository, "get-login-password").stdout)
        progress(f"{package.name}: pushing {tag}")
        builder.call("push", values)
        there = _digest_of(tag, repository)
    if there is None:
        raise FaultError(f"{package.name}: {tag} was pushed and is not in {repository.uri}", "run this again")
    return Image(package.name, f"{repository.uri}@{there}")


def _copy(entries: Iterable[Entry], context: Path) -> None:
    """Put `entries`, and nothing else, into the folder `context`; modes and times say nothing of this machine."""
    context.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=context.parent) as unfinished:
        fresh = Path(unfinished, _CONTEXT)
        fresh.mkdir()
        for entry in entries:
            path = fresh / entry.name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(entry.source, path)
            path.chmod(0o755 if entry.executable else 0o644)
        for path in (fresh, *fresh.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
            os.utime(path, (_MOMENT, _MOMENT))
        shutil.rmtree(context, ignore_errors=True)
        fresh.replace(context)


def _digest_of(tag: str, repository: Repository) -> str | None:
    """The digest of the image that has a tag; None where there is none. Raises FaultError where ECR can't tell."""
    asked = [
        "--registry-id",
        repository.account,
        "--repository-name",
        repository.name,
        "--image-ids",
        f"imageTag={tag}",
    ]
    done = _aws(repository, "describe-images", *asked, "--query", "imageDetails[0].imageDigest", "--output", "text")
    if done.returncode and "ImageNotFoundException" in done.stderr:
        return None
    found = _DIGEST.search(done.stdout)
    if done.returncode or found is None:
        told = f"{done.stderr.strip() or done.stdout.strip()}"
        hint = "sign in to the account of the repository; ./deploy.sh makes the repository where it is missing"
        raise FaultError(f"{repository.uri} can't be read: {told}", hint)
    return found[0]


def _aws(repository: Repository, *words: str) -> subprocess.CompletedProcess[str]:
    """What the AWS CLI says of ECR in the repository's Region."""
    command = ["aws", "ecr", *words, "--region", repository.region]
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError as error:
        raise FaultError(f"the AWS CLI can't be run: {error}", "install it: images are pushed with its help") from error
