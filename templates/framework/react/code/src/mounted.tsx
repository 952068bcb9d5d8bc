/** For the tests: the page in a document. */

import { render } from "@testing-library/react";

import { App } from "./App";
import type { Session } from "./session";

/** Shows the page of `session`; the answer takes it away. */
export function mounted(session: Session): () => void {
  return render(<App session={session} />).unmount;
}
