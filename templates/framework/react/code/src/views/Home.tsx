import { Heading, Link } from "../parts";
import { app, resources } from "../resources";
import { hrefOf } from "../routes";

export function Home() {
  return (
    <>
      <Heading>{app.name}</Heading>
      {app.description && <p>{app.description}</p>}
      <ul>
        {resources.map((resource) => (
          <li key={resource.name}>
            <Link href={hrefOf({ view: "list", resource, values: {} })}>{resource.title}</Link>:{" "}
            {resource.operations.join(", ")}
          </li>
        ))}
      </ul>
    </>
  );
}
