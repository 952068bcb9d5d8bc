"""A rendered project, turned into zips, images and the template that deploys them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tierforge.diagnostics import FaultError, UsageError
from tierforge.package.build import Artifact, Package, build, object_key
from tierforge.package.images import Builder, Image, Repository, pushed, repository_of
from tierforge.project.targets import environment_folder
from tierforge.projects import Project
from tierforge.stack.functions import containers, downloads
from tierforge.template.assemble import Template
from tierforge.template.finalize import finalize

BUILD = "build"  # folder of the zips, below the project
PACKAGED = "packaged.yaml"  # takes its code from the bucket
BUILT = "built.yaml"  # names its code by path, for `aws cloudformation package`
BUCKET = "ArtifactBucket"  # the parameter


@dataclass(frozen=True)
class Result:
    """What was built, where the template is, and what is missing in the packages."""

    artifacts: tuple[Artifact, ...]
    images: tuple[Image, ...]
    template: Path
    warnings: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        for artifact in self.artifacts:
            yield f"{artifact.path}  {artifact.size:,} bytes, {artifact.unzipped:,} unpacked"
        yield from (image.uri for image in self.images)
        yield f"wrote {self.template}"


def package_project(
    project: Project, root: Path, *, bucket: str, repository: str, build_only: bool, progress: Callable[[str], None]
) -> Result:
    """Build every function of the project below `root` and write the template that refers to the zips and images.

    Raises FaultError where the project on disk is not the rendered one, or a build fails; UsageError where
    images have nowhere to go.
    """
    _refuse_stale(project, root)
    container = containers(project.stack)
    home = _home(sorted(container), repository, build_only=build_only) if container else None
    packages = [
        Package(
            f.name, f.folder, f.includes, f.identifier, f.settings["architecture"], f.runtime.component.data["build"]
        )
        for f in project.stack.functions
    ]
    artifacts = build([p for p in packages if p.name not in container], root, root / BUILD, progress)
    images = [
        pushed(p, root, root / BUILD, home, Builder(container[p.name]), progress)
        for p in packages
        if home and p.name in container
    ]
    template = packaged(project, artifacts, root, images=images, bucket=bucket, build_only=build_only)
    target = root / environment_folder(project.blueprint.environment) / (BUILT if build_only else PACKAGED)
    target.write_text(template.text, encoding="utf-8", newline="\n")
    return Result(tuple(artifacts), tuple(images), target, tuple(_missing(project, root)))


def _home(functions: Sequence[str], repository: str, *, build_only: bool) -> Repository:
    """Where images go. Raises UsageError where that is not said, or they are to go nowhere."""
    if build_only:
        raise UsageError(
            f"{', '.join(functions)}: an image has no path that `aws cloudformation package` takes",
            "leave --build-only out, and say --repository",
        )
    return repository_of(repository)


def packaged(
    project: Project,
    artifacts: Sequence[Artifact],
    root: Path,
    *,
    images: Sequence[Image] = (),
    bucket: str = "",
    build_only: bool = False,
) -> Template:
    """The template with the built code in it: other code, another key, and so another version."""
    if build_only:
        code = {a.name: a.path.relative_to(root).as_posix() for a in artifacts}
    else:
        place = bucket or f"!Ref {BUCKET}"
        keys = {a.name: object_key(project.blueprint.name, a) for a in artifacts}
        code = {name: f"{{S3Bucket: {place}, S3Key: {key}}}" for name, key in keys.items()}
    code |= {image.name: f"{{ImageUri: {image.uri}}}" for image in images}
    template = finalize(project.assembled, project.blueprint, project.stack.guardrails, code)
    if build_only or bucket:  # the parameter has no use then
        entries = tuple(e for e in template.entries if (e.section, e.key) != ("Parameters", BUCKET))
        return replace(template, entries=entries)
    return template


def _refuse_stale(project: Project, root: Path) -> None:
    """Code and template have to be of one blueprint."""
    wanted = project.files[0]  # the template
    path = root / wanted.path
    if not path.is_file() or path.read_text(encoding="utf-8") != wanted.text:
        raise FaultError(f"{path} is not what the blueprint says now", "run: tierforge render")


def _missing(project: Project, root: Path) -> Iterator[str]:
    """Files that functions need, and that `deploy.sh` would have fetched."""
    for function in project.stack.functions:
        for said in downloads(function):
            path = root / function.folder / said["path"]
            if not path.is_file():
                yield f"{path} is missing ({said['why']}): deploy.sh fetches it from {said['url']}"
