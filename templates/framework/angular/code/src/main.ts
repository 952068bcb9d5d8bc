import { Component } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";

import { App } from "./app";
import { SESSION } from "./page-state";
import { ProblemAlert } from "./parts/problem-alert";
import { openSession } from "./session";

await openSession().then(
  (session) => bootstrapApplication(App, { providers: [{ provide: SESSION, useValue: session }] }),
  (error: unknown) => {
    @Component({
      selector: "#root",
      imports: [ProblemAlert],
      template: `<main><app-problem-alert [error]="error" /></main>`,
    })
    class Failure {
      protected readonly error = error;
    }
    return bootstrapApplication(Failure);
  },
);
