import { ChangeDetectionStrategy, Component } from "@angular/core";

import { PageHeading } from "../parts/page-heading";
import { PageLink } from "../parts/page-link";
import { app, resources } from "../resources";
import { hrefOf } from "../routes";

@Component({
  selector: "app-home-view",
  imports: [PageHeading, PageLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h1 [appPageHeading]="app.name"></h1>
    @if (app.description) {
      <p>{{ app.description }}</p>
    }
    <ul>
      @for (resource of resources; track resource.name) {
        <li>
          <a [appPageLink]="hrefOf({ view: 'list', resource, values: {} })">{{ resource.title }}</a>:
          {{ resource.operations.join(", ") }}
        </li>
      }
    </ul>
  `,
})
export class HomeView {
  protected readonly app = app;
  protected readonly resources = resources;
  protected readonly hrefOf = hrefOf;
}
