"""The VPC as functions and stores need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tierforge.model.functions import Function
from tierforge.model.parts import Part


@dataclass(frozen=True, eq=False)
class Edge:
    """A connection that the network lets through: from `function` to a part's group or to an address.

    `group` names a value of `target`, the group that is reached; `source` one of `origin`, or of `target` where that is
    None: the group that connections come from where that is no function's. `towards` is the egress rule's property;
    `both` says whether the other side needs a rule too.
    """

    id: str
    function: Function | None
    port: int
    why: str
    target: Part | None = None
    towards: str = "DestinationSecurityGroupId"
    address: str = ""
    both: bool = True
    group: str = "security_group"
    source: str = ""
    origin: Part | None = None


@dataclass(frozen=True, eq=False)
class Subnet:
    """A private subnet: `zone` is its zone's name or "" for the next of the Region; `used` by functions.

    `table` is the logical ID of its route table; `nat` says that a NAT gateway stands in its zone.
    """

    letter: str
    zone: str
    used: bool
    table: str
    nat: bool


@dataclass(frozen=True, eq=False)
class RouteTable:
    """A private route table, by its logical ID, with the letter of the NAT gateway that is the way out; "" for none."""

    id: str
    nat: str


@dataclass(frozen=True, eq=False)
class Gateway:
    """A gateway endpoint, with the functions and stores it is for and the parameter of its prefix list.

    `hosts` are stores whose servers fetch through it what is open to everybody. `shared` says that the functions are
    those of other stacks, each with a role that says what it may reach; `stores` are then those of other accounts.
    """

    service: str
    parameter: str
    functions: tuple[Function, ...]
    stores: tuple[Part, ...]
    hosts: tuple[Part, ...] = ()
    shared: bool = False


@dataclass(frozen=True, eq=False)
class Network:
    """The VPC as functions and stores need it.

    `elsewhere` are ARNs, by service, that functions reach through its interface endpoint in other accounts too.
    """

    part: Part
    subnets: tuple[Subnet, ...]
    tables: tuple[RouteTable, ...]
    functions: tuple[Function, ...]
    interfaces: tuple[str, ...]
    gateways: tuple[Gateway, ...]
    edges: tuple[Edge, ...]
    elsewhere: Mapping[str, tuple[str, ...]]
