"""Every engine of the tests starts, and keeps a value that the driver of the handlers writes, over verified TLS."""

from __future__ import annotations

import ssl

import psycopg
import pymysql
import pytest
from pymemcache.client.base import Client as Memcached
from valkey import Valkey
from valkey.exceptions import AuthenticationError

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
    with _valkey(valkey, "app", "app-password") as client:
        client.set(ID, TITLE, ex=60)
        assert client.get(ID) == TITLE
    with pytest.raises(AuthenticationError):
        _valkey(valkey, "app", "a guess").ping()


def test_memcached(memcached: Server) -> None:
    tls = ssl.create_default_context(cafile=str(memcached.ca_bundle))
    client = Memcached((memcached.host, memcached.port), tls_context=tls, connect_timeout=1, timeout=1)
    client.set(ID, TITLE, expire=60)
    assert client.get(ID) == TITLE.encode()
