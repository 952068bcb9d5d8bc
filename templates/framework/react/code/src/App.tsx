import { useEffect, useMemo, useState } from "react";

import { type Page, PageContext, usePerson, useRoute } from "./hooks";
import { Heading, Link, Problem } from "./parts";
import { app, resources } from "./resources";
import { hrefOf, onNavigation, type Route } from "./routes";
import type { Session } from "./session";
import { Collection } from "./views/Collection";
import { Editor } from "./views/Editor";
import { Home } from "./views/Home";
import { ItemPage } from "./views/ItemPage";

export function App({ session }: { session: Session }) {
  const { href, route } = useRoute();
  const [notice, setNotice] = useState("");
  const [problem, setProblem] = useState<unknown>(session.refused);
  const page = useMemo<Page>(() => ({ session, say: setNotice, fail: setProblem }), [session]);
  useEffect(
    () =>
      onNavigation(() => {
        setNotice("");
        setProblem(null);
      }),
    [],
  );
  return (
    <PageContext value={page}>
      <Header session={session} route={route} fail={setProblem} />
      <main>
        <p role="status">{notice}</p>
        <Problem error={problem} />
        <View key={href} route={route} session={session} />
      </main>
    </PageContext>
  );
}

function Header({ session, route, fail }: { session: Session; route: Route; fail: (error: unknown) => void }) {
  const person = usePerson(session);
  const shown = "resource" in route ? route.resource : undefined;
  return (
    <header>
      <Link href="/">
        <strong>{app.name}</strong>
      </Link>
      <nav aria-label="Resources">
        <ul>
          {resources.map((resource) => (
            <li key={resource.name}>
              <Link href={hrefOf({ view: "list", resource, values: {} })} current={resource === shown}>
                {resource.title}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {person && <span>{person.name}</span>}
      {session.auth.offered && (
        <button
          type="button"
          onClick={() => {
            const { pathname, search } = location;
            void (person ? session.auth.end() : session.auth.begin(pathname + search)).catch(fail);
          }}
        >
          {person ? "Sign out" : "Sign in"}
        </button>
      )}
    </header>
  );
}

function View({ route, session }: { route: Route; session: Session }) {
  const person = usePerson(session);
  if ("resource" in route && route.resource.signIn && session.auth.offered && !person) {
    return (
      <>
        <Heading>{route.resource.title}</Heading>
        <p>Sign in to go on.</p>
      </>
    );
  }
  switch (route.view) {
    case "home":
      return <Home />;
    case "list":
      return <Collection {...route} />;
    case "new":
      return <Editor {...route} />;
    case "item":
      return <ItemPage {...route} />;
    case "edit":
      return <Editor {...route} />;
    default:
      return (
        <>
          <Heading>There is nothing here</Heading>
          <p>
            <Link href="/">To the start</Link>
          </p>
        </>
      );
  }
}
