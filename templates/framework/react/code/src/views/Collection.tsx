import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";

import { useLoaded, usePage } from "../hooks";
import { Attributes, Heading, Link, Problem } from "../parts";
import { hasPages, idOf, type Item, type Resource, titleOf, type Values } from "../resource";
import { hrefOf, missing, navigate, scopeOf } from "../routes";

/** The items of a resource, or what can be done where the API lists none. */
export function Collection({ resource, values }: { resource: Resource; values: Values }) {
  const asked = missing(resource, values);
  const { operations } = resource;
  return (
    <>
      <Heading id="heading">{resource.title}</Heading>
      {asked.length > 0 ? (
        <Asking
          names={asked}
          submit="Show"
          onAnswer={(more) => navigate(hrefOf({ view: "list", resource, values: { ...values, ...more } }))}
        />
      ) : (
        <>
          {operations.includes("create") && (
            <p className="actions">
              <button
                type="button"
                onClick={() => navigate(hrefOf({ view: "new", resource, values: scopeOf(resource, values) }))}
              >
                New {resource.singular}
              </button>
            </p>
          )}
          {operations.includes("list") && <List resource={resource} values={values} />}
          {!operations.includes("list") && hasPages(resource) && (
            <Asking
              names={[resource.id]}
              submit="Open"
              onAnswer={(answers) =>
                navigate(hrefOf({ view: "item", resource, values, id: answers[resource.id] ?? "" }))
              }
            />
          )}
        </>
      )}
    </>
  );
}

function List({ resource, values }: { resource: Resource; values: Values }) {
  const { api } = usePage().session;
  const first = useLoaded(() => api.list(resource, values));
  const [more, setMore] = useState<{ items: Item[]; nextToken: string; from: number }>();
  const [failure, setFailure] = useState<unknown>(null);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (more) {
      (list.current?.children[more.from] as HTMLElement | undefined)?.focus();
    }
  }, [more]);

  if (first.value === undefined) {
    return first.error ? <Problem error={first.error} again={first.again} /> : <p>Loading…</p>;
  }
  const items = [...first.value.items, ...(more?.items ?? [])];
  const nextToken = more ? more.nextToken : first.value.nextToken;
  const load = async () => {
    setFailure(null);
    try {
      const page = await api.list(resource, values, nextToken);
      setMore({ items: [...(more?.items ?? []), ...page.items], nextToken: page.nextToken, from: items.length });
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <>
      {items.length > 0 ? (
        <ul className="items" aria-labelledby="heading" ref={list}>
          {items.map((item, index) => (
            <li key={idOf(resource, item) || index} tabIndex={-1}>
              <Entry resource={resource} values={values} item={item} />
            </li>
          ))}
        </ul>
      ) : (
        !nextToken && <p>There are none yet.</p>
      )}
      <Problem error={failure} />
      {nextToken && (
        <button type="button" onClick={() => void load()}>
          Load more
        </button>
      )}
    </>
  );
}

function Entry({ resource, values, item }: { resource: Resource; values: Values; item: Item }): ReactNode {
  const id = idOf(resource, item);
  if (!id || !hasPages(resource)) {
    return <Attributes resource={resource} item={item} />;
  }
  return (
    <Link href={hrefOf({ view: "item", resource, values: scopeOf(resource, values), id })}>
      {titleOf(resource, item)}
    </Link>
  );
}

function Asking(props: { names: readonly string[]; submit: string; onAnswer: (answers: Values) => void }) {
  const { names, submit, onAnswer } = props;
  const answered = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    onAnswer(Object.fromEntries(names.map((name) => [name, String(said.get(name)).trim()])));
  };
  return (
    <form onSubmit={answered}>
      {names.map((name) => (
        <p key={name}>
          <label htmlFor={name}>{name}</label>
          <input id={name} name={name} required autoComplete="off" />
        </p>
      ))}
      <button type="submit">{submit}</button>
    </form>
  );
}
