// One key confirms what is ticked.
import { letterOf } from "./desk/letters.js";

const form = document.getElementById("proposals");

document.addEventListener("keydown", (event) => {
  if (letterOf(event) === "o" && form.querySelector("button")) form.requestSubmit();
});
