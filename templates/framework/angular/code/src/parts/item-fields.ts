import { ChangeDetectionStrategy, Component, computed, input } from "@angular/core";

import { attributesOf, type Item, type Resource } from "../resource";

/** The fields of an item. */
@Component({
  selector: "app-item-fields",
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <dl>
      @for (field of fields(); track field[0]) {
        <div>
          <dt>{{ field[0] }}</dt>
          <dd>{{ field[1] }}</dd>
        </div>
      }
    </dl>
  `,
})
export class ItemFields {
  readonly resource = input.required<Resource>();
  readonly item = input.required<Item>();

  protected readonly fields = computed(() => attributesOf(this.resource(), this.item()));
}
