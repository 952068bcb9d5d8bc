"""A stack's parts, turned into the entries of a template by the Jinja templates of their components."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.loaders import FileSystemLoader
from jinja2.sandbox import SandboxedEnvironment

from tierforge.blueprint.blueprint import Blueprint
from tierforge.cache import cache_folder
from tierforge.components import Catalog, holds
from tierforge.data_files import parse_yaml
from tierforge.diagnostics import TemplateBug, TierforgeError
from tierforge.model import Component, Part, Stack, Use
from tierforge.names import pascal, upper_snake
from tierforge.stack.parts import tier
from tierforge.stack.security import key_of
from tierforge.template import filters
from tierforge.template.fragments import Entry, entries, merge_maps
from tierforge.template.marks import tags_of

ABOUT = ("description", "region", "profile")  # keys of the blueprint that say what the application is
SID = re.compile(r"(?<=- Sid: )\w+")  # the name of a policy's statement
TOKEN = "0digest0"  # noqa: S105 - # stands for a digest until finalize knows it
# Eight hexadecimal digits of the stack's id: they let a new stack follow a deleted one of the same name.
STACK_SUFFIX = '!Select [0, !Split ["-", !Select [2, !Split ["/", !Ref AWS::StackId]]]]'


def pending_code(part: Part) -> str:
    """What stands for a function's code until it is built, as its component says: something that never exists."""
    return str(part.component.data["pending"]).replace("{function}", part.name)


