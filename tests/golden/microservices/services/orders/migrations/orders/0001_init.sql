-- The first tables of orders. The function orders-migrate runs the files of this folder
-- once each, in the order of their names, each in a transaction. A file that has been applied must
-- not change any more: put the next change into a new file, 0002_....sql.

CREATE TABLE "orders" (
    -- Ids sort by age. "C" compares bytes: quick, and the same on every server.
    "id" text COLLATE "C" NOT NULL,
    -- The fields that clients send. One that you search by deserves a column or an index of its own.
    "data" jsonb NOT NULL,
    -- Another one after every write: a client that read an older one is told so.
    "etag" text NOT NULL,
    "updated_at" timestamptz NOT NULL,
    PRIMARY KEY ("id")
);
