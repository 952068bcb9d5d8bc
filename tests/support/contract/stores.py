"""The data stores of the contract: what a blueprint says of each, and what its handlers run against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import psycopg
import pytest

from support.caches import admitted
from support.engines import oracle, sqlserver
from support.engines.bridge import leading_to
from support.engines.cassandra import KeyspacesServer
from support.engines.cql import Table
from support.engines.dsql import on_the_wire, real, standing_in
from support.engines.foreign import prepare
from support.engines.influxdb import ADMIN
from support.engines.liveanalytics import queries
from support.engines.neptune import Cluster
from support.engines.redshift import ADMIN_SECRET, DATABASE, WORKGROUP, data_api
from support.handlers import load
from support.servers import Server
from support.sql import CLEAN, CLUSTER, master, secret
from tierforge.projects import Project

OPERATIONS = ("list", "create", "read", "update", "delete")
Variables = Mapping[str, str]  # a function's environment, without the store's name before each


@dataclass(frozen=True)
class Place:
    """Where an engine is to be made ready: the rendered project, its files on disk, and fixtures by name.

    An engine that knows which IAM actions it was asked for notes them in `calls`.
    """

    project: Project
    folder: Path
    fixture: Callable[[str], Any]
    calls: set[str] = field(default_factory=set)

    def properties(self, kind: str) -> dict[str, Any]:
        """What the template says of its one resource of a type."""
        (found,) = [r for r in self.project.template.data["Resources"].values() if r["Type"] == kind]
        return dict(found["Properties"])

    def variables(self, function: str) -> dict[str, Any]:
        """What the template gives a function of the project by its environment."""
        (found,) = [f for f in self.project.stack.functions if f.name == function]
        properties = self.project.template.data["Resources"][f"{found.id}Function"]["Properties"]
        return dict(properties["Environment"]["Variables"])


@dataclass(frozen=True)
class Store:
    """A row of the contract.

    `said` is what the blueprint says under `data_stores`; `engine` makes the store ready and gives the variables that
    its functions find. `signs` are IAM actions that a signature is for and no call of an SDK shows, `seldom` those of
    calls that are made when something is slow, which tests of the store show. `repeatable` says whether a create can
    be sent again, `stands_in` what the engine is not, where it is not the service's own. `cache` is the store `fast`
    that is asked before it. `runtime` is its functions'.
    """

    said: Mapping[str, Any]
    engine: Callable[[Place], AbstractContextManager[Variables]]
    operations: tuple[str, ...] = OPERATIONS
    signs: frozenset[str] = field(default_factory=frozenset)
    seldom: frozenset[str] = field(default_factory=frozenset)
    repeatable: bool = True
    stands_in: str = ""
    cache: Mapping[str, Any] | None = None
    runtime: str = "python3.14"


@contextmanager
def table(place: Place) -> Iterator[Variables]:
    said = place.properties("AWS::DynamoDB::Table")
    shape = {name: said[name] for name in ("AttributeDefinitions", "KeySchema", "BillingMode")}
    boto3.client("dynamodb").create_table(TableName="kept", **shape)
    yield {"TABLE_NAME": "kept"}


@contextmanager
def bucket(place: Place) -> Iterator[Variables]:
    boto3.client("s3").create_bucket(Bucket="kept")
    yield {"BUCKET_NAME": "kept"}


@contextmanager
def migrations(place: Place, server: Server) -> Iterator[tuple[Variables, Any, Any]]:
    """What functions know of a server with users, and the handler and the engine of the project's own migrations."""
    known = {
        "HOST": server.host,
        "PORT": str(server.port),
        "DB_NAME": server.database,
        "USER": "app",
        "CA_BUNDLE": str(server.ca_bundle),
        "SECRET_ARN": secret("app", "app", "the first password"),
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {**known, "MASTER_SECRET_ARN": secret("master", *server.master)}.items():
            environment.setenv(f"KEPT_{name}", value)
        handler, engine = load(place.folder / "functions" / "kept-migrate", "handler", "engine")
        yield known, handler, engine


def database(fixture: str, engine: str, *without: str) -> Callable[[Place], AbstractContextManager[Variables]]:
    """A relational server, with the tables and the user that the project's own migrations make there.

    Its functions do `without` some of the variables.
    """

    @contextmanager
    def migrated(place: Place) -> Iterator[Variables]:
        server: Server = place.fixture(fixture)
        with migrations(place, server) as (known, handler, driver):
            with driver.connect(*server.master) as connection, connection.cursor() as cursor:
                for statement in CLEAN[engine]:
                    cursor.execute(statement)
            handler.lambda_handler({}, None)
        yield {name: value for name, value in known.items() if name not in without}

    return migrated


@contextmanager
def cluster(place: Place) -> Iterator[Variables]:
    """A server of MongoDB's protocol, with what the project's own migrations make there."""
    server: Server = place.fixture("mongodb")
    with migrations(place, server) as (known, handler, engine):
        with engine.connect(*server.master) as client:
            client.drop_database(server.database)
            client.admin.command("dropUser", "app")
        handler.lambda_handler({}, None)
    yield known


@contextmanager
def rows(place: Place) -> Iterator[Variables]:
    """Keyspaces' protocol, with the table that the template makes."""
    server: KeyspacesServer = place.fixture("cassandra")
    said = place.properties("AWS::Cassandra::Table")
    partition = tuple(column["ColumnName"] for column in said["PartitionKeyColumns"])
    clustering = [said["Column"] for said in said["ClusteringKeyColumns"]]
    every = [*said["PartitionKeyColumns"], *clustering, *said["RegularColumns"]]
    columns = {column["ColumnName"]: column["ColumnType"] for column in every}
    key = tuple(column["ColumnName"] for column in clustering)
    server.keyspaces.create(Table("kept", said["TableName"], partition, key, columns))
    with pytest.MonkeyPatch.context() as environment:
        for variable in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):  # in Lambda: the authorities of the system
            environment.setenv(variable, str(server.ca_bundle))
        environment.setenv("AWS_REGION", "us-east-1")
        environment.setenv("AWS_ACCESS_KEY_ID", server.master[0])
        environment.setenv("AWS_SECRET_ACCESS_KEY", server.master[1])
        yield {"HOST": server.host, "PORT": str(server.port), "KEYSPACE": "kept"}


