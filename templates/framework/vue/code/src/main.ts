import { createApp, h } from "vue";

import App from "./App.vue";
import ProblemAlert from "./parts/ProblemAlert.vue";
import { openSession } from "./session";
import "./style.css";

const page = await openSession().then(
  (session) => createApp(App, { session }),
  (error: unknown) => createApp(() => h("main", h(ProblemAlert, { error }))),
);
page.mount("#root");
