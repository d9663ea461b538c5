// What a caller in TypeScript relies on: told by the types of a generated client, or this does not compile.
import type { components, paths } from "./client";

type Answer<Path extends keyof paths, Status extends number> = paths[Path] extends {
  get: { responses: Record<Status, { content: { "application/json": infer Body } }> };
}
  ? Body
  : never;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const holds = <Claim extends true>(): Claim | undefined => undefined;

type Page = Answer<"/api/v1/tickets/", 200>;
type One = Answer<"/api/v1/tickets/{number}/", 200>;
type Listed = Page["results"][number];

// A number is always there, and what is known later may be null: no union has swallowed the rest.
holds<Same<Listed["number"], string>>();
holds<null extends One["outcome"] ? true : false>();
holds<"RESOLVED" extends One["outcome"] ? true : false>();
holds<string extends One["status"] ? false : true>();
holds<"NEW" extends One["status"] ? true : false>();
holds<null extends One["status"] ? false : true>();
holds<Same<components["schemas"]["Problem"]["status"], number>>();