@contextmanager
def mounted(place: Place) -> Iterator[Variables]:
    """A folder of this machine: what a function sees of a file system."""
    yield {"MOUNT_PATH": str(place.folder / "mount")}


@contextmanager
def graph(place: Place) -> Iterator[Variables]:
    """An engine of the language behind Neptune's paths; it knows one key, which the function signs with."""
    server: Cluster = place.fixture("neptune")
    with pytest.MonkeyPatch.context() as environment:
        for name, value in zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), server.master, strict=True):
            environment.setenv(name, value)
        server.graphs.actions = place.calls
        yield {"HOST": server.host, "PORT": str(server.port), "CA_BUNDLE": str(server.ca_bundle)}


def memory(fixture: str, name: str = "kept") -> Callable[[Place], AbstractContextManager[Variables]]:
    """A server that keeps items in memory, with the rights that the template gives the functions' user."""

    @contextmanager
    def empty(place: Place) -> Iterator[Variables]:
        server: Server = place.fixture(fixture)
        known = {"HOST": server.host, "PORT": str(server.port)}
        (store,) = [store for store in place.project.stack.stores if store.name == name]
        if admitted("app", name, place.project, server):
            by_role = {"NAME": name, "USER": "app"}
            known |= by_role if store.options["credentials"] == "iam" else {"SECRET_ARN": secret(name, "app", "any")}
        with pytest.MonkeyPatch.context() as environment:
            for trusted in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
                environment.setenv(trusted, str(server.ca_bundle))
            yield known

    return empty


_fast = memory("valkey_cluster", "fast")


@contextmanager
def cached_table(place: Place) -> Iterator[Variables]:
    """A table with a cache before it."""
    with table(place) as known, _fast(place) as own, pytest.MonkeyPatch.context() as environment:
        for name, value in {**own, "TTL_SECONDS": "60"}.items():
            environment.setenv(f"FAST_{name}", value)
        yield known


@contextmanager
def warehouse(place: Place) -> Iterator[Variables]:
    """Redshift's Data API, with the tables and the users that the project's own function makes there."""
    with data_api(place.fixture("postgres")) as api, pytest.MonkeyPatch.context() as environment:
        known = {"WORKGROUP": WORKGROUP, "DATABASE": DATABASE}
        grants = place.variables("kept-migrate")["KEPT_GRANTS"]["Fn::Sub"].replace("${NotesRole}", api.role)
        said = {"ADMIN_SECRET": ADMIN_SECRET, "GRANTS": grants}
        for name, value in {**known, **said}.items():
            environment.setenv(f"KEPT_{name}", value)
        (handler,) = load(place.folder / "functions" / "kept-migrate", "handler")
        handler.lambda_handler({}, None)
        yield known


@contextmanager
def measurements(place: Place) -> Iterator[Variables]:
    """An InfluxDB whose bucket is read and written with the token that the project's own function makes."""
    server: Server = place.fixture("influxdb")
    known = {
        "URL": f"https://{server.host}:{server.port}",
        "ORG": server.master[0],
        "BUCKET": server.database,
        "SECRET_ARN": secret("token", "app", "no token yet"),
    }
    with pytest.MonkeyPatch.context() as environment:
        for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
            environment.setenv(name, str(server.ca_bundle))
        for name, value in {**known, "ADMIN_SECRET_ARN": secret("admin", *ADMIN)}.items():
            environment.setenv(f"KEPT_{name}", value)
        (handler,) = load(place.folder / "functions" / "kept-token", "handler")
        handler.lambda_handler({}, None)
        yield known


