"""The command line: arguments in, stages called, what they found told."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierforge import __version__
from tierforge.console import one_of, progress, run, say_error, tell
from tierforge.diagnostics import EXIT_FAULT, BlueprintError

if TYPE_CHECKING:
    from tierforge.system import System

app = typer.Typer(
    name="tierforge",
    help="Blueprints in, production-grade CloudFormation and Lambda handlers out.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

BlueprintPath = Annotated[Path, typer.Option("--blueprint", "-b", help="The blueprint.", show_default=True)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what is wrong.")]
Environment = Annotated[
    str, typer.Option("--env", help="The environment to check or to package; every one is written.", metavar="NAME")
]
Service = Annotated[str, typer.Option("--service", help="Of several services, this one alone.", metavar="NAME")]
NoLint = Annotated[bool, typer.Option("--no-lint", help="Don't ask cfn-lint.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Use no result of an earlier run.")]
HERE = Path("app.yaml")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    run(app, arguments)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tierforge {__version__}")
        raise typer.Exit


@app.callback()
def tierforge(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Blueprints in, production-grade CloudFormation and Lambda handlers out."""


@app.command(epilog="Example: tierforge new mobile-backend box-office")
def new(
    pattern: Annotated[str, typer.Argument(help="The pattern to begin with; see: tierforge components pattern.")],
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to write app.yaml.")] = Path(),
    name: Annotated[str, typer.Option(help="Name of the application; default: the folder's.")] = "",
    runtime: Annotated[str, typer.Option(help="Lambda runtime of its functions.")] = "",
    interactive: Annotated[bool, typer.Option("--interactive", help="Ask for what matters most.")] = False,
    origin: Annotated[Path | None, typer.Option("--from", help="Copy this blueprint under the new name.")] = None,
    quiet: Quiet = False,
) -> None:
    """Write a commented blueprint to begin with."""
    from tierforge.project.starter import Starter, answered, write_starter

    wanted = Starter(pattern=pattern, folder=folder, name=name, runtime=runtime, origin=origin)
    written = write_starter(answered(wanted, typer.prompt) if interactive else wanted)
    if not quiet:
        for path in written:
            typer.echo(f"wrote {path}")
        typer.echo(f"next: tierforge render --blueprint {written[0]}")


@app.command(epilog="Example: tierforge render --blueprint app.yaml")
def render(
    blueprint: BlueprintPath = HERE,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default: the blueprint's.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if what is there differs.")] = False,
    form: Annotated[str, typer.Option("--format", help="yaml or json.", metavar="FORMAT")] = "yaml",
    env: Environment = "",
    service: Service = "",
    no_lint: NoLint = False,
    no_cache: NoCache = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite tierforge's files that were edited.")] = False,
    quiet: Quiet = False,
) -> None:
    """Render the blueprint into a project."""
    from tierforge import report
    from tierforge.project import write

    one_of("--format", form, ("yaml", "json"))
    root = out or blueprint.parent
    write.recover(root)
    made = _system(blueprint, form=form, cached=not no_cache, linted=not no_lint, only=env, service=service)
    tell([note for note in made.notes if not quiet or note.severity != "info"])
    for part in made.parts:
        write.recover(root / part.folder)
    if check:
        if stale := list(report.differences(made, root)):
            typer.echo("\n".join(stale), err=True)
            differ = "1 file differs" if len(stale) == 1 else f"{len(stale)} files differ"
            say_error(f"{differ} from the blueprint", "run: tierforge render")
            raise typer.Exit(EXIT_FAULT)
        if not quiet:
            typer.echo("everything is up to date")
        return
    for part in made.parts:
        place = root / part.folder
        done = write.write(place, part.files, part.defaults, force=force)
        for line in report.attention(part, done, place):
            typer.echo(line, err=True)
        for line in () if quiet else report.summary(part, done, place):
            typer.echo(line)
    for line in report.left_over(made, root):
        typer.echo(line, err=True)
    for line in () if quiet else report.order(made):
        typer.echo(line)


