import { ChangeDetectionStrategy, Component, inject, input, signal } from "@angular/core";

import { PageState } from "../page-state";
import { ProblemAlert } from "../parts/problem-alert";
import type { Item, Resource, Values } from "../resource";
import { hrefOf, navigate } from "../routes";

/** Deletes an item when people have said so twice. */
@Component({
  selector: "app-item-deletion",
  imports: [ProblemAlert],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <button type="button" (click)="dialog.showModal()">Delete</button>
    <dialog #dialog aria-labelledby="question" (close)="error.set(null)">
      <h2 id="question">Delete this {{ resource().singular }}?</h2>
      <p>Nobody can bring it back from here.</p>
      <app-problem-alert [error]="error()" />
      <div class="actions">
        <button type="button" (click)="dialog.close()">Cancel</button>
        <button type="button" [attr.aria-disabled]="busy()" (click)="remove()">Delete {{ resource().singular }}</button>
      </div>
    </dialog>
  `,
})
export class ItemDeletion {
  readonly resource = input.required<Resource>();
  readonly values = input.required<Values>();
  readonly id = input.required<string>();
  readonly item = input.required<Item>();

  private readonly page = inject(PageState);

  protected readonly busy = signal(false);
  protected readonly error = signal<unknown>(null);

  protected async remove(): Promise<void> {
    if (this.busy()) {
      return;
    }
    this.busy.set(true);
    const [resource, values] = [this.resource(), this.values()];
    try {
      await this.page.session.api.delete(resource, values, this.item(), this.id());
      navigate(hrefOf({ view: "list", resource, values }), true);
      this.page.notice.set(`The ${resource.singular} was deleted.`);
    } catch (failure) {
      this.error.set(failure);
      this.busy.set(false);
    }
  }
}