@contextmanager
def live(place: Place) -> Iterator[Variables]:
    """Moto's Timestream with an engine for queries, and in it the table that the template makes."""
    said = place.properties("AWS::Timestream::Table")
    shape = {name: said[name] for name in ("TableName", "Schema", "MagneticStoreWriteProperties")}
    kept = {name: int(value) for name, value in said["RetentionProperties"].items()}
    client = boto3.client("timestream-write")
    client.create_database(DatabaseName="kept")
    client.create_table(DatabaseName="kept", RetentionProperties=kept, **shape)
    in_python = (place.folder / "functions/notes/handler.py").exists()
    # where this process, and others, find moto
    with queries("ingest.timestream.us-east-1.amazonaws.com" if in_python else "127.0.0.1", place.calls):
        yield {"DATABASE": "kept"}


CONNECT = frozenset({"elasticache:Connect"})


def behind_https(fixture: str, engine: str) -> Callable[[Place], AbstractContextManager[Variables]]:
    """A database behind what stands for the Data API, with what the project's own migrations make there."""

    @contextmanager
    def migrated(place: Place) -> Iterator[Variables]:
        server: Server = place.fixture(fixture)
        known = {"CLUSTER_ARN": CLUSTER, "DB_NAME": server.database, "USER": "app"}
        known["SECRET_ARN"] = secret("app", "app", "the first password")
        with master(engine, server) as connection, connection.cursor() as cursor:
            for statement in CLEAN[engine]:
                cursor.execute(statement)
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("AWS_ENDPOINT_URL_RDS_DATA", server.data_api)
            for name, value in {**known, "MASTER_SECRET_ARN": secret("master", *server.master)}.items():
                environment.setenv(f"KEPT_{name}", value)
            (handler,) = load(place.folder / "functions" / "kept-migrate", "handler")
            handler.lambda_handler({}, None)
            yield known

    return migrated


@contextmanager
def dsql(place: Place) -> Iterator[Variables]:
    """PostgreSQL in the place of DSQL, with what the project's own migrations make there."""
    server: Server = place.fixture("postgres")
    role = "arn:aws:iam::123456789012:role/notes"
    known = {"HOST": server.host, "USER": "app", "CA_BUNDLE": str(server.ca_bundle)}
    with real(psycopg.Connection, server, *server.master) as connection:
        for statement in CLEAN["aurora-dsql"]:
            connection.execute(statement.encode())
    connect = standing_in(server, role)
    with pytest.MonkeyPatch.context() as environment:
        environment.setattr(psycopg.Connection, "connect", classmethod(connect))
        environment.setattr(psycopg, "connect", lambda **asked: connect(psycopg.Connection, **asked))
        for name, value in {**known, "ROLE_ARNS": role}.items():
            environment.setenv(f"KEPT_{name}", value)
        (handler,) = load(place.folder / "functions" / "kept-migrate", "handler")
        handler.lambda_handler({}, None)
        with on_the_wire(server, role) as port:
            environment.setenv("PGPORT", str(port))  # for drivers that are not of this process
            yield known


def foreign(engine: ModuleType) -> Callable[[Place], AbstractContextManager[Variables]]:
    """PostgreSQL in the place of a server that can't be had, with what the project's own migrations make there."""

    @contextmanager
    def migrated(place: Place) -> Iterator[Variables]:
        server: Server = place.fixture("postgres")
        prepare(engine.DIALECT, server)
        with pytest.MonkeyPatch.context() as environment:
            engine.standing_in(server, environment)
            with migrations(place, server) as (known, handler, _), leading_to(engine.bridge(server)) as address:
                environment.setenv("BRIDGE", address)
                handler.lambda_handler({}, None)
                yield known

    return migrated