@app.command(epilog="Example: tierforge validate --format json")
def validate(
    blueprint: BlueprintPath = HERE,
    form: Annotated[str, typer.Option("--format", help="text or json.", metavar="FORMAT")] = "text",
    strict: Annotated[
        bool, typer.Option("--strict", help="Warnings fail, and cloudformation-validate is asked as well.")
    ] = False,
    env: Environment = "",
    service: Service = "",
    no_lint: NoLint = False,
    no_cache: NoCache = False,
    quiet: Quiet = False,
) -> None:
    """Check the blueprint and its template."""
    from tierforge import report

    one_of("--format", form, ("text", "json"))
    try:
        made = _system(blueprint, cached=not no_cache, linted=not no_lint, only=env, service=service)
        opinions = (each for own in made.applications for each in report.second_opinion(own)) if strict else ()
        found = [*made.notes, *opinions]
    except BlueprintError as fault:
        found = list(fault.diagnostics)
    fatal = ("error", "warning") if strict else ("error",)
    failed = any(diagnostic.severity in fatal for diagnostic in found)
    if form == "json":
        typer.echo(report.to_json(found))
    else:
        tell(found)
        if not failed and not quiet:
            typer.echo(f"{blueprint} is valid")
    if failed:
        raise typer.Exit(EXIT_FAULT)


@app.command(epilog="Example: tierforge package --bucket tierforge-artifacts-123456789012")
def package(
    blueprint: BlueprintPath = HERE,
    out: Annotated[Path | None, typer.Option(help="The rendered project; default: the blueprint's folder.")] = None,
    bucket: Annotated[str, typer.Option(help="Write this bucket into the template instead of a parameter.")] = "",
    repository: Annotated[
        str, typer.Option(help="ECR repository of container images, as its URI; deploy.sh says it.")
    ] = "",
    build_only: Annotated[
        bool, typer.Option("--build-only", help="Build, and name the zips by path, for aws cloudformation package.")
    ] = False,
    canary: Annotated[bool, typer.Option("--canary", help="Also write parameters: they give it a share.")] = False,
    promote: Annotated[bool, typer.Option("--promote", help="Only write those of the two promoting updates.")] = False,
    abort: Annotated[bool, typer.Option("--abort", help="Only write those that end the canary.")] = False,
    stage: Annotated[str, typer.Option(help="Whose canary, where several stages have one.")] = "",
    percent: Annotated[int, typer.Option(min=0, max=99, help="The canary's share; 0: the blueprint's.")] = 0,
    env: Environment = "",
    service: Service = "",
    no_cache: NoCache = False,
    quiet: Quiet = False,
) -> None:
    """Build the functions for deployment."""
    from tierforge.package import release
    from tierforge.package.packaging import package_project
    from tierforge.project import write

    application = _system(blueprint, cached=not no_cache, linted=False, only=env, service=service).of(service)
    root, project = (out or blueprint.parent) / application.folder, application.of(env)
    write.recover(root)
    wanted = release.wanted(project.stack, canary=canary, promote=promote, abort=abort, stage=stage, percent=percent)
    if wanted.builds:
        result = package_project(
            project, root, bucket=bucket, repository=repository, build_only=build_only, progress=progress(quiet)
        )
        for warning in result.warnings:
            typer.echo(f"warning: {warning}", err=True)
        for line in () if quiet else result.lines():
            typer.echo(line)
    for path in release.write_steps(wanted.steps, root):
        progress(quiet)(f"wrote {path}")


@app.command(epilog="Example: tierforge openapi > openapi.yaml")
def openapi(
    blueprint: BlueprintPath = HERE,
    extensions: Annotated[
        bool, typer.Option("--extensions", help="As API Gateway reads it, with Amazon's extensions.")
    ] = False,
    env: Environment = "",
    service: Service = "",
    no_cache: NoCache = False,
) -> None:
    """Print the API as an OpenAPI 3.0 document."""
    from tierforge.pipeline import openapi_document

    made = _system(blueprint, cached=not no_cache, linted=False, only=env, service=service).of(service).of(env)
    typer.echo(openapi_document(made, extensions=extensions), nl=False)


@app.command(epilog="Example: tierforge components data-store")
def components(
    kind: Annotated[str, typer.Argument(help="Show one kind only, with options.")] = "",
) -> None:
    """List what a blueprint can be made of."""
    from tierforge import report
    from tierforge.components import bundled_catalog

    for line in report.components(bundled_catalog(), kind):
        typer.echo(line)


@app.command(epilog="Example: tierforge schema > blueprint.schema.json")
def schema() -> None:
    """Print the JSON Schema of blueprints, for editors."""
    import json

    from tierforge.blueprint.schema import published
    from tierforge.components import bundled_catalog

    typer.echo(json.dumps(published(bundled_catalog()), indent=2))


def _system(blueprint: Path, *, linted: bool, **how: Any) -> System:
    from tierforge.system import system

    if linted and sys.stderr.isatty():
        typer.echo("checking the template with cfn-lint …", err=True)
    return system(str(blueprint), linted=linted, **how)
