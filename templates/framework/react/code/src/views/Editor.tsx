import { type FormEvent, useEffect, useState } from "react";

import { ApiError } from "../api";
import { emptyEntry, entriesOf, type Entry, type Fault, fieldsOf } from "../entries";
import { useLoaded, usePage } from "../hooks";
import { focusInput } from "../inputs";
import { Heading, Link, Problem } from "../parts";
import { canRead, hasPages, idOf, type Item, type Resource, titleOf, type Values } from "../resource";
import { hrefOf, navigate } from "../routes";
import { EntryInput } from "./EntryInput";

interface Place {
  readonly resource: Resource;
  readonly values: Values;
  /** Of the item that is changed; a new one has none. */
  readonly id?: string;
}

/** The form for an item, a new one or one that is changed. */
export function Editor({ resource, values, id }: Place) {
  const { api } = usePage().session;
  const {
    value: item,
    error,
    again,
  } = useLoaded<Item>(async () => (id !== undefined && canRead(resource) ? api.read(resource, values, id) : {}));
  const title =
    id === undefined ? `New ${resource.singular}` : `Edit ${item ? titleOf(resource, item) : resource.singular}`;
  return (
    <>
      <Heading>{title}</Heading>
      {error ? (
        <Problem error={error} again={again} />
      ) : item ? (
        <Form {...{ resource, values, item, again }} {...(id === undefined ? {} : { id })} />
      ) : (
        <p>Loading…</p>
      )}
    </>
  );
}

function Form({ resource, values, id, item, again }: Place & { item: Item; again: () => void }) {
  const { session, say } = usePage();
  const [entries, setEntries] = useState(() => entriesOf(resource, item));
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [added, setAdded] = useState<Entry>();
  const changed = error instanceof ApiError && error.status === 412;

  useEffect(() => {
    if (faults[0]) {
      focusInput(faults[0].key, faults[0].part);
    }
  }, [faults]);
  useEffect(() => {
    if (added) {
      focusInput(added.key, "name");
    }
  }, [added]);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) {
      return;
    }
    const read = fieldsOf(resource, entries);
    setFaults(read.faults);
    setError(null);
    if (read.faults.length > 0) {
      return;
    }
    setBusy(true);
    try {
      const saved =
        id === undefined
          ? await session.api.create(resource, values, read.fields)
          : await session.api.update(resource, values, item, id, read.fields);
      const known = id ?? idOf(resource, saved);
      // An API that takes things in and works on them later names no item yet.
      const next =
        known && hasPages(resource)
          ? hrefOf({ view: "item", resource, values, id: known })
          : hrefOf({ view: "list", resource, values });
      navigate(next, true);
      say(`The ${resource.singular} was saved.`);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  const add = () => {
    const entry = emptyEntry();
    setEntries([...entries, entry]);
    setAdded(entry);
  };
  const change = (entry: Entry) => setEntries(entries.map((each) => (each.key === entry.key ? entry : each)));
  return (
    <form onSubmit={(event) => void save(event)}>
      {entries.map((entry) => (
        <EntryInput
          key={entry.key}
          entry={entry}
          fault={faults.find(({ key }) => key === entry.key)}
          onChange={change}
          onRemove={() => setEntries(entries.filter((each) => each !== entry))}
        />
      ))}
      {resource.open && (
        <p>
          <button type="button" onClick={add}>
            Add field
          </button>
        </p>
      )}
      <Problem error={error} again={changed ? again : undefined} />
      <div className="actions">
        <button type="submit" aria-disabled={busy}>
          Save
        </button>
        <Link
          href={hrefOf(id === undefined ? { view: "list", resource, values } : { view: "item", resource, values, id })}
        >
          Cancel
        </Link>
      </div>
    </form>
  );
}
