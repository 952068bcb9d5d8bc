import {
  afterNextRender,
  ChangeDetectionStrategy,
  Component,
  computed,
  inject,
  Injector,
  input,
  linkedSignal,
  output,
  signal,
} from "@angular/core";

import { ApiError } from "../api";
import { emptyEntry, entriesOf, type Entry, EntryError, fieldsOf } from "../entries";
import { PageState } from "../page-state";
import { PageLink } from "../parts/page-link";
import { ProblemAlert } from "../parts/problem-alert";
import { hasPages, idOf, type Item, type Resource, type Values } from "../resource";
import { hrefOf, navigate } from "../routes";
import { EntryInput } from "./entry-input";

@Component({
  selector: "app-item-form",
  imports: [EntryInput, PageLink, ProblemAlert],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form (submit)="save($event)">
      @for (entry of entries(); track entry.key) {
        <app-entry-input
          [entry]="entry"
          [invalid]="entry.key === wrong()"
          (changed)="change(entry.key, $event)"
          (removed)="remove(entry.key)"
        />
      }
      @if (resource().open) {
        <p>
          <button type="button" (click)="add()">Add field</button>
        </p>
      }
      <app-problem-alert [error]="error()" [repeatable]="outdated()" (again)="again.emit()" />
      <div class="actions">
        <button type="submit" [attr.aria-disabled]="busy()">Save</button>
        <a [appPageLink]="hrefOfItem(id())">Cancel</a>
      </div>
    </form>
  `,
})
export class ItemForm {
  readonly resource = input.required<Resource>();
  readonly values = input.required<Values>();
  readonly id = input<string>();
  readonly item = input.required<Item>();
  readonly again = output();

  private readonly page = inject(PageState);
  private readonly injector = inject(Injector);

  protected readonly entries = linkedSignal<readonly Entry[]>(() => entriesOf(this.resource(), this.item()));
  /** What went wrong with this item; one that is loaded again begins anew. */
  protected readonly error = linkedSignal<Item, unknown>({ source: this.item, computation: () => null });
  protected readonly busy = signal(false);
  /** The entry that says nothing the API could take. */
  protected readonly wrong = computed(() => keyOf(this.error()));
  /** Whether somebody else has changed the item since it was loaded. */
  protected readonly outdated = computed(() => {
    const error = this.error();
    return error instanceof ApiError && error.status === 412;
  });

  protected async save(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy()) {
      return;
    }
    this.error.set(null);
    this.busy.set(true);
    const [resource, values, id] = [this.resource(), this.values(), this.id()];
    const { api } = this.page.session;
    try {
      const fields = fieldsOf(resource, this.entries());
      const saved =
        id === undefined
          ? await api.create(resource, values, fields)
          : await api.update(resource, values, this.item(), id, fields);
      navigate(this.hrefOfItem(id ?? idOf(resource, saved)), true);
      this.page.notice.set(`The ${resource.singular} was saved.`);
    } catch (failure) {
      this.error.set(failure);
      this.busy.set(false);
      this.focusOn(`value-${keyOf(failure)}`);
    }
  }

  protected add(): void {
    const entry = emptyEntry();
    this.entries.update((entries) => [...entries, entry]);
    this.focusOn(`name-${entry.key}`);
  }

  protected change(key: number, more: Partial<Entry>): void {
    this.entries.update((entries) => entries.map((each) => (each.key === key ? { ...each, ...more } : each)));
  }

  protected remove(key: number): void {
    this.entries.update((entries) => entries.filter((each) => each.key !== key));
  }

  /** Where people go on: at the item, or at the list where no page shows it or nothing names it yet. */
  protected hrefOfItem(id: string | undefined): string {
    const [resource, values] = [this.resource(), this.values()];
    return id && hasPages(resource)
      ? hrefOf({ view: "item", resource, values, id })
      : hrefOf({ view: "list", resource, values });
  }

  private focusOn(input: string): void {
    afterNextRender(() => document.getElementById(input)?.focus(), { injector: this.injector });
  }
}

function keyOf(error: unknown): number | undefined {
  return error instanceof EntryError ? error.key : undefined;
}
