import { afterNextRender, ChangeDetectionStrategy, Component, effect, ElementRef, inject, input } from "@angular/core";
import { Title } from "@angular/platform-browser";

import { app } from "../resources";
import { arrive } from "../routes";

/** The heading of a view. It takes the focus when the view appears. */
@Component({
  selector: "h1[appPageHeading]",
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { tabindex: "-1" },
  template: `{{ appPageHeading() }}`,
})
export class PageHeading {
  readonly appPageHeading = input.required<string>();

  constructor() {
    const heading = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    const title = inject(Title);
    afterNextRender(() => arrive(heading));
    effect(() => {
      const text = this.appPageHeading();
      title.setTitle(text === app.name ? text : `${text} - ${app.name}`);
    });
  }
}
