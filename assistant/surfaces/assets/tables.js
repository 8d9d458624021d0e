// A table of an answer is sorted by its heads: upwards, downwards, and as it was. The page draws an answer anew with each
// question; the order that its reader chose stays.
(() => {
  const orders = new Map();
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
  };

  // What is empty stands last, either way; numbers stand before words.
  const compare = (one, other) => {
    if (typeof one === "number" && typeof other === "number") return one - other;
    if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
    return collator.compare(one, other);
  };

  const arrange = (table, column, order) => {
    const rows = [...table.tBodies[0].rows];
    rows.forEach((row, place) => (row.dataset.place ??= place));
    const places = (one, other) => one.dataset.place - other.dataset.place;
    if (order === "none") rows.sort(places);
    else {
      const way = order === "descending" ? -1 : 1;
      const values = new Map(rows.map((row) => [row, valueOf(row, column)]));
      rows.sort((one, other) => {
        const [a, b] = [values.get(one), values.get(other)];
        if ((a === "") !== (b === "")) return a === "" ? 1 : -1;
        return way * compare(a, b) || places(one, other);
      });
    }
    table.tBodies[0].append(...rows);
    [...table.tHead.rows[0].cells].forEach((head, place) => {
      head.setAttribute("aria-sort", place === column ? order : "none");
    });
  };

  document.addEventListener("click", (event) => {
    const head = event.target.closest?.(".pt-sort")?.closest("th");
    if (!head) return;
    const table = head.closest("table");
    const order = NEXT[head.getAttribute("aria-sort")];
    orders.set(table.dataset.sorts, { column: head.cellIndex, order });
    arrange(table, head.cellIndex, order);
    head.closest(".pt-table").scrollTop = 0;
  });

  new MutationObserver((changes) => {
    if (!orders.size || !changes.some((change) => change.addedNodes.length)) return;
    for (const table of document.querySelectorAll("table[data-sorts]:not([data-sorted])")) {
      table.dataset.sorted = ""; // seen: a table that is drawn anew lacks it
      const chosen = orders.get(table.dataset.sorts);
      if (chosen) arrange(table, chosen.column, chosen.order);
    }
  }).observe(document.documentElement, { subtree: true, childList: true });
})();
