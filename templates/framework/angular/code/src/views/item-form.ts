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
import { emptyEntry, entriesOf, type Entry, type Fault, fieldsOf, type Part } from "../entries";
import { focusInput } from "../inputs";
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
          [fault]="faultOf(entry)"
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
  /** What is wrong with the entries, by the last attempt to save them. */
  protected readonly faults = linkedSignal<Item, readonly Fault[]>({ source: this.item, computation: () => [] });
  /** What went wrong with this item; one that is loaded again begins anew. */
  protected readonly error = linkedSignal<Item, unknown>({ source: this.item, computation: () => null });
  protected readonly busy = signal(false);
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
    const [resource, values, id] = [this.resource(), this.values(), this.id()];
    const { fields, faults } = fieldsOf(resource, this.entries());
    this.faults.set(faults);
    this.error.set(null);
    if (faults[0]) {
      this.goTo(faults[0].key, faults[0].part);
      return;
    }
    this.busy.set(true);
    const { api } = this.page.session;
    try {
      const saved =
        id === undefined
          ? await api.create(resource, values, fields)
          : await api.update(resource, values, this.item(), id, fields);
      navigate(this.hrefOfItem(id ?? idOf(resource, saved)), true);
      this.page.notice.set(`The ${resource.singular} was saved.`);
    } catch (failure) {
      this.error.set(failure);
      this.busy.set(false);
    }
  }

  protected add(): void {
    const entry = emptyEntry();
    this.entries.update((entries) => [...entries, entry]);
    this.goTo(entry.key, "name");
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

  protected faultOf(entry: Entry): Fault | undefined {
    return this.faults().find(({ key }) => key === entry.key);
  }

  private goTo(key: number, part: Part): void {
    afterNextRender(() => focusInput(key, part), { injector: this.injector });
  }
}