STORES = {
    "dynamodb": Store({"type": "dynamodb"}, table),
    "s3": Store({"type": "s3"}, bucket),
    "rds-postgres": Store({"type": "rds", "engine": "postgres"}, database("postgres", "postgres")),
    "rds-mariadb": Store({"type": "rds", "engine": "mariadb"}, database("mariadb", "mysql")),
    "rds-mysql": Store(
        {"type": "rds", "engine": "mysql"},
        database("mariadb", "mysql"),
        stands_in="MariaDB stands in for MySQL, which no package brings",
    ),
    "rds-sqlserver": Store(
        {"type": "rds", "engine": "sqlserver"},
        foreign(sqlserver),
        stands_in="engine not real: T-SQL read by sqlglot and run on PostgreSQL, behind pymssql's connection",
    ),
    "rds-oracle": Store(
        {"type": "rds", "engine": "oracle"},
        foreign(oracle),
        stands_in="engine not real: Oracle's SQL read by sqlglot and run on PostgreSQL, behind oracledb's connection",
    ),
    "keyspaces": Store(
        {"type": "keyspaces"},
        rows,
        signs=frozenset({"cassandra:Select", "cassandra:Modify"}),
        stands_in="engine not real: Cassandra's protocol and SigV4 by the tests, statements on SQLite",
    ),
    "efs": Store(
        {"type": "efs"},
        mounted,
        signs=frozenset({"elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"}),  # Lambda's, for the mount
        stands_in="a folder on a disk: links and renames are the same; it caches nothing, as a client of NFS does",
    ),
    "dynamodb-cached": Store({"type": "dynamodb"}, cached_table, signs=CONNECT, cache={"type": "elasticache"}),
    "elasticache-valkey": Store({"type": "elasticache"}, memory("valkey_cluster"), signs=CONNECT),
    "elasticache-redis": Store(
        {"type": "elasticache", "engine": "redis", "serverless": False, "credentials": "secret"},
        memory("valkey"),
        stands_in="Valkey stands in for Redis OSS, whose commands it has kept",
    ),
    "elasticache-memcached": Store({"type": "elasticache", "engine": "memcached"}, memory("memcached"), OPERATIONS[1:]),
    "memorydb": Store(
        {"type": "memorydb"},
        memory("valkey_cluster"),
        signs=frozenset({"memorydb:Connect"}),
        stands_in="a cluster of Valkey stands in for MemoryDB, which keeps what it has in a log besides",
    ),
    "aurora": Store({"type": "aurora", "engine": "postgres"}, database("postgres", "postgres")),
    "aurora-data-api": Store(
        {"type": "aurora", "engine": "postgres", "data_api": True},
        behind_https("data_api", "postgres"),
        signs=frozenset({"secretsmanager:GetSecretValue"}),
        stands_in="calls are the SDKs', PostgreSQL is real, and the tests' own service is between them",
    ),
    "aurora-data-api-mysql": Store(
        {"type": "aurora", "engine": "mysql", "data_api": True},
        behind_https("data_api_mariadb", "mysql"),
        signs=frozenset({"secretsmanager:GetSecretValue"}),
        stands_in="calls are the SDKs', MariaDB stands in for MySQL, and the tests' own service is between them",
    ),
    "aurora-dsql": Store(
        {"type": "aurora-dsql"},
        dsql,
        signs=frozenset({"dsql:DbConnect"}),
        stands_in="PostgreSQL stands in for DSQL, with snapshot isolation, tokens and roles as DSQL has them",
    ),
    "ec2": Store({"type": "ec2"}, database("postgres", "postgres", "CA_BUNDLE")),
    "documentdb": Store(
        {"type": "documentdb"},
        cluster,
        stands_in="nx-27017 over SQLite speaks MongoDB's protocol; accounts are the tests' own",
    ),
    "documentdb-elastic": Store(
        {"type": "documentdb", "elastic": {}},
        cluster,
        stands_in="the same: a collection that is to be spread over shards is there as any other",
    ),
    "neptune-opencypher": Store({"type": "neptune"}, graph, stands_in="ocg behind Neptune's paths"),
    "neptune-gremlin": Store(
        {"type": "neptune", "language": "gremlin"}, graph, stands_in="graphersal behind Neptune's paths"
    ),
    "neptune-sparql": Store(
        {"type": "neptune", "language": "sparql"}, graph, stands_in="Oxigraph behind Neptune's paths"
    ),
    "timestream": Store(
        {"type": "timestream"},
        measurements,
        OPERATIONS[:3],
        repeatable=False,
        stands_in="InfluxDB 1.6 behind the paths of version 2; sessions and tokens are the tests' own",
    ),
    "timestream-liveanalytics": Store(
        {"type": "timestream", "engine": "liveanalytics", "existing_customer": True},
        live,
        OPERATIONS[:3],
        repeatable=False,
        stands_in="calls are moto's, and statements that Trino can read run on SQLite",
    ),
    "redshift": Store(
        {"type": "redshift"},
        warehouse,
        signs=frozenset({"redshift-serverless:GetCredentials"}),
        seldom=frozenset({"redshift-data:CancelStatement"}),
        stands_in="the Data API is spoken by the tests, and PostgreSQL runs the statements",
    ),
}
IN_NODEJS = {f"{name}-nodejs": replace(store, runtime="nodejs24.x") for name, store in STORES.items()}
STORES |= IN_NODEJS
