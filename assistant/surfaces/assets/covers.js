// In a narrow window the conversations and the sources lie over the page. What does so has an entry of its own in the
// browser's history, so that "Back" closes it before it leaves the page.
(() => {
  const root = document.documentElement;
  const narrow = matchMedia("(max-width: 1000px)"); // as narrow.css has it
  const isOpen = () => narrow.matches && (root.dataset.panel === "open" || root.dataset.drawer === "open");
  const close = () => {
    delete root.dataset.panel;
    if (root.dataset.drawer === "open") papertalk.drawer(false);
  };

  // A cover's entry names the one below it, which is the same place: where the address changed under the cover, as when
  // a conversation gets its name, the entry below is told when it is seen again.
  let entry = { state: history.state, address: location.href };
  let leaves = false;
  const note = () => (entry = { state: history.state, address: location.href });
  const leave = () => {
    leaves = true;
    history.back();
  };
  const settle = () => {
    const hasEntry = Boolean(history.state?.cover);
    if (isOpen() && !hasEntry) {
      const below = `${Date.now()}-${Math.random()}`;
      history.replaceState({ below }, "", location.href);
      history.pushState({ cover: below }, "", location.href);
      note();
    } else if (!isOpen() && hasEntry && !leaves) leave();
  };
  new MutationObserver(settle).observe(root, { attributes: true, attributeFilter: ["data-panel", "data-drawer"] });
  narrow.addEventListener("change", settle);
  addEventListener("load", settle); // a page that is loaded anew has nothing open

  addEventListener("popstate", () => {
    const { state, address } = entry;
    if (state?.cover && state.cover === history.state?.below) {
      history.replaceState(null, "", address);
      if (!leaves) close();
    }
    leaves = false;
    note();
    settle();
  });

  window.papertalkCovers = {
    narrow,
    // The address of another place. Where a cover was closed by going there, the place takes over the cover's entry.
    enter: (query, isMove) => {
      const state = isOpen() ? history.state : null;
      if (isMove && !history.state?.cover) history.pushState(state, "", query);
      else history.replaceState(state, "", query);
      note();
    },
  };
})();
