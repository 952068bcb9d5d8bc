import { booleanAttribute, ChangeDetectionStrategy, Component, computed, input, output } from "@angular/core";

import { explained } from "../api";

/** What went wrong, with the request's id for those who look into the logs. */
@Component({
  selector: "app-problem-alert",
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (error()) {
      <div role="alert">
        <p>{{ said().message }}</p>
        @if (said().requestId; as id) {
          <p>
            <small>Request {{ id }}</small>
          </p>
        }
        @if (repeatable()) {
          <button type="button" (click)="again.emit()">Try again</button>
        }
      </div>
    }
  `,
})
export class ProblemAlert {
  readonly error = input.required<unknown>();
  /** Whether what failed can be tried once more. */
  readonly repeatable = input(false, { transform: booleanAttribute });
  readonly again = output();

  protected readonly said = computed(() => explained(this.error()));
}
