import { ChangeDetectionStrategy, Component, computed, input } from "@angular/core";

import { AskingForm } from "../parts/asking-form";
import { PageHeading } from "../parts/page-heading";
import { hasPages, type Resource, type Values } from "../resource";
import { hrefOf, missing, navigate, scopeOf } from "../routes";
import { ItemList } from "./item-list";

/** The items of a resource, or what can be done where the API lists none. */
@Component({
  selector: "app-collection-view",
  imports: [AskingForm, ItemList, PageHeading],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h1 id="heading" [appPageHeading]="resource().title"></h1>
    @if (asked().length > 0) {
      <app-asking-form [names]="asked()" submit="Show" (answers)="show($event)" />
    } @else {
      @if (resource().operations.includes("create")) {
        <p class="actions">
          <button type="button" (click)="create()">New {{ resource().singular }}</button>
        </p>
      }
      @if (resource().operations.includes("list")) {
        <app-item-list [resource]="resource()" [values]="values()" />
      } @else if (hasPages(resource())) {
        <app-asking-form [names]="[resource().id]" submit="Open" (answers)="open($event)" />
      }
    }
  `,
})
export class CollectionView {
  readonly resource = input.required<Resource>();
  readonly values = input.required<Values>();

  protected readonly hasPages = hasPages;
  /** What has to be said before there is anything to show. */
  protected readonly asked = computed(() => missing(this.resource(), this.values()));

  protected show(more: Values): void {
    navigate(hrefOf({ view: "list", resource: this.resource(), values: { ...this.values(), ...more } }));
  }

  protected create(): void {
    const resource = this.resource();
    navigate(hrefOf({ view: "new", resource, values: scopeOf(resource, this.values()) }));
  }

  protected open(answers: Values): void {
    const resource = this.resource();
    navigate(hrefOf({ view: "item", resource, values: this.values(), id: answers[resource.id] ?? "" }));
  }
}
