import { ChangeDetectionStrategy, Component, inject } from "@angular/core";

import { PageState } from "./page-state";
import { PageHeader } from "./parts/page-header";
import { ProblemAlert } from "./parts/problem-alert";
import { RouteView } from "./views/route-view";

@Component({
  selector: "#root",
  imports: [PageHeader, ProblemAlert, RouteView],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-page-header />
    <main>
      <p role="status">{{ page.notice() }}</p>
      <app-problem-alert [error]="page.problem()" />
      <!-- each address has a view of its own: nothing that one has loaded is shown by the next -->
      @for (shown of [page.shown()]; track shown.href) {
        <app-route-view [route]="shown.route" />
      }
    </main>
  `,
})
export class App {
  protected readonly page = inject(PageState);
}
