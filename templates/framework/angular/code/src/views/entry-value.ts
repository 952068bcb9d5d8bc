import { ChangeDetectionStrategy, Component, computed, input, output } from "@angular/core";

import type { Entry, Fault } from "../entries";
import { inputAttributes } from "../inputs";
import { DescribedInput } from "../parts/described-input";

type Choice = readonly [value: string, label: string];

const YES_OR_NO: readonly Choice[] = [
  ["true", "Yes"],
  ["false", "No"],
];

/** The input for the value of an entry, by its type. It is a text for all of them: what it means is for `fieldsOf`. */
@Component({
  selector: "app-entry-value",
  imports: [DescribedInput],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (choices(); as choices) {
      <select
        #select
        [appDescribedInput]="attributes()"
        [required]="required()"
        (change)="typed.emit(select.value)"
      >
        <option value=""></option>
        @for (choice of choices; track choice[0]) {
          <option [value]="choice[0]" [selected]="choice[0] === entry().text">{{ choice[1] }}</option>
        }
      </select>
    } @else if (entry().severalLines) {
      <textarea
        #area
        [appDescribedInput]="attributes()"
        [required]="required()"
        [spellcheck]="entry().type !== 'json'"
        [value]="entry().text"
        (input)="typed.emit(area.value)"
      ></textarea>
    } @else {
      <input
        #line
        [appDescribedInput]="attributes()"
        [required]="required()"
        [type]="entry().type === 'number' ? 'number' : 'text'"
        step="any"
        autocomplete="off"
        [value]="entry().text"
        (input)="typed.emit(line.value)"
      />
    }
  `,
})
export class EntryValue {
  readonly entry = input.required<Entry>();
  readonly fault = input.required<Fault | undefined>();
  readonly typed = output<string>();

  protected readonly attributes = computed(() => inputAttributes(this.entry(), "value", this.fault()));
  protected readonly required = computed(() => this.entry().field?.required ?? false);
  protected readonly choices = computed((): readonly Choice[] | null => {
    const { field, type } = this.entry();
    const named = (field?.choices ?? []).map((choice): Choice => [choice, choice]);
    return type === "choice" ? named : type === "boolean" ? YES_OR_NO : null;
  });
}
