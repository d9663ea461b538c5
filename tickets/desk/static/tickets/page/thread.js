// The newest words stay in sight while pictures and letters come in, unless somebody reads further up.
export function thread(page) {
  const shown = page.querySelector("#thread");
  if (!shown) return;
  let atEnd = true;
  let tall = 0; // when it was last looked at: a scroll within a thread that grew since is not the reader's
  const stay = () => {
    if (atEnd) shown.scrollTop = shown.scrollHeight;
    tall = shown.scrollHeight;
  };
  shown.addEventListener("scroll", () => {
    if (shown.scrollHeight !== tall) return stay();
    atEnd = shown.scrollHeight - shown.scrollTop - shown.clientHeight < 80;
  });
  shown.addEventListener("load", stay, { capture: true });
  page.addEventListener("renewed", stay);
  document.fonts.ready.then(stay);
  const sized = new ResizeObserver(() => (shown.isConnected ? stay() : sized.disconnect()));
  sized.observe(shown);
  stay();
}
