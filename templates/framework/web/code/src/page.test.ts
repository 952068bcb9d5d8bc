/** What people see and do is the same whatever the page is made with: this holds every framework to it. */

import { fireEvent, screen, within } from "@testing-library/dom";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Api } from "./api";
import { Auth } from "./auth";
import type { SignIn } from "./config";
import { mounted } from "./mounted";
import { app, resources } from "./resources";
import { answering, books, orders, type Reply, reviews, showing, tickets } from "./testing";

const own = [...resources];
let unmount = () => {};

beforeEach(() => showing([tickets, books, reviews, orders].map((resource) => ({ ...resource, signIn: true }))));
afterEach(() => {
  unmount();
  showing(own);
  sessionStorage.clear();
  vi.unstubAllGlobals();
});

/** The page at an address, in front of an API that gives `replies` one after the other. */
async function page(href: string, ...replies: Reply[]) {
  return pageFor(null, href, ...replies);
}

/** As `page`, with sign-in where `signIn` is one. */
async function pageFor(signIn: SignIn | null, href: string, ...replies: Reply[]) {
  const { asked, fetch } = answering(...replies);
  vi.stubGlobal("fetch", fetch);
  history.replaceState(null, "", href);
  const auth = new Auth(signIn);
  await auth.start(new URL(location.href));
  unmount = mounted({ auth, api: new Api("/api", (refused) => auth.token(refused)), refused: null });
  return { asked, user: userEvent.setup() };
}

const button = (name: string) => screen.findByRole("button", { name });

test("the header has the application's name and a link for each resource", async () => {
  const { user } = await page("/", [200, { items: [] }]);
  expect(within(screen.getByRole("banner")).getByText(app.name)).toBeTruthy();
  const nav = screen.getByRole("navigation");
  expect(
    within(nav)
      .getAllByRole("link")
      .map((link) => link.textContent),
  ).toEqual(["Tickets", "Books", "Reviews", "Orders"]);
  await user.click(within(nav).getByRole("link", { name: "Tickets" }));
  expect(await screen.findByText("There are none yet.")).toBeTruthy();
  expect(location.pathname).toBe("/tickets");
});

test("a list is labelled, goes on where the page ended, and leads to its items", async () => {
  const first = { items: [{ id: "1", seat: "A1" }], nextToken: "next" };
  const { user, asked } = await page(
    "/tickets",
    [200, first],
    [200, { items: [{ id: "2", seat: "A2" }] }],
    [200, { id: "2", seat: "A2" }],
  );
  const list = await screen.findByRole("list", { name: "Tickets" });
  await user.click(await button("Load more"));
  await user.click(await within(list).findByRole("link", { name: "A2" }));
  expect((await screen.findByText("seat")).nextSibling?.textContent).toBe("A2");
  expect(location.pathname).toBe("/tickets/2");
  expect(asked.map(({ url }) => url)).toEqual(["/api/tickets", "/api/tickets?nextToken=next", "/api/tickets/2"]);
  expect(document.activeElement).toBe(screen.getByRole("heading", { level: 1, name: "A2" }));
});

test("an item is made of fields that people name", async () => {
  const { user, asked } = await page("/tickets?new", [201, { id: "1", seat: "A1" }], [200, { id: "1", seat: "A1" }]);
  await user.type(await screen.findByLabelText("Field name"), "seat");
  await user.type(screen.getByLabelText("Value"), "A1");
  await user.click(await button("Add field"));
  expect(document.activeElement).toBe(screen.getAllByLabelText("Field name")[1]);
  await user.keyboard("price");
  await user.selectOptions(screen.getAllByLabelText("Type")[1] as HTMLElement, "Number");
  await user.type(screen.getAllByLabelText("Value")[1] as HTMLElement, "12.5");
  await user.click(await button("Save"));
  expect(await screen.findByRole("heading", { name: "A1" })).toBeTruthy();
  expect(asked[0]?.body).toEqual({ seat: "A1", price: 12.5 });
  expect(screen.getByRole("status").textContent).toBe("The ticket was saved.");
});

