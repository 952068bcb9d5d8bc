/**
 * Addresses within the page.
 *
 * /tickets lists tickets, /tickets?new makes one, /tickets/<id> shows one, and /tickets/<id>?edit changes it: any of
 * them can be opened, reloaded and passed on. What else a path of the API has (/books/{bookId}/reviews) stands in the
 * query: /reviews?bookId=<id>.
 */

import type { Resource, Values } from "./resource";
import { resources } from "./resources";

export type Route =
  | { readonly view: "home" }
  | { readonly view: "unknown" }
  | { readonly view: "list" | "new"; readonly resource: Resource; readonly values: Values }
  | { readonly view: "item" | "edit"; readonly resource: Resource; readonly values: Values; readonly id: string };

/** What an address of the page shows. */
export function routeOf(address: URL, known: readonly Resource[] = resources): Route {
  const [name, id, ...more] = address.pathname.split("/").filter(Boolean).map(decoded);
  if (name === undefined) {
    return { view: "home" };
  }
  const resource = known.find((each) => each.name === name);
  if (resource === undefined || more.length > 0) {
    return { view: "unknown" };
  }
  const { new: created, edit, ...values } = Object.fromEntries(address.searchParams);
  if (id === undefined) {
    return { view: created === undefined ? "list" : "new", resource, values };
  }
  return { view: edit === undefined ? "item" : "edit", resource, values, id };
}

/** The address of a route. */
export function hrefOf(route: Route): string {
  if (!("resource" in route)) {
    return "/";
  }
  const path = [route.resource.name, ...("id" in route ? [route.id] : [])].map(encoded).join("/");
  const flag = route.view === "new" || route.view === "edit" ? [route.view] : [];
  const query = [...flag, ...(Object.keys(route.values).length > 0 ? [String(new URLSearchParams(route.values))] : [])];
  return `/${path}${query.length > 0 ? "?" : ""}${query.join("&")}`;
}

/** Parameters of a list that its address does not say yet. */
export function missing(resource: Resource, values: Values): string[] {
  return [...resource.parameters, ...resource.listBy].filter((name) => !values[name]);
}

/** Those of `values` that say whose the items of `resource` are. */
export function scopeOf(resource: Resource, values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => resource.parameters.includes(name)));
}

/** Go to an address of the page, without loading it anew; `replace` leaves no way back. */
export function navigate(href: string, replace = false): void {
  history[replace ? "replaceState" : "pushState"](null, "", href);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** Call `listener` whenever the address has changed; the answer ends it. */
export function onNavigation(listener: () => void): () => void {
  addEventListener("popstate", listener);
  return () => removeEventListener("popstate", listener);
}

/** Whether a click on a link is one to follow within the page: neither a new tab nor a download is wanted. */
export function followed(click: MouseEvent): boolean {
  return (
    click.button === 0 &&
    !click.defaultPrevented &&
    !click.metaKey &&
    !click.ctrlKey &&
    !click.shiftKey &&
    !click.altKey
  );
}

let opened = false;

/**
 * People who can't see that the page has changed are told by the focus, on its new heading.
 *
 * When it is opened, the focus stays at its beginning, where the browser puts it.
 */
export function arrive(heading: HTMLElement | null): void {
  if (opened) {
    heading?.focus();
  }
  opened = true;
}

/** A part of a path. A full stop is written so that no server takes the last part for the name of a file. */
function encoded(part: string): string {
  return encodeURIComponent(part).replaceAll(".", "%2E");
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
