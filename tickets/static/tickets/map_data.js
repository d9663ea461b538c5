// What the maps of the back office are drawn from: asked once, each ticket an object again.

export async function mapData(address) {
  const answer = await fetch(address);
  if (!answer.ok) return null;
  const told = await answer.json();
  return { ...told, tickets: told.tickets.map((row) => ticket(told.fields, row)) };
}

function ticket(fields, row) {
  const found = {};
  for (let at = 0; at < fields.length; at++) found[fields[at]] = row[at];
  found.at = [found.lat, found.lon];
  return found;
}
