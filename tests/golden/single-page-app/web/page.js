/** The page: who is signed in, and the items of each resource. index.html has the sections that this fills. */

import { ApiError, list } from "./api.js";
import { begin, end, finish, token } from "./auth.js";
import { runtimeConfig } from "./config.js";
import { resources } from "./resources.js";

/** @import { Resource } from "./resources.js" */

try {
  const config = await runtimeConfig();
  if (config.signIn) {
    await finish(config.signIn).catch(fail);
    offer(config.signIn);
  }
  for (const resource of resources) {
    show(config, resource);
  }
} catch (error) {
  fail(error);
}

/** @param {import("./config.js").SignIn} signIn */
function offer(signIn) {
  const button = document.querySelector("header button");
  if (button instanceof HTMLButtonElement) {
    const signedIn = token(signIn) !== "";
    button.textContent = signedIn ? "Sign out" : "Sign in";
    button.hidden = false;
    button.addEventListener("click", () => (signedIn ? end : begin)(signIn).catch(fail));
  }
}

/**
 * Fill the section of a resource, after asking for what its list needs.
 *
 * @param {Awaited<ReturnType<typeof runtimeConfig>>} config
 * @param {Resource} resource
 */
function show(config, resource) {
  const section = document.getElementById(resource.name)?.parentElement;
  const asked = [...resource.parameters, ...resource.listBy];
  if (!section) {
    return;
  }
  if (!resource.listed) {
    section.append(element("p", "The API does not list these."));
  } else if (resource.signIn && config.signIn && !token(config.signIn)) {
    section.append(element("p", "Sign in to go on."));
  } else if (asked.length > 0) {
    section.append(asking(resource, asked, (values, into) => void fill(config, resource, values, into)));
  } else {
    void fill(config, resource, {}, section.appendChild(element("div")));
  }
}

/**
 * Show the first items in `into`, and a button for more where there are more.
 *
 * @param {Awaited<ReturnType<typeof runtimeConfig>>} config
 * @param {Resource} resource
 * @param {Record<string, string>} values
 * @param {HTMLElement} into
 */
async function fill(config, resource, values, into) {
  const items = element("ul");
  items.setAttribute("aria-labelledby", resource.name);
  items.className = "items";
  const more = element("button", "Load more");
  const problem = element("div");
  let next = "";
  const load = async () => {
    problem.replaceChildren();
    try {
      const page = await list(config.apiUrl, token(config.signIn), resource, values, next);
      next = page.nextToken;
      const added = page.items.map((item) => entry(item));
      items.append(...added);
      more.hidden = !next;
      const empty = items.children.length === 0 && !next;
      into.replaceChildren(...(empty ? [element("p", "There are none yet.")] : [items, problem, more]));
      return added[0];
    } catch (error) {
      problem.replaceChildren(told(error));
      into.replaceChildren(items, problem, more);
      more.textContent = items.children.length > 0 ? "Load more" : "Try again";
      return undefined;
    }
  };
  more.addEventListener("click", async () => (await load())?.focus());
  into.replaceChildren(element("p", "Loading…"));
  await load();
}

/** @param {Record<string, unknown>} item */
function entry(item) {
  const fields = element("dl");
  for (const [name, value] of Object.entries(item)) {
    const pair = element("div");
    pair.append(element("dt", name), element("dd", typeof value === "string" ? value : JSON.stringify(value)));
    fields.append(pair);
  }
  const row = element("li");
  row.tabIndex = -1;
  row.append(fields);
  return row;
}

/**
 * A form that asks for `names`, with a place below it for what is answered.
 *
 * @param {Resource} resource
 * @param {string[]} names
 * @param {(values: Record<string, string>, into: HTMLElement) => void} onAnswer
 */
function asking(resource, names, onAnswer) {
  const form = element("form");
  const into = element("div");
  const inputs = names.map((name) => {
    const input = element("input");
    input.id = `${resource.name}-${name}`;
    input.required = true;
    const label = element("label", name);
    label.htmlFor = input.id;
    const row = element("p");
    row.append(label, input);
    form.append(row);
    return input;
  });
  const submit = element("button", "Show");
  submit.type = "submit";
  form.append(submit, into);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onAnswer(Object.fromEntries(inputs.map((input, index) => [names[index] ?? "", input.value.trim()])), into);
  });
  return form;
}

/** @param {unknown} error */
function fail(error) {
  document.querySelector("[data-problem]")?.replaceChildren(told(error));
}

/** @param {unknown} error */
function told(error) {
  const alert = element("div");
  alert.setAttribute("role", "alert");
  alert.append(element("p", error instanceof Error ? error.message : String(error)));
  if (error instanceof ApiError && error.requestId) {
    alert.append(element("small", `Request ${error.requestId}`));
  }
  return alert;
}

/**
 * An element; its text is never read as HTML.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} text
 */
function element(tag, text = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (made instanceof HTMLButtonElement) {
    made.type = "button";
  }
  return made;
}
