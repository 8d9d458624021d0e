// Tables and figures are saved as files, figures drawn again in the light theme at one width. By keyboard a figure is one
// stop of Tab; in it, arrows go from mark to mark, and Enter opens the papers behind one: in Trends as the server draws
// them, below the figure of an answer from the cards beside the chat.
(() => {
  const DRAWN = ["fill", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-linejoin", "paint-order"];
  const WRITTEN = [...DRAWN, "font-size", "font-family", "text-anchor"];
  const PRESSED = [
    "class", "tabindex", "role", "aria-label", "data-do", "data-finding", "data-mark", "data-turn",
    "data-sources", "id",
  ];
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
    for (const shape of drawing.querySelectorAll("rect, circle, line, text")) {
      const style = getComputedStyle(shape);
      for (const name of shape.tagName === "text" ? WRITTEN : DRAWN) {
        shape.setAttribute(name, style.getPropertyValue(name));
      }
      for (const name of PRESSED) shape.removeAttribute(name);
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
    const title =
      figure?.querySelector("figcaption") ?? button.closest(".pt-answer")?.querySelector(".pt-counted");
    const name = named(title?.textContent ?? "table", button.value);
    if (button.value === "csv") {
      const rows = button.parentElement.querySelector("[hidden]").textContent;
      // The mark at the start tells a spreadsheet that the text is UTF-8.
      save(new Blob(["\ufeff", rows], { type: "text/csv" }), name);
      return;
    }
    const drawn = standalone(figure);
    save(button.value === "svg" ? new Blob([drawn.svg], { type: "image/svg+xml" }) : await rastered(drawn), name);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".pt-take");
    if (button) take(button);
  });

  // ---- marks

  const marksOf = (drawing) => [...drawing.querySelectorAll("[data-mark]")].filter((mark) => mark.getClientRects().length);

  const stopAt = (mark, marks) => {
    for (const one of marks) one.setAttribute("tabindex", one === mark ? "0" : "-1");
  };

  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  document.addEventListener("keydown", (event) => {
    const mark = event.target.closest?.(".pt-drawing [data-mark]");
    const step = STEPS[event.key];
    if (!mark || !step) return;
    event.preventDefault();
    const marks = marksOf(mark.closest(".pt-drawing"));
    const next = marks[Math.min(Math.max(marks.indexOf(mark) + step, 0), marks.length - 1)];
    stopAt(next, marks);
    next.focus();
  });

  // The papers behind a mark come with the next picture of the view: who pressed it goes there, and back when they close.
  let pressed = "";
  let expects = "";
  document.addEventListener("click", (event) => {
    const element = event.target.closest?.("[data-do='papers']");
    if (!element) return;
    if (element.dataset.mark) pressed = element.id;
    expects = element.dataset.mark ? "behind" : pressed;
  });
  document.addEventListener("keydown", (event) => {
    const mark = event.target.closest?.("[data-finding][data-mark]");
    if (mark && (event.key === "Enter" || event.key === " ")) expects = "behind";
    if (mark) pressed = mark.id;
  });

  // ---- the papers behind a mark of an answer

  const MOST = 50;
  const behind = new Map(); // by turn: the mark that is open, and what it says

  const made = (name, attributes, text = "") => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  };

  // Each paper once, with the first of its markers.
  const papersOf = (mark) => {
    const cards = new Map();
    for (const marker of mark.dataset.sources.split(" ")) {
      const card = document.getElementById(`source-${mark.dataset.turn}-${marker}`)?.closest(".pt-paper");
      if (card && !cards.has(card)) cards.set(card, marker);
    }
    return [...cards];
  };

  const listBelow = (mark) => {
    const turn = mark.dataset.turn;
    const papers = papersOf(mark);
    const count = papers.length === 1 ? "1 paper" : `${papers.length.toLocaleString("en")} papers`;
    const label = `${count} behind the mark`;
    const list = made("div", { class: "pt-behind", id: `behind-${turn}`, tabindex: "-1", role: "group", "aria-label": label });
    const head = made("p", {});
    head.append(made("strong", {}, count), " · ", made("span", { dir: "auto" }, mark.getAttribute("aria-label")), " ");
    const close = made("button", { type: "button", class: "pt-act", id: `behind-${turn}-none` }, "Close");
    close.addEventListener("click", () => {
      behind.delete(turn);
      list.remove();
      const pressed = document.getElementById(mark.id);
      if (pressed) stopAt(pressed, marksOf(pressed.closest(".pt-drawing")));
      pressed?.focus();
    });
    head.append(close);
    const rows = made("ol", {});
    for (const [card, marker] of papers.slice(0, MOST)) {
      const row = made("li", { dir: "auto" });
      const link = { href: `#source-${turn}-${marker}`, id: `behind-${turn}-${marker}` };
      const byline = card.querySelector(".pt-byline")?.firstChild?.textContent.replace(/ · $/, "") ?? "";
      row.append(made("a", link, card.querySelector("h3").textContent), " ", made("span", { class: "pt-note" }, byline));
      rows.append(row);
    }
    if (papers.length > MOST) rows.append(made("li", {}, `and ${(papers.length - MOST).toLocaleString("en")} more`));
    list.append(head, rows);
    document.getElementById(`behind-${turn}`)?.remove();
    mark.closest(".pt-figure").append(list);
    return list;
  };

  const openBelow = (mark) => {
    behind.set(mark.dataset.turn, { id: mark.id, says: mark.getAttribute("aria-label") });
    const list = listBelow(mark);
    list.focus({ preventScroll: true });
    list.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("click", (event) => {
    const mark = event.target.closest?.("[data-sources]");
    if (mark) openBelow(mark);
  });
  document.addEventListener("keydown", (event) => {
    const mark = event.target.closest?.("[data-sources]");
    if (!mark || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    openBelow(mark);
  });

  // An answer is drawn anew with each question; what its reader opened stays.
  const keepBelow = () => {
    for (const [turn, { id, says }] of behind) {
      const mark = document.getElementById(id);
      if (mark?.getAttribute("aria-label") === says && !document.getElementById(`behind-${turn}`)) listBelow(mark);
    }
  };

  new MutationObserver((changes) => {
    if (!changes.some((change) => change.addedNodes.length)) return;
    keepBelow();
    for (const drawing of document.querySelectorAll('.pt-drawing[role="group"]')) {
      const marks = marksOf(drawing);
      const stops = marks.filter((mark) => mark.getAttribute("tabindex") === "0");
      if (stops.length === 1) continue;
      stopAt(marks.includes(document.activeElement) ? document.activeElement : marks[0], drawing.querySelectorAll("[data-mark]"));
    }
    const goal = expects && document.getElementById(expects);
    if (!goal || (expects !== "behind" && document.getElementById("behind"))) return;
    expects = "";
    goal.focus({ preventScroll: true });
    goal.scrollIntoView({ block: "nearest" });
  }).observe(document.documentElement, { subtree: true, childList: true });
})();
