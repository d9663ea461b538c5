/** The control API, the only address this page speaks to (beside the map of the mahalleler). */

async function call(method, path, body) {
  const form = body instanceof FormData;
  const headers = form || body === undefined ? {} : { "Content-Type": "application/json" };
  const content = form || body === undefined ? body : JSON.stringify(body);
  const answer = await fetch(`control/${path}`, { method, headers, body: content });
  const parsed = await answer.json().catch(() => null);
  if (!answer.ok || parsed === null) throw new Error(parsed?.error ?? "Benzetim şu anda yanıt vermiyor.");
  return parsed;
}

/** `{now, held, faults, people, mark, messages, last}`; waits up to `wait` seconds for anything else than that. */
export const news = ({ last, mark }, wait) => call("GET", `news?after=${last}&mark=${mark}&wait=${wait}`);
export const addPerson = (details) => call("POST", "people", details);
export const read = (person) => call("POST", `people/${person}/read`, {});
export const forward = (seconds, line) => call("POST", "clock", { forward: seconds, line });
export const faults = () => call("GET", "faults");
export const setFault = (fault) => call("POST", "faults", fault);
export const clearFault = (kind) => call("DELETE", kind ? `faults?kind=${kind}` : "faults");
export const release = (how) => call("POST", "release", how);
export const deliveries = async (latest) => (await call("GET", `deliveries?latest=${latest}`)).deliveries;
export const mediaAddress = (id) => `control/media/${id}`;

/** A message of a person, with files one for each of them. Fields as in the emulator's README. */
export function say(person, type, fields = {}, files = []) {
  const path = `people/${person}/messages`;
  const given = Object.entries(fields).filter(([, value]) => value != null && value !== "");
  if (!files.length) return call("POST", path, { type, ...Object.fromEntries(given) });
  const form = new FormData();
  form.append("type", type);
  for (const [name, value] of given) form.append(name, value);
  for (const file of files) form.append("file", file, file.name);
  return call("POST", path, form);
}

/** Outlines of the mahalleler as GeoJSON, beside them the main roads and whether there is a file of streets; null where the
 * emulator runs without the line.
 */
export async function district() {
  const answer = await fetch("neighbourhoods.json");
  return answer.ok ? await answer.json() : null;
}
