import { ChangeDetectionStrategy, Component, computed, input, output } from "@angular/core";

import { type Entry, type Fault, retyped, TYPES } from "../entries";
import { faultId, focusBehindEntries, helpId, inputAttributes, inputId } from "../inputs";
import { DescribedInput } from "../parts/described-input";
import type { FieldType } from "../resource";
import { EntryValue } from "./entry-value";

/** A field of the form: one that is known has a label, any other says its name and type itself. */
@Component({
  selector: "app-entry-input",
  imports: [DescribedInput, EntryValue],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @let key = entry().key;
    @if (entry().field; as field) {
      <p>
        <label [for]="inputId(key, 'value')">{{ field.label }}</label>
        <app-entry-value [entry]="entry()" [fault]="fault()" (typed)="changed.emit({ text: $event })" />
        @if (fault(); as fault) {
          <span [id]="faultId(key)" role="alert">{{ fault.message }}</span>
        }
        @if (field.help) {
          <small [id]="helpId(key)">{{ field.help }}</small>
        }
      </p>
    } @else {
      <fieldset>
        <p>
          <label [for]="inputId(key, 'name')">Field name</label>
          <input
            #name
            [appDescribedInput]="nameAttributes()"
            autocomplete="off"
            [value]="entry().name"
            (input)="changed.emit({ name: name.value })"
          />
        </p>
        <p>
          <label [for]="inputId(key, 'type')">Type</label>
          <select #type [id]="inputId(key, 'type')" (change)="changeType(type.value)">
            @for (each of types; track each[0]) {
              <option [value]="each[0]" [selected]="each[0] === entry().type">{{ each[1] }}</option>
            }
          </select>
        </p>
        <p>
          <label [for]="inputId(key, 'value')">Value</label>
          <app-entry-value [entry]="entry()" [fault]="fault()" (typed)="changed.emit({ text: $event })" />
        </p>
        <button
          #button
          type="button"
          [attr.aria-label]="'Remove ' + (entry().name || 'field')"
          (click)="remove(button)"
        >
          Remove
        </button>
        @if (fault(); as fault) {
          <span [id]="faultId(key)" role="alert">{{ fault.message }}</span>
        }
      </fieldset>
    }
  `,
})
export class EntryInput {
  readonly entry = input.required<Entry>();
  readonly fault = input.required<Fault | undefined>();
  /** What is new alone: a browser that fills in several inputs at once does so before any of them is shown. */
  readonly changed = output<Partial<Entry>>();
  readonly removed = output();

  protected readonly types = TYPES;
  protected readonly inputId = inputId;
  protected readonly faultId = faultId;
  protected readonly helpId = helpId;
  protected readonly nameAttributes = computed(() => inputAttributes(this.entry(), "name", this.fault()));

  protected changeType(type: string): void {
    this.changed.emit(retyped(this.entry(), type as FieldType));
  }

  protected remove(button: HTMLButtonElement): void {
    focusBehindEntries(button);
    this.removed.emit();
  }
}
