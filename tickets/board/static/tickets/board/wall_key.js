// The key behind the # of the address: taken out of it at once, and sent by the form.

const form = document.getElementById("wall-key");
const key = location.hash.slice(1);

if (key) {
  history.replaceState(null, "", location.pathname);
  form.elements.key.value = key;
  form.submit();
}
