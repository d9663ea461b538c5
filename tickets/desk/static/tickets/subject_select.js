// A long select becomes a box to type in: its options are found by their names and by the words beside them.
import { found } from "./fuzzy.js";
import { Listbox, lines } from "./listbox.js";

const MOST = 30;

export function subjects(within) {
  for (const select of within.querySelectorAll("select[data-fuzzy]")) if (!select.dataset.found) box(select);
}

function box(select) {
  select.dataset.found = "1";
  const wrap = Object.assign(document.createElement("div"), { className: "found" });
  const field = Object.assign(document.createElement("input"), { type: "text", autocomplete: "off", placeholder: select.dataset.fuzzy });
  const list = Object.assign(document.createElement("ul"), { id: `${select.id}-found`, className: "listbox", hidden: true });
  const label = document.querySelector(`label[for="${select.id}"]`);
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", list.id], ["aria-autocomplete", "list"]]) field.setAttribute(name, value);
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", `${label?.textContent ?? ""} seçenekleri`);
  field.id = `${select.id}-box`;
  field.className = select.className;
  label?.setAttribute("for", field.id);
  field.required = select.required;
  select.required = false;
  select.hidden = true;
  select.before(wrap);
  wrap.append(field, list);

  const options = [...select.options].filter((option) => option.value);
  const show = new Listbox(field, list, {
    draw: (option, item) => lines(item, option.textContent, option.dataset.beside),
    pick: (option) => {
      select.value = option.value;
      told();
      select.dispatchEvent(new Event("change", { bubbles: true }));
    },
  });
  field.addEventListener("input", () => {
    if (!field.value.trim()) select.value = "";
    show.show(found(options, field.value, (option) => [option.textContent, option.dataset.words ?? ""]).slice(0, MOST), "Böyle bir konu yok.");
  });
  // What was typed and not picked is no choice: the field shows what is chosen.
  field.addEventListener("blur", told);
  select.addEventListener("chosen", told);
  told();

  function told() {
    field.value = select.value ? select.selectedOptions[0].textContent : "";
  }
}
