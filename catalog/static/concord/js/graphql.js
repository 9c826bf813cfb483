// The GraphQL explorer asks without leaving the page, and opens the type that an address names.
"use strict";
(() => {
  const form = document.querySelector("form[data-graphql]");
  if (!form) return;
  const result = document.querySelector("[data-graphql-result]");
  const status = document.querySelector("[data-graphql-status]");

  const show = (body, words) => {
    result.textContent = JSON.stringify(body, null, 2);
    status.textContent = words;
  };

  const ask = async () => {
    let variables = null;
    try {
      variables = form.variables.value.trim() ? JSON.parse(form.variables.value) : null;
    } catch (error) {
      show({ errors: [{ message: `The variables are no JSON: ${error.message}` }] }, "With errors");
      form.variables.focus();
      return;
    }
    status.textContent = "Asking …";
    const begun = performance.now();
    try {
      const response = await fetch(form.dataset.graphql, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "X-CSRFToken": form.csrfmiddlewaretoken.value,
        },
        body: JSON.stringify({ query: form.query.value, variables }),
      });
      const body = await response.json();
      const took = `${Math.round(performance.now() - begun)} ms`;
      show(body, body.errors || !response.ok ? `With errors, ${took}` : `Answered in ${took}`);
    } catch {
      status.textContent = "The service did not answer: try again.";
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      ask();
    }
  });

  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const type = target?.closest("details");
    if (type) {
      type.open = true;
      target.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", open);
  open();
})();
