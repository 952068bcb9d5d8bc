/** For the tests: the page in a document. */

import { createApp } from "vue";

import App from "./App.vue";
import type { Session } from "./session";

/** Shows the page of `session`; the answer takes it away. */
export function mounted(session: Session): () => void {
  const root = document.body.appendChild(document.createElement("div"));
  const app = createApp(App, { session });
  app.mount(root);
  return () => {
    app.unmount();
    root.remove();
  };
}
