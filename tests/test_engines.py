"""Every engine of the tests starts, and keeps a value that the driver of the handlers writes, over verified TLS."""

from __future__ import annotations

import json
import ssl
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import boto3
import psycopg
import pymysql
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from cassandra import ConsistencyLevel, InvalidRequest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable
from cassandra.policies import DCAwareRoundRobinPolicy
from cassandra_sigv4.auth import SigV4AuthProvider
from pymemcache.client.base import Client as Memcached
from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError, OperationFailure
from valkey import Valkey
from valkey.exceptions import AuthenticationError

from support.engines.cassandra import KeyspacesServer
from support.engines.cql import Table
from support.servers import Server

ID, TITLE = "0198", "a printer's fire"


def test_postgres(postgres: Server) -> None:
    user, password = postgres.master
    tls = {"sslmode": "verify-full", "sslrootcert": str(postgres.ca_bundle)}
    place = {"host": postgres.host, "port": postgres.port, "dbname": postgres.database}
    with psycopg.connect(user=user, password=password, **place, **tls) as connection:
        connection.execute("CREATE TEMPORARY TABLE smoke (id text PRIMARY KEY, title text)")
        connection.execute("INSERT INTO smoke VALUES (%s, %s)", (ID, TITLE))
        assert connection.execute("SELECT title FROM smoke WHERE id = %s", (ID,)).fetchone() == (TITLE,)


def test_mariadb(mariadb: Server) -> None:
    user, password = mariadb.master
    tls = {"ssl_ca": str(mariadb.ca_bundle), "ssl_verify_cert": True, "ssl_verify_identity": True}
    connection = pymysql.connect(host=mariadb.host, port=mariadb.port, user=user, password=password, **tls)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE app.smoke (id varchar(9) PRIMARY KEY, title text)")
        cursor.execute("INSERT INTO app.smoke VALUES (%s, %s)", (ID, TITLE))
        cursor.execute("SELECT title FROM app.smoke WHERE id = %s", (ID,))
        assert cursor.fetchone() == (TITLE,)


def _valkey(server: Server, user: str, password: str) -> Valkey:
    tls = {"ssl": True, "ssl_ca_certs": str(server.ca_bundle), "ssl_check_hostname": True}
    return Valkey(server.host, server.port, username=user, password=password, decode_responses=True, **tls)


def test_valkey(valkey: Server) -> None:
    with _valkey(valkey, *valkey.master) as client:
        client.set(ID, TITLE, ex=60)
        assert client.get(ID) == TITLE
    with pytest.raises(AuthenticationError):
        _valkey(valkey, "master", "a guess").ping()


def test_memcached(memcached: Server) -> None:
    tls = ssl.create_default_context(cafile=str(memcached.ca_bundle))
    client = Memcached((memcached.host, memcached.port), tls_context=tls, connect_timeout=1, timeout=1)
    client.set(ID, TITLE, expire=60)
    assert client.get(ID) == TITLE.encode()


def _neptune(server: Server, secret: str | None = None) -> Any:
    key, known = server.master
    place = {"endpoint_url": f"https://{server.host}:{server.port}", "region_name": "us-east-1"}
    keys = {"aws_access_key_id": key, "aws_secret_access_key": secret or known}
    once = Config(retries={"total_max_attempts": 1})
    return boto3.client("neptunedata", verify=str(server.ca_bundle), config=once, **place, **keys)


def test_neptune_opencypher(neptune: Server) -> None:
    parameters = json.dumps({"id": ID, "title": TITLE})
    say = _neptune(neptune).execute_open_cypher_query
    say(openCypherQuery="CREATE (:Smoke {id: $id, title: $title})", parameters=parameters)
    answer = say(openCypherQuery="MATCH (n:Smoke {id: $id}) RETURN n", parameters=parameters)
    assert answer["results"][0]["n"]["~properties"] == {"id": ID, "title": TITLE}
    with pytest.raises(ClientError, match="MalformedQuery"):
        say(openCypherQuery="MATCH (")
    with pytest.raises(ClientError, match="AccessDenied"):
        _neptune(neptune, "a guess").execute_open_cypher_query(openCypherQuery="RETURN 1")


def test_neptune_gremlin(neptune: Server) -> None:
    say = _neptune(neptune).execute_gremlin_query
    say(gremlinQuery=f'g.addV("smoke").property(T.id, "{ID}").property("title", {json.dumps(TITLE)})')
    answer = say(gremlinQuery=f'g.V("{ID}").values("title")')
    assert answer["result"]["data"] == {"@type": "g:List", "@value": [TITLE]}


def test_neptune_sparql(neptune: Server) -> None:
    ask, item = f"https://{neptune.host}:{neptune.port}/sparql", f"<https://example.com/{ID}>"

    def say(**form: str) -> bytes:
        request = AWSRequest(
            "POST", ask, {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form).encode()
        )
        SigV4Auth(Credentials(*neptune.master), "neptune-db", "us-east-1").add_auth(request)
        signed = request.prepare()
        tls = ssl.create_default_context(cafile=str(neptune.ca_bundle))
        with urlopen(Request(ask, signed.body, dict(signed.headers)), context=tls) as answer:
            return bytes(answer.read())

    say(update=f"INSERT DATA {{ {item} <https://example.com/title> {json.dumps(TITLE)} }}")
    found = json.loads(say(query=f"SELECT ?title WHERE {{ {item} <https://example.com/title> ?title }}"))
    assert [row["title"]["value"] for row in found["results"]["bindings"]] == [TITLE]


