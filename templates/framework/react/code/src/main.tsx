import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { Problem } from "./parts";
import { openSession } from "./session";
import "./style.css";

const root = createRoot(document.getElementById("root") as HTMLElement);

try {
  const session = await openSession();
  root.render(
    <StrictMode>
      <App session={session} />
    </StrictMode>,
  );
} catch (error) {
  root.render(
    <main>
      <Problem error={error} />
    </main>,
  );
}