@lru_cache(maxsize=2)
def environment(catalog: Catalog, *, cached: bool = True) -> SandboxedEnvironment:
    """The Jinja environment that every template of `catalog` is rendered in: the same one for whoever asks.

    Compiled templates are kept in the user's cache folder unless `cached` is false.
    """
    made = SandboxedEnvironment(
        loader=FileSystemLoader(str(catalog.root)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=False,
        bytecode_cache=_bytecode_cache() if cached else None,
        cache_size=-1,  # each template is compiled once
        auto_reload=False,  # nothing changes while a command runs
    )
    made.filters.update(filters.FILTERS)
    made.globals.update(removal=filters.removal, stack_suffix=STACK_SUFFIX, digest=TOKEN, pending_code=pending_code)
    return made


def render(stack: Stack, blueprint: Blueprint, catalog: Catalog, env: SandboxedEnvironment) -> list[Entry]:
    """Every entry that the parts of the stack render, in reading order.

    Raises TemplateBug where a component's template is at fault.
    """
    return _Renderer(stack, blueprint, catalog, env).entries()


class _Renderer:
    def __init__(self, stack: Stack, blueprint: Blueprint, catalog: Catalog, env: SandboxedEnvironment) -> None:
        self.env, self.catalog, self.stack = env, catalog, stack
        self.done: list[Entry] = []
        self.values: dict[tuple[str, str, str], Mapping[str, str]] = {}
        self.common: dict[str, Any] = {
            "app": {key: blueprint.data[key] for key in ("description", "region", "profile")}
            | {"name": blueprint.name},
            "blueprint": blueprint.data,
            "parameter": blueprint.parameter,
            "files": blueprint.files,
            "tags": tags_of(blueprint),
            "stack": stack,
            "network": stack.network,
            "value": self.value,
            "made": self.made,
            "said": self.said,
            "key_of": self.key,
        }

    def entries(self) -> list[Entry]:
        once: set[str] = set()
        for part in self.stack.parts:
            if str(part.component) not in once:
                once.add(str(part.component))
                for file in part.component.data.get("once", ()):
                    self.add(part, f"{file}.yaml.j2")
            for file in fragment_files(part, self.common["blueprint"], self.key(part)):
                self.add(part, file)
        for part in self.stack.parts:
            if part.role == "resources":
                self.collect(part)
        return self.done

    def add(self, part: Part, file: str, host: Part | None = None) -> None:
        """Render a file of a part; where a host collects it, it is shown in the host's tier."""
        context = {**self.context(part), "host": host}
        if part.component.data.get("slots"):
            context["slot"] = partial(self.slot, part)
        text = self.text(part.component, file, context)
        self.done.extend(entries(text, part, f"{part.component}/{file}", tier(host or part)))

    def collect(self, host: Part) -> None:
        """What every other part has to say in the file that `host` collects (its alarms, say)."""
        wanted = host.component.data.get("collects")
        if wanted:
            for part in self.stack.parts:
                if part.role == "resources" and f"{wanted}.yaml.j2" in part.component.files:
                    self.add(part, f"{wanted}.yaml.j2", host=host)

    def context(self, part: Part) -> dict[str, Any]:
        return {
            **self.common,
            "part": part,
            "id": part.id,
            "options": part.options,
            "facts": part.facts,
            **part.view,
        }

    def slot(self, host: Part, name: str) -> str:
        """What the uses of `host` contribute to its slot `name`, merged as the host's component declares."""
        pieces = [
            (use, f"{use.part.component}/{name}.yaml.j2", self.contribution(host, use, f"{name}.yaml.j2"))
            for use in host.uses
            if f"{name}.yaml.j2" in use.part.component.files
        ]
        shape = host.component.data["slots"][name]
        if shape == "map":
            merged = merge_maps([(origin, text) for _, origin, text in pieces])
        else:
            merged = "".join(_named_apart((use, text) for use, _, text in pieces))
        return merged.rstrip("\n")

    def contribution(self, host: Part, use: Use, file: str) -> str:
        own = {"use": use, "prefix": upper_snake(use.part.name), "host": host}
        return self.text(use.part.component, file, {**self.context(use.part), **host.view, **own})

    def value(self, part: Part, name: str) -> str:
        """The text that stands for something of `part` (its ARN, its group) wherever a template needs it."""
        key = (str(part.component), part.id, part.name)
        if key not in self.values:
            listed = part.component.data.get("values", [{"file": "values"}])
            files = chosen(listed, part, self.common["blueprint"], self.key(part))
            texts = [self.text(part.component, file, self.context(part)) for file in files]
            self.values[key] = {name: text for each in texts for name, text in parse_yaml(each).items()}
        return self.values[key][name]

    def key(self, part: Part) -> str:
        """The text that stands for the customer key of what `part` keeps; "" where AWS's own keys do."""
        return key_of(part.options, self.stack.guardrails)

    def made(self, *types: str) -> list[str]:
        """The logical IDs rendered so far of resources of these types."""
        return [e.key for e in self.done if e.section == "Resources" and e.data["Type"] in types]

    def said(self, name: str) -> list[Any]:
        """What every part of the stack has to say in its component's list of this name (what to show of it, say)."""
        file = f"{name}.yaml.j2"
        speakers = [p for p in self.stack.parts if p.role == "resources" and file in p.component.files]
        texts = (self.text(part.component, file, self.context(part)) for part in speakers)
        return [item for text in texts for item in parse_yaml(text) or ()]

    def text(self, component: Component, file: str, context: Mapping[str, Any]) -> str:
        return rendered(self.env, component.template(file), context)


def _named_apart(pieces: Iterable[tuple[Use, str]]) -> Iterator[str]:
    """Lists of statements, each once: two uses of one store say the same, or differ by resource, as then do Sids."""
    seen: set[str] = set()
    first: dict[str, Use] = {}
    for use, text in pieces:
        first.setdefault(text, use)
    for text, use in first.items():
        sids = set(SID.findall(text))
        suffix = pascal(use.resource.name) if use.resource and sids & seen else ""
        yield SID.sub(rf"\g<0>{suffix}", text)
        seen |= sids


def rendered(env: SandboxedEnvironment, name: str, context: Mapping[str, Any]) -> str:
    """One template of tierforge as text; raises TemplateBug with its name where it fails."""
    try:
        return str(env.get_template(name).render(context))
    except TierforgeError:
        raise
    except (TemplateError, LookupError, TypeError, ValueError, AttributeError) as fault:
        raise TemplateBug(f"templates/{name}: {type(fault).__name__}: {fault}") from fault


def fragment_files(part: Part, blueprint: Mapping[str, Any], key: str) -> list[str]:
    """The files of a part's component that its role renders, in order."""
    data = part.component.data
    if part.role != "resources":
        named = data["parts"][part.role]
        files = [named] if isinstance(named, str) else named
        return chosen([{"file": f} if isinstance(f, str) else f for f in files], part, blueprint, key)
    listed = data.get("fragments")
    if listed is None:
        return [file for file in ("resources.yaml.j2",) if file in part.component.files]
    return chosen(listed, part, blueprint, key)


def chosen(listed: Iterable[Mapping[str, Any]], part: Part, blueprint: Mapping[str, Any], key: str) -> list[str]:
    """Those of the `listed` files of a part's component whose `when` holds.

    It knows the part's options, `api`, the whole `blueprint` and the `key` of what the part keeps.
    """
    known = {"api": blueprint["api"], "blueprint": blueprint, "key": key or None, **part.options}
    return [f"{said['file']}.yaml.j2" for said in listed if holds(said.get("when", {}), known)]


def _bytecode_cache() -> Any:
    """Where compiled templates are kept; None where there is no folder to keep them in."""
    from jinja2.bccache import FileSystemBytecodeCache

    base = cache_folder()
    if base is None:
        return None
    folder = base / "templates"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder))


def iter_templates(catalog: Catalog) -> Iterator[str]:
    """The names of all component templates, as the environment loads them."""
    for component in catalog.all():
        for file in component.files:
            if file.endswith(".j2"):
                yield component.template(file)
