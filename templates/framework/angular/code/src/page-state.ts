import { computed, DestroyRef, inject, Injectable, InjectionToken, signal } from "@angular/core";

import { onNavigation, routeOf } from "./routes";
import type { Session } from "./session";

export const SESSION = new InjectionToken<Session>("what is there once for the page");

/** What components know of the page around them. */
@Injectable({ providedIn: "root" })
export class PageState {
  readonly session = inject(SESSION);

  private readonly address = signal(location.href);
  private readonly signedIn = signal(this.session.auth.person);

  /** The address of the page, and what it shows. */
  readonly shown = computed(() => ({ href: this.address(), route: routeOf(new URL(this.address())) }));
  /** Who is signed in, null if nobody is. */
  readonly person = this.signedIn.asReadonly();
  /** What went well, for people; "" if there is nothing to say. */
  readonly notice = signal("");
  /** What went wrong outside of a view. */
  readonly problem = signal<unknown>(this.session.refused);

  constructor() {
    const { auth } = this.session;
    const endings = [
      onNavigation(() => {
        this.address.set(location.href);
        this.notice.set("");
        this.problem.set(null);
      }),
      auth.onChange(() => this.signedIn.set(auth.person)),
    ];
    inject(DestroyRef).onDestroy(() => endings.forEach((end) => end()));
  }
}
