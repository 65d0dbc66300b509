// The console's one script: live regions, keys, and times that run. Every page works without it.
"use strict";

(() => {
  // The only place where text becomes HTML: our own server's answer, parsed into a document that runs nothing.
  const trusted = window.trustedTypes?.createPolicy("penstock", { createHTML: (text) => text });
  const parsed = (text) => new DOMParser().parseFromString(trusted ? trusted.createHTML(text) : text, "text/html");
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);

  // ---- live regions ---------------------------------------------------------------------------------------------
  // `data-live="area ..."` on an element with an id: it is fetched anew when one of the areas changed. With
  // `data-live-mode="banner"` it stays as it is, so that rows never move below a finger, and a banner offers the new one.
  const versions = {};
  const refreshed = new WeakMap();
  let isRefreshing = false;
  const waiting = new Set();

  const isBusy = (element) => element.contains(document.activeElement) && document.activeElement !== document.body;

  async function refresh(areas) {
    if (isRefreshing) {
      areas.forEach((area) => waiting.add(area));
      return;
    }
    const concerned = all("[data-live]").filter((element) => element.dataset.live.split(" ").some((area) => areas.has(area)));
    // `data-live-every` (seconds) is for what is costly to make: it waits until then, with what changed meanwhile.
    const wanted = concerned.filter((element) => !isTooSoon(element));
    if (wanted.length < concerned.length) areas.forEach((area) => waiting.add(area));
    if (!wanted.length) return;
    isRefreshing = true;
    try {
      const answer = await fetch(location.href, { headers: { "Penstock-Fragment": "1" }, redirect: "manual" });
      if (answer.status === 401 || answer.type === "opaqueredirect") {
        location.reload();
        return;
      }
      if (!answer.ok) return;
      const page = parsed(await answer.text());
      for (const element of wanted) {
        const fresh = page.getElementById(element.id);
        if (!fresh) continue;
        if (element.dataset.liveMode === "banner") offer(element, fresh);
        else if (!isBusy(element)) {
          const copy = document.importNode(fresh, true);
          element.replaceWith(copy);
          refreshed.set(copy, Date.now());
        }
      }
    } catch {
      say("live updates lost; trying again");
    } finally {
      isRefreshing = false;
    }
  }

  const isTooSoon = (element) => Date.now() - (refreshed.get(element) ?? 0) < 1000 * Number(element.dataset.liveEvery ?? 0);

  function catchUp() {
    if (!waiting.size || isRefreshing) return;
    const areas = new Set(waiting);
    waiting.clear();
    refresh(areas);
  }

  const identities = (element) => all("[data-row]", element).map((row) => row.dataset.row);

  function offer(element, fresh) {
    const shown = new Set(identities(element));
    const now = identities(fresh);
    const added = now.filter((id) => !shown.has(id)).length;
    const gone = [...shown].filter((id) => !now.includes(id)).length;
    const banner = byId(`${element.id}-banner`);
    if (!banner || (!added && !gone)) return;
    const parts = [];
    if (added) parts.push(`${added} new`);
    if (gone) parts.push(`${gone} no longer here`);
    banner.hidden = false;
    banner.textContent = `${parts.join(", ")}: show`;
  }

  function say(text) {
    const state = byId("live-state");
    if (state) state.textContent = text;
  }

  function changed(next) {
    const areas = new Set(["acts", "as_of"]);
    for (const [area, version] of Object.entries(next)) {
      if (versions[area] !== undefined && versions[area] !== version) areas.add(area);
      versions[area] = version;
    }
    refresh(areas);
  }

  // One stream for all tabs of this browser: over HTTP/1.1 a seventh one would hang. The tab that holds the lock reads.
  function follow() {
    const url = document.body.dataset.liveUrl;
    if (!url || !window.EventSource) return;
    const channel = window.BroadcastChannel ? new BroadcastChannel("penstock-live") : null;
    if (channel) channel.onmessage = (message) => changed(message.data);
    const read = () =>
      new Promise(() => {
        const source = new EventSource(url);
        source.addEventListener("versions", (event) => {
          const next = JSON.parse(event.data);
          channel?.postMessage(next);
          changed(next);
        });
        source.onopen = () => say("live");
        source.onerror = () => say("live updates lost; trying again");
      });
    if (channel && navigator.locks) navigator.locks.request("penstock-live", read);
    else read();
  }

  // ---- times ----------------------------------------------------------------------------------------------------
  function span(seconds) {
    const rest = Math.abs(Math.round(seconds));
    if (rest < 60) return `${rest} s`;
    if (rest < 3600) return `${Math.floor(rest / 60)} min`;
    if (rest < 172800) return `${Math.floor(rest / 3600)} h ${Math.floor((rest % 3600) / 60)} min`;
    return `${Math.floor(rest / 86400)} days`;
  }

  function tick() {
    for (const time of all("time.left")) {
      const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
      time.textContent = seconds >= 0 ? `${span(seconds)} left` : `${span(seconds)} over`;
    }
    for (const element of all("[data-expires-after-ms]")) {
      // What was revealed is masked again: the page is asked for anew, which never shows it.
      // By the time since the page came, because a browser's clock may be anything.
      if (performance.now() >= Number(element.dataset.expiresAfterMs)) location.replace(location.pathname);
    }
  }

  // ---- keys -----------------------------------------------------------------------------------------------------
  const KEYS_OFF = "penstock-keys-off";
  const areKeysOn = () => localStorage.getItem(KEYS_OFF) === null;
  const rows = () => all("[data-row]").filter((row) => row.offsetParent !== null);
  const current = () => document.querySelector("[data-row].is-current");

  function move(by, isSelecting) {
    const list = rows();
    if (!list.length) return;
    const at = list.indexOf(current());
    if (isSelecting && at >= 0) select(list[at], true);
    const next = list[Math.min(list.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    current()?.classList.remove("is-current");
    next.classList.add("is-current");
    (next.querySelector("a") ?? next).focus();
    next.scrollIntoView({ block: "nearest" });
    if (isSelecting) select(next, true);
  }

  function select(row, value) {
    const box = row?.querySelector('input[type="checkbox"]');
    if (box && !box.disabled) box.checked = value ?? !box.checked;
  }

  function press(key) {
    const element = all("[data-key]").find((candidate) => candidate.dataset.key === key && candidate.offsetParent !== null)
      ?? all("[data-key]").find((candidate) => candidate.dataset.key === key);
    if (!element) return false;
    element.closest("details")?.setAttribute("open", "");
    if (element.matches("input, textarea, select, [data-key-focus]")) element.focus();
    else element.click();
    return true;
  }

  function keyed(event) {
    const target = event.target;
    const isTyping = target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && target.form) {
      event.preventDefault();
      target.form.requestSubmit();
      return;
    }
    if (event.key === "Escape" && isTyping) {
      target.blur();
      return;
    }
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "?") {
      byId("keys")?.showModal();
      event.preventDefault();
      return;
    }
    if (!areKeysOn()) return;
    if (act(event.key)) event.preventDefault();
  }

  function act(key) {
    const row = current();
    switch (key) {
      case "j": move(1, false); return true;
      case "k": move(-1, false); return true;
      case "J": move(1, true); return true;
      case "K": move(-1, true); return true;
      case "x": if (row) select(row); return Boolean(row);
      case "o": row?.querySelector("a")?.click(); return Boolean(row);
      case "a":
        // In a list the first press opens, so that nothing is approved unread.
        if (row && !document.querySelector('[data-key="a"]')) {
          row.querySelector("a")?.click();
          return true;
        }
        return press(key);
      default: return key.length === 1 && press(key);
    }
  }

  function setUpKeys() {
    document.addEventListener("keydown", keyed);
    document.addEventListener("focusin", (event) => {
      const row = event.target.closest?.("[data-row]");
      if (!row || row === current()) return;
      current()?.classList.remove("is-current");
      row.classList.add("is-current");
    });
    const box = byId("keys-on");
    if (!box) return;
    box.checked = areKeysOn();
    box.addEventListener("change", () => {
      if (box.checked) localStorage.removeItem(KEYS_OFF);
      else localStorage.setItem(KEYS_OFF, "1");
    });
  }

  // A form sends once: a second click on the way would be a second act.
  function guardForms() {
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (form.method !== "post") return;
      if (form.dataset.isSent) event.preventDefault();
      else form.dataset.isSent = "1";
    });
    window.addEventListener("pageshow", () => all("form[data-is-sent]").forEach((form) => delete form.dataset.isSent));
  }

  for (const banner of all("[data-reload]")) banner.addEventListener("click", () => location.reload());
  setUpKeys();
  guardForms();
  follow();
  tick();
  setInterval(tick, 1000);
  setInterval(catchUp, 250);
})();
