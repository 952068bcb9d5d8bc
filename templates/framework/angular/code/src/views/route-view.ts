import { ChangeDetectionStrategy, Component, computed, inject, input } from "@angular/core";

import { PageState } from "../page-state";
import { PageHeading } from "../parts/page-heading";
import { PageLink } from "../parts/page-link";
import type { Route } from "../routes";
import { CollectionView } from "./collection-view";
import { EditorView } from "./editor-view";
import { HomeView } from "./home-view";
import { ItemView } from "./item-view";

/** What an address of the page shows, to those who may see it. */
@Component({
  selector: "app-route-view",
  imports: [CollectionView, EditorView, HomeView, ItemView, PageHeading, PageLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @let shown = route();
    @if (closed(); as resource) {
      <h1 [appPageHeading]="resource.title"></h1>
      <p>Sign in to go on.</p>
    } @else {
      @switch (shown.view) {
        @case ("home") {
          <app-home-view />
        }
        @case ("list") {
          <app-collection-view [resource]="shown.resource" [values]="shown.values" />
        }
        @case ("new") {
          <app-editor-view [resource]="shown.resource" [values]="shown.values" />
        }
        @case ("item") {
          <app-item-view [resource]="shown.resource" [values]="shown.values" [id]="shown.id" />
        }
        @case ("edit") {
          <app-editor-view [resource]="shown.resource" [values]="shown.values" [id]="shown.id" />
        }
        @default {
          <h1 appPageHeading="There is nothing here"></h1>
          <p><a appPageLink="/">To the start</a></p>
        }
      }
    }
  `,
})
export class RouteView {
  readonly route = input.required<Route>();

  private readonly page = inject(PageState);

  /** The resource that people have to sign in for. */
  protected readonly closed = computed(() => {
    const route = this.route();
    const open = !this.page.session.auth.offered || this.page.person() !== null;
    return !open && "resource" in route && route.resource.signIn ? route.resource : null;
  });
}
