/** For the tests: the page in a document. */

import { TestBed } from "@angular/core/testing";

import { App } from "./app";
import { SESSION } from "./page-state";
import type { Session } from "./session";

/** Shows the page of `session`; the answer takes it away. */
export function mounted(session: Session): () => void {
  TestBed.configureTestingModule({ providers: [{ provide: SESSION, useValue: session }] });
  TestBed.createComponent(App).detectChanges();
  return () => TestBed.resetTestingModule();
}
