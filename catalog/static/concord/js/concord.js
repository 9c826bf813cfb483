// What the pages gain from a script. Everything works without it: links, forms and <details> carry
// every act; here they become quicker. No inline handlers, no styles written into elements.
"use strict";
(() => {
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const isTyping = (element) =>
    element instanceof HTMLElement &&
    (element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName));

  // Light, dark and density: set at once, remembered in a cookie that the server reads.
  const year = 365 * 24 * 3600;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (!form.matches("[data-appearance]") || !button) return;
    event.preventDefault();
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie =
      `concord_${button.name}=${button.value}; path=/; max-age=${year}; samesite=lax${secure}`;
    const root = document.documentElement;
    if (button.value === "system") delete root.dataset[button.name];
    else root.dataset[button.name] = button.value;
    for (const other of all(`button[name="${button.name}"]`, form)) {
      other.setAttribute("aria-pressed", String(other === button));
    }
  });

  // Search: "/" or Ctrl-K leads there from anywhere.
  const search = one("#search");
  document.addEventListener("keydown", (event) => {
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
    const shortcut = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (!search || !((slash && !isTyping(event.target)) || shortcut)) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  // A button that names a key is pressed by it, as long as nobody types.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
    const button = all("button[data-key]").find((each) => each.dataset.key === event.key);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  // Suggestions: a combobox. The focus stays in the field; the arrows choose.
  const list = one("#search-suggestions");
  if (search && list) {
    const options = () => all("[role=option]", list);
    const chosen = () => one("[aria-selected=true]", list);
    const choose = (option) => {
      chosen()?.setAttribute("aria-selected", "false");
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      if (option) search.setAttribute("aria-activedescendant", option.id);
      else search.removeAttribute("aria-activedescendant");
    };
    const show = (open) => {
      list.hidden = !open;
      search.setAttribute("aria-expanded", String(open && options().length > 0));
      if (!open) choose(null);
    };
    list.addEventListener("htmx:afterSwap", () => show(document.activeElement === search));
    search.addEventListener("focus", () => show(true));
    search.addEventListener("blur", () => setTimeout(() => {
      if (!list.contains(document.activeElement)) show(false);
    }, 150));
    search.addEventListener("keydown", (event) => {
      const found = options();
      const place = found.indexOf(chosen());
      if (event.key === "ArrowDown" && found.length) choose(found[(place + 1) % found.length]);
      else if (event.key === "ArrowUp" && found.length) {
        choose(place <= 0 ? null : found[place - 1]);
      } else if (event.key === "Enter" && place >= 0) found[place].click();
      else if (event.key === "Escape" && !list.hidden && found.length) show(false);
      else return;
      event.preventDefault();
    });
  }

  // Result lists: up and down walk the titles, Enter follows the link as always.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    if (isTyping(event.target) && event.target !== search) return;
    if (event.target === search && list && all("[role=option]", list).length) return;
    const links = all("[data-results] [data-result]");
    if (!links.length) return;
    const place = links.indexOf(document.activeElement);
    const inList = place >= 0 || event.target === search || event.target === document.body;
    if (!inList) return;
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = links[place + step];
    event.preventDefault();
    if (next) next.focus();
    else if (step < 0) search?.focus();
  });

  // Tabs: left and right walk them, Enter opens; each tab is a link of its own.
  document.addEventListener("keydown", (event) => {
    const tabs = event.target.closest?.("[data-tabs]");
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tabs || !(step || event.key === "Home" || event.key === "End")) return;
    const links = all("a", tabs);
    const place = links.indexOf(document.activeElement);
    const next = step ? links[(place + step + links.length) % links.length]
      : event.key === "Home" ? links[0] : links[links.length - 1];
    event.preventDefault();
    next?.focus();
  });

  // Copying confirms where it happened.
  const readyCopying = (within) => {
    if (!navigator.clipboard) return;
    for (const button of all("[data-copy]", within)) button.hidden = false;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const word = one("span", button) || button;
    const before = button.dataset.label || word.textContent;
    button.dataset.label = before;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      word.textContent = "Copied";
      button.classList.add("confirmed");
    } catch {
      word.textContent = "Could not copy";
    }
    word.setAttribute("role", "status");
    setTimeout(() => {
      word.textContent = before;
      button.classList.remove("confirmed");
    }, 2000);
  });

  // Menus close on Escape, on a click elsewhere and when the focus leaves.
  const closeMenus = (except) => {
    for (const menu of all("details[data-menu][open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest?.("details[data-menu]")));
  document.addEventListener("focusin", (event) => closeMenus(event.target.closest?.("details[data-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = one("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    one("summary", menu)?.focus();
  });

  // Forms: unsaved text is not lost by a careless click; the list of errors gets the focus.
  const dirty = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-guard]")) dirty.add(form);
  });
  document.addEventListener("submit", (event) => dirty.delete(event.target));
  addEventListener("beforeunload", (event) => {
    if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
  });
  one("[data-error-summary]")?.focus();

  // A select or a checkbox that filters sends its form by itself; the button stays for the rest.
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-submit]")) event.target.form?.requestSubmit();
  });

  // One tick for all rows of a page; without a script each row has its own, and "all" its button.
  for (const box of all("[data-check-all], [data-check-all-label]")) box.hidden = false;
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.matches?.("[data-check-all]") || !box.form) return;
    for (const other of box.form.elements) {
      if (other.type === "checkbox" && other.name) other.checked = box.checked;
    }
  });

  // On a phone the filters start closed.
  if (matchMedia("(max-width: 48rem)").matches) {
    for (const facets of all("[data-facets]")) facets.open = false;
  }

  readyCopying(document);
  document.addEventListener("htmx:afterSwap", (event) => readyCopying(event.target));
  document.documentElement.dataset.script = "on";
})();
