import { ChangeDetectionStrategy, Component, input, output } from "@angular/core";

import type { Values } from "../resource";

/** Asks for values without which there is nothing to show. */
@Component({
  selector: "app-asking-form",
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form #form (submit)="answered($event, form)">
      @for (name of names(); track name) {
        <p>
          <label [for]="name">{{ name }}</label>
          <input [id]="name" [name]="name" required autocomplete="off" />
        </p>
      }
      <button type="submit">{{ submit() }}</button>
    </form>
  `,
})
export class AskingForm {
  readonly names = input.required<readonly string[]>();
  readonly submit = input.required<string>();
  readonly answers = output<Values>();

  protected answered(event: Event, form: HTMLFormElement): void {
    event.preventDefault();
    const said = new FormData(form);
    this.answers.emit(Object.fromEntries(this.names().map((name) => [name, String(said.get(name)).trim()])));
  }
}
