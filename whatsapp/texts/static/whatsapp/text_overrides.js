// What a citizen would read of the sentence as it stands, and how long it is as WhatsApp counts.

const text = document.getElementById("text");
const preview = document.getElementById("preview");
const count = document.getElementById("count");
const examples = JSON.parse(document.getElementById("examples").textContent);
const limit = Number(text.dataset.limit);

function show() {
  preview.textContent = text.value.replace(/\{(\w+)\}/g, (gap, name) => examples[name] ?? gap);
  const length = text.value.trim().length; // UTF-16 units, which is what WhatsApp counts
  count.textContent = `${length} / ${limit} birim` + (length > limit ? `: ${length - limit} birim fazla` : "");
  count.classList.toggle("over", length > limit);
}

text.addEventListener("input", show);
show();
