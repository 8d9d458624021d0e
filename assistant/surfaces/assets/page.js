// Joins the two halves of the page: a marker in an answer opens its passage, a passage's number leads back.
(() => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const wide = matchMedia("(min-width: 801px)");

  const reveal = (target, kind) => {
    for (const old of document.querySelectorAll(`.${kind}`)) old.classList.remove(kind);
    target.classList.add(kind);
    target.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
    target.focus({ preventScroll: true });
  };

  const showSource = (turn, number) => {
    const mark = document.getElementById(`source-${turn}-${number}`);
    if (!mark) return;
    const shown = mark.closest(".pt-turn");
    for (const section of document.querySelectorAll(".pt-turn")) section.hidden = section !== shown;
    reveal(mark, "pt-current");
  };

  const showMarker = (turn, number) => {
    const marker = document.querySelector(`.pt-cite[href="#source-${turn}-${number}"]`);
    if (marker) reveal(marker, "pt-current-marker");
  };

  let following = false;

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#source-"], a[href^="#answer-"]');
    if (!link) return;
    event.preventDefault();
    following = false;
    const [kind, turn, number] = link.getAttribute("href").slice(1).split("-");
    (kind === "source" ? showSource : showMarker)(turn, number);
  });
  for (const gesture of ["wheel", "touchmove", "pointerdown"]) {
    document.addEventListener(gesture, () => (following = false), { passive: true });
  }

  const focusBox = () => {
    // On a phone the keyboard would cover the page.
    if (wide.matches) document.querySelector("#question textarea")?.focus({ preventScroll: true });
  };

  // The newest question stays at the top of the chat while its answer grows below it, until the reader scrolls.
  let asked = 0;
  const follow = () => {
    const questions = document.querySelectorAll("#chat .user-row");
    if (questions.length > asked) {
      following = true;
      if (document.activeElement === document.body) focusBox();
    }
    asked = questions.length;
    const log = document.querySelector('#chat [role="log"]');
    if (!following || !log || !asked) return;
    const question = questions[asked - 1];
    log.scrollTop += question.getBoundingClientRect().top - log.getBoundingClientRect().top - 12;
  };

  let greeted = false;
  new MutationObserver(() => {
    if (!greeted && document.querySelector("#question textarea")) {
      greeted = true;
      focusBox();
    }
    // Gradio labels each message with its markup; without the label a screen reader reads its words.
    for (const message of document.querySelectorAll("#chat [data-testid][aria-label]")) {
      message.removeAttribute("aria-label");
    }
    follow();
  }).observe(document.documentElement, { subtree: true, childList: true, attributeFilter: ["aria-label"] });
})();
