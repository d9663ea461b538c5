// A POST of a few fields to an address of ours, with the token that Django asks for.
export function post(address, fields, headers = {}, signal = undefined) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("csrfmiddlewaretoken", token());
  return fetch(address, { method: "POST", body, headers, credentials: "same-origin", signal });
}

export const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
