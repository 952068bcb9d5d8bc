import { ChangeDetectionStrategy, Component, computed, inject, input, type OnInit } from "@angular/core";

import { Loaded } from "../loaded";
import { PageState } from "../page-state";
import { PageHeading } from "../parts/page-heading";
import { ProblemAlert } from "../parts/problem-alert";
import { canRead, type Item, type Resource, titleOf, type Values } from "../resource";
import { ItemForm } from "./item-form";

/** The form for an item, a new one or one that is changed: a new one has no `id` yet. */
@Component({
  selector: "app-editor-view",
  imports: [ItemForm, PageHeading, ProblemAlert],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h1 [appPageHeading]="title()"></h1>
    @if (loaded.error(); as error) {
      <app-problem-alert [error]="error" repeatable (again)="loaded.ask()" />
    } @else if (loaded.value(); as item) {
      <app-item-form [resource]="resource()" [values]="values()" [id]="id()" [item]="item" (again)="loaded.ask()" />
    } @else {
      <p>Loading…</p>
    }
  `,
})
export class EditorView implements OnInit {
  readonly resource = input.required<Resource>();
  readonly values = input.required<Values>();
  readonly id = input<string>();

  private readonly api = inject(PageState).session.api;

  protected readonly loaded = new Loaded<Item>(async () => {
    const [resource, id] = [this.resource(), this.id()];
    return id !== undefined && canRead(resource) ? this.api.read(resource, this.values(), id) : {};
  });
  protected readonly title = computed(() => {
    const [resource, item] = [this.resource(), this.loaded.value()];
    return this.id() === undefined
      ? `New ${resource.singular}`
      : `Edit ${item ? titleOf(resource, item) : resource.singular}`;
  });

  ngOnInit(): void {
    this.loaded.ask();
  }
}
