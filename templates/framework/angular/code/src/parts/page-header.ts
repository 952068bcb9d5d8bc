import { ChangeDetectionStrategy, Component, computed, inject } from "@angular/core";

import { PageState } from "../page-state";
import { app, resources } from "../resources";
import { hrefOf } from "../routes";
import { PageLink } from "./page-link";

@Component({
  selector: "app-page-header",
  imports: [PageLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <header>
      <a appPageLink="/">
        <strong>{{ app.name }}</strong>
      </a>
      <nav aria-label="Resources">
        <ul>
          @for (resource of resources; track resource.name) {
            <li>
              <a [appPageLink]="hrefOf({ view: 'list', resource, values: {} })" [current]="resource === current()">{{
                resource.title
              }}</a>
            </li>
          }
        </ul>
      </nav>
      @if (page.person(); as person) {
        <span>{{ person.name }}</span>
      }
      @if (page.session.auth.offered) {
        <button type="button" (click)="signInOrOut()">{{ page.person() ? "Sign out" : "Sign in" }}</button>
      }
    </header>
  `,
})
export class PageHeader {
  protected readonly page = inject(PageState);
  protected readonly app = app;
  protected readonly resources = resources;
  protected readonly hrefOf = hrefOf;

  protected readonly current = computed(() => {
    const { route } = this.page.shown();
    return "resource" in route ? route.resource : undefined;
  });

  protected signInOrOut(): void {
    const { pathname, search } = location;
    const { auth } = this.page.session;
    const done = this.page.person() ? auth.end() : auth.begin(pathname + search);
    done.catch((error: unknown) => this.page.problem.set(error));
  }
}
