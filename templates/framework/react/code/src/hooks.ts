/** What components know of the page around them. */

import { createContext, useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";

import type { Person } from "./auth";
import { onNavigation, type Route, routeOf } from "./routes";
import type { Session } from "./session";

export interface Page {
  readonly session: Session;
  /** Tell people that something went well. */
  readonly say: (message: string) => void;
  /** Tell people what went wrong outside of a view. */
  readonly fail: (error: unknown) => void;
}

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) {
    throw new Error("there is no page around this component");
  }
  return page;
}

/** The address of the page, and what it shows. */
export function useRoute(): { href: string; route: Route } {
  const href = useSyncExternalStore(onNavigation, () => location.href);
  return useMemo(() => ({ href, route: routeOf(new URL(href)) }), [href]);
}

/** Who is signed in, null if nobody is. */
export function usePerson({ auth }: Session): Person | null {
  const subscribe = useCallback((listener: () => void) => auth.onChange(listener), [auth]);
  return useSyncExternalStore(subscribe, () => auth.person);
}

export interface Loaded<T> {
  /** What was loaded, undefined while it is on its way. */
  readonly value: T | undefined;
  readonly error: unknown;
  readonly again: () => void;
}

/** What `load` answers, asked once for each view; what comes after the view has gone is dropped. */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [asked, setAsked] = useState({ load });
  const [answer, setAnswer] = useState<{ value?: T; error: unknown }>({ error: null });
  useEffect(() => {
    let gone = false;
    asked.load().then(
      (value) => gone || setAnswer({ value, error: null }),
      (error: unknown) => gone || setAnswer({ error }),
    );
    return () => {
      gone = true;
    };
  }, [asked]);
  const again = () => {
    setAnswer({ error: null });
    setAsked({ load });
  };
  return { value: answer.value, error: answer.error, again };
}