def test_influxdb(influxdb: Server) -> None:
    tls = ssl.create_default_context(cafile=str(influxdb.ca_bundle))

    def say(path: str, body: str | None = None, token: str = influxdb.master[1], **query: str) -> bytes:
        place = f"https://{influxdb.host}:{influxdb.port}{path}?{urlencode(query)}"
        headers = {"Authorization": f"Token {token}"}
        with urlopen(Request(place, body.encode() if body else None, headers), context=tls) as answer:
            return bytes(answer.read())

    place = {"org": influxdb.master[0], "bucket": influxdb.database}
    say("/api/v2/write", f'smoke,id={ID} title="{TITLE}" 1700000000000', precision="ms", **place)
    ask = {"db": influxdb.database, "q": "SELECT title FROM smoke WHERE id = $id", "params": json.dumps({"id": ID})}
    assert json.loads(say("/query", **ask))["results"][0]["series"][0]["values"][0][1] == TITLE
    wanted = {"start": "1970-01-01T00:00:00Z", "stop": "2030-01-01T00:00:00Z"}
    say("/api/v2/delete", json.dumps(wanted | {"predicate": f'_measurement="smoke" AND id="{ID}"'}), **place)
    assert "series" not in json.loads(say("/query", **ask))["results"][0]
    with pytest.raises(HTTPError, match="401"):
        say("/query", token="a guess", **ask)


def _mongo(server: Server, user: str, password: str) -> MongoClient[dict[str, Any]]:
    tls = {"tls": True, "tlsCAFile": str(server.ca_bundle), "retryWrites": False}
    waits = {"serverSelectionTimeoutMS": 2000, "connectTimeoutMS": 2000, "socketTimeoutMS": 5000}
    return MongoClient(server.host, server.port, username=user, password=password, **tls, **waits)


def test_mongodb(mongodb: Server) -> None:
    roles = [{"role": "readWrite", "db": mongodb.database}]
    with _mongo(mongodb, *mongodb.master) as master:
        master.admin.command("createUser", "smoke", pwd="smoke's password", roles=roles)
    with _mongo(mongodb, "smoke", "smoke's password") as client:
        items = client[mongodb.database].smoke
        # nx-27017 takes a field "id" at the top for its own row number: handlers keep theirs under "key"
        items.create_index([("key.owner", 1), ("key.id", 1)], unique=True)
        items.insert_one({"key": {"owner": "ann", "id": ID}, "title": TITLE})
        assert items.find_one({"key.owner": "ann", "key.id": ID}, {"_id": 0, "title": 1}) == {"title": TITLE}
        with pytest.raises(DuplicateKeyError):
            items.insert_one({"key": {"owner": "ann", "id": ID}})
        with pytest.raises(OperationFailure, match="not authorized"):
            client.other.smoke.insert_one({})
    with _mongo(mongodb, "smoke", "a guess") as guess, pytest.raises(OperationFailure, match="Authentication failed"):
        guess.admin.command("ping")


def _cassandra(server: Server, secret: str) -> Cluster:
    session = boto3.Session(server.master[0], secret, region_name="us-east-1")
    tls = ssl.create_default_context(cafile=str(server.ca_bundle))
    near = DCAwareRoundRobinPolicy("us-east-1")
    profile = ExecutionProfile(near, consistency_level=ConsistencyLevel.LOCAL_QUORUM)
    return Cluster(
        [server.host],
        server.port,
        auth_provider=SigV4AuthProvider(session),
        ssl_context=tls,
        ssl_options={"server_hostname": server.host},  # the driver connects by address
        protocol_version=4,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        schema_metadata_enabled=False,
        token_metadata_enabled=False,
    )


def test_cassandra(cassandra: KeyspacesServer) -> None:
    columns = {"owner": "text", "id": "text", "title": "text", "etag": "text"}
    cassandra.keyspaces.create(Table("app", "smoke", ("owner",), ("id",), columns))
    cluster = _cassandra(cassandra, cassandra.master[1])
    session = cluster.connect()

    def say(text: str, *values: object) -> Any:
        return session.execute(session.prepare(text), values)

    create = "INSERT INTO app.smoke (owner, id, title, etag) VALUES (?, ?, ?, ?) IF NOT EXISTS"
    assert say(create, "ann", ID, TITLE, "1").was_applied
    assert not say(create, "ann", ID, "another", "2").was_applied
    assert say("SELECT title FROM app.smoke WHERE owner = ? AND id > ? LIMIT ?", "ann", "", 9).one().title == TITLE
    update = "UPDATE app.smoke SET title = ?, etag = ? WHERE owner = ? AND id = ? IF etag = ?"
    assert say(update, "new", "2", "ann", ID, "0").one() == (False, "1")
    assert say(update, "new", "2", "ann", ID, "1").was_applied
    assert say("DELETE FROM app.smoke WHERE owner = ? AND id = ? IF EXISTS", "ann", ID).was_applied
    with pytest.raises(InvalidRequest, match="filtering"):
        session.prepare("SELECT title FROM app.smoke WHERE id = ?")
    cluster.shutdown()
    with pytest.raises(NoHostAvailable, match="signature"):
        _cassandra(cassandra, "a guess").connect()
