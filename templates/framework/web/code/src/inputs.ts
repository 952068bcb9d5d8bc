/** The inputs of a form: how they are found, and lead those who can't see it to what is said of them. */

import type { Entry, Fault, Part } from "./entries";

/** Attributes of the input for a part of an entry, whose `fault` may be with another part. */
export function inputAttributes({ key, field }: Entry, part: Part, fault?: Fault | undefined) {
  const wrong = fault?.part === part;
  const helped = part === "value" && Boolean(field?.help);
  const said = [...(wrong ? [faultId(key)] : []), ...(helped ? [helpId(key)] : [])];
  return {
    id: inputId(key, part),
    "aria-invalid": wrong || undefined,
    "aria-describedby": said.join(" ") || undefined,
  };
}

export type InputAttributes = ReturnType<typeof inputAttributes>;

export const inputId = (key: number, part: Part) => `${part}-${key}`;
export const faultId = (key: number) => `fault-${key}`;
export const helpId = (key: number) => `help-${key}`;

/** Put the focus into an input, so that people go on there. */
export function focusInput(key: number, part: Part): void {
  document.getElementById(inputId(key, part))?.focus();
}

/** Put the focus behind the entries of a form, before the button that removes one of them goes with it. */
export function focusBehindEntries(button: HTMLButtonElement): void {
  const buttons = [...(button.form?.querySelectorAll("button") ?? [])];
  buttons.find((each) => !each.closest("fieldset"))?.focus();
}
