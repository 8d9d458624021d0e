// Files for "Add papers": chosen or dropped, sent one after the other, each told to the page when it has arrived.
(() => {
  const send = (file) =>
    fetch(`upload/${encodeURIComponent(file.name)}`, { method: "PUT", body: file }).then(async (reply) => {
      const said = await reply.json().catch(() => ({}));
      if (!reply.ok) throw new Error(said.detail ?? reply.statusText);
      return said.token;
    });

  const take = async (files) => {
    const list = [...files];
    for (const [place, file] of list.entries()) {
      papertalk.say(list.length > 1 ? `Sending file ${place + 1} of ${list.length}: ${file.name}` : `Sending ${file.name}`);
      const came = { do: "uploaded", name: file.name };
      try {
        came.token = await send(file);
      } catch (error) {
        came.problem = `${file.name}: ${error.message}`;
      }
      const text = document.getElementById("give-text");
      papertalk.act(text ? { ...came, text: text.value } : came);
    }
  };

  document.addEventListener("change", (event) => {
    if (event.target.id === "give-files") take(event.target.files);
  });
  document.addEventListener("dragover", (event) => {
    const zone = event.target.closest?.(".pt-drop");
    if (!document.querySelector(".pt-drop")) return;
    event.preventDefault(); // a file that misses the place does not replace the page
    document.querySelector(".pt-drop").classList.toggle("pt-over", Boolean(zone));
  });
  document.addEventListener("drop", (event) => {
    const zone = document.querySelector(".pt-drop");
    if (!zone) return;
    event.preventDefault();
    zone.classList.remove("pt-over");
    if (event.target.closest?.(".pt-adding")) take(event.dataTransfer.files);
  });
})();
