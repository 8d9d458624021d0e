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
    const folded = mark.closest("details");
    if (folded) folded.open = true;
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

  // What an answer holds can be taken away: its table, or its figure, drawn again in the light theme at one width.
  const DRAWN = ["fill", "stroke", "font-size", "font-family", "text-anchor"];
  const WIDTH = 800;
  const EDGE = 20;
  const LINE = 22;

  const save = (blob, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  const element = (name, attributes, text = "") => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };

  const inLines = (text, length) => {
    const lines = [""];
    for (const word of text.split(/\s+/)) {
      if (lines.at(-1).length + word.length > length) lines.push("");
      lines[lines.length - 1] += `${word} `;
    }
    return lines.map((line) => line.trim()).filter(Boolean);
  };

  // The figure as a document of its own: what the style sheet gives its shapes is written to each of them.
  const standalone = (figure) => {
    const stage = document.createElement("div");
    stage.className = "pt-taken";
    const drawing = figure.querySelector("svg").cloneNode(true);
    stage.append(drawing);
    document.querySelector(".gradio-container").append(stage);
    for (const shape of drawing.querySelectorAll("rect, text, line")) {
      const style = getComputedStyle(shape);
      for (const name of DRAWN) shape.setAttribute(name, style.getPropertyValue(name));
      shape.removeAttribute("class");
    }
    drawing.setAttribute("style", "overflow: visible");
    const titles = inLines(figure.querySelector("figcaption").textContent, 95);
    const top = EDGE + titles.length * LINE;
    const height = top + Number(drawing.getAttribute("height")) + EDGE;
    const whole = element("svg", { width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}` });
    whole.append(element("rect", { width: "100%", height: "100%", fill: "#ffffff" }));
    const { fontFamily, color } = getComputedStyle(stage);
    const style = { x: EDGE, "font-family": fontFamily, fill: color, "font-size": 15, "font-weight": 600 };
    titles.forEach((line, place) => whole.append(element("text", { ...style, y: EDGE + 10 + place * LINE }, line)));
    stage.remove();
    for (const [key, value] of Object.entries({ x: EDGE, y: top, width: WIDTH - 2 * EDGE })) {
      drawing.setAttribute(key, value);
    }
    whole.append(drawing);
    return { svg: new XMLSerializer().serializeToString(whole), height };
  };

  const rastered = async ({ svg, height }) => {
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2 * WIDTH, 2 * height];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  };

  const named = (text, ending) => {
    const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
    return `${words.join("-").slice(0, 60) || "papertalk"}.${ending}`;
  };

  const take = async (button) => {
    const figure = button.closest(".pt-figure");
    if (!figure) {
      const rows = button.parentElement.querySelector("[hidden]").textContent;
      const title = button.closest(".pt-answer").querySelector(".pt-counted")?.textContent ?? "table";
      // The mark at the start tells a spreadsheet that the text is UTF-8.
      save(new Blob(["\ufeff", rows], { type: "text/csv" }), named(title, "csv"));
      return;
    }
    const name = named(figure.querySelector("figcaption").textContent, button.value);
    const drawn = standalone(figure);
    save(button.value === "svg" ? new Blob([drawn.svg], { type: "image/svg+xml" }) : await rastered(drawn), name);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".pt-take");
    if (button) take(button);
  });

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

  // The address names the conversation, so that it can be opened again.
  const nameConversation = () => {
    const id = document.querySelector(".pt-panel")?.dataset.conversation;
    const address = new URL(location.href);
    if (id === undefined || id === (address.searchParams.get("c") ?? "")) return;
    if (id) address.searchParams.set("c", id);
    else address.searchParams.delete("c");
    history.replaceState(history.state, "", address);
  };

  // A button that was pressed and is gone leaves the keyboard nowhere.
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#question .stop-button")) focusBox();
  });

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
    nameConversation();
    follow();
  }).observe(document.documentElement, { subtree: true, childList: true, attributeFilter: ["aria-label"] });
})();
