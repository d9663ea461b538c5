// A new secret is copied as it stands: typing it off would get it wrong.
const button = document.getElementById("copy-secret");

button.addEventListener("click", async () => {
  const say = button.parentElement.querySelector("[role=status]");
  try {
    await navigator.clipboard.writeText(document.querySelector("[data-secret]").textContent);
    say.textContent = "Kopyalandı.";
  } catch {
    say.textContent = "Tarayıcı kopyalamaya izin vermedi. Metni seçip kopyalayın.";
  }
});