test("what a browser fills in at once is all kept", async () => {
  const { user, asked } = await page("/tickets?new", [201, { id: "1" }], [200, { id: "1" }]);
  fireEvent.input(await screen.findByLabelText("Field name"), { target: { value: "seat" } });
  fireEvent.input(screen.getByLabelText("Value"), { target: { value: "A1" } });
  await user.click(await button("Save"));
  await screen.findByText("The ticket was saved.");
  expect(asked[0]?.body).toEqual({ seat: "A1" });
});

test("fields that the blueprint describes have inputs of their own", async () => {
  const { user, asked } = await page("/orders?new", [201, { id: "1" }], [200, { id: "1" }]);
  await user.type(await screen.findByLabelText("Title"), "Two seats");
  await user.selectOptions(screen.getByLabelText("State"), "open");
  await user.selectOptions(screen.getByLabelText("Gift"), "Yes");
  expect(screen.queryByRole("button", { name: "Add field" })).toBeNull();
  await user.click(await button("Save"));
  await screen.findByText("The order was saved.");
  expect(asked[0]?.body).toEqual({ title: "Two seats", state: "open", gift: true });
});

test("the input of a text keeps the focus when its last line break is deleted", async () => {
  const { user } = await page("/tickets/1?edit", [200, { id: "1", note: "one\ntwo" }]);
  const value = await screen.findByLabelText<HTMLTextAreaElement>("Value");
  await user.type(value, "{Backspace>4/} and only");
  expect(document.activeElement).toBe(value);
  expect(value.value).toBe("one and only");
});

test.each([
  ["/tickets?new", "Remove field", "Add field"],
  ["/orders/1?edit", "Remove old", "Save"],
])("who removes a field goes on behind the fields (%s)", async (href, name, next) => {
  const { user } = await page(href, [200, { id: "1", old: "A1" }]);
  await user.click(await button(name));
  expect(screen.queryByLabelText("Field name")).toBeNull();
  expect(document.activeElement).toBe(await button(next));
});

test("an item that somebody else has changed is loaded again", async () => {
  const refused: Reply = [412, { message: "The item has been changed since it was read", requestId: "r-1" }];
  const { user, asked } = await page("/tickets/1?edit", [200, { id: "1", seat: "A1", etag: "e" }], refused, [
    200,
    { id: "1", seat: "B2" },
  ]);
  const value = await screen.findByLabelText("Value");
  await user.clear(value);
  await user.type(value, "A2");
  await user.click(await button("Save"));
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("The item has been changed since it was read");
  expect(alert.textContent).toContain("r-1");
  expect(asked[1]?.headers.get("If-Match")).toBe('"e"');
  await user.click(await button("Try again"));
  expect(await screen.findByDisplayValue("B2")).toBeTruthy();
});

/** What is said of an input beside its label, to those who can't see where it stands. */
function description(input: HTMLElement): (string | null | undefined)[] {
  const ids = input.getAttribute("aria-describedby")?.split(" ") ?? [];
  return ids.map((id) => document.getElementById(id)?.textContent);
}

test("an input that is wrong leads to what is wrong with it, and the first one has the focus", async () => {
  const { user, asked } = await page("/tickets?new", [201, { id: "1" }], [200, { id: "1" }]);
  const [name, value] = [await screen.findByLabelText("Field name"), screen.getByLabelText("Value")];
  await user.type(value, "A1");
  await user.click(await button("Save"));
  expect((await screen.findByRole("alert")).textContent).toBe("This field has no name.");
  expect(description(name)).toEqual(["This field has no name."]);
  expect([name, value].map((input) => input.getAttribute("aria-invalid"))).toEqual(["true", null]);
  expect(document.activeElement).toBe(name);
  await user.click(await button("Save"));
  expect(document.activeElement).toBe(name);
  await user.type(name, "seat");
  await user.click(await button("Save"));
  await screen.findByText("The ticket was saved.");
  expect(asked[0]?.body).toEqual({ seat: "A1" });
});

