// A list that is answered row by row from the keyboard. Without it radio buttons do the same.
"use strict";
(() => {
  const form = document.querySelector("[data-reviewing]");
  const undo = document.querySelector("[data-review-undo]");
  const rows = form ? [...form.querySelectorAll("[data-review-row]")] : [];
  const isTyping = (element) =>
    element.matches("textarea, select, input:not([type=radio])") || element.isContentEditable;
  let at = -1;

  const go = (to) => {
    if (!rows.length) return;
    at = Math.max(0, Math.min(rows.length - 1, to));
    rows[at].focus();
    rows[at].scrollIntoView({ block: "nearest" });
  };
  // How far one is stands on the button, which stays in sight.
  const save = form && form.querySelector("[data-review-saves]");
  const answered = () =>
    rows.filter((row) => row.querySelector("input[type=radio]:checked").value).length;
  const count = () => {
    const done = answered();
    save.textContent = !done ? "Save the answers"
      : `Save ${done} answer${done === 1 ? "" : "s"}, ${rows.length - done} left`;
  };
  const answer = (value) => {
    if (at < 0) go(0);
    rows[at].querySelector(`input[type=radio][value="${value}"]`).checked = true;
    count();
  };
  const acts = {
    j: () => go(at + 1),
    k: () => go(at - 1),
    a: () => { answer("accepted"); go(at + 1); },
    r: () => { answer("rejected"); go(at + 1); },
    x: () => { answer(""); go(at + 1); },
    c: () => {
      answer("accepted");
      rows[at].querySelector("input[list]").focus();
    },
    s: () => form.requestSubmit(form.querySelector("[data-review-save]")),
  };

  const keys = document.querySelector("[data-review-keys]");
  if (keys) keys.hidden = false;
  document.addEventListener("focusin", (event) => {
    const row = rows.indexOf(event.target.closest("[data-review-row]"));
    if (row >= 0) at = row;
  });
  // Whoever names another class has answered, with the mouse as well.
  if (form) {
    let isSaving = false;
    form.addEventListener("change", count);
    form.addEventListener("submit", () => { isSaving = true; });
    // Whoever narrows the list, or goes on, is asked before their answers are gone.
    window.addEventListener("beforeunload", (event) => {
      if (!isSaving && answered()) event.preventDefault();
    });
  }
  if (form) form.addEventListener("input", (event) => {
    const row = event.target.closest("[data-review-row]");
    if (!row || !event.target.matches("input[list]") || !event.target.value.trim()) return;
    row.querySelector('input[type=radio][value="accepted"]').checked = true;
    count();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape" && at >= 0) go(at);
      return;
    }
    if (event.key === "u" && undo) undo.click();
    else if (rows.length && acts[event.key]) acts[event.key]();
    else return;
    event.preventDefault();
  });
})();
