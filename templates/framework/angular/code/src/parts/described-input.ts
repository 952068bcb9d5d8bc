import { Directive, input } from "@angular/core";

import type { InputAttributes } from "../inputs";

/** An input that leads to what is said of it. */
@Directive({
  selector: "[appDescribedInput]",
  host: {
    "[id]": "appDescribedInput().id",
    "[attr.aria-invalid]": "appDescribedInput()['aria-invalid']",
    "[attr.aria-describedby]": "appDescribedInput()['aria-describedby']",
  },
})
export class DescribedInput {
  readonly appDescribedInput = input.required<InputAttributes>();
}
