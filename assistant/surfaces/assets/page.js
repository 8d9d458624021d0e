// The page's side of the wires: what is clicked goes to the server, and what the server drew is made at home here.
(() => {
  const root = document.documentElement;
  const wide = matchMedia("(min-width: 801px)");
  const $ = (id) => document.getElementById(id);
  const box = () => $("ask-box");
  const covers = window.papertalkCovers;

  // ---- the wires

  const ready = new Set();
  const waiting = [];
  document.addEventListener("papertalk:ready", (event) => {
    ready.add(event.detail);
    for (const [wire, data] of waiting.splice(0)) put(wire, data);
  });
  const put = (wire, data) => {
    if (!ready.has(wire)) waiting.push([wire, data]);
    else document.dispatchEvent(new CustomEvent(`papertalk:${wire}`, { detail: { ...data, at: location.search } }));
  };

  let pushes = false;
  const act = (data) => {
    pushes = true;
    gaveBack = false;
    put("act", data);
  };

  const text = (name, words, parent) => {
    const made = document.createElement("div");
    made.className = name;
    made.textContent = words;
    made.dir = "auto";
    parent.append(made);
    return made;
  };

  const exchanges = () => [...document.querySelectorAll("#chat .pt-exchange:not(.pt-sent)")];
  const questionOf = (exchange) => exchange.querySelector("[data-question]")?.dataset.question ?? "";

  // The question stands in the chat at once; the server's picture of it follows. Asked again at its turn, a question
  // keeps what follows it; a changed one cannot.
  const ask = (question, turn = "") => {
    if (!question.trim()) return box()?.focus();
    const old = turn ? $(`exchange-${turn}`) : null;
    const isChanged = old && "answered" in old.dataset && question.trim() !== questionOf(old).trim();
    const later = isChanged ? exchanges().filter((one) => Number(one.dataset.turn) > Number(turn)) : [];
    if (later.length && !confirm(forgets(later.length))) return;
    if (lost) {
      box().value = question;
      grow();
      return say("The connection is lost; the question waits in the box.", true);
    }
    sessionStorage.setItem("papertalk-asked", question);
    if (root.dataset.view !== "chat") act({ do: "go", view: "chat" });
    for (const one of old ? [old, ...later] : []) one.hidden = true;
    const asked = document.createElement("section");
    asked.className = "pt-exchange pt-sent";
    text("pt-question", question.trim(), text("pt-asker", "", asked));
    text("pt-waiting pt-note", "Understanding the question …", asked);
    if (old) old.after(asked);
    else document.querySelector("#live .html-container").append(asked);
    root.dataset.busy = "yes";
    root.dataset.begun = "yes";
    showNewest();
    follow();
    put("ask", { question, turn });
  };

  const forgets = (count) =>
    `Asking a changed question forgets the ${count === 1 ? "question" : `${count} questions`} after it, ` +
    `with ${count === 1 ? "its answer" : "their answers"}, for good. Ask it?`;

  // Gradio tells nobody when what was sent could not be handed over, and sends no more where the connection failed: so
  // its requests are looked at here.
  const plain = window.fetch.bind(window);
  window.fetch = async (...given) => {
    if (!/\/gradio_api\/(queue\/join|run)\b/.test(given[0]?.url ?? given[0])) return plain(...given);
    try {
      const reply = await plain(...given);
      if (!reply.ok) reply.clone().json().then((told) => refused(told.detail), () => refused());
      return reply;
    } catch (error) {
      if (error.name !== "AbortError") {
        broken = true;
        look();
      }
      throw error;
    }
  };
  const refused = (why = "The server did not take it; try again in a moment.") => {
    if (!document.querySelector(".pt-sent")) {
      setTimeout(() => (watches = false), 3_000); // it may have been the stream that was asked for
      return say(why, true);
    }
    giveBack(why);
  };
  // What was not asked stands in the box again, before what has been typed there since.
  const giveBack = (why, question = sessionStorage.getItem("papertalk-asked") ?? "") => {
    for (const sent of document.querySelectorAll(".pt-sent")) sent.remove();
    for (const one of document.querySelectorAll(".pt-exchange[hidden]")) one.hidden = false;
    const { busy: isBusy, begun } = document.querySelector(".pt-head").dataset;
    Object.assign(root.dataset, { busy: isBusy, begun });
    const typed = box().value;
    box().value = typed.trim() && typed.trim() !== question.trim() ? `${question}\n${typed}` : question;
    sessionStorage.removeItem("papertalk-asked");
    grow();
    say(why, true);
    toast.classList.add("pt-back");
  };

  // An answer that this page finds under way, as after a reload, streams to it from here on; so do the questions to go
  // on with, where a kept conversation was opened.
  let watches = false;
  const watch = () => {
    const waits = document.querySelector(":is(#live, #next) [data-waits]");
    if (waits && !watches && !lost) put("ask", { question: "" });
    watches = Boolean(waits) && !lost;
  };

  // ---- what is clicked

  const answerOf = (turn, name) => $(`exchange-${turn}`)?.querySelector(`[data-text="${name}"]`)?.textContent ?? "";

  const copy = async (button, words) => {
    let done = true;
    try {
      await navigator.clipboard.writeText(words);
    } catch {
      const area = document.createElement("textarea"); // where a page without TLS may not use the clipboard
      area.value = words;
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      button.focus();
    }
    say(done ? "Copied." : "The browser does not let this page copy; select the text and copy it.");
  };

  // The question becomes a field in its own place.
  const edit = (button) => {
    const asker = button.closest(".pt-asker");
    const form = document.createElement("form");
    form.className = "pt-edit";
    form.id = button.id; // whoever looks for the question finds it here meanwhile
    form.dataset.question = button.dataset.question;
    form.innerHTML =
      '<textarea rows="2" aria-label="Change the question"></textarea><button class="pt-main">Ask again</button>' +
      '<button type="button" class="pt-act">Cancel</button>';
    const [field, , cancel] = form.children;
    field.value = button.dataset.question;
    const close = () => {
      form.replaceWith(asker);
      button.focus();
    };
    cancel.addEventListener("click", close);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (field.value.trim()) ask(field.value, button.dataset.turn);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target === field) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    asker.replaceWith(form);
    field.focus();
    field.select();
  };

  const drawer = (open = root.dataset.drawer !== "open") => {
    const chat = $("chat");
    const below = chat ? chat.scrollHeight - chat.scrollTop : 0;
    if (open) root.dataset.drawer = "open";
    else delete root.dataset.drawer;
    if (chat) chat.scrollTop = chat.scrollHeight - below; // narrower or wider, what was read stays in sight
    localStorage.setItem("papertalk-drawer", open ? "open" : "closed");
    $("talks-button")?.setAttribute("aria-expanded", String(open));
    if (open) act({ do: "talks" });
  };

  const theme = (name) => {
    localStorage.setItem("papertalk-theme", name);
    document.body.classList.toggle("dark", name === "dark");
  };

  // What the page does by itself; all else is the server's.
  const own = {
    ask: (element) => ask(element.dataset.question),
    retry: (element) => ask($(`edit-${element.dataset.turn}`).dataset.question, element.dataset.turn),
    edit,
    copy: (element) => copy(element, answerOf(element.dataset.turn, "words")),
    "copy-cited": (element) => copy(element, answerOf(element.dataset.turn, "cited")),
    "copy-text": (element) => copy(element, element.parentElement.querySelector("[data-text]").textContent),
    "copy-link": (element) => copy(element, element.parentElement.querySelector("a[href]").href),
    drawer: () => drawer(),
    stop: () => {
      act({ do: "stop" });
      focusBox(); // the button goes, and the keyboard would be nowhere
    },
    theme: () => theme(document.body.classList.contains("dark") ? "light" : "dark"),
    "close-panel": () => {},
  };

  let asksWhy = false;
  const done = (element, more = {}) => {
    const name = element.dataset.do;
    asksWhy = name === "rate";
    if (element.dataset.confirm && !confirm(element.dataset.confirm)) return;
    if (Object.hasOwn(own, name)) own[name](element);
    else act({ ...element.dataset, ...more });
    if (element.dataset.top) $(element.dataset.top)?.scrollIntoView();
  };

  document.addEventListener("click", (event) => {
    const element = event.target.closest?.("[data-do]");
    if (!element || element.matches("form, select, input")) return;
    if (element.matches("a") && (event.ctrlKey || event.metaKey || event.shiftKey || event.button)) return;
    event.preventDefault();
    done(element);
  });
  document.addEventListener("keydown", (event) => {
    const element = event.target.closest?.('[data-do][role="button"]');
    if (element && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      done(element);
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("select[data-do], input[data-do]")) done(event.target, { value: event.target.value });
    else {
      const form = event.target.closest?.("form[data-live]");
      if (form) done(form, Object.fromEntries(new FormData(form)));
    }
  });
  // A menu over the page closes as menus do.
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.(".pt-filter[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(".pt-filter[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  // A field that searches does so while one types, a moment after the last letter.
  let typing = 0;
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field === box()) grow();
    if (!field.matches?.("input[data-while-typing]")) return;
    clearTimeout(typing);
    typing = setTimeout(() => done(field, { value: field.value }), 250);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.do) return;
    event.preventDefault();
    if (form.dataset.do === "ask") {
      const question = box().value;
      if (!question.trim()) return;
      box().value = "";
      sessionStorage.removeItem("papertalk-draft");
      grow();
      ask(question);
    } else if (!form.matches("[data-live]")) done(form, Object.fromEntries(new FormData(form)));
  });

  // ---- the question's box

  const grow = () => {
    const area = box();
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, 180)}px`;
    sessionStorage.setItem("papertalk-draft", area.value);
  };
  document.addEventListener("keydown", (event) => {
    if (event.target !== box() || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });
  const focusBox = () => {
    // On a phone the keyboard would cover the page.
    if (wide.matches && root.dataset.view === "chat") box()?.focus({ preventScroll: true });
  };

  // ---- what is told

  const status = document.createElement("div");
  status.className = "pt-unseen";
  status.id = "pt-status";
  status.setAttribute("role", "status");
  const toast = document.createElement("div");
  toast.id = "pt-toast";
  toast.hidden = true;
  let fading = 0;

  const announce = (words) => {
    status.textContent = words;
  };
  const say = (words, error = false) => {
    const home = document.querySelector(".gradio-container") ?? document.body;
    if (toast.parentElement !== home) home.append(toast);
    toast.textContent = words;
    toast.classList.toggle("pt-error", error);
    toast.classList.remove("pt-back");
    toast.hidden = false;
    announce(words);
    clearTimeout(fading);
    fading = setTimeout(() => (toast.hidden = true), error ? 12_000 : 5_000);
  };
  document.addEventListener("click", () => (toast.hidden = true), { capture: true });

  const save = (blob, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  let heard = 0;
  const hear = () => {
    const told = document.querySelector("#told [data-told]");
    if (!told || Number(told.dataset.told) === heard) return;
    heard = Number(told.dataset.told);
    if (gaveBack) return; // what is told of a conversation that is gone with its server is said already
    if (told.dataset.back) return giveBack(told.querySelector("p").textContent, told.dataset.back);
    const file = told.querySelector("[data-file]");
    if (file) save(new Blob([file.textContent], { type: file.dataset.kind }), file.dataset.file);
    say(told.querySelector("p").textContent, told.classList.contains("pt-error"));
  };

  // ---- the address

  let headed = "";
  const scrolled = new Map();
  const nameAddress = () => {
    const head = document.querySelector(".pt-head");
    if (!head || head.outerHTML === headed) return;
    headed = head.outerHTML;
    document.title = head.dataset.title;
    for (const sent of document.querySelectorAll(".pt-sent")) sent.remove();
    if (head.dataset.view !== root.dataset.view) {
      root.dataset.view = head.dataset.view;
      delete root.dataset.panel;
      if (covers.narrow.matches) delete root.dataset.drawer;
    }
    head.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }); // narrow, it scrolls
    root.dataset.busy = head.dataset.busy;
    root.dataset.begun = head.dataset.begun;
    const query = head.dataset.query ? `?${head.dataset.query}` : location.pathname;
    const now = location.search || location.pathname;
    if (query === now) return;
    const was = new URLSearchParams(location.search);
    const will = new URLSearchParams(head.dataset.query);
    const left = was.get("c") || was.get("shared"); // a conversation that gets its name is no other place
    const moved = [...new Set([...was.keys(), ...will.keys()])].some(
      (name) => was.get(name) !== will.get(name) && !["search", "sort"].includes(name) && (name !== "c" || left),
    );
    if (was.get("c") !== will.get("c")) showNewest();
    if (covers.narrow.matches && was.get("c") !== will.get("c") && root.dataset.busy === "no") delete root.dataset.drawer;
    covers.enter(query, pushes && moved);
    pushes = false;
    if (["library", "view", "paper"].some((name) => was.get(name) !== will.get(name))) {
      const view = $("view");
      scrolled.set(now, view.scrollTop);
      view.scrollTop = scrolled.get(query) ?? 0; // a list is found again where it was left
    }
  };
  // An entry of another address; those of what lies over the page have the page's own.
  addEventListener("popstate", () => {
    const shown = document.querySelector(".pt-head")?.dataset.query ?? "";
    if (location.search !== (shown && `?${shown}`)) put("act", { do: "open", query: location.search });
  });

  // ---- the conversation on the screen

  // The newest question stays at the top of the chat while its answer grows below it, until the reader scrolls. The
  // first is there already; below a later one stands as much room as its answer does not fill yet.
  const ABOVE = 12;
  let following = false;
  let makesRoom = false;
  const showNewest = () => (following = makesRoom = true);
  for (const gesture of ["wheel", "touchmove", "pointerdown"]) {
    document.addEventListener(gesture, () => (following = false), { passive: true });
  }
  document.addEventListener("keydown", (event) => {
    const scrolls = /^(Page|Arrow|Home|End|Tab)/.test(event.key);
    if (scrolls && event.target !== box()) following = false;
  });
  const follow = () => {
    const chat = $("chat");
    const shown = [...document.querySelectorAll("#chat .pt-exchange")].filter((one) => !one.hidden);
    const last = shown.findLast((one) => one.matches(".pt-sent")) ?? shown.findLast((one) => one.closest("#live"));
    const earlier = shown.slice(0, Math.max(0, shown.indexOf(last)));
    if (!chat || !makesRoom) return;
    const top = last?.getBoundingClientRect().top;
    const filled = last ? chat.lastElementChild.getBoundingClientRect().bottom - top + ABOVE : 0;
    const room = earlier.length ? Math.max(0, Math.floor(chat.clientHeight - filled)) : 0;
    chat.style.setProperty("--pt-room", `${room}px`);
    if (following && earlier.length) chat.scrollTop += top - chat.getBoundingClientRect().top - ABOVE;
  };

  let busy = false;
  const hearAnswer = () => {
    const exchange = document.querySelector("#live .pt-exchange:not(.pt-sent)");
    const now = exchange?.getAttribute("aria-busy") === "true";
    if (busy && !now && exchange) {
      sessionStorage.removeItem("papertalk-asked");
      const said = [...exchange.querySelectorAll(".pt-answer > :is(p, ul, ol)")].map((one) => one.textContent);
      announce(`Answer: ${said.join(" ").slice(0, 1_000)}`);
      if (document.activeElement === document.body) focusBox();
    }
    busy = now;
  };

  // A part that is drawn anew keeps what the reader did to it: what is open, and where the keyboard is.
  const open = new Map();
  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.matches?.("details[data-keep]")) open.set(event.target.id, event.target.open);
    },
    true,
  );
  let held = null;
  const hold = (field) => {
    const typed = field.matches?.("[data-while-typing], input[data-keep]") ? field.value : null;
    held = field.id ? { id: field.id, place: field.selectionStart ?? null, typed } : null;
  };
  document.addEventListener("focusin", (event) => hold(event.target));
  document.addEventListener("input", (event) => {
    if (event.target.id === held?.id) hold(event.target);
  });
  const keep = () => {
    for (const [id, is] of open) {
      const details = $(id);
      if (details && details.open !== is) details.open = is;
    }
    // A choice that was made by hand stays with its field, whatever is drawn: here what is drawn counts.
    for (const option of document.querySelectorAll("select:not(:focus) option[selected]")) option.selected = true;
    const why = document.querySelector(".pt-why input");
    if (why && asksWhy) {
      asksWhy = false;
      why.scrollIntoView({ block: "nearest" });
      why.focus({ preventScroll: true });
    }
    const field = held && $(held.id);
    if (!field) {
      // What had the keyboard is gone, and this came of it.
      if (held && document.activeElement === document.body) document.querySelector("[data-heir]")?.focus();
      return;
    }
    const { place, typed } = held;
    const isTyped = typed !== null && field.value !== typed; // what the server knows is older than what is typed
    if (isTyped) field.value = typed;
    const isLost = document.activeElement === document.body;
    if (isLost) field.focus({ preventScroll: true });
    if ((isTyped || isLost) && place !== null && field.matches("input, textarea")) {
      try {
        field.setSelectionRange(place, place);
      } catch {
        // a field of numbers has no place
      }
    }
  };

  // ---- the connection

  const banner = document.createElement("div");
  banner.id = "pt-lost";
  banner.setAttribute("role", "alert");
  let start = null;
  let lost = false;
  let broken = false;
  let looking = 0;
  const look = async () => {
    try {
      const reply = await fetch("alive", { cache: "no-store", signal: AbortSignal.timeout(8_000) });
      if (reply.redirected || reply.status === 401) return location.reload(); // logged out elsewhere, or for too long
      if (reply.status === 404) return; // Gradio alone serves the page, which cannot tell one start from another
      if (!reply.ok) throw new Error(reply.statusText);
      const now = (await reply.json()).start;
      // Another server, or one to which this page can send nothing any more: the address says where we were.
      if (broken || (start && start !== now)) return location.reload();
      start = now;
      if (lost) {
        lost = watches = false;
        banner.remove();
        put("act", { do: "open", query: location.search, anew: "yes" });
      } else if (busy) put("act", { do: "poll" }); // the server sees who has lost their stream
    } catch {
      lost = true;
      banner.textContent = "The connection is lost. Trying again …";
      document.body.append(banner);
    }
    clearTimeout(looking);
    looking = setTimeout(look, lost ? 1_500 : busy ? 5_000 : document.hidden ? 60_000 : 10_000);
  };
  // Who comes back to the page is told if its conversation was deleted meanwhile.
  const comeBack = () => {
    if (document.hidden) return;
    if (lost) look();
    else if (/[?&](c|shared)=/.test(location.search) && root.dataset.busy === "no") put("act", { do: "check" });
  };
  document.addEventListener("visibilitychange", comeBack);
  addEventListener("focus", comeBack);
  addEventListener("offline", () => look());
  addEventListener("online", () => look());

  // ---- what the server is at: asked for as long as the page shows that it is not done

  let polling = 0;
  const poll = () => {
    const waits = document.querySelector("[data-poll]");
    if (!waits || polling) return;
    polling = setTimeout(() => {
      polling = 0;
      if (!lost) put("act", { do: "poll" });
      setTimeout(poll, 1_500); // where nothing has changed, nothing is drawn that would ask again
    }, 600);
  };

  // ---- at the start, and at each change

  let greeted = false;
  const greet = () => {
    if (greeted || !box()) return;
    greeted = true;
    showNewest(); // a conversation that is read again is read where it ended
    document.body.append(status);
    const chosen = localStorage.getItem("papertalk-theme");
    if (chosen) theme(chosen);
    if (!covers.narrow.matches && localStorage.getItem("papertalk-drawer") === "open") drawer(true);
    box().value = sessionStorage.getItem("papertalk-draft") ?? "";
    grow();
    look();
    setTimeout(focusBox);
  };

  // A question that was asked before the page was loaded is answered, or being answered, or goes back into the box.
  let gaveBack = false;
  let isKnown = !sessionStorage.getItem("papertalk-asked");
  const learn = () => {
    const head = document.querySelector(".pt-head");
    const shown = exchanges();
    if (isKnown || !greeted || !head || (head.dataset.begun === "yes" && !shown.length)) return;
    isKnown = true;
    if (head.dataset.busy === "yes") return;
    const asked = sessionStorage.getItem("papertalk-asked").trim();
    if (shown.some((one) => questionOf(one).trim() === asked)) return sessionStorage.removeItem("papertalk-asked");
    gaveBack = true;
    giveBack("The connection or the server broke off before the answer was there; the question is in the box again.");
  };
  new MutationObserver(() => {
    greet();
    learn();
    watch();
    nameAddress();
    hear();
    keep();
    hearAnswer();
    follow();
    poll();
  }).observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ["value", "selected", "data-query", "data-busy", "data-told", "aria-busy"] });
  window.papertalk = { act, ask, say, drawer };
})();
