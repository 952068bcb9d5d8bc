import { Directive, input } from "@angular/core";

import { followed, navigate } from "../routes";

/** A link within the page. */
@Directive({
  selector: "a[appPageLink]",
  host: {
    "[attr.href]": "appPageLink()",
    "[attr.aria-current]": "current() ? 'page' : null",
    "(click)": "follow($event)",
  },
})
export class PageLink {
  /** The address that it leads to. */
  readonly appPageLink = input.required<string>();
  readonly current = input(false);

  protected follow(click: MouseEvent): void {
    if (followed(click)) {
      click.preventDefault();
      navigate(this.appPageLink());
    }
  }
}
