// What the maps of the back office are drawn from: asked once, each ticket an object again.

export async function mapData(address) {
  const answer = await fetch(address);
  if (!answer.ok) return null;
  const told = await answer.json();
  const worded = told.fields.map((field) => told.worded.includes(field));
  return { ...told, tickets: told.tickets.map((row) => ticket(told, worded, row)) };
}

function ticket({ fields, words }, worded, row) {
  const found = {};
  for (let at = 0; at < fields.length; at++) found[fields[at]] = worded[at] ? words[row[at]] : row[at];
  found.at = [found.lat, found.lon];
  return found;
}
