import { ChangeDetectionStrategy, Component, input, output } from "@angular/core";

import { type Entry, TYPES } from "../entries";
import type { FieldType } from "../resource";
import { EntryValue } from "./entry-value";

/** A field of the form: one that is known has a label, any other says its name and type itself. */
@Component({
  selector: "app-entry-input",
  imports: [EntryValue],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @let key = entry().key;
    @if (entry().field; as field) {
      <p>
        <label [for]="'value-' + key">{{ field.label }}</label>
        <app-entry-value [entry]="entry()" [invalid]="invalid()" (typed)="changed.emit({ text: $event })" />
        @if (field.help) {
          <small [id]="'help-' + key">{{ field.help }}</small>
        }
      </p>
    } @else {
      <fieldset>
        <p>
          <label [for]="'name-' + key">Field name</label>
          <input
            #name
            [id]="'name-' + key"
            autocomplete="off"
            [value]="entry().name"
            (input)="changed.emit({ name: name.value })"
          />
        </p>
        <p>
          <label [for]="'type-' + key">Type</label>
          <select #type [id]="'type-' + key" (change)="changeType(type.value)">
            @for (each of types; track each[0]) {
              <option [value]="each[0]" [selected]="each[0] === entry().type">{{ each[1] }}</option>
            }
          </select>
        </p>
        <p>
          <label [for]="'value-' + key">Value</label>
          <app-entry-value [entry]="entry()" [invalid]="invalid()" (typed)="changed.emit({ text: $event })" />
        </p>
        <button type="button" [attr.aria-label]="'Remove ' + (entry().name || 'field')" (click)="removed.emit()">
          Remove
        </button>
      </fieldset>
    }
  `,
})
export class EntryInput {
  readonly entry = input.required<Entry>();
  readonly invalid = input.required<boolean>();
  /** What is new alone: a browser that fills in several inputs at once does so before any of them is shown. */
  readonly changed = output<Partial<Entry>>();
  readonly removed = output();

  protected readonly types = TYPES;

  protected changeType(type: string): void {
    this.changed.emit({ type: type as FieldType });
  }
}