test("a field's help is read with what is wrong with it, until it is mended", async () => {
  const { user } = await page("/orders?new", [400, { message: "Busy" }]);
  const lines = await screen.findByLabelText("Lines");
  expect(description(lines)).toEqual(["What is in it"]);
  await user.type(screen.getByLabelText("Title"), "Two seats");
  await user.type(lines, "A1, A2");
  await user.click(await button("Save"));
  expect(description(lines)).toEqual(["Lines is not valid JSON.", "What is in it"]);
  expect(document.activeElement).toBe(lines);
  await user.clear(lines);
  await user.click(await button("Save"));
  expect((await screen.findByRole("alert")).textContent).toContain("Busy");
  expect([description(lines), lines.getAttribute("aria-invalid")]).toEqual([["What is in it"], null]);
});

test("an item is deleted when people have said so twice", async () => {
  const { user, asked } = await page("/tickets/1", [200, { id: "1", seat: "A1" }], [204], [200, { items: [] }]);
  await user.click(await button("Delete"));
  await user.click(await button("Cancel"));
  expect(asked).toHaveLength(1);
  await user.click(await button("Delete"));
  await user.click(await button("Delete ticket"));
  expect(await screen.findByText("The ticket was deleted.")).toBeTruthy();
  expect([asked[1]?.method, location.pathname]).toEqual(["DELETE", "/tickets"]);
});

test("a resource below another one is reached from there, or asks", async () => {
  const { user, asked } = await page(
    "/books/a b",
    [200, { bookId: "a b", title: "Emma" }],
    [200, { items: [{ id: "1", stars: 5 }] }],
  );
  const main = within(screen.getByRole("main"));
  await user.click(await main.findByRole("link", { name: "Reviews" }));
  expect(await screen.findByText("stars")).toBeTruthy();
  expect(asked[1]?.url).toBe("/api/books/a%20b/reviews");
  await user.click(within(screen.getByRole("navigation")).getByRole("link", { name: "Reviews" }));
  expect(await screen.findByLabelText("bookId")).toBeTruthy();
});

test("an error of the API is shown with the request's id, and what was asked can be tried again", async () => {
  const { user } = await page("/tickets", [503, { message: "Busy", requestId: "r-2" }], [200, { items: [] }]);
  expect((await screen.findByRole("alert")).textContent).toContain("r-2");
  await user.click(await button("Try again"));
  expect(await screen.findByText("There are none yet.")).toBeTruthy();
});

test("an address that is none says so", async () => {
  await page("/nothing");
  expect(await screen.findByRole("heading", { name: "There is nothing here" })).toBeTruthy();
  expect(document.title).toBe(`There is nothing here - ${app.name}`);
});

const signIn: SignIn = {
  authority: "https://login.example.com",
  clientId: "web",
  scope: "openid",
  audience: "",
  token: "access",
  endSession: "",
};

test("nobody who has not signed in is shown an error for it", async () => {
  const { asked } = await pageFor(signIn, "/tickets");
  expect(await screen.findByText("Sign in to go on.")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Sign in" })).toBeTruthy();
  expect(asked).toEqual([]);
});

test("who has signed in is named, and can sign out", async () => {
  const profile = { sub: "1", email: "ann@example.com" };
  const user = { access_token: "a-token", token_type: "Bearer", profile, expires_at: Date.now() / 1000 + 600 };
  sessionStorage.setItem("oidc.user:https://login.example.com:web", JSON.stringify(user));
  const { asked } = await pageFor(signIn, "/tickets", [200, { items: [] }]);
  expect(await screen.findByText("There are none yet.")).toBeTruthy();
  expect(screen.getByText("ann@example.com")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Sign out" })).toBeTruthy();
  expect(asked[0]?.headers.get("Authorization")).toBe("Bearer a-token");
});
