import {
  afterNextRender,
  ChangeDetectionStrategy,
  Component,
  computed,
  ElementRef,
  inject,
  Injector,
  input,
  type OnInit,
  signal,
  viewChild,
} from "@angular/core";

import type { Page } from "../api";
import { Loaded } from "../loaded";
import { PageState } from "../page-state";
import { ItemFields } from "../parts/item-fields";
import { PageLink } from "../parts/page-link";
import { ProblemAlert } from "../parts/problem-alert";
import { hasPages, idOf, type Resource, titleOf, type Values } from "../resource";
import { hrefOf, scopeOf } from "../routes";

/** The items that the API lists, page by page. */
@Component({
  selector: "app-item-list",
  imports: [ItemFields, PageLink, ProblemAlert],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (first.error(); as error) {
      <app-problem-alert [error]="error" repeatable (again)="first.ask()" />
    } @else if (!first.value()) {
      <p>Loading…</p>
    } @else {
      @if (entries().length > 0) {
        <ul #list class="items" aria-labelledby="heading">
          @for (entry of entries(); track entry.key) {
            <li tabindex="-1">
              @if (entry.href) {
                <a [appPageLink]="entry.href">{{ entry.title }}</a>
              } @else {
                <app-item-fields [resource]="resource()" [item]="entry.item" />
              }
            </li>
          }
        </ul>
      } @else if (!nextToken()) {
        <p>There are none yet.</p>
      }
      <app-problem-alert [error]="failure()" />
      @if (nextToken()) {
        <button type="button" (click)="loadMore()">Load more</button>
      }
    }
  `,
})
export class ItemList implements OnInit {
  readonly resource = input.required<Resource>();
  readonly values = input.required<Values>();

  private readonly api = inject(PageState).session.api;
  private readonly injector = inject(Injector);
  private readonly list = viewChild<ElementRef<HTMLUListElement>>("list");
  private readonly more = signal<readonly Page[]>([]);

  protected readonly first = new Loaded(() => this.api.list(this.resource(), this.values()));
  protected readonly failure = signal<unknown>(null);
  protected readonly pages = computed(() => [this.first.value() ?? [], this.more()].flat());
  protected readonly nextToken = computed(() => this.pages().at(-1)?.nextToken ?? "");
  protected readonly entries = computed(() => {
    const resource = this.resource();
    const values = scopeOf(resource, this.values());
    const items = this.pages().flatMap((page) => page.items);
    return items.map((item, index) => {
      const id = idOf(resource, item);
      const href = id && hasPages(resource) ? hrefOf({ view: "item", resource, values, id }) : "";
      return { key: id || index, href, title: titleOf(resource, item), item };
    });
  });

  ngOnInit(): void {
    this.first.ask();
  }

  protected async loadMore(): Promise<void> {
    this.failure.set(null);
    const from = this.entries().length;
    try {
      const page = await this.api.list(this.resource(), this.values(), this.nextToken());
      this.more.update((pages) => [...pages, page]);
      afterNextRender(() => this.focus(from), { injector: this.injector });
    } catch (refusal) {
      this.failure.set(refusal);
    }
  }

  private focus(index: number): void {
    (this.list()?.nativeElement.children[index] as HTMLElement | undefined)?.focus();
  }
}
