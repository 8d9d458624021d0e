// Joins an answer with its passages: a marker opens its passage beside the chat, the name of a close paper opens that, a
// passage's number leads back, and a marker that is pointed at shows its quote.
(() => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const root = document.documentElement;

  const reveal = (target, kind, block = "center") => {
    for (const old of document.querySelectorAll(`.${kind}`)) old.classList.remove(kind);
    target.classList.add(kind);
    target.scrollIntoView({ block, behavior: calm.matches ? "auto" : "smooth" });
    target.focus({ preventScroll: true });
  };

  let cameFrom = null;

  const markOf = (link) => {
    const [, turn, number] = link.getAttribute("href").slice(1).split("-");
    return document.getElementById(`source-${turn}-${number}`);
  };

  const showBeside = (target, link, block) => {
    const shown = target.closest(".pt-turn");
    for (const section of document.querySelectorAll(".pt-turn")) section.hidden = section !== shown;
    const folded = target.closest("details");
    if (folded) folded.open = true;
    cameFrom = link;
    root.dataset.panel = "open";
    reveal(target, "pt-current", block);
  };

  const showSource = (link) => {
    const mark = markOf(link);
    if (mark) showBeside(mark, link);
  };

  // A paper that is close to a question which none answers: its abstract is all that there is to see.
  const showNear = (link) => {
    const card = document.getElementById(link.getAttribute("href").slice(1));
    if (!card) return;
    for (const abstract of card.querySelectorAll("details")) abstract.open = true;
    showBeside(card, link, "start");
  };

  const numberOf = (marker) => Number(marker.getAttribute("href").split("-").at(-1));

  const showMarker = (link) => {
    const [, turn, number] = link.getAttribute("href").slice(1).split("-");
    // Of markers in a run, "[1] to [4]", the ends alone are there: the one before leads to the run.
    const markers = [...document.querySelectorAll(`.pt-cite[href^="#source-${turn}-"]`)];
    const marker =
      markers.find((one) => numberOf(one) === Number(number)) ?? markers.findLast((one) => numberOf(one) < Number(number));
    delete root.dataset.panel;
    if (marker) reveal(marker, "pt-current-marker");
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#source-"], a[href^="#answer-"], a[href^="#near-"]');
    if (link) {
      event.preventDefault();
      hide();
      const [kind] = link.getAttribute("href").slice(1).split("-");
      ({ source: showSource, answer: showMarker, near: showNear })[kind](link);
    } else if (event.target.closest?.("[data-do=close-panel]")) {
      delete root.dataset.panel;
      cameFrom?.focus();
    }
  });

  // The quote of a marker that is pointed at, or that the keyboard has reached.
  const card = document.createElement("div");
  card.id = "pt-quote";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  let waiting = 0;
  let over = null;

  const part = (name, text) => {
    const made = document.createElement("p");
    made.className = name;
    made.dir = "auto";
    made.textContent = text;
    return made;
  };

  const show = (link) => {
    const mark = markOf(link);
    const paper = mark?.closest(".pt-paper");
    if (!paper) return;
    const quote = mark.textContent.trim();
    const where = mark.closest(".pt-passage").previousElementSibling;
    // Above a line that is hard to read stands what it says.
    const reading = where?.className === "pt-reading" ? where.textContent : "";
    const heading = reading ? where.previousElementSibling : where;
    const place = heading?.tagName === "H4" ? heading.textContent : "";
    card.replaceChildren(
      ...(reading ? [part("pt-read", reading)] : []),
      part("pt-quoted", quote.length > 420 ? `“${quote.slice(0, 420)} …”` : `“${quote}”`),
      part("pt-from", [paper.querySelector("h3").textContent, place].filter(Boolean).join(" · ")),
    );
    const home = document.querySelector(".gradio-container");
    if (card.parentElement !== home) home.append(card);
    card.hidden = false;
    const at = link.getBoundingClientRect();
    const size = card.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left - 20, innerWidth - size.width - 8));
    const above = at.top - size.height - 8;
    card.style.left = `${left}px`;
    card.style.top = `${above > 8 ? above : at.bottom + 8}px`;
    link.setAttribute("aria-describedby", card.id);
    over = link;
  };

  const hide = () => {
    clearTimeout(waiting);
    card.hidden = true;
    over?.removeAttribute("aria-describedby");
    over = null;
  };

  for (const [enter, leave, delay] of [
    ["pointerover", "pointerout", 150],
    ["focusin", "focusout", 0],
  ]) {
    document.addEventListener(enter, (event) => {
      const link = event.target.closest?.('a.pt-cite[href^="#source-"]');
      if (!link || event.pointerType === "touch") return;
      clearTimeout(waiting);
      waiting = setTimeout(() => show(link), delay);
    });
    document.addEventListener(leave, (event) => {
      if (event.target.closest?.("a.pt-cite")) hide();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (!card.hidden) hide();
    else if (root.dataset.panel) {
      delete root.dataset.panel;
      cameFrom?.focus();
    }
  });
  addEventListener("scroll", hide, { capture: true, passive: true });
})();
