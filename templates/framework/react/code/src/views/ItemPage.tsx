import { useRef, useState } from "react";

import { useLoaded, usePage } from "../hooks";
import { Attributes, Heading, Link, Problem } from "../parts";
import { below, canRead, capitalized, type Item, type Resource, titleOf, type Values } from "../resource";
import { resources } from "../resources";
import { hrefOf, navigate } from "../routes";

interface Place {
  readonly resource: Resource;
  readonly values: Values;
  readonly id: string;
}

/** One item, and what can be done with it. */
export function ItemPage({ resource, values, id }: Place) {
  const { api } = usePage().session;
  const {
    value: item,
    error,
    again,
  } = useLoaded<Item>(async () => (canRead(resource) ? api.read(resource, values, id) : { [resource.id]: id }));
  return (
    <>
      <Heading>{item ? titleOf(resource, item) : capitalized(resource.singular)}</Heading>
      {error ? (
        <Problem error={error} again={again} />
      ) : item ? (
        <Shown {...{ resource, values, id, item }} />
      ) : (
        <p>Loading…</p>
      )}
      <p>
        <Link href={hrefOf({ view: "list", resource, values })}>Back to {resource.title}</Link>
      </p>
    </>
  );
}

function Shown({ resource, values, id, item }: Place & { item: Item }) {
  const inner = below(resource, resources);
  return (
    <>
      <Attributes resource={resource} item={item} />
      {inner.length > 0 && (
        <ul>
          {inner.map((other) => (
            <li key={other.name}>
              <Link href={hrefOf({ view: "list", resource: other, values: { ...values, [resource.id]: id } })}>
                {other.title}
              </Link>{" "}
              of this {resource.singular}
            </li>
          ))}
        </ul>
      )}
      <div className="actions">
        {resource.operations.includes("update") && (
          <button type="button" onClick={() => navigate(hrefOf({ view: "edit", resource, values, id }))}>
            Edit
          </button>
        )}
        {resource.operations.includes("delete") && <Deletion {...{ resource, values, id, item }} />}
      </div>
    </>
  );
}

function Deletion({ resource, values, id, item }: Place & { item: Item }) {
  const { session, say } = usePage();
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const remove = async () => {
    setBusy(true);
    try {
      await session.api.delete(resource, values, item, id);
      navigate(hrefOf({ view: "list", resource, values }), true);
      say(`The ${resource.singular} was deleted.`);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        Delete
      </button>
      <dialog ref={dialog} aria-labelledby="question" onClose={() => setError(null)}>
        <h2 id="question">Delete this {resource.singular}?</h2>
        <p>Nobody can bring it back from here.</p>
        <Problem error={error} />
        <div className="actions">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="button" aria-disabled={busy} onClick={() => void (busy || remove())}>
            Delete {resource.singular}
          </button>
        </div>
      </dialog>
    </>
  );
}
