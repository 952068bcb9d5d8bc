import { signal } from "@angular/core";

/** What `load` answers, once it is asked. */
export class Loaded<T> {
  private readonly answer = signal<T | undefined>(undefined);
  private readonly failure = signal<unknown>(null);

  /** What was loaded, undefined while it is on its way. */
  readonly value = this.answer.asReadonly();
  readonly error = this.failure.asReadonly();

  constructor(private readonly load: () => Promise<T>) {}

  ask(): void {
    this.answer.set(undefined);
    this.failure.set(null);
    this.load().then(
      (answer) => this.answer.set(answer),
      (failure: unknown) => this.failure.set(failure),
    );
  }
}
