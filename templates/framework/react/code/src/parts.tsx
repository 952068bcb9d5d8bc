/** Small parts that the views are made of. */

import { type ReactNode, useEffect, useRef } from "react";

import { explained } from "./api";
import { attributesOf, type Item, type Resource } from "./resource";
import { app } from "./resources";
import { arrive, followed, navigate } from "./routes";

/** A link within the page. */
export function Link({ href, current = false, children }: { href: string; current?: boolean; children: ReactNode }) {
  return (
    <a
      href={href}
      aria-current={current ? "page" : undefined}
      onClick={(event) => {
        if (followed(event.nativeEvent)) {
          event.preventDefault();
          navigate(href);
        }
      }}
    >
      {children}
    </a>
  );
}

/** The heading of a view, and the page's title. It takes the focus when the view appears. */
export function Heading({ id, children }: { id?: string; children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => arrive(heading.current), []);
  useEffect(() => {
    document.title = children === app.name ? children : `${children} - ${app.name}`;
  }, [children]);
  return (
    <h1 id={id} ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

/** What went wrong, with the request's id for those who look into the logs; `again` tries once more. */
export function Problem({ error, again }: { error: unknown; again?: (() => void) | undefined }) {
  if (!error) {
    return null;
  }
  const { message, requestId } = explained(error);
  return (
    <div role="alert">
      <p>{message}</p>
      {requestId && (
        <p>
          <small>Request {requestId}</small>
        </p>
      )}
      {again && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** The fields of an item. */
export function Attributes({ resource, item }: { resource: Resource; item: Item }) {
  return (
    <dl>
      {attributesOf(resource, item).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
