/** What components know of the page around them. */

import { inject, type InjectionKey, onScopeDispose, readonly, ref, type Ref, shallowRef } from "vue";

import type { Person } from "./auth";
import { onNavigation } from "./routes";
import type { Session } from "./session";

export interface Page {
  readonly session: Session;
  /** Tell people that something went well. */
  readonly say: (message: string) => void;
  /** Tell people what went wrong outside of a view. */
  readonly fail: (error: unknown) => void;
}

export const PAGE: InjectionKey<Page> = Symbol("page");

export function usePage(): Page {
  const page = inject(PAGE);
  if (page === undefined) {
    throw new Error("there is no page around this component");
  }
  return page;
}

/** The address of the page. */
export function useAddress(): Readonly<Ref<string>> {
  const href = ref(location.href);
  onScopeDispose(
    onNavigation(() => {
      href.value = location.href;
    }),
  );
  return readonly(href);
}

/** Who is signed in, null if nobody is. */
export function usePerson({ auth }: Session): Readonly<Ref<Person | null>> {
  const person = shallowRef(auth.person);
  onScopeDispose(
    auth.onChange(() => {
      person.value = auth.person;
    }),
  );
  return person;
}

export interface Loaded<T> {
  /** What was loaded, undefined while it is on its way. */
  readonly value: Readonly<Ref<T | undefined>>;
  readonly error: Readonly<Ref<unknown>>;
  readonly again: () => void;
}

/** What `load` answers, asked once for each view. */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const value = shallowRef<T>();
  const error = shallowRef<unknown>(null);
  const again = () => {
    value.value = undefined;
    error.value = null;
    load().then(
      (answer) => (value.value = answer),
      (failure: unknown) => (error.value = failure),
    );
  };
  again();
  return { value, error, again };
}
