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
  upToDate(page.querySelectorAll("#composer :is([data-version], [data-seen])"), fresh);
}

/** Hidden fields by which the server knows what one had seen: they say the same as on the fresh page. */
export function upToDate(fields, fresh) {
  for (const field of fields) field.value = fresh.querySelector(`[name=${field.name}]`)?.value ?? field.value;
}

const busy = (part) => part.querySelector("details[open]") || part.querySelector(":focus:not(a, button, h2)") || [...part.querySelectorAll("input, select, textarea")].some(changed);

/** Whether somebody chose or wrote something else than the page came with. */
function changed(field) {
  if (field.closest(".found") && field.matches("input")) return false; // only searches in the select beside it (subject_select.js)
  if (field.matches("select")) return field.selectedIndex !== Math.max([...field.options].findLastIndex((each) => each.defaultSelected), 0);
  return field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
}

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
