"""What the stages hand to each other: plain frozen records without behaviour."""

from tierforge.model.access import Access, Grant
from tierforge.model.api import AccessLog, Cached, Path, Route, Setting, Stage
from tierforge.model.functions import Function
from tierforge.model.network import Edge, Gateway, Network, RouteTable, Subnet
from tierforge.model.parts import Component, Options, Part, Resource, Scope, Use, Where
from tierforge.model.stack import File, Stack

__all__ = [
    "Access",
    "AccessLog",
    "Cached",
    "Component",
    "Edge",
    "File",
    "Function",
    "Gateway",
    "Grant",
    "Network",
    "Options",
    "Part",
    "Path",
    "Resource",
    "Route",
    "RouteTable",
    "Scope",
    "Setting",
    "Stack",
    "Stage",
    "Subnet",
    "Use",
    "Where",
]
