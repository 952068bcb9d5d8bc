"""Names of a blueprint, turned into the spellings that CloudFormation, code and SQL use."""

from __future__ import annotations

import re
from keyword import iskeyword


def words(name: str) -> list[str]:
    """`name` cut into lower-case words: `box-office`, `bookId` and `{id}` alike."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return [word.lower() for word in re.findall(r"[A-Za-z0-9]+", spaced)]


def pascal(name: str) -> str:
    """`box-office` as `BoxOffice`: the stem of a logical ID."""
    return "".join(word[0].upper() + word[1:] for word in words(name))


def camel(name: str) -> str:
    """`box-office` as `boxOffice`: an operation's or a stage variable's name."""
    joined = pascal(name)
    return joined[:1].lower() + joined[1:]


def snake(name: str) -> str:
    """`box-office` as `box_office`: a Python or SQL identifier."""
    return "_".join(words(name))


def module(name: str) -> str:
    """`box-office` as `box_office`, `class` as `class_`: the name of a Python module."""
    return f"{snake(name)}_" if iskeyword(snake(name)) else snake(name)


def kebab(name: str) -> str:
    """`BoxOffice` as `box-office`: a name of a blueprint."""
    return "-".join(words(name))


def upper_snake(name: str) -> str:
    """`box-office` as `BOX_OFFICE`: the prefix of environment variables."""
    return snake(name).upper()


def singular(name: str) -> str:
    """`tickets` as `ticket`, for an operation on one item; a name that isn't a plural stays."""
    if re.search(r"(?:[^aeiou]|qu)ies$", name):
        return name[:-3] + "y"
    if re.search(r"(?:ss|sh|ch|x|zz)es$", name):
        return name[:-2]
    if name.endswith("s") and not name.endswith(("ss", "us", "is")):
        return name[:-1]
    return name
