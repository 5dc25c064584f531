// A file may be dropped anywhere on the form. Without this script it is chosen with the button.
const form = document.querySelector("form[enctype]");
const input = form?.querySelector("input[type=file]");
if (input) {
  const over = (is) => (event) => {
    event.preventDefault();
    form.classList.toggle("over", is);
  };
  form.addEventListener("dragover", over(true));
  form.addEventListener("dragleave", over(false));
  form.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length === 1) {
      input.files = event.dataTransfer.files;
      form.requestSubmit();
    }
  });
}

// How long the session still lasts: the warning shows without another page. Without this script it shows with the next.
const session = document.querySelector("[data-session]");
if (session) {
  let active = false;
  for (const kind of ["input", "keydown", "pointerdown"]) document.addEventListener(kind, () => (active = true));
  const look = async () => {
    let again = 15;
    try {
      const answer = await fetch(session.dataset.session + (active ? "?active=1" : ""));
      active = false;
      const now = await answer.json();
      session.hidden = now.state === "live";
      session.querySelector("[data-session-title]").textContent = now.title;
      session.querySelector("[data-session-text]").textContent = now.text;
      again = now.look_again_seconds;
    } catch {
      // The next look may succeed.
    }
    setTimeout(look, again * 1000);
  };
  setTimeout(look, 1000);
}

// What has to be carried elsewhere is copied by a button. Without this script it is marked and copied by hand.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
    button.setAttribute("aria-label", "Copied");
  });
}

// A list that grows can keep itself up to date, when somebody wants it to. Without this script there is a link.
const live = document.querySelector("[data-live]");
if (live) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = "Keep up to date";
  button.setAttribute("aria-pressed", "false");
  let timer;
  const refresh = async () => {
    if (document.hidden || live.contains(document.activeElement)) return;
    const answer = await fetch(location.href).catch(() => undefined);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-live]");
    if (fresh && fresh.innerHTML !== live.innerHTML) live.replaceChildren(...fresh.childNodes);
  };
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    clearInterval(timer);
    if (on) {
      refresh();
      timer = setInterval(refresh, 3000);
    }
  });
  live.before(button);
}
