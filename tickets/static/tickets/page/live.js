// Takes over what is new: each part of the page marked `data-live` becomes what a fresh page shows in its place.
// A part in which somebody is at work stays as it is, with the version it was made for: the answer explains a clash.
export async function renew(page) {
  const answer = await fetch(page.dataset.address, { credentials: "same-origin", headers: { "X-Background": "1" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  exchange(page, fresh);
  page.dataset.stamp = fresh.getElementById(page.id).dataset.stamp;
  page.dispatchEvent(new CustomEvent("renewed"));
}

export function exchange(page, fresh) {
  for (const part of page.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (next && !busy(part)) take(part, next);
  }
  // What has been shown may be answered: words to the citizen and notes go with the newest version.
  for (const field of page.querySelectorAll("#composer :is([data-version], [data-seen])")) {
    field.value = fresh.querySelector(`[name=${field.name}]`)?.value ?? field.value;
  }
}

const busy = (part) => part.querySelector("details[open]") || part.querySelector(":focus:not(a, button, h2)");

// Only what differs is exchanged: a voice message goes on playing, a picture is not loaded again.
function take(part, next) {
  for (const name of part.getAttributeNames()) if (!next.hasAttribute(name)) part.removeAttribute(name);
  for (const { name, value } of next.attributes) part.setAttribute(name, value);
  const [old, now] = [[...part.children], [...next.children]];
  now.forEach((each, n) => {
    if (!old[n]) part.append(each);
    else if (!old[n].isEqualNode(each)) old[n].replaceWith(each);
  });
  old.slice(now.length).forEach((each) => each.remove());
}
