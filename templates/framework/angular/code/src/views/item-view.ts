import { ChangeDetectionStrategy, Component, computed, inject, input, type OnInit } from "@angular/core";

import { Loaded } from "../loaded";
import { PageState } from "../page-state";
import { ItemFields } from "../parts/item-fields";
import { PageHeading } from "../parts/page-heading";
import { PageLink } from "../parts/page-link";
import { ProblemAlert } from "../parts/problem-alert";
import { below, canRead, capitalized, type Item, type Resource, titleOf, type Values } from "../resource";
import { resources } from "../resources";
import { hrefOf, navigate } from "../routes";
import { ItemDeletion } from "./item-deletion";

/** One item, and what can be done with it. */
@Component({
  selector: "app-item-view",
  imports: [ItemDeletion, ItemFields, PageHeading, PageLink, ProblemAlert],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h1 [appPageHeading]="title()"></h1>
    @if (loaded.error(); as error) {
      <app-problem-alert [error]="error" repeatable (again)="loaded.ask()" />
    } @else if (loaded.value(); as item) {
      <app-item-fields [resource]="resource()" [item]="item" />
      @if (inner().length > 0) {
        <ul>
          @for (other of inner(); track other.title) {
            <li>
              <a [appPageLink]="other.href">{{ other.title }}</a> of this {{ resource().singular }}
            </li>
          }
        </ul>
      }
      <div class="actions">
        @if (resource().operations.includes("update")) {
          <button type="button" (click)="edit()">Edit</button>
        }
        @if (resource().operations.includes("delete")) {
          <app-item-deletion [resource]="resource()" [values]="values()" [id]="id()" [item]="item" />
        }
      </div>
    } @else {
      <p>Loading…</p>
    }
    <p>
      <a [appPageLink]="listed()">Back to {{ resource().title }}</a>
    </p>
  `,
})
export class ItemView implements OnInit {
  readonly resource = input.required<Resource>();
  readonly values = input.required<Values>();
  readonly id = input.required<string>();

  private readonly api = inject(PageState).session.api;

  protected readonly loaded = new Loaded<Item>(async () => {
    const [resource, id] = [this.resource(), this.id()];
    return canRead(resource) ? this.api.read(resource, this.values(), id) : { [resource.id]: id };
  });
  protected readonly title = computed(() => {
    const item = this.loaded.value();
    return item ? titleOf(this.resource(), item) : capitalized(this.resource().singular);
  });
  /** Collections that stand below this item. */
  protected readonly inner = computed(() => {
    const values = { ...this.values(), [this.resource().id]: this.id() };
    return below(this.resource(), resources).map((resource) => ({
      title: resource.title,
      href: hrefOf({ view: "list", resource, values }),
    }));
  });
  protected readonly listed = computed(() =>
    hrefOf({ view: "list", resource: this.resource(), values: this.values() }),
  );

  ngOnInit(): void {
    this.loaded.ask();
  }

  protected edit(): void {
    navigate(hrefOf({ view: "edit", resource: this.resource(), values: this.values(), id: this.id() }));
  }
}
